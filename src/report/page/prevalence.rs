//! The page of shares: a chart for each label over the months, and every figure in a table.

use askama::Template;

use crate::evaluation::p_value;
use crate::evaluation::quantification::{LabelShare, Prevalence, QuantificationMethod, Target};
use crate::report::model::Model;
use crate::report::stances::{self, Look, capitalised};
use crate::report::text::{counted, plain_line};
use crate::report::timeline::next_month;
use crate::report::{Date, PrevalenceGroup, PrevalenceReport, policy};

const STYLE: &str = concat!(
    include_str!("../templates/page.css"),
    include_str!("../templates/prevalence.css")
);

/// How wide a chart is drawn; its height is 100.
const WIDTH: f64 = 300.0;

pub(in crate::report) fn render(report: &PrevalenceReport) -> String {
    Page::of(report).render().expect("a string takes everything")
}

#[derive(Template)]
#[template(path = "prevalence.html", config = "src/report/templates/askama.toml")]
struct Page {
    title: String,
    policy: String,
    style: &'static str,
    summary: String,
    labels: Vec<Label>,
    by: Option<String>,
    series: Vec<Series>,
    rows: Vec<Row>,
    all: Row,
    level: String,
    of_population: bool,
    method: &'static str,
    labelled_rows: Option<usize>,
    misfit: bool,
    p_value: String,
    model: Model,
}

struct Label {
    title: String,
    look: Look,
    share: String,
}

/// The charts of one name over the months.
struct Series {
    name: Option<String>,
    first: String,
    last: String,
    panels: Vec<Panel>,
}

/// One label over the months.
struct Panel {
    title: String,
    look: Look,
    marks: Vec<Mark>,
    /// Straight lines between months that follow one another, as SVG writes paths.
    line: String,
}

/// One month, in units of the drawing.
struct Mark {
    x: String,
    low: String,
    high: String,
    share: String,
    counted: String,
    title: String,
}

/// The figures of one group.
struct Row {
    name: String,
    month: Option<String>,
    rows: u64,
    cells: Vec<Cell>,
}

struct Cell {
    look: Look,
    share: String,
    interval: String,
    counted: String,
    /// Of 100.
    low: String,
    length: String,
    at: String,
}

impl Page {
    fn of(report: &PrevalenceReport) -> Self {
        let looks = stances::looks(&report.card.labels);
        let labels = report.all.shares.iter().zip(&looks);
        let labels = labels.map(|(share, &look)| Label {
            title: capitalised(&plain_line(&share.label)),
            look,
            share: percent(share.share),
        });
        let labels: Vec<Label> = labels.collect();
        let summary = match report.groups.len() {
            0 => counted(report.all.rows as usize, "statement"),
            groups => format!(
                "{} in {}",
                counted(report.all.rows as usize, "statement"),
                counted(groups, "group")
            ),
        };
        Page {
            title: plain_line(&report.title),
            policy: policy::content_security_policy(STYLE, None),
            style: STYLE,
            summary,
            by: report.by.as_deref().map(plain_line),
            series: series(&report.groups, &labels),
            rows: report.groups.iter().map(|group| Row::of(group, &looks)).collect(),
            all: Row::new("All".to_owned(), None, &report.all, &looks),
            labels,
            level: format!("{}", (report.options.level * 1000.0).round() / 10.0),
            of_population: report.options.target == Target::Population,
            method: match report.options.method {
                QuantificationMethod::Posterior => "the mean of the Bayesian posterior with uniform priors",
                QuantificationMethod::Likelihood => "the most likely shares",
                QuantificationMethod::Adjusted => "adjusted counts",
            },
            labelled_rows: report.labelled_rows,
            misfit: report.all.fit.is_misfit(),
            p_value: p_value(report.all.fit.p_value),
            model: Model::of(&report.model_name, &report.card),
        }
    }

    fn with_months(&self) -> bool {
        !self.series.is_empty()
    }
}

/// The charts of each name, on one scale of time; none where there is a single month.
fn series(groups: &[PrevalenceGroup], labels: &[Label]) -> Vec<Series> {
    let months = || groups.iter().filter_map(|group| group.month);
    let (Some(first), Some(last)) = (months().min(), months().max()) else {
        return Vec::new();
    };
    let axis: Vec<Date> = std::iter::successors(Some(first), |&month| Some(next_month(month)))
        .take_while(|&month| month <= last)
        .collect();
    let mut names: Vec<&Option<String>> = Vec::new();
    for group in groups {
        if !names.contains(&&group.name) {
            names.push(&group.name);
        }
    }
    let panel = |name: &Option<String>, at: usize, label: &Label| {
        let points = groups.iter().filter(|group| group.name == *name).filter_map(|group| {
            let place = axis.binary_search(&group.month?).ok()?;
            Some((place, group.month?, &group.prevalence.shares[at]))
        });
        Panel::of(points.collect(), axis.len(), label)
    };
    let series = names.into_iter().map(|name| Series {
        name: name.as_deref().map(name_of),
        first: month_of(first),
        last: month_of(last),
        panels: labels
            .iter()
            .enumerate()
            .map(|(at, label)| panel(name, at, label))
            .collect(),
    });
    series.collect()
}

impl Panel {
    fn of(points: Vec<(usize, Date, &LabelShare)>, months: usize, label: &Label) -> Self {
        let x = |place: usize| format!("{:.1}", WIDTH * (place as f64 + 0.5) / months as f64);
        let mut line = String::new();
        let mut before = None;
        let mut marks = Vec::new();
        for (place, month, share) in points {
            let mark = Mark {
                x: x(place),
                low: height(share.low),
                high: height(share.high),
                share: height(share.share),
                counted: height(share.counted_share),
                title: format!("{}: {} ({})", month_of(month), percent(share.share), interval(share)),
            };
            let follows = before.is_some_and(|before: usize| before + 1 == place);
            line += &format!("{}{} {} ", if follows { "L" } else { "M" }, mark.x, mark.share);
            before = Some(place);
            marks.push(mark);
        }
        Panel {
            title: label.title.clone(),
            look: label.look,
            marks,
            line,
        }
    }
}

impl Row {
    fn of(group: &PrevalenceGroup, looks: &[Look]) -> Self {
        let name = group.name.as_deref().map(name_of).unwrap_or_default();
        Row::new(name, group.month.map(month_of), &group.prevalence, looks)
    }

    fn new(name: String, month: Option<String>, prevalence: &Prevalence, looks: &[Look]) -> Self {
        let cell = |(share, &look): (&LabelShare, &Look)| Cell {
            look,
            share: percent(share.share),
            interval: interval(share),
            counted: percent(share.counted_share),
            low: format!("{:.1}", 100.0 * share.low),
            length: format!("{:.1}", 100.0 * (share.high - share.low)),
            at: format!("{:.1}", 100.0 * share.share),
        };
        Row {
            name,
            month,
            rows: prevalence.rows,
            cells: prevalence.shares.iter().zip(looks).map(cell).collect(),
        }
    }
}

fn name_of(name: &str) -> String {
    match plain_line(name) {
        name if name.is_empty() => "(empty)".to_owned(),
        name => name,
    }
}

fn month_of(month: Date) -> String {
    format!("{} {}", &month.month_name()[..3], month.year())
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn interval(share: &LabelShare) -> String {
    format!("{:.1} to {:.1}", 100.0 * share.low, 100.0 * share.high)
}

/// From the top of a drawing.
fn height(share: f64) -> String {
    format!("{:.1}", 100.0 * (1.0 - share))
}
