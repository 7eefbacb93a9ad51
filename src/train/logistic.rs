//! Multinomial logistic regression on sparse rows, behind linfa's own traits.
//!
//! The objective is scikit-learn's and linfa-logistic's, so that anyone can check it:
//!
//! ```text
//! Σᵢ cᵢ · −log softmax(Wᵀxᵢ + b)[yᵢ] + (α/2)·‖W‖²       α = 1/C, b not penalised, cᵢ = 1 unless weights are given
//! ```

use ::linfa::ParamGuard;
use ::linfa::dataset::{AsSingleTargets, DatasetBase, Records};
use ::linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::problem::{Problem, Solution, log_sum_exp};
use super::{dual, linfa as dense};
use crate::error::{Error, ErrorKind, Result};
use crate::features::SparseRows;

impl Records for SparseRows {
    type Elem = f32;

    fn nsamples(&self) -> usize {
        self.rows()
    }

    fn nfeatures(&self) -> usize {
        self.columns()
    }
}

/// Which solver finds the optimum. All have the same objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Solver {
    /// Dual coordinate descent on sparse rows, with a proof of optimality. The default.
    #[default]
    Dual,
    /// linfa-logistic's L-BFGS on dense rows, for small data and for comparison.
    Linfa,
}

impl Solver {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Solver::Dual => "dual",
            Solver::Linfa => "linfa",
        }
    }
}

/// How much the rows of each class count.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ClassWeight {
    /// Every row counts one.
    #[default]
    Uniform,
    /// Class `k` counts `n / (K · nₖ)`, as in scikit-learn: all classes together count the same.
    Balanced,
    /// Class `k` counts as given.
    Given(Vec<f64>),
}

/// Parameters of logistic regression that have not been checked.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegressionParams(LogisticRegressionValidParams);

/// Parameters of logistic regression that make sense.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegressionValidParams {
    alpha: f64,
    tolerance: f64,
    max_iterations: usize,
    class_weight: ClassWeight,
    solver: Solver,
    seed: u64,
}

/// Multinomial logistic regression; the entry to its parameters.
///
/// ```
/// use demarche::features::SparseRows;
/// use demarche::train::LogisticRegression;
/// use linfa::prelude::*;
/// use ndarray::array;
///
/// let mut rows = SparseRows::new(2);
/// rows.push(&[0], &[1.0]);
/// rows.push(&[1], &[1.0]);
/// let dataset = linfa::DatasetBase::new(rows, array![0usize, 1]);
/// let model = LogisticRegression::params().c(10.0).fit(&dataset)?;
/// assert_eq!(model.predict(&dataset), array![0, 1]);
/// # Ok::<(), demarche::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LogisticRegression;

impl LogisticRegression {
    /// C = 1, relative duality gap 1e-6, at most 1,000 iterations, every row counts one.
    pub fn params() -> LogisticRegressionParams {
        LogisticRegressionParams(LogisticRegressionValidParams {
            alpha: 1.0,
            tolerance: 1e-5,
            max_iterations: 1000,
            class_weight: ClassWeight::Uniform,
            solver: Solver::Dual,
            seed: 0,
        })
    }
}

impl LogisticRegressionParams {
    /// The strength of the penalty, above 0; `1/C`.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.0.alpha = alpha;
        self
    }

    /// The inverse of the penalty's strength, above 0: scikit-learn's `C`.
    pub fn c(self, c: f64) -> Self {
        self.alpha(1.0 / c)
    }

    /// When to stop: for [`Solver::Dual`] the relative duality gap, for [`Solver::Linfa`] the norm of the gradient.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.0.tolerance = tolerance;
        self
    }

    /// After how many sweeps over the data (or steps of L-BFGS) to stop in any case.
    pub fn max_iterations(mut self, max_iterations: usize) -> Self {
        self.0.max_iterations = max_iterations;
        self
    }

    /// How much the rows of each class count.
    pub fn class_weight(mut self, class_weight: ClassWeight) -> Self {
        self.0.class_weight = class_weight;
        self
    }

    /// Which solver to use.
    pub fn solver(mut self, solver: Solver) -> Self {
        self.0.solver = solver;
        self
    }

    /// Where the shuffling of [`Solver::Dual`] starts.
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }
}

fn check_alpha(alpha: f64) -> Result<()> {
    match alpha.is_finite() && alpha > 0.0 {
        true => Ok(()),
        false => Err(ErrorKind::InvalidParameter {
            name: "C",
            value: (1.0 / alpha).to_string(),
            must: "a positive number",
        }
        .into()),
    }
}

impl ParamGuard for LogisticRegressionParams {
    type Checked = LogisticRegressionValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&LogisticRegressionValidParams> {
        let invalid = |name, value: String, must| Err(ErrorKind::InvalidParameter { name, value, must }.into());
        let params = &self.0;
        check_alpha(params.alpha)?;
        if !(params.tolerance.is_finite() && params.tolerance > 0.0) {
            return invalid("the tolerance", params.tolerance.to_string(), "a positive number");
        }
        if params.max_iterations == 0 {
            return invalid("the number of iterations", "0".to_owned(), "at least 1");
        }
        if let ClassWeight::Given(weights) = &params.class_weight
            && let Some(bad) = weights.iter().find(|w| !(w.is_finite() && **w >= 0.0))
        {
            return invalid("a class weight", bad.to_string(), "zero or a positive number");
        }
        Ok(params)
    }

