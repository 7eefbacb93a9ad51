//! `demarche compare` through the real binary.

mod program;

use program::{Program, repository};
use serde_json::Value;

const HARSH: [&str; 4] = [
    "They warned of serious consequences if the border is crossed.",
    "The minister condemned the attack and demanded an apology.",
    "We reject these threats and will respond with force.",
    "The government accused its neighbour of aggression.",
];
const MILD: [&str; 4] = [
    "We welcome the talks and thank our partners.",
    "Both sides agreed to meet again and to cooperate.",
    "The minister praised the agreement and offered help.",
    "We are ready to resume the dialogue.",
];

fn csv(texts: &[&str], rows: usize) -> String {
    let rows = texts.iter().cycle().take(rows).map(|text| format!("\"{text}\"\n"));
    format!("text\n{}", rows.collect::<String>())
}

fn json(program: &Program, args: &[&str]) -> Value {
    serde_json::from_str(&program.run(&[&["compare", "--format", "json"], args].concat()).ok()).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn what_differs_is_told_with_a_test_and_a_size() {
    let program = Program::new();
    program.file("a.csv", csv(&HARSH, 60)).file("b.csv", csv(&MILD, 40));
    let drift = json(&program, &["a.csv", "b.csv"]);
    assert_eq!(drift["rows"], serde_json::json!([60, 40]));
    assert!(number(&drift["labels"]["cramers_v"]) > 0.8, "{drift:#}");
    assert!(number(&drift["labels"]["p_value"]) < 1e-6);
    assert!(number(&drift["vocabulary"]["divergence"]) > 3.0 * number(&drift["vocabulary"]["divergence_by_chance"]));
    assert_eq!(number(&drift["vocabulary"]["p_value"]), 0.001);
    let moved = drift["vocabulary"]["moved"].as_array().unwrap();
    let of = |a: bool| {
        moved
            .iter()
            .filter(move |t| (number(&t["z_score"]) > 0.0) == a)
            .map(|t| t["term"].as_str().unwrap())
    };
    assert!(of(true).any(|term| HARSH.iter().any(|text| text.contains(term))));
    assert!(of(false).all(|term| MILD.iter().any(|text| text.to_lowercase().contains(term))));
    assert_eq!(moved.len(), 20);
    assert_eq!(
        json(&program, &["a.csv", "b.csv", "--terms", "3"])["vocabulary"]["moved"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
    // The same on any number of threads.
    for threads in ["1", "3"] {
        assert_eq!(json(&program, &["a.csv", "b.csv", "--threads", threads]), drift);
    }
    // The other way around.
    let back = json(&program, &["b.csv", "a.csv"]);
    assert_eq!(back["labels"]["p_value"], drift["labels"]["p_value"]);
    assert!((number(&back["confidence"]["cliffs_delta"]) + number(&drift["confidence"]["cliffs_delta"])).abs() < 1e-12);
}

#[test]
fn two_halves_of_one_input_do_not_differ() {
    let program = Program::new();
    let mut reader = csv::Reader::from_path(repository("data/statements.csv")).unwrap();
    let texts: Vec<String> = reader
        .records()
        .take(600)
        .map(|record| record.unwrap()[0].to_owned())
        .collect();
    let half = |odd: usize| -> String {
        texts
            .iter()
            .skip(odd)
            .step_by(2)
            .map(|text| text.replace('\n', " ") + "\n")
            .collect()
    };
    program.file("a.txt", half(0)).file("b.txt", half(1));
    let args = ["a.txt", "b.txt", "--input-format", "text", "--permutations", "199"];
    let drift = json(&program, &args);
    for p_value in [
        &drift["labels"]["p_value"],
        &drift["confidence"]["p_value"],
        &drift["vocabulary"]["p_value"],
        &drift["vocabulary"]["known_words_p_value"],
    ] {
        assert!(number(p_value) > 0.01, "{drift:#}");
    }
    assert!(number(&drift["labels"]["cramers_v"]) < 0.15);
    // Few texts always diverge; shuffled ones do as much.
    let words = &drift["vocabulary"];
    assert!(
        (number(&words["divergence"]) / number(&words["divergence_by_chance"]) - 1.0).abs() < 0.05,
        "{words:#}"
    );
}

#[test]
fn one_input_is_held_against_the_training_data() {
    let program = Program::new();
    program.file("a.csv", csv(&HARSH, 60));
    let drift = json(&program, &["a.csv"]);
    assert_eq!(drift["rows"][0], 60);
    assert_eq!(drift["rows"][1], 27892);
    assert!(
        number(&drift["labels"]["balanced_cramers_v"]) > 0.3 && number(&drift["labels"]["p_value"]) < 1e-6,
        "{drift:#}"
    );
    assert!(number(&drift["known_words"]) > 0.9);
    let text = program.run(&["compare", "a.csv"]).ok();
    assert!(text.contains("held out once") && text.contains("known"), "{text}");
}

#[test]
fn the_table_is_readable() {
    let program = Program::new();
    let quotes = repository("data/quotes.csv");
    let args = ["compare", &repository("data/article.txt"), &quotes, "--terms", "4"];
    insta::assert_snapshot!("compare_article_quotes", program.run(&args).ok());
}

#[test]
fn mistakes_are_named() {
    let program = Program::new();
    program
        .file("a.csv", csv(&HARSH, 4))
        .file("empty.csv", "text\n")
        .file("other.csv", "body\nx\n");
    program
        .run(&["compare", "a.csv", "empty.csv"])
        .fails(1, &["empty.csv", "no rows"]);
    program
        .run(&["compare", "a.csv", "other.csv"])
        .fails(1, &["other.csv", "`text`", "`body`"]);
    program.run(&["compare", "a.csv", "none.csv"]).fails(1, &["none.csv"]);
    program
        .run(&["compare", "a.csv", "a.csv", "--permutations", "0"])
        .fails(2, &["permutations"]);
    program.file(
        "d.csv",
        "text,label\nwe agree,x\nwe agree so,x\nwe refuse,y\nwe refuse so,y\n",
    );
    program.run(&["train", "d.csv", "--cv", "0", "-q"]).ok();
    program
        .run(&["compare", "a.csv", "--model", "stance.demarche"])
        .fails(1, &["stance.demarche", "--cv 5"]);
}
