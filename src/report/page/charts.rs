//! The two charts: a bar for each speaker, a column for each stretch of time.

use super::Label;
use crate::report::stances::Look;
use crate::report::text::speaker_name;
use crate::report::{Date, SpeakerCounts, timeline};

pub(super) struct Speaker {
    pub name: String,
    /// How many statements of each stance, with its look.
    pub counts: Vec<(usize, Look)>,
    pub bar: Vec<Segment>,
}

/// A part of a bar, in units of the drawing.
pub(super) struct Segment {
    pub look: Look,
    pub start: usize,
    pub length: usize,
}

pub(super) struct Timeline {
    pub unit: &'static str,
    /// The most statements of one column.
    pub most: usize,
    pub columns: Vec<Column>,
    pub undated: usize,
}

pub(super) struct Column {
    pub label: String,
    pub long_label: String,
    pub bar: Vec<Segment>,
    pub counts: String,
}

/// The bars of all speakers, on one scale.
pub(super) fn speakers(counts: Vec<SpeakerCounts>, looks: &[Look]) -> Vec<Speaker> {
    let most = counts.iter().map(SpeakerCounts::total).max().unwrap_or(0);
    let speaker = |counts: SpeakerCounts| {
        let mut bar = bar(&counts.counts, looks);
        scale(&mut bar, most);
        Speaker {
            name: speaker_name(counts.speaker.as_deref()),
            bar,
            counts: counts.counts.into_iter().zip(looks.iter().copied()).collect(),
        }
    };
    counts.into_iter().map(speaker).collect()
}

/// The parts of a stacked bar, without the empty ones.
fn bar(counts: &[usize], looks: &[Look]) -> Vec<Segment> {
    let mut start = 0;
    let mut segments = Vec::new();
    for (&length, &look) in counts.iter().zip(looks) {
        if length > 0 {
            segments.push(Segment { look, start, length });
        }
        start += length;
    }
    segments
}

/// How wide the drawing of the longest bar is.
const WIDTH: usize = 1000;

fn scale(bar: &mut [Segment], most: usize) {
    for segment in bar {
        let end = (segment.start + segment.length) * WIDTH / most.max(1);
        segment.start = segment.start * WIDTH / most.max(1);
        segment.length = end - segment.start;
    }
}

impl Timeline {
    pub fn of(found: timeline::Timeline, labels: &[Label], looks: &[Look]) -> Self {
        let most = found.buckets.iter().map(timeline::Bucket::total).max().unwrap_or(0);
        let (total, unit) = (found.buckets.len(), found.unit);
        let step = total.div_ceil(12);
        let column = |(at, bucket): (usize, timeline::Bucket)| {
            let (long_label, label) = stretch(unit, bucket.start);
            let mut bar = bar(&bucket.counts, looks);
            // From the ground up.
            for segment in &mut bar {
                segment.start = most - segment.start - segment.length;
            }
            Column {
                label: if at % step == 0 { label } else { String::new() },
                long_label,
                bar,
                counts: counts_in_words(&bucket.counts, labels),
            }
        };
        Timeline {
            unit,
            most: most.max(1),
            columns: found.buckets.into_iter().enumerate().map(column).collect(),
            undated: found.undated,
        }
    }
}

/// The long and the short name of a stretch of time.
fn stretch(unit: &str, start: Date) -> (String, String) {
    let year = start.year();
    let month = start.month_name();
    match unit {
        "day" => {
            let long = start.to_string();
            let short = long.split(' ').next().unwrap_or_default();
            (long.clone(), format!("{short} {}", &month[..3]))
        }
        "month" => (format!("{month} {year}"), format!("{} {:02}", &month[..3], year % 100)),
        _ => (year.to_string(), year.to_string()),
    }
}

fn counts_in_words(counts: &[usize], labels: &[Label]) -> String {
    let parts = counts.iter().zip(labels).filter(|(count, _)| **count > 0);
    let parts: Vec<String> = parts.map(|(count, label)| format!("{count} {}", label.name)).collect();
    match parts.is_empty() {
        true => "none".to_owned(),
        false => parts.join(", "),
    }
}
