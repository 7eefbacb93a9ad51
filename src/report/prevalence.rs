//! Shares of labels, of all rows and of groups, and their page.

use super::{Date, page};
use crate::evaluation::quantification::{Prevalence, QuantificationOptions};
use crate::model::ModelCard;

/// How frequent each label is, in all rows and in groups of them.
#[derive(Debug, Clone)]
pub struct PrevalenceReport {
    /// The page's title.
    pub title: String,
    /// What readers may call the model that labelled the rows.
    pub model_name: String,
    /// What that model says of itself.
    pub card: ModelCard,
    /// How the shares were estimated.
    pub options: QuantificationOptions,
    /// The labelled rows that told what the model takes for what, if it was not its card.
    pub labelled_rows: Option<usize>,
    /// The column that groups are named by.
    pub by: Option<String>,
    /// The column of dates that groups are cut into months by.
    pub by_month: Option<String>,
    /// The shares of all rows.
    pub all: Prevalence,
    /// The shares of each group; none if nothing cuts the rows.
    pub groups: Vec<PrevalenceGroup>,
}

/// The shares of the rows with one name, of one month, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct PrevalenceGroup {
    /// The value of the column [`by`](PrevalenceReport::by).
    pub name: Option<String>,
    /// The first day of the month.
    pub month: Option<Date>,
    /// The shares.
    pub prevalence: Prevalence,
}

impl PrevalenceReport {
    /// The page: one file that needs no other and no network. Whatever stands in names and titles is text on it, never markup.
    pub fn to_html(&self) -> String {
        page::prevalence::render(self)
    }
}

impl PrevalenceGroup {
    /// The month as `2024-03`.
    pub fn month_iso(&self) -> Option<String> {
        self.month.map(|month| month.iso()[..7].to_owned())
    }
}
