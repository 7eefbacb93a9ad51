//! Statements by the day, month or year of their articles.

use super::{Date, Report};

/// Equal stretches of time, one after another without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timeline {
    /// `day`, `month` or `year`.
    pub unit: &'static str,
    pub buckets: Vec<Bucket>,
    /// Articles that carry no date, so that nobody looks for them.
    pub undated: usize,
}

/// What was said in one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bucket {
    pub start: Date,
    /// In the order of the model's labels.
    pub counts: Vec<usize>,
}

impl Bucket {
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }
}

/// A way to cut time: where the stretch of a day starts, and where the next one does.
#[derive(Clone, Copy)]
struct Unit {
    name: &'static str,
    start: fn(Date) -> Date,
    next: fn(Date) -> Date,
}

const UNITS: [Unit; 3] = [
    Unit {
        name: "day",
        start: |date| date,
        next: Date::next,
    },
    Unit {
        name: "month",
        start: Date::month_start,
        next: next_month,
    },
    Unit {
        name: "year",
        start: Date::year_start,
        next: next_year,
    },
];

impl Unit {
    /// The starts of all stretches from one day to another.
    fn starts(self, first: Date, last: Date) -> impl Iterator<Item = Date> {
        let starts = std::iter::successors(Some((self.start)(first)), move |&date| Some((self.next)(date)));
        starts.take_while(move |&date| date <= last)
    }
}

/// More columns than that cannot be told apart on a phone.
const MOST: usize = 45;

/// The time line of a report whose articles are of two days at least.
pub(super) fn of(report: &Report) -> Option<Timeline> {
    let dates = || report.articles.iter().filter_map(|article| article.date);
    let (first, last) = (dates().min()?, dates().max()?);
    if first == last {
        return None;
    }
    let fits = |unit: &&Unit| unit.starts(first, last).take(MOST + 1).count() <= MOST;
    let unit = UNITS.iter().find(fits).unwrap_or(&UNITS[2]);
    let labels = &report.card.labels;
    let mut buckets: Vec<Bucket> = unit
        .starts(first, last)
        .map(|start| Bucket {
            start,
            counts: vec![0; labels.len()],
        })
        .collect();
    for article in &report.articles {
        let Some(date) = article.date else { continue };
        let place = buckets.partition_point(|bucket| bucket.start <= date) - 1;
        for statement in &article.statements {
            let stance = statement.prediction().label();
            if let Some(label) = labels.iter().position(|label| label == stance) {
                buckets[place].counts[label] += 1;
            }
        }
    }
    Some(Timeline {
        unit: unit.name,
        buckets,
        undated: report.articles.len() - dates().count(),
    })
}

pub(super) fn next_month(date: Date) -> Date {
    let (year, month) = match date.month() {
        12 => (date.year() + 1, 1),
        month => (date.year(), month + 1),
    };
    Date::new(year, month, 1).unwrap_or(date.next())
}

fn next_year(date: Date) -> Date {
    Date::new(date.year() + 1, 1, 1).unwrap_or(date.next())
}
