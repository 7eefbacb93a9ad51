//! How sure a statement is: the measured precision of its frame and kind of cue.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::frames::Shape;
use super::lexicon::{Frame, Strength};

static PRECISION: LazyLock<FxHashMap<(&str, &str, &str), f64>> = LazyLock::new(|| {
    let lines = include_str!("rules/confidence.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let rows = lines.filter_map(|line| {
        let mut columns = line.split('\t');
        let key = (columns.next()?, columns.next()?, columns.next()?);
        Some((key, columns.next()?.trim().parse().ok()?))
    });
    rows.collect()
});

/// What is assumed of a combination that was never measured.
const UNMEASURED: f64 = 0.7;

/// The precision of a frame with a kind of cue.
pub(super) fn of(shape: Shape, frame: Frame, strength: Strength) -> f64 {
    let shape = match shape {
        Shape::CueFirst => "cue-first",
        Shape::ContentFirst => "content-first",
        Shape::Around => "around",
        Shape::According => "according",
        Shape::Colon => "colon",
        Shape::Label => "label",
        Shape::Run => "run",
        Shape::Nominal => "nominal",
    };
    let frame = match frame {
        Frame::Say => "say",
        Frame::Tell => "tell",
        Frame::Ask => "ask",
        Frame::Object => "object",
        Frame::Call => "call",
        Frame::Quote => "quote",
    };
    let strength = match strength {
        Strength::Weak => "weak",
        Strength::Fair => "fair",
        Strength::Strong => "strong",
    };
    PRECISION.get(&(shape, frame, strength)).copied().unwrap_or(UNMEASURED)
}
