//! Shares of labels in unlabelled data, corrected for the model's own errors: *quantification*.
//!
//! Counting predicted labels is biased: of two labels that are taken for each other, the rarer one gains. What the model's errors look like is
//! known from its out-of-fold predictions ([`ConfusionCard`](crate::model::ConfusionCard)), and a share can be corrected for them.
//!
//! ```
//! use demarche::StanceClassifier;
//! use demarche::evaluation::quantification::{QuantificationOptions, Quantifier};
//!
//! let classifier = StanceClassifier::embedded();
//! let quantifier = Quantifier::new(classifier.labels(), classifier.card().confusion.as_ref())?;
//! let predictions = classifier.predict_batch(&["We warn them.", "We welcome the talks.", "We will respond with force."]);
//! let prevalence = quantifier.estimate(&quantifier.tally(&predictions), &QuantificationOptions::default())?;
//! for share in &prevalence.shares {
//!     println!("{}: {:.2} ({:.2} to {:.2})", share.label, share.share, share.low, share.high);
//! }
//! # Ok::<(), demarche::Error>(())
//! ```
//!
//! # What is known, and the model of it
//!
//! A prediction falls into one of `C` *cells*: the predicted label and how sure the model was of it, in bins ([`Quantifier::cell`]). With `m[k][c]` the
//! out-of-fold rows of label `k` in cell `c`, and `n[c]` the rows at hand:
//!
//! ```text
//! m[k] ~ Multinomial(Mₖ, θₖ)        n ~ Multinomial(N, Σₖ πₖ θₖ)
//! ```
//!
//! One bin for each label makes the cells the columns of the confusion matrix; more bins tell the labels better apart, as in the histograms of
//! González-Castro, Alaiz-Rodríguez, Alegre 2013 ("Class distribution estimation based on the Hellinger distance").
//!
//! # Assumption
//!
//! *Prior shift*: statements of one label look alike (`θₖ`) in the training data and in the data at hand; only the labels' shares differ. Where
//! the texts are of another kind, the correction is wrong, and no interval knows by how much. [`Prevalence::fit`] tests part of the assumption: that some mix of
//! the labels explains the rows. The remedy is a labelled sample of the data at hand in the place of the out-of-fold rows ([`confusion_card`]).
//!
//! | file | duty |
//! | --- | --- |
//! | `cells` | predictions as counts of cells |
//! | `groups` | a tally for each speaker, month … |
//! | `adjusted` | adjusted counts: the confusion system solved on the simplex |
//! | `mixture` | maximum likelihood by expectation maximization |
//! | `posterior` | Gibbs sampling: shares and their uncertainty at once |
//! | `bootstrap` | intervals for the other two |
//! | `fit` | whether any mix of labels explains the rows |

mod adjusted;
mod bootstrap;
mod cells;
mod fit;
mod groups;
mod mixture;
mod posterior;

use serde::Serialize;

pub use adjusted::adjusted_counts;
pub use cells::{Quantifier, Tally, confusion_card};
pub use fit::MixtureFit;
pub use groups::Tallies;
pub use mixture::{expectation_maximization, mixture_weights};

use super::bootstrap::percentile;
use crate::error::{ErrorKind, Result};

/// How shares are corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QuantificationMethod {
    /// The mean of the Bayesian posterior with uniform priors, by Gibbs sampling over labels, shares and confusion (the model of Ziegler, Czyż 2024,
    /// "Bayesian quantification with black-box estimators", over cells). The default: the smallest error and honest intervals at every
    /// size measured.
    #[default]
    Posterior,
    /// Maximum likelihood over the cells: no prior, no shrinking. Intervals by parametric bootstrap.
    Likelihood,
    /// Adjusted counts: `q = Mᵀπ` solved on the simplex, with the confusion matrix alone (Forman 2008, "Quantifying counts and costs via classification",
    /// section 2.2; for many labels Hopkins, King 2010, "A method of automated nonparametric content analysis for social science", equation 4). Intervals
    /// by parametric bootstrap.
    Adjusted,
}

/// Of what a share is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Of these very rows: what counting them would give if every label were right.
    #[default]
    Rows,
    /// Of what the rows are a random sample of: intervals are wider by the chance of drawing them.
    Population,
}

