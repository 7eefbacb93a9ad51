//! `demarche explain` and `predict --explain` through the real binary.

mod program;

use program::{Program, csv_rows, hostile, repository};
use scraper::{Html, Selector};
use serde_json::Value;

const TEXT: &str = "We will not negotiate under “threats”, the naïve minister said; talks, any talks, are over.";

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn explained(program: &Program, text: &str) -> Value {
    let out = program.run(&["explain", "--text", text, "--format", "jsonl"]).ok();
    json_lines(&out).remove(0)
}

fn texts(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).map(|element| element.text().collect()).collect()
}

#[test]
fn contributions_add_up_to_the_logits() {
    let program = Program::new();
    let json = explained(&program, TEXT);
    for label in ["warning", "conciliatory", "neutral"] {
        let mut sum = json["intercept"][label].as_f64().unwrap();
        for evidence in json["evidence"].as_array().unwrap() {
            sum += evidence["contributions"][label].as_f64().unwrap();
        }
        let logit = json["logits"][label].as_f64().unwrap();
        assert!((sum - logit).abs() < 1e-4, "{label}: {sum} {logit}");
    }
    // The stance and its probabilities are those of predict.
    let predicted = program.run(&["predict", "--text", TEXT, "--format", "jsonl"]).ok();
    let predicted = json_lines(&predicted).remove(0);
    for field in ["text", "stance", "confidence", "probabilities"] {
        assert_eq!(json[field], predicted[field], "{field}");
    }
}

#[test]
fn words_are_those_of_the_text_and_spans_count_characters() {
    let json = explained(&Program::new(), TEXT);
    let characters: Vec<char> = TEXT.chars().collect();
    let evidence = json["evidence"].as_array().unwrap();
    for evidence in evidence {
        let words = evidence["words"].as_str().unwrap();
        let span = &evidence["spans"][0];
        let (start, end) = (span[0].as_u64().unwrap() as usize, span[1].as_u64().unwrap() as usize);
        let written: String = characters[start..end].iter().collect();
        let same = |(part, whole): (&str, &str)| whole.starts_with(part.split(" … ").next().unwrap());
        assert!(same((words, &written)), "{words} {written}");
    }
    let talks = evidence.iter().find(|e| e["words"] == "talks").unwrap();
    assert_eq!(talks["spans"].as_array().unwrap().len(), 2);
    // Not the stem.
    assert!(evidence.iter().any(|e| e["words"] == "negotiate"));
}

#[test]
fn what_would_change_the_stance_does_change_it() {
    let program = Program::new();
    let json = explained(&program, TEXT);
    let change = &json["counterfactual"];
    assert_ne!(change["stance"], json["stance"]);
    assert_eq!(change["is_smallest"], true);
    let text = change["text"].as_str().unwrap();
    let predicted = csv_rows(&program.run(&["predict", "--text", text]).ok()).remove(0);
    assert_eq!(predicted["stance"], change["stance"].as_str().unwrap());
    for removed in change["removed"].as_array().unwrap() {
        assert!(TEXT.contains(removed.as_str().unwrap()));
    }
    let table = program.run(&["explain", "--text", TEXT, "--format", "table"]).ok();
    let sentence = format!("it would be {}", change["stance"].as_str().unwrap());
    assert!(table.contains("Without “") && table.contains(&sentence), "{table}");
}

#[test]
fn predict_adds_the_evidence() {
    let program = Program::new();
    let quotes = repository("data/quotes.csv");
    let plain = program.run(&["predict", &quotes]).ok();
    let out = program.run(&["predict", &quotes, "--explain"]).ok();
    for (plain, row) in csv_rows(&plain).iter().zip(csv_rows(&out)) {
        assert!(plain.iter().all(|(column, value)| row[column] == *value));
        let words = row["evidence"].split("; ").map(|part| part.rsplit_once(' ').unwrap());
        let pushes: Vec<f64> = words
            .map(|(word, push)| {
                let first = word.split(" … ").next().unwrap();
                assert!(row["text"].contains(first), "{word}: {}", row["text"]);
                push.parse().unwrap()
            })
            .collect();
        assert!(!pushes.is_empty() && pushes.len() <= 7);
        let for_it = pushes.iter().filter(|push| **push > 0.0).count();
        assert!(
            for_it <= 5 && pushes[..for_it].windows(2).all(|pair| pair[0] >= pair[1]),
            "{pushes:?}"
        );
    }
    // Again: the column is replaced. Quotation marks that are not needed go.
    let again = program
        .file("out.csv", &out)
        .run(&["predict", "out.csv", "--explain"])
        .ok();
    assert_eq!(csv_rows(&again), csv_rows(&out));
    // On any number of threads.
    let one = program.run(&["predict", &quotes, "--explain", "--threads", "1"]).ok();
    assert_eq!(one, out);
    let json = program
        .run(&["predict", &quotes, "--explain", "--format", "jsonl"])
        .ok();
    for object in json_lines(&json) {
        let evidence = &object["evidence"][0];
        assert!(evidence["words"].is_string() && evidence["spans"][0][1].is_u64());
        assert!(evidence["contributions"]["warning"].is_f64());
    }
    let table = program
        .run(&["predict", &quotes, "--explain", "--format", "table"])
        .ok();
    assert!(table.lines().next().unwrap().contains("why"), "{table}");
}

