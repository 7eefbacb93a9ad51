//! What the template shows.

use askama::Template;

use super::ScoreReport;
use super::charts::{self, Curve, Whisker};
use crate::evaluation::{Assessment, Comparison, Difference, GroupScores, Interval, KeptRows};
use crate::report::model::Model;
use crate::report::policy;
use crate::report::stances::{self, Look};
use crate::report::text::{plain_line, thousands};

const STYLE: &str = concat!(
    include_str!("../templates/base.css"),
    include_str!("../templates/scores.css")
);

/// The most groups of a column that the page shows.
const GROUPS: usize = 30;
/// The most characters of a name in a chart; tables have all of them.
const CHART_NAME: usize = 24;
/// The most points of the curve of coverage.
const CURVE_POINTS: usize = 200;

pub(super) fn render(report: &ScoreReport) -> String {
    Page::of(report).render().expect("a string takes everything")
}

#[derive(Template)]
#[template(path = "scores.html", config = "src/report/templates/askama.toml")]
struct Page {
    policy: String,
    style: &'static str,
    title: String,
    model_name: String,
    data_name: String,
    rows: String,
    level: f64,
    resamples: String,
    scores: Vec<Score>,
    scores_chart: String,
    labels: Vec<LabelScores>,
    labels_chart: String,
    calibration: String,
    calibration_chart: String,
    bins: Vec<[String; 3]>,
    coverage_chart: String,
    coverage: Vec<Kept>,
    threshold: Option<String>,
    groups: Vec<Groups>,
    comparison: Option<Versus>,
    model: Model,
}

/// A score as it is read, and from where to where it may lie.
struct Score {
    name: String,
    value: String,
    interval: String,
}

impl Score {
    fn new(name: &str, value: f64, interval: Option<Interval>) -> Self {
        Score {
            name: plain_line(name),
            value: format!("{value:.3}"),
            interval: interval.map_or("–".to_owned(), |interval| interval.to_string()),
        }
    }
}

/// A row of the table of labels, and of the confusion matrix.
struct LabelScores {
    name: String,
    look: Look,
    scores: Vec<Score>,
    rows: u64,
    cells: Vec<Cell>,
}

/// A cell of the confusion matrix.
struct Cell {
    rows: u64,
    /// Its share of the rows of the true label, in tenths.
    heat: u64,
    is_right: bool,
}

struct Kept {
    coverage: String,
    rows: usize,
    threshold: String,
    precision: String,
    interval: String,
}

struct Groups {
    column: String,
    id: String,
    chart: String,
    groups: Vec<Group>,
    more: usize,
}

struct Group {
    name: String,
    rows: u64,
    macro_f1: Score,
    accuracy: Score,
}

struct Versus {
    first: String,
    second: String,
    verdict: String,
    scores: Vec<Compared>,
    both_right: u64,
    only_first: u64,
    only_second: u64,
    both_wrong: u64,
}

struct Compared {
    name: &'static str,
    first: String,
    second: String,
    difference: String,
    interval: String,
}

impl Page {
    fn of(report: &ScoreReport) -> Self {
        let assessment = &report.assessment;
        let matrix = &assessment.evaluation.confusion;
        let named = matrix.named_scores(&assessment.intervals);
        let labels = labels(assessment);
        let model_name = plain_line(&report.model_name);
        let data_name = plain_line(&report.data_name);
        Page {
            policy: policy::content_security_policy(STYLE, None),
            style: STYLE,
            title: format!("Scores of {model_name} on {data_name}"),
            data_name,
            rows: thousands(matrix.total() as usize),
            level: 100.0 * assessment.bootstrap.level,
            resamples: thousands(assessment.bootstrap.resamples),
            scores: named
                .iter()
                .map(|(name, value, i)| Score::new(name, *value, *i))
                .collect(),
            scores_chart: charts::whiskers(&named.map(|(name, value, i)| whisker(name, value, i)), "score"),
            labels_chart: charts::whiskers(&label_whiskers(assessment), "F1"),
            labels,
            calibration: assessment.calibration_in_words(),
            calibration_chart: calibration_chart(assessment),
            bins: bins(assessment),
            coverage_chart: coverage_chart(assessment),
            coverage: coverage(assessment),
            threshold: assessment.threshold_in_words(),
            groups: assessment.groups.iter().enumerate().map(groups).collect(),
            comparison: assessment.comparison.as_ref().map(|comparison| {
                let second = report.versus_name.as_deref().unwrap_or("the second model");
                versus(comparison, &model_name, &plain_line(second))
            }),
            model: Model::of(&report.model_name, &report.card),
            model_name,
        }
    }
}

fn whisker(name: &str, value: f64, interval: Option<Interval>) -> Whisker {
    let mut name = plain_line(name);
    if let Some((cut, _)) = name.char_indices().nth(CHART_NAME) {
        name.truncate(cut);
        name.push('…');
    }
    Whisker {
        name,
        value,
        interval: interval.map(|interval| (interval.low, interval.high)),
    }
}

