//! Predictions as counts of cells: the predicted label, the label that came second, and how sure the model was.

use crate::error::{ErrorKind, Result};
use crate::model::{CellGroupCard, ConfusionCard, Prediction};

/// The most bins of one group: more tell labels no better apart.
const MOST_BINS: usize = 5;
/// The rows that a bin should hold, so that the shares of labels in it are known.
const ROWS_PER_BIN: usize = 40;

/// Counts how often rows of each true label fell into each cell.
///
/// Rows with the same predicted label and the same second label are a group, cut by confidence into up to five bins that hold about as many rows each, 40 at
/// least; second labels that are rarer than that share a group. With few rows the cells are thus the columns of the confusion matrix.
///
/// `truths` are positions in `labels`, the labels of the model in its order. The rows must be such as the model never saw: out-of-fold predictions
/// ([`OutOfFold`](crate::evaluation::OutOfFold)), or a labelled sample of the data whose shares are asked for.
///
/// # Panics
/// If a truth is no position in `labels`.
pub fn confusion_card<'p>(labels: &[String], rows: impl IntoIterator<Item = (usize, &'p Prediction)>) -> ConfusionCard {
    let rows: Vec<(usize, Place)> = rows.into_iter().map(|(truth, p)| (truth, Place::of(p))).collect();
    let mut card = ConfusionCard {
        groups: groups(labels.len(), &rows),
        counts: Vec::new(),
    };
    let index = CellIndex::new(labels.len(), &card.groups);
    card.counts = vec![vec![0; index.cells()]; labels.len()];
    for (truth, place) in rows {
        card.counts[truth][index.cell(&card.groups, place)] += 1;
    }
    card
}

/// What of a prediction decides its cell.
#[derive(Debug, Clone, Copy)]
struct Place {
    predicted: usize,
    second: usize,
    confidence: f64,
}

impl Place {
    fn of(prediction: &Prediction) -> Self {
        let mut place = Place {
            predicted: 0,
            second: 0,
            confidence: f64::NEG_INFINITY,
        };
        let mut second = f64::NEG_INFINITY;
        for (label, (_, p)) in prediction.probabilities().enumerate() {
            // The first of equals, as in the classifier.
            if p > place.confidence {
                (place.second, second) = (place.predicted, place.confidence);
                (place.predicted, place.confidence) = (label, p);
            } else if p > second {
                (place.second, second) = (label, p);
            }
        }
        place
    }
}

/// The groups of each predicted label in order; the last one of each label takes what no other takes.
fn groups(labels: usize, rows: &[(usize, Place)]) -> Vec<CellGroupCard> {
    let mut confidences = vec![vec![Vec::new(); labels]; labels];
    for (_, place) in rows {
        confidences[place.predicted][place.second].push(place.confidence);
    }
    let mut groups = Vec::new();
    for (predicted, mut by_second) in confidences.into_iter().enumerate() {
        let is_frequent = |&second: &usize| second != predicted && by_second[second].len() >= ROWS_PER_BIN;
        let mut frequent: Vec<usize> = (0..labels).filter(is_frequent).collect();
        if frequent.len() + 1 == labels {
            frequent.pop();
        }
        for second in frequent {
            groups.push(CellGroupCard {
                predicted,
                second: Some(second),
                bounds: bounds(std::mem::take(&mut by_second[second])),
            });
        }
        groups.push(CellGroupCard {
            predicted,
            second: None,
            bounds: bounds(by_second.concat()),
        });
    }
    groups
}

/// Bounds between bins that hold about as many confidences each.
fn bounds(mut confidences: Vec<f64>) -> Vec<f64> {
    confidences.sort_by(f64::total_cmp);
    let bins = (confidences.len() / ROWS_PER_BIN).clamp(1, MOST_BINS);
    let bound = |bin: usize| {
        let bound = confidences[bin * confidences.len() / bins];
        // Few digits are enough, and the card stays readable.
        (bound * 1e4).round() / 1e4
    };
    let mut bounds: Vec<f64> = (1..bins).map(bound).collect();
    bounds.dedup();
    bounds
}