/// How shares are estimated.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantificationOptions {
    /// How shares are corrected.
    pub method: QuantificationMethod,
    /// Of what the share is.
    pub target: Target,
    /// The share of intervals that hold the truth: 0.95.
    pub level: f64,
    /// Draws behind an interval.
    pub draws: usize,
    /// Where random numbers start.
    pub seed: u64,
}

impl Default for QuantificationOptions {
    fn default() -> Self {
        QuantificationOptions {
            method: QuantificationMethod::default(),
            target: Target::default(),
            level: 0.95,
            draws: 2000,
            seed: 0,
        }
    }
}

impl QuantificationOptions {
    /// Checks that the options make sense, as [`Quantifier::estimate`] does: before the rows are read.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParameter`] if the level is not between 0 and 1, or there are fewer than 100 draws.
    pub fn check(&self) -> Result<()> {
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(ErrorKind::InvalidParameter {
                name: "the level of intervals",
                value: self.level.to_string(),
                must: "between 0 and 1, such as 0.95",
            }
            .into());
        }
        if self.draws < 100 {
            return Err(ErrorKind::InvalidParameter {
                name: "the number of draws",
                value: self.draws.to_string(),
                must: "at least 100",
            }
            .into());
        }
        Ok(())
    }
}

/// The shares of all labels in some rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prevalence {
    /// How many rows there are.
    pub rows: u64,
    /// One for each label, in the model's order; the corrected shares add up to 1.
    pub shares: Vec<LabelShare>,
    /// Whether any mix of the labels explains the rows.
    pub fit: MixtureFit,
}

/// The share of one label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelShare {
    /// The label.
    pub label: String,
    /// Rows that the model gave the label.
    pub counted: u64,
    /// Their share: what plain counting says.
    pub counted_share: f64,
    /// The share corrected for the model's errors.
    pub share: f64,
    /// Where the interval starts.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

impl Quantifier {
    /// Corrects the shares of the labels in a tally. The same tally, options and version give the same shares.
    ///
    /// # Errors
    /// [`ErrorKind::NoRows`] if the tally is empty; [`ErrorKind::InvalidParameter`] if an option makes no sense.
    pub fn estimate(&self, tally: &Tally, options: &QuantificationOptions) -> Result<Prevalence> {
        options.check()?;
        let rows = tally.rows();
        if rows == 0 {
            return Err(ErrorKind::NoRows.into());
        }
        let (shares, draws) = match options.method {
            QuantificationMethod::Posterior => {
                let draws = posterior::sample(self, tally, options);
                (mean(&draws), draws)
            }
            QuantificationMethod::Likelihood | QuantificationMethod::Adjusted => {
                let point = |m: &[Vec<f64>], n: &[f64]| match options.method {
                    QuantificationMethod::Adjusted => self.adjusted(m, n),
                    _ => mixture::of_cells(m, n),
                };
                let counts: Vec<f64> = tally.counts().iter().map(|&n| n as f64).collect();
                let shares = point(&self.cell_shares(), &counts);
                let draws = bootstrap::sample(self, &shares, rows, options, point);
                (shares, draws)
            }
        };
        let counted = self.counted(tally);
        let label_share = |(label, name): (usize, &String)| {
            let mut drawn: Vec<f64> = draws.iter().map(|draw| draw[label]).collect();
            drawn.sort_by(f64::total_cmp);
            LabelShare {
                label: name.clone(),
                counted: counted[label],
                counted_share: counted[label] as f64 / rows as f64,
                share: shares[label],
                // An estimate at the rim may lie outside of what was drawn.
                low: percentile(&drawn, (1.0 - options.level) / 2.0).min(shares[label]),
                high: percentile(&drawn, (1.0 + options.level) / 2.0).max(shares[label]),
            }
        };
        Ok(Prevalence {
            rows,
            shares: self.labels().iter().enumerate().map(label_share).collect(),
            fit: fit::test(self, tally),
        })
    }
}

fn mean(draws: &[Vec<f64>]) -> Vec<f64> {
    let labels = draws.first().map_or(0, Vec::len);
    let mean = |label: usize| draws.iter().map(|draw| draw[label]).sum::<f64>() / draws.len() as f64;
    (0..labels).map(mean).collect()
}

#[cfg(test)]
mod tests;
