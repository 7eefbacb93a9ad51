//! Single statements with the words that decided, and what would change their stance.

use super::page;
use crate::model::{Counterfactual, Explanation, ModelCard, StanceClassifier};

/// Statements and why they have their stance, as one self-contained page of HTML.
///
/// ```
/// use demarche::StanceClassifier;
/// use demarche::report::{ExplainedStatement, ExplanationPage};
///
/// let classifier = StanceClassifier::embedded();
/// let statement = ExplainedStatement::of(&classifier, "They rejected the offer.");
/// assert_eq!(statement.change(), "Without “rejected” it would be conciliatory (1.00).");
/// let page = ExplanationPage::new("Why?", "the model in the crate", &classifier, vec![statement]).to_html();
/// assert!(page.starts_with("<!DOCTYPE html>") && page.contains("rejected"));
/// ```
#[derive(Debug, Clone)]
pub struct ExplanationPage {
    /// The page's title.
    pub title: String,
    /// What readers may call the model.
    pub model_name: String,
    /// What that model says of itself; its labels are those of all statements.
    pub card: ModelCard,
    /// The statements, in the order in which they are shown.
    pub statements: Vec<ExplainedStatement>,
}

/// A statement, why it has its stance, and what would change it.
#[derive(Debug, Clone)]
pub struct ExplainedStatement {
    /// The statement.
    pub text: String,
    /// What each of its words adds.
    pub explanation: Explanation,
    /// The fewest words without which its stance would be another, if such were found.
    pub counterfactual: Option<Counterfactual>,
}

/// A stretch of a statement: a word that pushes, or what stands between two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'t> {
    /// The characters as written.
    pub text: &'t str,
    /// The position of the label that a word pushes to most, and how strongly, from 1 to 4, compared with the strongest word of the
    /// statement.
    pub push: Option<(usize, u8)>,
}

impl ExplanationPage {
    /// A page on statements that were explained by `classifier`.
    pub fn new(
        title: impl Into<String>,
        model_name: impl Into<String>,
        classifier: &StanceClassifier,
        statements: Vec<ExplainedStatement>,
    ) -> Self {
        ExplanationPage {
            title: title.into(),
            model_name: model_name.into(),
            card: classifier.card().clone(),
            statements,
        }
    }

    /// The page: one file that needs no other and no network, and has no script. Whatever stands in statements and titles is text on it,
    /// never markup.
    pub fn to_html(&self) -> String {
        page::render_explained(self)
    }
}

impl ExplainedStatement {
    /// Explains `text`, and searches for what would change its stance.
    pub fn of(classifier: &StanceClassifier, text: impl Into<String>) -> Self {
        let text = text.into();
        let explanation = classifier.explain(&text);
        ExplainedStatement {
            counterfactual: classifier.counterfactual_of(&text, &explanation),
            explanation,
            text,
        }
    }

    /// The statement, cut into words that push and what stands between them; together they are the whole text.
    ///
    /// # Panics
    /// If the explanation is of another text.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let words = self.explanation.words();
        let hardest = words.iter().map(|word| word.strongest_push().1).fold(0.0, f64::max);
        let mut pieces = Vec::new();
        let mut from = 0;
        for word in &words {
            // Parts of one written word may overlap.
            let (start, end) = (word.span.start.max(from), word.span.end.max(from));
            let (label, push) = word.strongest_push();
            let level = match push / hardest {
                share if share >= 0.6 => 4,
                share if share >= 0.3 => 3,
                share if share >= 0.1 => 2,
                _ => 1,
            };
            let plain = Piece {
                text: &self.text[from..start],
                push: None,
            };
            let word = Piece {
                text: &self.text[start..end],
                push: Some((label, level)),
            };
            pieces.extend([plain, word].into_iter().filter(|piece| !piece.text.is_empty()));
            from = end;
        }
        let text = &self.text[from..];
        pieces.extend((!text.is_empty()).then_some(Piece { text, push: None }));
        pieces
    }

    /// What would change the stance, as a sentence.
    ///
    /// # Panics
    /// If the counterfactual is of another text.
    pub fn change(&self) -> String {
        const MOST: usize = 8;
        let Some(change) = &self.counterfactual else {
            return "No words were found without which the stance would be another.".to_owned();
        };
        let named = change.removed.iter().take(MOST);
        let mut words: Vec<String> = named.map(|span| format!("“{}”", span.of(&self.text))).collect();
        let last = match change.removed.len() - words.len() {
            0 => words.pop().unwrap_or_default(),
            more => format!("{more} more"),
        };
        let words = match words.is_empty() {
            true => last,
            false => format!("{} and {last}", words.join(", ")),
        };
        let caution = match change.is_smallest {
            true => "",
            false => " Fewer words may do it: there are too many to try all.",
        };
        let prediction = &change.prediction;
        format!(
            "Without {words} it would be {} ({:.2}).{caution}",
            prediction.label(),
            prediction.confidence()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole_text() {
        let classifier = StanceClassifier::embedded();
        for text in [
            "",
            "qzx",
            "We won't – can’t! – accept the “cease-fire”.",
            " They rejected\nit. ",
        ] {
            let statement = ExplainedStatement::of(&classifier, text);
            let whole: String = statement.pieces().iter().map(|piece| piece.text).collect();
            assert_eq!(whole, text);
        }
    }

    #[test]
    fn the_change_is_told_in_a_sentence() {
        let classifier = StanceClassifier::embedded();
        let change = |text: &str| ExplainedStatement::of(&classifier, text).change();
        assert!(change("qzx").starts_with("No words were found"));
        let long = "They refused to meet, rejected the offer and threatened to close the border. ".repeat(1300);
        let long = change(&long);
        assert!(
            long.contains(" more it would be ") && long.contains("Fewer words may do it"),
            "{long}"
        );
    }
}
