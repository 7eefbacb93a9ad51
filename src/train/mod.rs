//! Labelled statements → [`Model`].
//!
//! [`Trainer::params`] are plain, unchecked options; [`check`](::linfa::ParamGuard::check) makes them a
//! [`TrainerValidParams`], whose [`fit`](TrainerValidParams::fit) gives a model. The same data, options and version give
//! the same model, to the last bit, on any number of threads.

mod dual;
mod linfa;
mod logistic;
mod problem;
mod random;

use std::collections::BTreeMap;

use ::linfa::ParamGuard;
use serde::{Deserialize, Serialize};

pub use self::linfa::DENSE_LIMIT;
pub use logistic::{
    ClassWeight, FittedLogisticRegression, LogisticRegression, LogisticRegressionParams, LogisticRegressionValidParams,
    Solver,
};
pub(crate) use random::SplitMix64;

use crate::dataset::LabelledStatements;
use crate::error::{Error, ErrorKind, Result};
use crate::features::{Corpus, DocumentFrequency, FittedTfidfVectorizer, TfidfOptions, TfidfVectorizer};
use crate::model::file::check_size;
use crate::model::{Calibration, ClassifierCard, Model, ModelCard, TrainingCard};
use crate::parallel::join;
use crate::text::{Analyzer, AnalyzerOptions, Language};

/// How much the rows of each label count, by the labels' names.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelWeight {
    /// Every row counts one.
    Uniform,
    /// All labels together count the same. The default.
    #[default]
    Balanced,
    /// The labels named count as given, the others one.
    Given(BTreeMap<String, f64>),
}

/// Options of training that have not been checked. [`Trainer::params`] gives the defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainerParams(TrainerValidParams);

/// Options of training that make sense.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainerValidParams {
    analyzer: AnalyzerOptions,
    tfidf: TfidfOptions,
    label_weight: LabelWeight,
    c: f64,
    solver: Solver,
    tolerance: f64,
    max_iterations: usize,
    seed: u64,
}

/// Makes a [`Model`] from labelled statements.
///
/// ```
/// use demarche::{LabelledStatements, StanceClassifier, Trainer};
/// use linfa::ParamGuard;
///
/// let data = LabelledStatements::from_pairs([
///     ("We will answer with force.", "warning"),
///     ("They will pay for this.", "warning"),
///     ("We welcome the talks.", "conciliatory"),
///     ("We are ready to talk.", "conciliatory"),
/// ])?;
/// let model = Trainer::params().min_df(demarche::features::DocumentFrequency::Count(1)).check()?.fit(&data)?;
/// let classifier = StanceClassifier::new(model);
/// assert_eq!(classifier.predict("We are ready for talks").label(), "conciliatory");
/// # Ok::<(), demarche::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Trainer;

impl Trainer {
    /// The options that `demarche train` has by default: stems; names, numbers and stop words left out; terms
    /// of one and two words in at least two statements, negations paired with four words behind them,
    /// sublinear term frequency, balanced labels, C = 4.
    pub fn params() -> TrainerParams {
        TrainerParams(TrainerValidParams {
            analyzer: AnalyzerOptions {
                stop_words: true,
                skip_names: true,
                skip_numbers: true,
                ..AnalyzerOptions::default()
            },
            tfidf: TfidfOptions {
                ngram_range: (1, 2),
                min_df: DocumentFrequency::Count(2),
                sublinear_tf: true,
                negation_window: 4,
                ..TfidfOptions::default()
            },
            label_weight: LabelWeight::default(),
            c: 4.0,
            solver: Solver::Dual,
            tolerance: 1e-5,
            max_iterations: 1000,
            seed: 0,
        })
    }
}

impl TrainerParams {
    /// How texts are read.
    pub fn analyzer(mut self, analyzer: AnalyzerOptions) -> Self {
        self.0.analyzer = analyzer;
        self
    }