/// Where the cells of each pair of labels start.
#[derive(Debug, Clone, PartialEq)]
struct CellIndex {
    labels: usize,
    /// The group of each predicted label (first) and second label, and its first cell.
    groups: Vec<(usize, usize)>,
    /// The predicted label of each cell.
    predicted: Vec<usize>,
}

impl CellIndex {
    /// # Panics
    /// If a group names a label that does not exist.
    fn new(labels: usize, groups: &[CellGroupCard]) -> Self {
        let mut index = CellIndex {
            labels,
            groups: vec![(0, 0); labels * labels],
            predicted: Vec::new(),
        };
        // From the back, so that a group with a second label stands above the one that takes the rest.
        let sizes = groups.iter().map(|group| group.bounds.len() + 1);
        let starts: Vec<usize> = sizes
            .scan(0, |start, size| {
                *start += size;
                Some(*start - size)
            })
            .collect();
        for (at, group) in groups.iter().enumerate().rev() {
            let row = &mut index.groups[group.predicted * labels..][..labels];
            match group.second {
                None => row.fill((at, starts[at])),
                Some(second) => row[second] = (at, starts[at]),
            }
        }
        let cells = groups
            .iter()
            .flat_map(|group| vec![group.predicted; group.bounds.len() + 1]);
        index.predicted = cells.collect();
        index
    }

    fn cells(&self) -> usize {
        self.predicted.len()
    }

    fn cell(&self, groups: &[CellGroupCard], place: Place) -> usize {
        let (group, start) = self.groups[place.predicted * self.labels + place.second];
        start + groups[group].bounds.partition_point(|&bound| bound <= place.confidence)
    }
}

/// How many rows fell into each cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally(Vec<u64>);

impl Tally {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The rows of each cell.
    pub fn counts(&self) -> &[u64] {
        &self.0
    }

    /// Adds one row.
    ///
    /// # Panics
    /// If there is no such cell.
    pub fn add(&mut self, cell: usize) {
        self.0[cell] += 1;
    }

    /// Adds the rows of another tally of the same quantifier.
    pub(super) fn merge(&mut self, other: &Tally) {
        self.0.iter_mut().zip(&other.0).for_each(|(sum, count)| *sum += count);
    }
}

/// What is known of a model's errors, ready to correct shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantifier {
    labels: Vec<String>,
    card: ConfusionCard,
    index: CellIndex,
}

impl Quantifier {
    /// Takes what a model's card tells of its errors: one row of `card.counts` for each of `labels`.
    ///
    /// # Errors
    /// [`ErrorKind::NoConfusion`] if the card tells nothing; [`ErrorKind::ModelDamaged`] if its numbers do not fit together;
    /// [`ErrorKind::LabelWithoutRows`] if a label has no row at all.
    pub fn new(labels: &[String], card: Option<&ConfusionCard>) -> Result<Self> {
        let card = card.ok_or(ErrorKind::NoConfusion)?;
        check(labels.len(), card)?;
        if let Some(label) = card
            .counts
            .iter()
            .position(|counts| counts.iter().all(|&count| count == 0))
        {
            let label = labels[label].clone();
            return Err(ErrorKind::LabelWithoutRows { label }.into());
        }
        Ok(Quantifier {
            labels: labels.to_vec(),
            index: CellIndex::new(labels.len(), &card.groups),
            card: card.clone(),
        })
    }