#[test]
fn statements_of_articles_have_evidence_without_places() {
    let program = Program::new();
    let article = repository("data/article.txt");
    let out = program
        .run(&["predict", &article, "--explain", "--format", "jsonl"])
        .ok();
    let objects = json_lines(&out);
    assert_eq!(objects.len(), 13);
    // What is labelled is the sentence, what is shown the statement: places in the one mean nothing in the other.
    let all: Vec<&Value> = objects.iter().flat_map(|o| o["evidence"].as_array().unwrap()).collect();
    assert!(!all.is_empty() && all.iter().all(|evidence| evidence.get("spans").is_none()));
}

#[test]
fn csv_has_a_row_for_each_term_and_the_intercept() {
    let program = Program::new();
    let out = program.run(&["explain", "--text", TEXT, "--text", "Rain fell."]).ok();
    let rows = csv_rows(&out);
    let json = explained(&program, TEXT);
    let first: Vec<_> = rows.iter().filter(|row| row["statement"] == "1").collect();
    assert_eq!(first.len(), json["evidence"].as_array().unwrap().len() + 1);
    let sum: f64 = first
        .iter()
        .map(|row| row["logit_warning"].parse::<f64>().unwrap())
        .sum();
    assert!((sum - json["logits"]["warning"].as_f64().unwrap()).abs() < 1e-4);
    assert_eq!(rows.last().unwrap()["words"], "(intercept)");
    assert_eq!(rows.last().unwrap()["statement"], "2");
}

#[test]
fn colour_shows_the_statement_and_hides_nothing() {
    let program = Program::new();
    let args = ["explain", "--text", TEXT, "--format", "table"];
    let plain = program.run(&args).ok();
    assert!(plain.contains(TEXT) && !plain.contains('\u{1b}'), "{plain}");
    let coloured = program.run(&[&args[..], &["--color", "always"]].concat()).ok();
    // Something in the statement pushes to warning, strongly.
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31m"), "{coloured:?}");
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn the_page_is_safe_and_says_the_same() {
    let program = Program::new();
    let hostile = format!("They warned: {} and rejected it.", hostile::TITLE);
    program.file(
        "t.jsonl",
        format!(
            "{}\n{}\n",
            serde_json::json!({"text": TEXT}),
            serde_json::json!({"text": hostile})
        ),
    );
    let title = ["--title", hostile::TITLE];
    program
        .run(&[&["explain", "t.jsonl", "-o", "page.html"], &title[..]].concat())
        .ok();
    let source = program.read("page.html");
    let page = Html::parse_document(&source);
    let selector = Selector::parse("meta[http-equiv='Content-Security-Policy']").unwrap();
    let policy = page.select(&selector).next().unwrap().attr("content").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(
        policy.contains("script-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    for loading in [
        "script",
        "[src]",
        "link",
        "iframe",
        "[style]",
        "[onclick]",
        "[onload]",
        "img",
        "form",
    ] {
        assert_eq!(texts(&page, loading).len(), 0, "{loading}");
    }
    assert_eq!(texts(&page, "blockquote"), [TEXT, &hostile]);
    let json = explained(&program, TEXT);
    assert!(texts(&page, ".change")[0].contains(json["counterfactual"]["stance"].as_str().unwrap()));
    let marked = texts(&page, "blockquote mark");
    assert!(marked.iter().any(|word| word == "negotiate"), "{marked:?}");
    let logit = format!("{:+.2}", json["logits"]["warning"].as_f64().unwrap());
    let sums = texts(&page, ".explained:first-child tr.sum:last-child td");
    assert!(sums.contains(&logit), "{logit} is missing in {sums:?}");
}

#[test]
fn texts_without_evidence_are_told_apart() {
    let program = Program::new();
    let out = program.run(&["explain", "--text", "Qzx.", "--format", "table"]).ok();
    assert!(out.contains("knows none of these words"), "{out}");
    let json = explained(&program, "Qzx.");
    assert_eq!(json["evidence"], serde_json::json!([]));
    assert_eq!(json["counterfactual"], Value::Null);
    program
        .run(&["explain", "--text", "  "])
        .fails(1, &["column `text`", "empty"]);
    program
        .file("d.csv", "id,text\n1,fine\n2,\n")
        .run(&["explain", "d.csv"])
        .fails(1, &["d.csv, row 2 (line 3), column `text`", "--on-error skip"]);
    let skipped = program.run(&["explain", "d.csv", "--on-error", "skip", "--format", "jsonl"]);
    assert!(skipped.stderr.contains("1 row left out"));
    assert_eq!(skipped.ok().lines().count(), 1);
    program
        .run(&["explain", "d.csv", "--text-column", "texts"])
        .fails(1, &["did you mean `text`?"]);
}

#[test]
fn long_texts_and_standard_input() {
    let program = Program::new();
    let long = "They refused to meet, rejected the offer and threatened to close the border. ".repeat(1300);
    let out = program
        .run_with(
            &["explain", "-", "--format", "table"],
            format!("{long}\nWe thank them.\n"),
        )
        .ok();
    assert!(
        out.contains("Fewer words may do it") && out.contains("(1300 times)"),
        "the end: {}",
        &out[out.len() - 500..]
    );
    let json = program
        .run_with(&["explain", "--format", "json"], "We thank them.\nThey must leave.\n")
        .ok();
    let list: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert_eq!(program.run_with(&["explain", "--format", "json"], "").ok(), "[]\n");
}