    /// How terms are weighed.
    pub fn tfidf(mut self, tfidf: TfidfOptions) -> Self {
        self.0.tfidf = tfidf;
        self
    }

    /// The stemmer's language. Names and stop words are left out in English only:
    /// other languages capitalize other words.
    pub fn language(mut self, language: Language) -> Self {
        self.0.analyzer.language = language;
        self.0.analyzer.skip_names &= language == Language::English;
        self.0.analyzer.stop_words &= language == Language::English;
        self
    }

    /// Shortest and longest term, in words.
    pub fn ngram_range(mut self, range: std::ops::RangeInclusive<usize>) -> Self {
        self.0.tfidf.ngram_range = (*range.start(), *range.end());
        self
    }

    /// In how many statements a term must stand.
    pub fn min_df(mut self, min_df: DocumentFrequency) -> Self {
        self.0.tfidf.min_df = min_df;
        self
    }

    /// The inverse of the penalty's strength: scikit-learn's `C`.
    pub fn c(mut self, c: f64) -> Self {
        self.0.c = c;
        self
    }

    /// How much the rows of each label count.
    pub fn label_weight(mut self, label_weight: LabelWeight) -> Self {
        self.0.label_weight = label_weight;
        self
    }

    /// Which solver finds the optimum.
    pub fn solver(mut self, solver: Solver) -> Self {
        self.0.solver = solver;
        self
    }

    /// When the solver may stop.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.0.tolerance = tolerance;
        self
    }

    /// When the solver must stop.
    pub fn max_iterations(mut self, max_iterations: usize) -> Self {
        self.0.max_iterations = max_iterations;
        self
    }

    /// Where random order (of the solver's sweeps, of folds) starts.
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }
}

impl ParamGuard for TrainerParams {
    type Checked = TrainerValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&TrainerValidParams> {
        let params = &self.0;
        params.analyzer.check()?;
        params.tfidf.check()?;
        params.logistic(ClassWeight::Uniform).check()?;
        if let LabelWeight::Given(weights) = &params.label_weight
            && let Some((_, weight)) = weights.iter().find(|(_, w)| !(w.is_finite() && **w >= 0.0))
        {
            return Err(ErrorKind::InvalidParameter {
                name: "a label's weight",
                value: weight.to_string(),
                must: "zero or a positive number",
            }
            .into());
        }
        Ok(params)
    }