    /// The labels, in the model's order.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How many rows of each true label (first index) fell into each cell (second).
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.card.counts
    }

    /// How many cells there are.
    pub fn cells(&self) -> usize {
        self.index.cells()
    }

    /// The cell of a prediction of the model.
    ///
    /// # Panics
    /// If the prediction is one of a model with more labels.
    pub fn cell(&self, prediction: &Prediction) -> usize {
        self.index.cell(&self.card.groups, Place::of(prediction))
    }

    /// A tally of no rows.
    pub fn empty_tally(&self) -> Tally {
        Tally(vec![0; self.cells()])
    }

    /// Counts predictions by cell.
    pub fn tally<'p>(&self, predictions: impl IntoIterator<Item = &'p Prediction>) -> Tally {
        let mut tally = self.empty_tally();
        predictions.into_iter().for_each(|p| tally.add(self.cell(p)));
        tally
    }

    /// The rows from which the errors are known, as if they were rows at hand.
    pub fn tally_of_evidence(&self) -> Tally {
        let sum = |cell: usize| self.card.counts.iter().map(|counts| counts[cell]).sum();
        Tally((0..self.cells()).map(sum).collect())
    }

    /// How many rows were given each label, in the model's order.
    pub fn counted(&self, tally: &Tally) -> Vec<u64> {
        let mut counted = vec![0; self.labels.len()];
        for (&label, &count) in self.index.predicted.iter().zip(tally.counts()) {
            counted[label] += count;
        }
        counted
    }

    /// What each cell counts before any row is seen: the rows of each true label start with one row for each predicted label, spread over its
    /// cells, so that what never happened is rare and not impossible.
    pub(super) fn pseudo_counts(&self) -> Vec<f64> {
        let mut cells = vec![0.0; self.labels.len()];
        self.index.predicted.iter().for_each(|&label| cells[label] += 1.0);
        self.index.predicted.iter().map(|&label| 1.0 / cells[label]).collect()
    }

    /// The share of each cell among the rows of each true label, `θ[k][c]`; with [`pseudo_counts`](Self::pseudo_counts).
    pub(super) fn cell_shares(&self) -> Vec<Vec<f64>> {
        let pseudo = self.pseudo_counts();
        let counts = self.card.counts.iter();
        let with_pseudo = counts.map(|row| {
            row.iter()
                .zip(&pseudo)
                .map(|(&m, p)| m as f64 + p)
                .collect::<Vec<f64>>()
        });
        with_pseudo.map(shares).collect()
    }

    /// Cells put together by predicted label.
    fn by_prediction(&self, cells: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.labels.len()];
        self.index
            .predicted
            .iter()
            .zip(cells)
            .for_each(|(&label, x)| sums[label] += x);
        sums
    }

    /// [`adjusted_counts`](super::adjusted_counts) with the confusion matrix of some cell shares.
    pub(super) fn adjusted(&self, cell_shares: &[Vec<f64>], counts: &[f64]) -> Vec<f64> {
        let confusion: Vec<Vec<f64>> = cell_shares.iter().map(|row| self.by_prediction(row)).collect();
        super::adjusted_counts(&confusion, &shares(self.by_prediction(counts)))
    }
}

/// Numbers divided by their sum.
pub(super) fn shares(mut numbers: Vec<f64>) -> Vec<f64> {
    let sum: f64 = numbers.iter().sum();
    numbers.iter_mut().for_each(|x| *x /= sum);
    numbers
}

/// Checks what came out of a file.
fn check(labels: usize, card: &ConfusionCard) -> Result<()> {
    let damaged = |what| Err(ErrorKind::ModelDamaged(what).into());
    let groups = &card.groups;
    let names_labels = |group: &CellGroupCard| {
        group.predicted < labels && group.second.is_none_or(|second| second < labels) && group.bounds.is_sorted()
    };
    let takes_the_rest = |label: usize| {
        groups
            .iter()
            .filter(|g| g.predicted == label && g.second.is_none())
            .count()
            == 1
    };
    // The one that takes the rest is the last of its label.
    let in_order = groups.is_sorted_by_key(|group| (group.predicted, group.second.unwrap_or(labels)));
    if !(groups.iter().all(names_labels) && (0..labels).all(takes_the_rest) && in_order) {
        return damaged("the groups of its confusion do not fit its labels");
    }
    let cells: usize = groups.iter().map(|group| group.bounds.len() + 1).sum();
    if card.counts.len() != labels || card.counts.iter().any(|counts| counts.len() != cells) {
        return damaged("the counts of its confusion do not fit its labels");
    }
    // So that no sum of counts can pass what a number holds.
    if card.counts.iter().flatten().any(|&count| count > 1 << 40) {
        return damaged("its confusion counts more rows than there can be");
    }
    Ok(())
}
