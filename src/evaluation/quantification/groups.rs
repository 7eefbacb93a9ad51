//! Shares by group: speaker, month, or what else rows are told apart by.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Prevalence, QuantificationOptions, Quantifier, Tally};
use crate::error::Result;
use crate::model::Prediction;

/// A tally for each key; memory grows with the keys, not with the rows.
#[derive(Debug, Clone)]
pub struct Tallies<'q, K> {
    quantifier: &'q Quantifier,
    tallies: BTreeMap<K, Tally>,
}

impl<'q, K: Ord + Send + Sync> Tallies<'q, K> {
    /// No rows yet.
    pub fn new(quantifier: &'q Quantifier) -> Self {
        Tallies {
            quantifier,
            tallies: BTreeMap::new(),
        }
    }

    /// Counts one row.
    pub fn add(&mut self, key: K, prediction: &Prediction) {
        let cell = self.quantifier.cell(prediction);
        let tally = self.tallies.entry(key);
        tally.or_insert_with(|| self.quantifier.empty_tally()).add(cell);
    }

    /// The shares of each key, in the order of the keys. Each key is estimated as if it were alone: no group leans on another.
    ///
    /// # Errors
    /// Those of [`Quantifier::estimate`].
    pub fn estimate(&self, options: &QuantificationOptions) -> Result<Vec<(&K, Prevalence)>> {
        let tallies: Vec<(&K, &Tally)> = self.tallies.iter().collect();
        let estimate = |(key, tally)| Ok((key, self.quantifier.estimate(tally, options)?));
        tallies.into_par_iter().map(estimate).collect()
    }

    /// The shares of all rows together.
    ///
    /// # Errors
    /// Those of [`Quantifier::estimate`].
    pub fn estimate_all(&self, options: &QuantificationOptions) -> Result<Prevalence> {
        let mut all = self.quantifier.empty_tally();
        self.tallies.values().for_each(|tally| all.merge(tally));
        self.quantifier.estimate(&all, options)
    }
}
