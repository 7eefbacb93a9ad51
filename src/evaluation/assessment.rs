//! All that is to be known of a model on labelled rows, in one go.

use super::{
    Bootstrap, Comparison, Evaluation, GroupScores, KeptRows, RiskCoverage, ScoreIntervals, positions_of_labels,
    risk_coverage, scores_by_group, threshold_for_precision,
};
use crate::dataset::LabelledStatements;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Prediction, StanceClassifier};

/// What an [`Assessment`] is to tell.
#[derive(Debug, Clone, Default)]
pub struct AssessmentOptions<'m> {
    /// How intervals are found.
    pub bootstrap: Bootstrap,
    /// Columns ([`Columns::kept`](crate::dataset::Columns::kept)) by whose values scores are split.
    pub by: Vec<String>,
    /// A share of right predictions whose confidence threshold is looked for.
    pub precision: Option<f64>,
    /// A second model, to label the same rows.
    pub versus: Option<&'m StanceClassifier>,
}

/// How good a model is on labelled rows, how sure that is, and what follows from it.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// The scores.
    pub evaluation: Evaluation,
    /// How the intervals were found.
    pub bootstrap: Bootstrap,
    /// How far the scores may be off.
    pub intervals: ScoreIntervals,
    /// How often predictions are right if only the surest ones are kept.
    pub risk_coverage: Vec<RiskCoverage>,
    /// The precision that was asked for, and what is kept at the lowest threshold that reaches it, if there is one.
    pub threshold: Option<(f64, Option<KeptRows>)>,
    /// The scores by column and value.
    pub groups: Vec<(String, Vec<GroupScores>)>,
    /// The model against a second one.
    pub comparison: Option<Comparison>,
}

impl Assessment {
    /// Labels `data` with `classifier`, and with the second model if there is one, and compares.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownLabel`] if the data have a label that a model does not know, [`ErrorKind::MissingColumn`] if a column to split by was
    /// not kept.
    pub fn new(
        classifier: &StanceClassifier,
        data: &LabelledStatements,
        options: &AssessmentOptions<'_>,
    ) -> Result<Self> {
        let labels = classifier.labels();
        let positions = positions_of_labels(labels, data)?;
        let truths: Vec<usize> = data.targets().iter().map(|&target| positions[target]).collect();
        let predictions = classifier.predict_batch(data.texts());
        let outcomes = || truths.iter().copied().zip(&predictions);

        let comparison = options
            .versus
            .map(|second| compare(labels, &truths, &predictions, second, data, &options.bootstrap))
            .transpose()?;
        let groups = |column: &String| {
            let values = data.kept(column).ok_or_else(|| {
                Error::from(ErrorKind::MissingColumn {
                    wanted: column.clone(),
                    found: Vec::new(),
                    nearest: None,
                })
            })?;
            let rows = values
                .iter()
                .zip(outcomes())
                .map(|(value, (truth, prediction))| (value.trim(), truth, prediction.position()));
            Ok((column.clone(), scores_by_group(labels, rows, &options.bootstrap)))
        };
        let evaluation = Evaluation::new(labels, outcomes());
        let risk_coverage = risk_coverage(outcomes());
        let kept = |point: RiskCoverage| KeptRows::new(&point, data.len(), options.bootstrap.level);
        Ok(Assessment {
            intervals: ScoreIntervals::of(&evaluation.confusion, &options.bootstrap),
            threshold: options
                .precision
                .map(|wanted| (wanted, threshold_for_precision(&risk_coverage, wanted).map(kept))),
            groups: options.by.iter().map(groups).collect::<Result<_>>()?,
            evaluation,
            bootstrap: options.bootstrap,
            risk_coverage,
            comparison,
        })
    }
}

/// The shares of rows for which [`Assessment::coverage_table`] has points.
const COVERAGES: [f64; 10] = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];

impl Assessment {
    /// What is kept at the highest threshold that keeps at least this share of the rows.
    pub fn at_coverage(&self, coverage: f64) -> Option<KeptRows> {
        let place = self.risk_coverage.partition_point(|point| point.coverage < coverage);
        let point = self.risk_coverage.get(place)?;
        let rows = self.evaluation.confusion.total() as usize;
        Some(KeptRows::new(point, rows, self.bootstrap.level))
    }

