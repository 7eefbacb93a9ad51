//! Who said how much, in which stance.

use rustc_hash::FxHashMap;

use super::Report;

/// A speaker's statements by stance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeakerCounts {
    /// The name; `None` for statements that no one is named for.
    pub speaker: Option<String>,
    /// How many statements have each label, in the order of the model's labels.
    pub counts: Vec<usize>,
}

impl SpeakerCounts {
    /// All of the speaker's statements.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }
}

pub(super) fn count(report: &Report) -> Vec<SpeakerCounts> {
    let labels = &report.card.labels;
    let mut speakers: Vec<SpeakerCounts> = Vec::new();
    let mut places: FxHashMap<Option<&str>, usize> = FxHashMap::default();
    for statement in report.statements() {
        let place = *places.entry(statement.speaker()).or_insert_with(|| {
            speakers.push(SpeakerCounts {
                speaker: statement.speaker().map(str::to_owned),
                counts: vec![0; labels.len()],
            });
            speakers.len() - 1
        });
        let stance = statement.prediction().label();
        if let Some(label) = labels.iter().position(|label| label == stance) {
            speakers[place].counts[label] += 1;
        }
    }
    // Stable: of equals, who spoke first.
    speakers.sort_by_key(|speaker| (speaker.speaker.is_none(), std::cmp::Reverse(speaker.total())));
    speakers
}
