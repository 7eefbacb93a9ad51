//! Answers that a user can act on: calibrated, abstaining, as sets, with what lies outside of the model's domain.

mod program;

use demarche::dataset::Columns;
use demarche::evaluation::{CalibrationMethod, evaluate, out_of_fold, score_sets};
use demarche::{LabelledStatements, StanceClassifier, Trainer};
use linfa::ParamGuard;
use program::{Program, csv_rows, repository};
use serde_json::Value;

/// Every eighth row of the shipped data, dealt out to two halves.
fn halves() -> [LabelledStatements; 2] {
    let data = LabelledStatements::from_path(repository("data/statements.csv"), &Columns::default()).unwrap();
    [0, 1].map(|half| {
        let rows = (0..data.len()).filter(|i| i % 8 == 0 && i / 8 % 2 == half);
        let pairs = rows.map(|i| (data.texts()[i].clone(), data.labels()[data.targets()[i]].clone()));
        LabelledStatements::from_pairs(pairs).unwrap()
    })
}

#[test]
fn new_rows_find_probabilities_and_sets_as_stated() {
    let [training, new] = halves();
    let trainer = Trainer::params().check().unwrap();
    let held_out = out_of_fold(&trainer, &training, 5, || ()).unwrap();
    let raw = StanceClassifier::new(trainer.fit(&training).unwrap());
    let mut model = raw.model().clone();
    held_out.calibrate(&mut model, CalibrationMethod::Temperature).unwrap();
    let classifier = StanceClassifier::new(model);

    let (before, after) = (evaluate(&raw, &new).unwrap(), evaluate(&classifier, &new).unwrap());
    assert_eq!(before.confusion, after.confusion, "a temperature changes no label");
    assert!(
        after.log_loss < before.log_loss,
        "{} {}",
        after.log_loss,
        before.log_loss
    );
    assert!(
        after.brier_score < before.brier_score,
        "{} {}",
        after.brier_score,
        before.brier_score
    );

    let predictions = classifier.predict_batch(new.texts());
    for coverage in [0.8, 0.9, 0.95] {
        let least = classifier.least_probability(coverage).unwrap();
        let score = score_sets(new.targets().iter().copied().zip(&predictions), least);
        assert!((score.coverage - coverage).abs() <= 0.02, "{coverage}: {score:?}");
        assert!(score.mean_size < 3.0);
        let sets: usize = predictions.iter().map(|p| p.set(least).len()).sum();
        assert_eq!(sets as f64 / new.len() as f64, score.mean_size);
    }
    let outside = predictions.iter().filter(|p| p.is_out_of_domain()).count();
    assert!(outside * 100 < 3 * new.len(), "{outside} of {}", new.len());
}

#[test]
fn the_shipped_models_own_probabilities_are_near_the_truth_on_held_out_rows() {
    let classifier = StanceClassifier::embedded();
    let scores = classifier.card().cross_validation.as_ref().unwrap();
    assert!(scores.probabilities.as_ref().unwrap().calibration_error <= 0.03);
}

#[test]
fn every_way_of_predicting_gives_the_same_probabilities() {
    let classifier = StanceClassifier::embedded();
    let text = "The ministry rejected the offer, but said it was ready to talk.";
    let expected = classifier.predict_proba(text);
    assert_eq!(classifier.predict(text).proba(), expected);
    assert_eq!(classifier.predict_batch(&[text])[0].proba(), expected);
    assert_eq!(classifier.scorer().predict_proba(text), expected);
    let explanation = classifier.explain(text);
    assert_eq!(explanation.prediction.proba(), expected);
    let mut logits = explanation.logits();
    classifier.card().calibration.apply(&mut logits);
    for (p, q) in logits.iter().zip(&expected) {
        assert!((p - q).abs() < 1e-6, "{p} {q}");
    }
}

const UNSURE: &str = "The ministers will look at the proposals again.";
const SURE: &str = "The minister thanked his hosts for the talks.";