    /// What is kept at thresholds from the one that keeps all rows to the one that keeps a tenth of them.
    pub fn coverage_table(&self) -> Vec<KeptRows> {
        let mut points: Vec<_> = COVERAGES
            .iter()
            .filter_map(|&coverage| self.at_coverage(coverage))
            .collect();
        points.dedup();
        points
    }

    /// What the precision that was asked for takes, in a sentence.
    pub fn threshold_in_words(&self) -> Option<String> {
        let (wanted, point) = self.threshold.as_ref()?;
        Some(match point {
            Some(point) => format!(
                "With a confidence of {} or more {:.1} % of the rows are kept, of which {:.3} are right ({}); {wanted} was asked for.",
                point.shown_threshold(),
                100.0 * point.coverage,
                point.precision,
                point.interval,
            ),
            None => format!("No confidence is high enough for {wanted} to be right."),
        })
    }

    /// How well confidence and accuracy agree, in a sentence.
    pub fn calibration_in_words(&self) -> String {
        let curve = &self.evaluation.calibration_curve;
        let rows: usize = curve.iter().map(|bin| bin.rows).sum();
        let confidence: f64 = curve.iter().map(|bin| bin.rows as f64 * bin.confidence).sum();
        format!(
            "Predictions are {:.3} sure on average, and {:.3} of them are right; expected calibration error {:.3}, Brier score {:.3}, log-loss {:.3}.",
            confidence / rows.max(1) as f64,
            self.evaluation.confusion.accuracy(),
            self.evaluation.expected_calibration_error(),
            self.evaluation.brier_score,
            self.evaluation.log_loss,
        )
    }
}

/// The second model may have labels that the first does not know; then it is wrong where it uses them.
fn compare(
    labels: &[String],
    truths: &[usize],
    first: &[Prediction],
    second: &StanceClassifier,
    data: &LabelledStatements,
    bootstrap: &Bootstrap,
) -> Result<Comparison> {
    positions_of_labels(second.labels(), data)?;
    let mut all = labels.to_vec();
    let places: Vec<usize> = second
        .labels()
        .iter()
        .map(|label| {
            all.iter().position(|known| known == label).unwrap_or_else(|| {
                all.push(label.clone());
                all.len() - 1
            })
        })
        .collect();
    let seconds = second.predict_batch(data.texts());
    let pairs = first.iter().zip(&seconds);
    let rows = truths
        .iter()
        .zip(pairs)
        .map(|(&truth, (first, second))| (truth, first.position(), places[second.position()]));
    Ok(Comparison::new(&all, rows, bootstrap))
}

#[cfg(test)]
mod tests {
    use linfa::ParamGuard;

    use super::*;
    use crate::train::Trainer;

    #[test]
    fn models_with_other_labels_are_compared_by_name() {
        let pairs = |names: [&'static str; 3]| {
            let texts = ["we threaten war", "we welcome peace", "we publish figures"];
            (0..12).map(move |i| (texts[i % 3], names[i % 3]))
        };
        let classifier = |names| {
            let data = LabelledStatements::from_pairs(pairs(names)).unwrap();
            let trainer = Trainer::params().check().unwrap();
            StanceClassifier::new(trainer.fit(&data).unwrap())
        };
        // In another order, and one label under another name.
        let (first, second) = (classifier(["w", "c", "n"]), classifier(["w", "c", "a"]));
        let data = LabelledStatements::from_pairs(pairs(["w", "c", "c"])).unwrap();
        let options = AssessmentOptions {
            versus: Some(&second),
            ..AssessmentOptions::default()
        };
        let comparison = Assessment::new(&first, &data, &options).unwrap().comparison.unwrap();
        assert_eq!((comparison.both_right, comparison.both_wrong), (8, 4));
        assert_eq!(comparison.second.labels(), ["c", "n", "w", "a"]);
        assert_eq!(comparison.second.counts()[0], [4, 0, 0, 4]);

        let data = LabelledStatements::from_pairs(pairs(["w", "c", "n"])).unwrap();
        let error = Assessment::new(&first, &data, &options).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::UnknownLabel { label, .. } if label == "n"));
        let options = AssessmentOptions {
            by: vec!["source".to_owned()],
            ..AssessmentOptions::default()
        };
        assert!(Assessment::new(&first, &data, &options).is_err());
    }
}
