//! Articles, their statements and the stances of these as one self-contained page of HTML; and, on a page of the same make, how good a model is
//! ([`ScoreReport`]).
//!
//! ```
//! use demarche::StanceClassifier;
//! use demarche::report::{Report, ReportedArticle};
//!
//! let classifier = StanceClassifier::embedded();
//! let text = "Foreign Minister Elna Varga said that the talks would go on. \"They will pay for this,\" Piet Lind warned.";
//! let article = ReportedArticle::label(&classifier, "talks.txt", text);
//! let report = Report::new("The talks", "the model in the crate", &classifier, vec![article]);
//! assert_eq!(report.speakers().len(), 2);
//! let page = report.to_html();
//! assert!(page.starts_with("<!DOCTYPE html>") && page.contains("Elna Varga"));
//! ```
//!
//! | file | duty |
//! | --- | --- |
//! | `page` | what the templates show, and nothing that they would have to work out |
//! | `layout` | an article as blocks and pieces, with the statements that cover each |
//! | `stances` | a colour, a sign and a line for each label |
//! | `explained` | single statements with the words that decided, and what would change their stance |
//! | `speakers`, `timeline` | the counts behind the two charts |
//! | `scores` | the page of scores, with its charts |
//! | `model`, `text` | the model behind a page; words and numbers as they may stand on one |
//! | `prevalence` | shares of labels by group and month, as a page of its own |
//! | `policy` | why the page can load and run nothing but itself |
//! | `*.html`, `*.css`, `page.js` | the pages |
//!
//! The page is whole without its script: the table is plain, and what a statement's sign links to opens by itself. The same
//! report gives the same bytes.

mod date;
mod explained;
mod layout;
mod model;
mod page;
mod policy;
mod prevalence;
mod scores;
mod speakers;
mod stances;
mod text;
mod timeline;

use crate::attribution::{self, AttributedStatement};
use crate::model::{Explanation, ModelCard, Prediction, StanceClassifier};

pub use date::Date;
pub use explained::{ExplainedStatement, ExplanationPage, Piece};
pub use prevalence::{PrevalenceGroup, PrevalenceReport};
pub use scores::ScoreReport;
pub use speakers::SpeakerCounts;

/// What a page shows.
#[derive(Debug, Clone)]
pub struct Report {
    /// The page's title.
    pub title: String,
    /// What readers may call the model that labelled the statements.
    pub model_name: String,
    /// What that model says of itself; its labels are those of all statements.
    pub card: ModelCard,
    /// The articles, in the order in which they are shown.
    pub articles: Vec<ReportedArticle>,
}

/// An article and what was found in it.
#[derive(Debug, Clone)]
pub struct ReportedArticle {
    /// The name by which its reader knows it: a file, an id.
    pub name: String,
    /// Its headline, where that is known and no part of the text.
    pub title: Option<String>,
    /// When it appeared.
    pub date: Option<Date>,
    /// The text that the statements were extracted from.
    pub text: String,
    /// Its statements, in order.
    pub statements: Vec<ReportedStatement>,
}

/// A statement, its stance, and why.
#[derive(Debug, Clone)]
pub struct ReportedStatement {
    /// Who said what, where.
    pub attributed: AttributedStatement,
    /// The stance, and the words that speak for and against it.
    pub explanation: Explanation,
}

impl Report {
    /// A report on articles whose statements `classifier` labelled.
    pub fn new(
        title: impl Into<String>,
        model_name: impl Into<String>,
        classifier: &StanceClassifier,
        articles: Vec<ReportedArticle>,
    ) -> Self {
        Report {
            title: title.into(),
            model_name: model_name.into(),
            card: classifier.card().clone(),
            articles,
        }
    }

    /// Every statement, article by article.
    pub fn statements(&self) -> impl Iterator<Item = &ReportedStatement> {
        self.articles.iter().flat_map(|article| &article.statements)
    }

    /// How many statements of each stance each speaker made; who said most comes first.
    pub fn speakers(&self) -> Vec<SpeakerCounts> {
        speakers::count(self)
    }

    /// The page: one file that needs no other and no network. Whatever stands in articles, names and titles is text on
    /// it, never markup.
    pub fn to_html(&self) -> String {
        page::render(self)
    }
}

impl ReportedArticle {
    /// Extracts the statements of an article and labels them. The date is the one that the text gives near its top.
    pub fn label(classifier: &StanceClassifier, name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let statements = attribution::extract(&text);
        let explain = |attributed: AttributedStatement| ReportedStatement {
            explanation: classifier.explain(&attribution::statement_text(&attributed, &text)),
            attributed,
        };
        ReportedArticle {
            name: name.into(),
            title: None,
            date: Date::find(&text),
            statements: statements.into_iter().map(explain).collect(),
            text,
        }
    }

    /// The headline: the title, else the first line of the text if it is one, else nothing.
    pub fn headline(&self) -> Option<String> {
        let title = self.title.as_deref().filter(|title| !title.trim().is_empty());
        title.map(str::to_owned).or_else(|| layout::headline(&self.text))
    }
}

impl ReportedStatement {
    /// The stance and its probability.
    pub fn prediction(&self) -> &Prediction {
        &self.explanation.prediction
    }

    /// Who said it, if the article tells.
    pub fn speaker(&self) -> Option<&str> {
        self.attributed.speaker.as_deref()
    }
}

#[cfg(test)]
mod tests;