#[test]
fn a_stance_is_left_out_where_the_model_is_not_sure() {
    let program = Program::new();
    program.file("q.csv", format!("text,id\n{UNSURE},1\n{SURE},2\n"));
    let plain = csv_rows(&program.run(&["predict", "q.csv"]).ok());
    let confidence = |row: usize| plain[row]["confidence"].parse::<f64>().unwrap();
    assert!(confidence(0) < 0.9 && confidence(1) > 0.9, "{plain:?}");
    for (format, empty) in [("csv", ""), ("tsv", ""), ("jsonl", "null")] {
        let out = program
            .run(&["predict", "q.csv", "--abstain-below", "0.9", "--format", format])
            .ok();
        match format {
            "jsonl" => {
                let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                assert_eq!(rows[0]["stance"].to_string(), empty);
                assert_eq!(rows[0]["top"], plain[0]["stance"]);
                assert_eq!(rows[1]["stance"], rows[1]["top"]);
            }
            _ => {
                let rows = csv_rows(&out.replace('\t', ","));
                assert_eq!(rows[0]["stance"], empty);
                assert_eq!(rows[0]["top"], plain[0]["stance"]);
                assert_eq!(rows[0]["confidence"], plain[0]["confidence"]);
                assert_eq!(rows[1]["stance"], plain[1]["stance"]);
            }
        }
    }
    let table = program
        .run(&["predict", "q.csv", "--abstain-below", "0.9", "--format", "table"])
        .ok();
    assert!(table.contains("top"), "{table}");
    let wrong = program.run(&["predict", "q.csv", "--abstain-below", "2"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("from 0 to 1"), "{wrong:?}");
}

#[test]
fn sets_are_joined_in_csv_and_lists_in_json() {
    let program = Program::new();
    program.file("q.csv", format!("text\n{UNSURE}\n{SURE}\n"));
    let rows = csv_rows(&program.run(&["predict", "q.csv", "--coverage", "0.95"]).ok());
    assert_eq!(rows[1]["set"], rows[1]["stance"]);
    let set: Vec<&str> = rows[0]["set"].split('|').collect();
    assert!(set.len() > 1 && set[0] == rows[0]["stance"], "{rows:?}");
    let out = program
        .run(&["predict", "q.csv", "--coverage", "0.95", "--format", "jsonl"])
        .ok();
    let first: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!(first["set"], Value::from(set));
    program
        .run(&["predict", "q.csv", "--coverage", "1"])
        .fails(2, &["coverage", "0.5 to 0.99"]);
    let old = repository("tests/fixtures/models/format-1-before-calibration.demarche");
    program
        .run(&["predict", "q.csv", "--model", &old, "--coverage", "0.9"])
        .fails(1, &["prediction sets", "--cv 5"]);
}

#[test]
fn a_label_that_needs_quotes_is_quoted_in_every_column() {
    let program = Program::new();
    let rows = (0..20).map(|i| {
        format!(
            "{} in case {i},\"{}\"\n",
            ["we threaten", "we thank"][i % 2],
            ["harsh, hard", "kind"][i % 2]
        )
    });
    let csv: String = std::iter::once("text,label\n".to_owned()).chain(rows).collect();
    program
        .file("d.csv", csv)
        .run(&["train", "d.csv", "-o", "m.demarche"])
        .ok();
    let args = [
        "predict",
        "d.csv",
        "-m",
        "m.demarche",
        "--abstain-below",
        "0.1",
        "--coverage",
        "0.99",
        "--domain",
    ];
    let rows = csv_rows(&program.run(&args).ok());
    assert_eq!(rows[0]["top"], "harsh, hard");
    assert!(rows[0]["set"].starts_with("harsh, hard"), "{:?}", rows[0]);
    assert_eq!(rows[1]["out_of_domain"], "false");
}

/// Our own sentences, of no language or subject that the model knows.
const OUTSIDE: [&str; 10] = [
    "Wir sind bereit, die Gespräche jederzeit wieder aufzunehmen, sagte der Außenminister.",
    "Le ministre a déclaré que son pays ne céderait pas aux menaces.",
    "Министерство заявило, что любые новые санкции не останутся без ответа.",
    "El gobierno advirtió que responderá con firmeza a cualquier agresión.",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.",
    "fn main() { let mut rows = Vec::new(); for i in 0..10 { rows.push(i * 2); } println!(\"{rows:?}\"); }",
    "Drain the chickpeas, blend with tahini, lemon juice and cumin, and drizzle with oil.",
    "Chop the parsley finely, toast the walnuts in a dry pan and stir both into the yoghurt.",
    "Photosynthesis converts carbon dioxide and water into glucose using light absorbed by chlorophyll.",
    "外交部发言人表示，中方坚决反对任何形式的单边制裁。",
];

#[test]
fn what_the_model_does_not_know_is_marked() {
    let classifier = StanceClassifier::embedded();
    for text in OUTSIDE {
        assert!(classifier.predict(text).is_out_of_domain(), "{text}");
    }
    for text in [
        SURE,
        UNSURE,
        "No comment.",
        "We will respond with force.",
        "Talks will resume on Monday.",
    ] {
        assert!(!classifier.predict(text).is_out_of_domain(), "{text}");
    }

    let program = Program::new();
    let lines = OUTSIDE
        .iter()
        .map(|text| serde_json::json!({ "text": text }).to_string());
    let mut jsonl: Vec<String> = lines.collect();
    jsonl.push(serde_json::json!({ "text": SURE }).to_string());
    program.file("q.jsonl", jsonl.join("\n"));
    let ran = program.run(&["predict", "q.jsonl", "--domain", "--format", "csv"]);
    assert!(ran.stderr.contains("q.jsonl: of 10 of 11 statements"), "{}", ran.stderr);
    let rows = csv_rows(&ran.ok());
    assert!(rows[..10].iter().all(|row| row["out_of_domain"] == "true"));
    assert_eq!(
        (rows[10]["out_of_domain"].as_str(), rows[10]["known_terms"].as_str()),
        ("false", "1.000000")
    );
    assert_eq!(program.run(&["predict", "q.jsonl", "-q"]).stderr, "");

    let ran = program.run(&["predict", "--text", OUTSIDE[0], "--text", SURE]);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("of the words") && ran.stderr.contains("Gespräche"),
        "{}",
        ran.stderr
    );
}
