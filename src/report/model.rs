//! The model behind a page.

use super::text::{plain_line, thousands};
use crate::model::ModelCard;

pub(super) struct Model {
    pub name: String,
    pub version: String,
    pub features: String,
    pub rows: String,
    pub rows_per_label: String,
    pub fingerprint: String,
    pub scores: Option<Scores>,
}

pub(super) struct Scores {
    pub folds: usize,
    pub grouped_by: Option<String>,
    pub right_of_100: u32,
    pub macro_f1: String,
    pub per_label: String,
}

impl Model {
    pub fn of(name: &str, card: &ModelCard) -> Self {
        let rows = card.training.rows_per_label.iter();
        let rows: Vec<String> = rows
            .map(|(label, &rows)| format!("{} {}", thousands(rows), plain_line(label)))
            .collect();
        let fingerprint = &card.training.fingerprint;
        Model {
            name: plain_line(name),
            version: plain_line(&card.demarche),
            features: thousands(card.features),
            rows: thousands(card.training.rows),
            rows_per_label: rows.join(", "),
            fingerprint: plain_line(fingerprint.get(..16).unwrap_or(fingerprint)),
            scores: card.cross_validation.as_ref().map(|scores| Scores {
                folds: scores.folds,
                grouped_by: scores.grouped_by.as_deref().map(plain_line),
                right_of_100: (scores.accuracy * 100.0).round() as u32,
                macro_f1: format!("{:.2}", scores.macro_f1),
                per_label: scores
                    .per_label
                    .iter()
                    .map(|(label, score)| format!("{} {:.2}", plain_line(label), score.f1))
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }
}