    fn check(self) -> Result<LogisticRegressionValidParams> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl LogisticRegressionValidParams {
    /// 1/C.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Fits rows to classes `0..classes`; `weights` has one value for each row, or `None`.
    ///
    /// # Errors
    /// If lengths differ, a class is out of range, fewer than two classes occur, a value is not finite, or the solver refuses.
    pub fn fit_rows(
        &self,
        rows: &SparseRows,
        targets: &[usize],
        classes: usize,
        weights: Option<&[f64]>,
    ) -> Result<FittedLogisticRegression> {
        let problem = self.problem(rows, targets, classes, weights)?;
        let mut fitted = self.solve(&problem, &[self.alpha])?;
        Ok(fitted.remove(0))
    }

    /// The same for every C of `cs` instead of the one C of the parameters, in the order of `cs`: the path of solutions
    ///
    /// ```text
    /// W(C), b(C) = argmin  Σᵢ cᵢ · −log softmax(Wᵀxᵢ + b)[yᵢ] + 1/(2C)·‖W‖²
    /// ```
    ///
    /// [`Solver::Dual`] goes from the smallest C to the largest, and starts each fit from the one before it, as glmnet does
    /// (Friedman, Hastie, Tibshirani 2010, "Regularization paths for generalized linear models via coordinate descent", section
    /// 2.5): no constraint of the dual has C in it, so that the distributions `pᵢ` that are optimal for one C are allowed for the
    /// next, with `W(p)` times the ratio of both. Each solution is proven as tightly as one alone; it differs from that one within the
    /// tolerance. [`Solver::Linfa`] knows no start and fits each anew.
    ///
    /// # Errors
    /// If a C is not a positive number, and as [`fit_rows`](Self::fit_rows).
    pub fn fit_path(
        &self,
        rows: &SparseRows,
        targets: &[usize],
        classes: usize,
        weights: Option<&[f64]>,
        cs: &[f64],
    ) -> Result<Vec<FittedLogisticRegression>> {
        let alphas: Vec<f64> = cs.iter().map(|c| 1.0 / c).collect();
        alphas.iter().try_for_each(|&alpha| check_alpha(alpha))?;
        self.solve(&self.problem(rows, targets, classes, weights)?, &alphas)
    }

    /// Checks what is to be fitted, and weighs its rows.
    fn problem<'a>(
        &self,
        rows: &'a SparseRows,
        targets: &'a [usize],
        classes: usize,
        weights: Option<&[f64]>,
    ) -> Result<Problem<'a>> {
        let same = |what, found: usize, expected: usize| match found == expected {
            true => Ok(()),
            false => Err(Error::from(ErrorKind::ShapeMismatch { what, expected, found })),
        };
        same("labels", targets.len(), rows.rows())?;
        if let Some(weights) = weights {
            same("row weights", weights.len(), rows.rows())?;
        }
        if let ClassWeight::Given(given) = &self.class_weight {
            same("class weights", given.len(), classes)?;
        }
        let mut counts = vec![0usize; classes];
        for &class in targets {
            let Some(count) = counts.get_mut(class) else {
                return Err(ErrorKind::ShapeMismatch {
                    what: "a label's number",
                    expected: classes - 1,
                    found: class,
                }
                .into());
            };
            *count += 1;
        }
        if counts.iter().filter(|&&c| c > 0).count() < 2 {
            let label = targets.first().map_or_else(String::new, |class| class.to_string());
            return Err(ErrorKind::OneLabel { label }.into());
        }
        if !rows.is_finite() {
            return Err(ErrorKind::WrongValue {
                wanted: "a finite number in every cell",
                found: "infinite or not a number".into(),
            }
            .into());
        }
        let class_weights: Option<Vec<f64>> = match &self.class_weight {
            ClassWeight::Uniform => None,
            ClassWeight::Given(given) => Some(given.clone()),
            ClassWeight::Balanced => {
                let present = counts.iter().filter(|&&c| c > 0).count() as f64;
                let balanced = |&count: &usize| rows.rows() as f64 / (present * count.max(1) as f64);
                Some(counts.iter().map(balanced).collect())
            }
        };
        let row_weights = match (weights, &class_weights) {
            (None, None) => Vec::new(),
            _ => targets
                .iter()
                .enumerate()
                .map(|(i, &class)| weights.map_or(1.0, |w| w[i]) * class_weights.as_ref().map_or(1.0, |c| c[class]))
                .collect(),
        };
        if let Some(bad) = row_weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
            return Err(ErrorKind::InvalidParameter {
                name: "a row's weight",
                value: bad.to_string(),
                must: "zero or a positive number",
            }
            .into());
        }
        Ok(Problem {
            rows,
            targets,
            classes,
            weights: row_weights,
        })
    }

    /// Solves `problem` for each of `alphas`, and gives back the solutions in their order.
    fn solve(&self, problem: &Problem<'_>, alphas: &[f64]) -> Result<Vec<FittedLogisticRegression>> {
        let mut order: Vec<usize> = (0..alphas.len()).collect();
        order.sort_by(|&a, &b| alphas[b].total_cmp(&alphas[a]));
        let descending: Vec<f64> = order.iter().map(|&i| alphas[i]).collect();
        let solutions = match self.solver {
            Solver::Dual => dual::solve_path(problem, &descending, self.tolerance, self.max_iterations, self.seed),
            Solver::Linfa => descending
                .iter()
                .map(|&alpha| dense::solve(problem, alpha, self.tolerance, self.max_iterations))
                .collect::<Result<_>>()?,
        };
        let mut numbered: Vec<_> = order.into_iter().zip(solutions).collect();
        numbered.sort_by_key(|(i, _)| *i);
        let shape = (problem.rows.columns(), problem.classes);
        let fitted = |(_, solution): (usize, Solution)| {
            Ok(FittedLogisticRegression {
                coefficients: Array2::from_shape_vec(shape, solution.coefficients)
                    .map_err(|e| Error::from(::linfa::Error::from(e)))?,
                intercept: Array1::from_vec(solution.intercept),
                objective: solution.objective,
                relative_gap: solution.relative_gap,
                iterations: solution.epochs,
            })
        };
        numbered.into_iter().map(fitted).collect()
    }
}

