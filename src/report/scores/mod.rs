//! How good a model is, as a page.

mod charts;
mod page;

use crate::evaluation::Assessment;
use crate::model::ModelCard;

/// What a page of scores shows.
///
/// ```
/// use demarche::evaluation::{Assessment, AssessmentOptions};
/// use demarche::report::ScoreReport;
/// use demarche::{LabelledStatements, StanceClassifier};
///
/// let classifier = StanceClassifier::embedded();
/// let data = LabelledStatements::from_pairs([
///     ("They agreed to resume the talks.", "conciliatory"),
///     ("They threatened to close the border.", "warning"),
/// ])?;
/// let report = ScoreReport {
///     model_name: "the model in the crate".to_owned(),
///     data_name: "two rows".to_owned(),
///     versus_name: None,
///     card: classifier.card().clone(),
///     assessment: Assessment::new(&classifier, &data, &AssessmentOptions::default())?,
/// };
/// assert!(report.to_html().starts_with("<!DOCTYPE html>"));
/// # Ok::<(), demarche::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ScoreReport {
    /// What readers may call the model.
    pub model_name: String,
    /// What readers may call the labelled rows.
    pub data_name: String,
    /// What readers may call the second model, if there is one.
    pub versus_name: Option<String>,
    /// What the model says of itself.
    pub card: ModelCard,
    /// What was found.
    pub assessment: Assessment,
}

impl ScoreReport {
    /// The page: one file without any script that needs no other and no network. Names of files, labels and groups are text on it, never
    /// markup. The same report gives the same bytes.
    pub fn to_html(&self) -> String {
        page::render(self)
    }
}