    fn check(self) -> Result<TrainerValidParams> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl TrainerValidParams {
    fn logistic(&self, class_weight: ClassWeight) -> LogisticRegressionParams {
        LogisticRegression::params()
            .c(self.c)
            .class_weight(class_weight)
            .solver(self.solver)
            .tolerance(self.tolerance)
            .max_iterations(self.max_iterations)
            .seed(self.seed)
    }

    /// The same options, to change some of them and check them again.
    pub fn params(&self) -> TrainerParams {
        TrainerParams(self.clone())
    }

    /// How terms are weighed.
    pub fn tfidf(&self) -> &TfidfOptions {
        &self.tfidf
    }

    /// The inverse of the penalty's strength.
    pub fn c(&self) -> f64 {
        self.c
    }

    /// Where random order starts.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Reads the texts once, for any number of fits.
    pub(crate) fn read(&self, data: &LabelledStatements) -> Result<Corpus> {
        Corpus::read(data.texts(), &Analyzer::new(self.analyzer.clone()))
    }

    /// Fits a model on all of `data`.
    ///
    /// # Errors
    /// If the data have a single label, every row weighs nothing, no term is left, a weight names a label that does not occur, the solver refuses, or
    /// [`ErrorKind::TooMany`] if the model would be larger than [`LARGEST_MODEL`](crate::model::file::LARGEST_MODEL).
    pub fn fit(&self, data: &LabelledStatements) -> Result<Model> {
        self.fit_corpus(&self.read(data)?, data)
    }

    /// Learns the vocabulary of a corpus once, and a regression for each C of `cs`, in that order; `targets` and `weights` have a
    /// value for each text.
    pub(crate) fn fit_path_corpus(
        &self,
        corpus: &Corpus,
        labels: &[String],
        targets: &[usize],
        weights: Option<&[f64]>,
        cs: &[f64],
    ) -> Result<(FittedTfidfVectorizer, Vec<FittedLogisticRegression>)> {
        if labels.len() < 2 {
            let label = labels.first().cloned().unwrap_or_default();
            return Err(ErrorKind::OneLabel { label }.into());
        }
        if weights.is_some_and(|weights| weights.iter().all(|&weight| weight == 0.0)) {
            return Err(ErrorKind::WrongValue {
                wanted: "a weight above zero in some of them",
                found: "zero in every row".to_owned(),
            }
            .into());
        }
        let class_weight = self.class_weight(labels)?;
        let vectorizer = TfidfVectorizer::new(self.analyzer.clone(), self.tfidf.clone())?;
        let (vectorizer, rows) = vectorizer.fit_transform_corpus(corpus)?;
        check_size(vectorizer.vocabulary(), labels.len())?;
        let logistic = self.logistic(class_weight).check()?;
        let fitted = logistic.fit_path(&rows, targets, labels.len(), weights, cs)?;
        Ok((vectorizer, fitted))
    }

    fn class_weight(&self, labels: &[String]) -> Result<ClassWeight> {
        Ok(match &self.label_weight {
            LabelWeight::Uniform => ClassWeight::Uniform,
            LabelWeight::Balanced => ClassWeight::Balanced,
            LabelWeight::Given(weights) => {
                if let Some(label) = weights.keys().find(|l| !labels.contains(l)) {
                    return Err(ErrorKind::UnknownLabel {
                        label: label.clone(),
                        known: labels.to_vec(),
                    }
                    .into());
                }
                ClassWeight::Given(labels.iter().map(|l| weights.get(l).copied().unwrap_or(1.0)).collect())
            }
        })
    }

    /// The same where the texts have been read already.
    pub(crate) fn fit_corpus(&self, corpus: &Corpus, data: &LabelledStatements) -> Result<Model> {
        let labels = data.labels();
        let fit = || self.fit_path_corpus(corpus, labels, data.targets(), data.weights(), &[self.c]);
        // The solver leaves a core free.
        let (fitted, fingerprint) = join(fit, || data.fingerprint());
        let (vectorizer, fitted) = fitted?;
        let fitted = &fitted[0];
        let card = ModelCard {
            demarche: env!("CARGO_PKG_VERSION").to_owned(),
            labels: labels.to_vec(),
            features: vectorizer.vocabulary().len(),
            analyzer: self.analyzer.clone(),
            vectorizer: self.tfidf.clone(),
            classifier: ClassifierCard {
                solver: self.solver.name().to_owned(),
                c: self.c,
                label_weight: match &self.label_weight {
                    LabelWeight::Uniform => "uniform".to_owned(),
                    LabelWeight::Balanced => "balanced".to_owned(),
                    LabelWeight::Given(weights) => weights
                        .iter()
                        .map(|(label, w)| format!("{label}={w}"))
                        .collect::<Vec<_>>()
                        .join(","),
                },
                objective: fitted.objective(),
                relative_gap: Some(fitted.relative_gap()).filter(|gap| gap.is_finite()),
                iterations: fitted.iterations(),
            },
            calibration: Calibration::None,
            training: TrainingCard {
                rows: data.len(),
                rows_per_label: data.rows_per_label(),
                fingerprint,
            },
            cross_validation: None,
            confusion: None,
            conformal: None,
            least_known_share: None,
        };
        let coefficients = fitted.coefficients().iter().map(|&w| w as f32).collect();
        let intercept = fitted.intercept().iter().map(|&b| b as f32).collect();
        Ok(Model::new(card, &vectorizer, coefficients, intercept))
    }
}
