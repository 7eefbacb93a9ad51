//! The numbers held against others' implementations: scikit-learn (computed once, `fixtures/scikit_learn.py`), linfa-logistic,
//! and finite differences.

use demarche::dataset::{Columns, LabelledStatements};
use demarche::features::{DocumentFrequency, FittedTfidfVectorizer, SparseRows, TfidfOptions, TfidfVectorizer};
use demarche::text::{AnalyzerOptions, Language};
use demarche::train::{ClassWeight, FittedLogisticRegression, LogisticRegression, Solver};
use linfa::prelude::*;
use ndarray::{Array1, Array2};
use proptest::prelude::*;
use serde_json::Value;

fn fixture() -> (LabelledStatements, Value) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let data = LabelledStatements::from_path(format!("{folder}/small.csv"), &Columns::default()).unwrap();
    let json = std::fs::read_to_string(format!("{folder}/small.json")).unwrap();
    (data, serde_json::from_str(&json).unwrap())
}

fn vectorize(data: &LabelledStatements, case: &Value) -> (FittedTfidfVectorizer, SparseRows) {
    let number = |name: &str| case[name].as_u64().unwrap() as usize;
    let range = case["ngram_range"].as_array().unwrap();
    let options = TfidfOptions {
        ngram_range: (range[0].as_u64().unwrap() as usize, range[1].as_u64().unwrap() as usize),
        min_df: DocumentFrequency::Count(number("min_df") as u32),
        max_df: DocumentFrequency::Share(case["max_df"].as_f64().unwrap()),
        sublinear_tf: case["sublinear_tf"].as_bool().unwrap(),
        smooth_idf: case["smooth_idf"].as_bool().unwrap(),
        ..TfidfOptions::default()
    };
    let analyzer = AnalyzerOptions {
        language: Language::None,
        ..AnalyzerOptions::default()
    };
    TfidfVectorizer::new(analyzer, options)
        .unwrap()
        .fit_transform(data.texts())
        .unwrap()
}

#[test]
fn tfidf_rows_are_those_of_scikit_learn() {
    let (data, expected) = fixture();
    for case in expected["cases"].as_array().unwrap() {
        let (fitted, rows) = vectorize(&data, case);
        assert_eq!(rows.columns(), case["terms"].as_array().unwrap().len(), "{case:#}");
        for (i, expected) in case["rows"].as_array().unwrap().iter().enumerate() {
            let expected = expected.as_object().unwrap();
            assert_eq!(rows.row(i).0.len(), expected.len());
            for (column, value) in rows.entries(i) {
                let theirs = expected[&fitted.vocabulary().term(column)].as_f64().unwrap();
                assert!((f64::from(value) - theirs).abs() < 1e-6, "{value} {theirs}");
            }
        }
    }
}

#[test]
fn the_optimum_is_that_of_scikit_learn() {
    let (data, expected) = fixture();
    for case in expected["cases"].as_array().unwrap() {
        let (_, rows) = vectorize(&data, case);
        let balanced = case["balanced"].as_bool().unwrap();
        let fitted = LogisticRegression::params()
            .c(case["c"].as_f64().unwrap())
            .tolerance(1e-10)
            .class_weight(if balanced {
                ClassWeight::Balanced
            } else {
                ClassWeight::Uniform
            })
            .fit(&DatasetBase::new(
                rows.clone(),
                Array1::from_vec(data.targets().to_vec()),
            ))
            .unwrap();
        let theirs = case["objective"].as_f64().unwrap();
        assert!(
            (fitted.objective() - theirs).abs() < 1e-6 * theirs,
            "{} {theirs}",
            fitted.objective()
        );
        let probabilities = fitted.predict_proba(&rows);
        for (i, row) in case["probabilities"].as_array().unwrap().iter().enumerate() {
            for (k, p) in row.as_array().unwrap().iter().enumerate() {
                assert!((probabilities[[i, k]] - p.as_f64().unwrap()).abs() < 1e-4);
            }
        }
    }
}