/// linfa's way in: targets are class numbers `0..K`, the dataset's weights count if it has any.
impl<T: AsSingleTargets<Elem = usize>> Fit<SparseRows, T, Error> for LogisticRegressionValidParams {
    type Object = FittedLogisticRegression;

    fn fit(&self, dataset: &DatasetBase<SparseRows, T>) -> Result<FittedLogisticRegression> {
        let targets = dataset.as_single_targets().to_vec();
        let classes = targets.iter().max().map_or(0, |max| max + 1);
        let weights: Option<Vec<f64>> = dataset.weights().map(|w| w.iter().map(|&w| f64::from(w)).collect());
        self.fit_rows(&dataset.records, &targets, classes, weights.as_deref())
    }
}

/// A fitted multinomial logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedLogisticRegression {
    coefficients: Array2<f64>,
    intercept: Array1<f64>,
    objective: f64,
    relative_gap: f64,
    iterations: usize,
}

impl FittedLogisticRegression {
    /// W, features × classes.
    pub fn coefficients(&self) -> ArrayView2<'_, f64> {
        self.coefficients.view()
    }

    /// b, one value for each class.
    pub fn intercept(&self) -> &Array1<f64> {
        &self.intercept
    }

    /// The value of the objective on the training rows.
    pub fn objective(&self) -> f64 {
        self.objective
    }

    /// (P − D)/P: the objective lies at most this share above the optimum. NaN for [`Solver::Linfa`], which proves nothing.
    pub fn relative_gap(&self) -> f64 {
        self.relative_gap
    }

    /// Sweeps over the rows that the fit took.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// The logits `Wᵀx + b`, rows × classes.
    ///
    /// # Panics
    /// If the rows have another width than the training rows.
    pub fn decision_function(&self, rows: &SparseRows) -> Array2<f64> {
        assert_eq!(
            rows.columns(),
            self.coefficients.nrows(),
            "the rows have another width than the model"
        );
        let mut logits = Array2::zeros((rows.rows(), self.intercept.len()));
        for (i, mut logits) in logits.outer_iter_mut().enumerate() {
            logits.assign(&self.intercept);
            for (j, x) in rows.entries(i) {
                logits.scaled_add(f64::from(x), &self.coefficients.row(j));
            }
        }
        logits
    }

    /// The probabilities `softmax(Wᵀx + b)`, rows × classes (linfa calls this `predict_probabilities`).
    ///
    /// # Panics
    /// If the rows have another width than the training rows.
    pub fn predict_proba(&self, rows: &SparseRows) -> Array2<f64> {
        let mut scores = self.decision_function(rows);
        for mut row in scores.outer_iter_mut() {
            let log_sum = log_sum_exp(row.as_slice().expect("a row of a standard array is contiguous"));
            row.mapv_inplace(|s| libm::exp(s - log_sum));
        }
        scores
    }
}

impl PredictInplace<SparseRows, Array1<usize>> for FittedLogisticRegression {
    fn predict_inplace<'a>(&'a self, rows: &'a SparseRows, targets: &mut Array1<usize>) {
        let logits = self.decision_function(rows);
        assert_eq!(logits.nrows(), targets.len(), "one target for each row");
        for (row, target) in logits.outer_iter().zip(targets.iter_mut()) {
            // The first of equals, as in the classifier.
            *target = (0..row.len())
                .rev()
                .max_by(|&a, &b| row[a].total_cmp(&row[b]))
                .unwrap_or(0);
        }
    }

    fn default_target(&self, rows: &SparseRows) -> Array1<usize> {
        Array1::zeros(rows.rows())
    }
}