fn labels(assessment: &Assessment) -> Vec<LabelScores> {
    let matrix = &assessment.evaluation.confusion;
    let looks = stances::looks(matrix.labels());
    let labels = matrix.labels().iter().zip(&assessment.intervals.per_label).enumerate();
    let label = |(at, (name, intervals)): (usize, (&String, &crate::evaluation::LabelIntervals))| {
        let score = matrix.label_score(at);
        let counts = &matrix.counts()[at];
        let rows: u64 = counts.iter().sum();
        let cell = |(prediction, &count): (usize, &u64)| Cell {
            rows: count,
            heat: (10 * count).div_ceil(rows.max(1)),
            is_right: prediction == at,
        };
        LabelScores {
            name: plain_line(name),
            look: looks[at],
            scores: vec![
                Score::new("precision", score.precision, intervals.precision),
                Score::new("recall", score.recall, intervals.recall),
                Score::new("F1", score.f1, intervals.f1),
            ],
            rows,
            cells: counts.iter().enumerate().map(cell).collect(),
        }
    };
    labels.map(label).collect()
}

fn label_whiskers(assessment: &Assessment) -> Vec<Whisker> {
    let matrix = &assessment.evaluation.confusion;
    let labels = matrix.labels().iter().zip(&assessment.intervals.per_label).enumerate();
    labels
        .map(|(at, (name, intervals))| whisker(name, matrix.label_score(at).f1, intervals.f1))
        .collect()
}

fn calibration_chart(assessment: &Assessment) -> String {
    let curve = &assessment.evaluation.calibration_curve;
    let points: Vec<(f64, f64)> = curve.iter().map(|bin| (bin.confidence, bin.accuracy)).collect();
    charts::curve(&Curve {
        points: &points,
        marks: &points,
        axes: ("confidence", "share that is right"),
        diagonal: true,
        floor: 0.0,
    })
}

fn bins(assessment: &Assessment) -> Vec<[String; 3]> {
    let curve = &assessment.evaluation.calibration_curve;
    curve
        .iter()
        .map(|bin| {
            [
                format!("{:.3}", bin.confidence),
                format!("{:.3}", bin.accuracy),
                thousands(bin.rows),
            ]
        })
        .collect()
}

fn coverage_chart(assessment: &Assessment) -> String {
    let at = |point: KeptRows| (point.coverage, point.precision);
    let steps = (1..=CURVE_POINTS).map(|step| step as f64 / CURVE_POINTS as f64);
    let points: Vec<(f64, f64)> = steps
        .filter_map(|coverage| assessment.at_coverage(coverage))
        .map(at)
        .collect();
    let reached = assessment.threshold.and_then(|(_, reached)| reached);
    let marks: Vec<(f64, f64)> = reached.map(at).into_iter().collect();
    let least = points.iter().map(|point| point.1).fold(1.0, f64::min);
    charts::curve(&Curve {
        points: &points,
        marks: &marks,
        axes: ("share of the rows that is kept", "share of them that is right"),
        diagonal: false,
        // Whole tenths, so that the labels are.
        floor: ((least * 10.0).floor() / 10.0).min(0.9),
    })
}

fn coverage(assessment: &Assessment) -> Vec<Kept> {
    let kept = |point: KeptRows| Kept {
        coverage: format!("{:.1} %", 100.0 * point.coverage),
        rows: point.rows,
        threshold: point.shown_threshold(),
        precision: format!("{:.3}", point.precision),
        interval: point.interval.to_string(),
    };
    assessment.coverage_table().into_iter().map(kept).collect()
}

fn groups((at, (column, groups)): (usize, &(String, Vec<GroupScores>))) -> Groups {
    let shown = || groups.iter().take(GROUPS);
    let name = |group: &GroupScores| match group.group.as_str() {
        "" => "(empty)".to_owned(),
        name => plain_line(name),
    };
    let bars: Vec<Whisker> = shown()
        .map(|group| whisker(&name(group), group.confusion.macro_f1(), group.intervals.macro_f1))
        .collect();
    let group = |group: &GroupScores| Group {
        name: name(group),
        rows: group.confusion.total(),
        macro_f1: Score::new("macro-F1", group.confusion.macro_f1(), group.intervals.macro_f1),
        accuracy: Score::new("accuracy", group.confusion.accuracy(), group.intervals.accuracy),
    };
    Groups {
        column: plain_line(column),
        id: format!("by{}", at + 1),
        chart: charts::whiskers(&bars, "macro-F1"),
        groups: shown().map(group).collect(),
        more: groups.len().saturating_sub(GROUPS),
    }
}

fn versus(comparison: &Comparison, first: &str, second: &str) -> Versus {
    let compared = |name, of_first: f64, of_second: f64, difference: Difference| Compared {
        name,
        first: format!("{of_first:.3}"),
        second: format!("{of_second:.3}"),
        difference: format!("{:+.3}", difference.value),
        interval: difference
            .interval
            .map_or("–".to_owned(), |interval| interval.to_string()),
    };
    let (one, other) = (&comparison.first, &comparison.second);
    Versus {
        first: first.to_owned(),
        second: second.to_owned(),
        verdict: comparison.verdict(first, second),
        scores: vec![
            compared("accuracy", one.accuracy(), other.accuracy(), comparison.accuracy),
            compared("macro-F1", one.macro_f1(), other.macro_f1(), comparison.macro_f1),
        ],
        both_right: comparison.both_right,
        only_first: comparison.only_first,
        only_second: comparison.only_second,
        both_wrong: comparison.both_wrong,
    }
}