/// Rows of norm 1 with a few words each, a class that depends on some of them.
fn synthetic(rows: usize, columns: u32, classes: usize, mut seed: u64) -> (SparseRows, Vec<usize>) {
    let mut random = move |bound: u32| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((seed >> 33) % u64::from(bound)) as u32
    };
    let mut matrix = SparseRows::new(columns as usize);
    let mut targets = Vec::new();
    for i in 0..rows {
        let class = i % classes;
        // Low columns are frequent, as words are.
        let mut indices: Vec<u32> = (0..12).map(|_| random(columns) * random(columns) / columns).collect();
        indices.push((class as u32 * 7 + random(20)) % columns);
        indices.sort_unstable();
        indices.dedup();
        let weights: Vec<f32> = indices.iter().map(|&j| 1.0 + (j % 5) as f32).collect();
        let norm = weights.iter().map(|w| w * w).sum::<f32>().sqrt();
        let values: Vec<f32> = weights.iter().map(|w| w / norm).collect();
        matrix.push(&indices, &values);
        targets.push(if random(10) == 0 {
            random(classes as u32) as usize
        } else {
            class
        });
    }
    (matrix, targets)
}

fn fit(rows: &SparseRows, targets: &[usize], c: f64, solver: Solver, tolerance: f64) -> FittedLogisticRegression {
    LogisticRegression::params()
        .c(c)
        .tolerance(tolerance)
        .solver(solver)
        .fit(&DatasetBase::new(rows.clone(), Array1::from_vec(targets.to_vec())))
        .unwrap()
}

#[test]
fn linfa_logistic_finds_the_same_optimum() {
    for (rows, columns, classes, c) in [(2000, 3000, 3, 1.0), (400, 300, 2, 10.0), (500, 400, 5, 0.1)] {
        let (matrix, targets) = synthetic(rows, columns, classes, 7);
        let ours = fit(&matrix, &targets, c, Solver::Dual, 1e-9);
        let theirs = fit(&matrix, &targets, c, Solver::Linfa, 1e-6);
        assert!(ours.relative_gap() <= 1e-9);
        let difference = (ours.objective() - theirs.objective()).abs() / theirs.objective();
        assert!(difference < 1e-5, "{difference}");
        let (p, q) = (ours.predict_proba(&matrix), theirs.predict_proba(&matrix));
        let farthest = p.iter().zip(&q).map(|(p, q)| (p - q).abs()).fold(0.0, f64::max);
        assert!(farthest < 1e-3, "{farthest}");
    }
}

#[test]
fn every_c_converges_to_a_proven_optimum() {
    let (matrix, targets) = synthetic(600, 500, 3, 11);
    for c in [0.1, 1.0, 10.0, 100.0] {
        let fitted = fit(&matrix, &targets, c, Solver::Dual, 1e-6);
        assert!(fitted.relative_gap() <= 1e-6, "C = {c}: {}", fitted.relative_gap());
        assert!(fitted.intercept().sum().abs() < 1e-9);
    }
}

/// The objective, written down once more, plainly.
fn objective(
    rows: &SparseRows,
    targets: &[usize],
    w: &Array2<f64>,
    b: &Array1<f64>,
    alpha: f64,
    weights: &[f64],
) -> f64 {
    let mut value = 0.5 * alpha * w.iter().map(|w| w * w).sum::<f64>();
    for (i, &class) in targets.iter().enumerate() {
        let mut logits = b.clone();
        for (j, x) in rows.entries(i) {
            logits.scaled_add(f64::from(x), &w.row(j));
        }
        let sum: f64 = logits.iter().map(|l| l.exp()).sum();
        value += weights[i] * (sum.ln() - logits[class]);
    }
    value
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// At the solution the gradient vanishes: finite differences in random directions say so.
    #[test]
    fn the_gradient_vanishes_at_the_solution(seed in 0u64..1000, c in 0.2f64..20.0, classes in 2usize..5) {
        let (rows, targets) = synthetic(80, 40, classes, seed);
        let weights: Vec<f64> = (0..80).map(|i| 0.5 + (i % 4) as f64 / 2.0).collect();
        let fitted = LogisticRegression::params().c(c).tolerance(1e-12).check().unwrap()
            .fit_rows(&rows, &targets, classes, Some(&weights)).unwrap();
        let (w, b) = (fitted.coefficients().to_owned(), fitted.intercept().clone());
        let at = |w: &Array2<f64>, b: &Array1<f64>| objective(&rows, &targets, w, b, 1.0 / c, &weights);
        prop_assert!((at(&w, &b) - fitted.objective()).abs() < 1e-9 * fitted.objective());
        let h = 1e-4;
        for j in 0..6 {
            let direction = Array2::from_shape_fn(w.dim(), |(i, k)| ((i * 31 + k * 17 + j * 7 + seed as usize) % 13) as f64 / 13.0 - 0.5);
            let shift = Array1::from_shape_fn(classes, |k| ((k * 5 + j) % 3) as f64 - 1.0);
            let slope = (at(&(&w + &(&direction * h)), &(&b + &(&shift * h))) - at(&(&w - &(&direction * h)), &(&b - &(&shift * h)))) / (2.0 * h);
            // The duality gap bounds the slope: ‖∇‖² ≤ 2·L·(P − P*).
            prop_assert!(slope.abs() < 1e-3 * fitted.objective(), "slope {slope}");
        }
    }
}

#[test]
fn linfas_own_tools_work_on_sparse_rows() {
    let (matrix, targets) = synthetic(300, 200, 3, 3);
    let dataset = DatasetBase::new(matrix, Array1::from_vec(targets));
    let model = LogisticRegression::params().c(10.0).fit(&dataset).unwrap();
    let predicted = model.predict(&dataset);
    let confusion = predicted.confusion_matrix(&dataset).unwrap();
    assert!(confusion.accuracy() > 0.8);
    assert_eq!(dataset.nsamples(), 300);
    assert_eq!(dataset.nfeatures(), 200);
}

#[test]
fn senseless_parameters_and_data_are_refused() {
    let (matrix, targets) = synthetic(20, 10, 2, 1);
    let dataset = DatasetBase::new(matrix.clone(), Array1::from_vec(targets));
    for c in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(LogisticRegression::params().c(c).fit(&dataset).is_err(), "C = {c}");
    }
    let one_class = DatasetBase::new(matrix, Array1::from_vec(vec![0usize; 20]));
    assert!(LogisticRegression::params().fit(&one_class).is_err());
    let mut infinite = SparseRows::new(1);
    infinite.push(&[0], &[f32::INFINITY]);
    infinite.push(&[0], &[1.0]);
    assert!(
        LogisticRegression::params()
            .fit(&DatasetBase::new(infinite, Array1::from_vec(vec![0usize, 1])))
            .is_err()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// A path gives what separate fits give, in the order asked, each proven; and warm starts save sweeps.
    #[test]
    fn a_path_is_its_separate_fits(seed in 0u64..1000, classes in 2usize..5) {
        let (rows, targets) = synthetic(200, 120, classes, seed);
        let weights: Vec<f64> = (0..200).map(|i| 0.5 + (i % 4) as f64 / 2.0).collect();
        let params = LogisticRegression::params().tolerance(1e-9).check().unwrap();
        let cs = [10.0, 0.1, 3.0, 1.0, 0.3];
        let path = params.fit_path(&rows, &targets, classes, Some(&weights), &cs).unwrap();
        prop_assert_eq!(path.len(), cs.len());
        for (c, fitted) in cs.into_iter().zip(&path) {
            let alone = LogisticRegression::params().c(c).tolerance(1e-9).check().unwrap()
                .fit_rows(&rows, &targets, classes, Some(&weights)).unwrap();
            prop_assert!(fitted.relative_gap() <= 1e-9);
            prop_assert!((fitted.objective() - alone.objective()).abs() <= 2e-9 * alone.objective());
            let (p, q) = (fitted.predict_proba(&rows), alone.predict_proba(&rows));
            let farthest = p.iter().zip(&q).map(|(p, q)| (p - q).abs()).fold(0.0, f64::max);
            prop_assert!(farthest < 1e-3, "C = {}: {}", c, farthest);
        }
    }
}

#[test]
fn a_path_of_linfa_is_its_separate_fits() {
    let (rows, targets) = synthetic(120, 80, 3, 5);
    let params = LogisticRegression::params()
        .solver(Solver::Linfa)
        .tolerance(1e-6)
        .check()
        .unwrap();
    let path = params.fit_path(&rows, &targets, 3, None, &[10.0, 1.0]).unwrap();
    for (fitted, c) in path.iter().zip([10.0, 1.0]) {
        let alone = fit(&rows, &targets, c, Solver::Linfa, 1e-6);
        assert_eq!(fitted.coefficients(), alone.coefficients());
        assert_eq!(fitted.objective(), alone.objective());
    }
}

#[test]
fn a_path_refuses_what_a_fit_refuses() {
    let (rows, targets) = synthetic(20, 10, 2, 1);
    let params = LogisticRegression::params().check().unwrap();
    assert!(params.fit_path(&rows, &targets, 2, None, &[1.0, -1.0]).is_err());
    assert!(params.fit_path(&rows, &targets, 2, None, &[f64::NAN]).is_err());
    assert!(params.fit_path(&rows, &targets[1..], 2, None, &[1.0]).is_err());
    assert!(params.fit_path(&rows, &targets, 2, None, &[]).unwrap().is_empty());
}
