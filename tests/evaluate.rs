//! `demarche evaluate` through the real binary, and its scores against scikit-learn's.

mod program;

use std::sync::Arc;

use demarche::Prediction;
use demarche::evaluation::Evaluation;
use program::{Program, hostile};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

/// `tests/fixtures/scores.py` has made `scores.json`.
#[test]
fn scores_are_those_of_scikit_learn() {
    let fixture: Value = serde_json::from_str(include_str!("fixtures/scores.json")).unwrap();
    let labels: Vec<String> = serde_json::from_value(fixture["labels"].clone()).unwrap();
    let shared: Arc<[String]> = labels.clone().into();
    for case in fixture["cases"].as_array().unwrap() {
        let truths: Vec<usize> = serde_json::from_value(case["truth"].clone()).unwrap();
        let rows: Vec<Vec<f64>> = serde_json::from_value(case["probabilities"].clone()).unwrap();
        let predictions: Vec<Prediction> = rows
            .into_iter()
            .map(|row| Prediction::from_probabilities(shared.clone(), row).unwrap())
            .collect();
        let evaluation = Evaluation::new(&labels, truths.into_iter().zip(&predictions));
        let matrix = &evaluation.confusion;
        let mut scores = vec![
            (matrix.accuracy(), &case["accuracy"]),
            (matrix.macro_f1(), &case["macro_f1"]),
            (matrix.balanced_accuracy(), &case["balanced_accuracy"]),
            (matrix.matthews_correlation(), &case["matthews_correlation"]),
            (matrix.cohen_kappa(), &case["cohen_kappa"]),
            (evaluation.log_loss, &case["log_loss"]),
            (evaluation.brier_score, &case["brier_score"]),
        ];
        for label in 0..labels.len() {
            let score = matrix.label_score(label);
            scores.push((score.precision, &case["precision"][label]));
            scores.push((score.recall, &case["recall"][label]));
            scores.push((score.f1, &case["f1"][label]));
            scores.push((score.support as f64, &case["support"][label]));
        }
        for (place, (ours, theirs)) in scores.into_iter().enumerate() {
            let theirs = theirs.as_f64().unwrap();
            assert!(
                (ours - theirs).abs() < 1e-9,
                "{}, {place}: {ours} {theirs}",
                case["name"]
            );
        }
        let confusion: Vec<Vec<u64>> = serde_json::from_value(case["confusion"].clone()).unwrap();
        assert_eq!(matrix.counts(), confusion);
        let positions: Vec<usize> = predictions.iter().map(Prediction::position).collect();
        assert_eq!(serde_json::to_value(positions).unwrap(), case["prediction"]);
    }
}

#[test]
fn probabilities_that_are_none_are_refused() {
    let labels: Arc<[String]> = ["a".to_owned(), "b".to_owned()].into();
    for wrong in [
        vec![],
        vec![1.0],
        vec![f64::NAN, 0.5],
        vec![-0.1, 1.1],
        vec![0.5, 0.5, 0.0],
    ] {
        assert!(Prediction::from_probabilities(labels.clone(), wrong).is_err());
    }
    assert!(Prediction::from_probabilities([].into(), vec![]).is_err());
}

/// Rows that a model does not have all right, with a column to split by.
fn gold() -> String {
    let mut csv = String::from("text,label,source\n");
    for i in 0..60 {
        let (text, label) = match i % 4 {
            0 => ("the ministry threatened to close the border", "warning"),
            1 => ("the ministry welcomed the offer and agreed to talks", "conciliatory"),
            2 => ("the ministry published figures on trade", "neutral"),
            // Which nobody can know.
            _ => ("the ministry spoke of the border", ["warning", "neutral"][i / 4 % 2]),
        };
        let source = match i {
            59 => "",
            _ => ["wire", "blog", "wire"][i % 3],
        };
        csv += &format!("{text},{label},{source}\n");
    }
    csv
}

/// A folder with `gold.csv`, a model `good.demarche` of it, and a worse one, `poor.demarche`.
fn trained() -> Program {
    let program = Program::new();
    // Takes what is welcomed for neutral, but for two rows.
    let poor: String = gold()
        .lines()
        .enumerate()
        .map(|(i, line)| match i {
            0..8 => line.to_owned() + "\n",
            _ => line.replace(",conciliatory,", ",neutral,") + "\n",
        })
        .collect();
    program.file("gold.csv", gold()).file("poor.csv", poor);
    let train = ["train", "--cv", "0", "--class-weight", "uniform"];
    for (data, model) in [("gold.csv", "good.demarche"), ("poor.csv", "poor.demarche")] {
        program.run(&[&train[..], &[data, "-o", model]].concat()).ok();
    }
    program
}

fn json(program: &Program, args: &[&str]) -> Value {
    let args = [&["evaluate", "gold.csv", "--format", "json"], args].concat();
    serde_json::from_str(&program.run(&args).ok()).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn json_has_scores_intervals_calibration_and_coverage() {
    let program = trained();
    let scores = json(&program, &["-m", "good.demarche", "--precision", "0.99"]);
    assert_eq!(scores["rows"], 60);
    assert_eq!(scores["resamples"], 2000);
    for score in [
        "accuracy",
        "macro_f1",
        "balanced_accuracy",
        "matthews_correlation",
        "cohen_kappa",
    ] {
        let interval = &scores["intervals"][score];
        let (low, high) = (number(&interval[0]), number(&interval[1]));
        assert!(
            low < number(&scores[score]) && number(&scores[score]) < high,
            "{score}: {interval}"
        );
    }
    assert!(scores["intervals"]["per_label"]["warning"]["f1"].is_array());
    // Without a single error, rows cannot tell how many there might be.
    assert_eq!(scores["per_label"]["conciliatory"]["f1"], 1.0);
    assert!(scores["intervals"]["per_label"]["conciliatory"]["f1"].is_null());
    let bins = scores["calibration_curve"].as_array().unwrap();
    assert_eq!(bins.iter().map(|bin| bin["rows"].as_u64().unwrap()).sum::<u64>(), 60);
    let points = scores["risk_coverage"]["points"].as_array().unwrap();
    assert_eq!(points[0]["coverage"], 1.0);
    assert!((number(&points[0]["precision"]) - number(&scores["accuracy"])).abs() < 1e-12);
    // The threshold keeps the rows that it says, as `predict` would.
    let reached = &scores["threshold"]["reached"];
    let predicted = program
        .run(&["predict", "gold.csv", "-m", "good.demarche", "--format", "csv"])
        .ok();
    let rows = program::csv_rows(&predicted);
    let kept: Vec<_> = rows
        .iter()
        .filter(|row| row["confidence"].parse::<f64>().unwrap() >= number(&reached["threshold"]) - 1e-6)
        .collect();
    let right = kept.iter().filter(|row| row["stance"] == row["label"]).count();
    assert_eq!((kept.len() as u64, 45), (reached["rows"].as_u64().unwrap(), right));
    assert_eq!(reached["precision"], 1.0);
}

#[test]
fn intervals_are_the_same_on_any_number_of_threads_and_move_with_the_seed() {
    let program = trained();
    let common = [
        "evaluate",
        "gold.csv",
        "-m",
        "good.demarche",
        "--by",
        "source",
        "--versus",
        "poor.demarche",
    ];
    for format in ["table", "json", "html"] {
        let run = |threads: &str, seed: &str| {
            let more = ["--format", format, "--threads", threads, "--seed", seed];
            program.run(&[&common[..], &more].concat()).ok()
        };
        let once = run("1", "0");
        assert!(once == run("2", "0") && once == run("8", "0"), "{format}");
        assert_ne!(once, run("1", "1"), "{format}");
    }
    let none = json(&program, &["-m", "good.demarche", "--resamples", "0"]);
    assert!(none["intervals"]["accuracy"].is_null());
}

#[test]
fn groups_are_scored_apart() {
    let program = trained();
    let scores = json(&program, &["-m", "good.demarche", "--by", "source", "--by", "label"]);
    let groups = scores["by"]["source"].as_array().unwrap();
    let seen: Vec<_> = groups
        .iter()
        .map(|g| (g["group"].as_str().unwrap(), g["rows"].as_u64().unwrap()))
        .collect();
    assert_eq!(seen, [("wire", 39), ("blog", 20), ("", 1)]);
    assert!(groups[0]["intervals"]["macro_f1"].is_array());
    assert!(groups[2]["intervals"]["macro_f1"].is_null());
    let all: f64 = groups.iter().map(|g| number(&g["accuracy"]) * number(&g["rows"])).sum();
    assert!((all / 60.0 - number(&scores["accuracy"])).abs() < 1e-12);
    assert_eq!(scores["by"]["label"].as_array().unwrap().len(), 3);
    let table = program
        .run(&["evaluate", "gold.csv", "-m", "good.demarche", "--by", "source"])
        .ok();
    assert!(table.contains("(empty)") && table.contains("wire"), "{table}");
    program
        .run(&["evaluate", "gold.csv", "--by", "sauce"])
        .fails(1, &["gold.csv", "`sauce`", "did you mean `source`?"]);
}

#[test]
fn two_models_are_compared_on_the_same_rows() {
    let program = trained();
    let scores = json(&program, &["-m", "poor.demarche", "--versus", "good.demarche"]);
    let versus = &scores["versus"];
    let difference = number(&versus["second"]["macro_f1"]) - number(&versus["first"]["macro_f1"]);
    assert!((difference - number(&versus["macro_f1_difference"]["value"])).abs() < 1e-12 && difference > 0.0);
    let counts =
        ["both_right", "only_first_right", "only_second_right", "both_wrong"].map(|name| number(&versus[name]));
    assert_eq!(counts.iter().sum::<f64>(), 60.0);
    assert!(counts[2] > counts[1]);
    assert!(number(&versus["mcnemar"]["p_value"]) < 0.05, "{versus}");
    assert!(number(&versus["macro_f1_difference"]["interval"][0]) > 0.0, "{versus}");
    let words = program
        .run(&[
            "evaluate",
            "gold.csv",
            "-m",
            "poor.demarche",
            "--versus",
            "good.demarche",
        ])
        .ok();
    assert!(
        words.contains("good.demarche has") && words.contains("chance alone hardly makes"),
        "{words}"
    );
    // The same model is no better than itself.
    let same = json(&program, &["-m", "good.demarche", "--versus", "good.demarche"]);
    assert_eq!(same["versus"]["mcnemar"]["p_value"], 1.0);
    assert!(same["versus"]["macro_f1_difference"]["interval"].is_null());
    let words = program
        .run(&[
            "evaluate",
            "gold.csv",
            "-m",
            "good.demarche",
            "--versus",
            "good.demarche",
        ])
        .ok();
    assert!(words.contains("have the same rows right"), "{words}");
}

#[test]
fn labels_that_are_unknown_are_named_with_their_row() {
    let program = trained();
    program.file("odd.csv", "text,label\nfine,neutral\nodd,hostile\nodd,NaN\n");
    program.run(&["evaluate", "odd.csv"]).fails(
        1,
        &["odd.csv, row 2 (line 3), column `label`", "`hostile`", "`warning`"],
    );
    let ran = program.run(&["evaluate", "odd.csv", "--on-error", "skip"]);
    assert!(ran.stderr.contains("2 rows left out"), "{}", ran.stderr);
    assert!(ran.ok().starts_with("1 rows"));
    // A second model with other labels: it is the model that is named.
    let other = gold().replace(",neutral,", ",other,");
    program
        .file("other.csv", other)
        .run(&["train", "other.csv", "--cv", "0", "-o", "other.demarche"])
        .ok();
    program
        .run(&["evaluate", "gold.csv", "--versus", "other.demarche"])
        .fails(1, &["other.demarche", "`neutral`", "`other`"]);
}

#[test]
fn little_or_nothing_to_score_is_no_panic() {
    let program = trained();
    program
        .file("empty.csv", "")
        .file("header.csv", "text,label\n")
        .file("blank.csv", "text,label\n ,neutral\n")
        .file("one.csv", "text,label,source\nthe ministry threatened,warning,wire\n")
        .file(
            "same.csv",
            "text,label\n".to_owned() + &"the ministry threatened,warning\n".repeat(20),
        );
    program
        .run(&["evaluate", "empty.csv"])
        .fails(1, &["empty.csv", "empty"]);
    program
        .run(&["evaluate", "header.csv"])
        .fails(1, &["header.csv", "no rows"]);
    program
        .run(&["evaluate", "blank.csv"])
        .fails(1, &["blank.csv, row 1", "column `text`"]);
    program.run(&["evaluate", "none.csv"]).fails(1, &["none.csv"]);
    for (option, wrong, must) in [
        ("--precision", "1.5", "from 0 to 1"),
        ("--precision", "NaN", "from 0 to 1"),
        ("--resamples", "many", "from 0 to 1000000"),
    ] {
        let ran = program.run(&["evaluate", "one.csv", option, wrong]);
        assert!(
            ran.code == 2 && ran.stderr.contains(wrong) && ran.stderr.contains(must),
            "{ran:?}"
        );
    }
    for data in ["one.csv", "same.csv"] {
        for format in ["table", "json", "html"] {
            let args = [
                "evaluate",
                data,
                "--format",
                format,
                "--by",
                "text",
                "--precision",
                "1",
                "--versus",
                "poor.demarche",
            ];
            let out = program.run(&args).ok();
            assert!(!out.contains("NaN") && !out.contains("inf,"), "{out}");
        }
    }
    let out = program.run(&["evaluate", "same.csv"]).ok();
    assert!(out.contains('–'), "no interval where nothing differs: {out}");
}

fn page(program: &Program, args: &[&str]) -> Html {
    let out = program.run(&[&["evaluate", "-o", "page.html"], args].concat()).ok();
    assert_eq!(out, "");
    Html::parse_document(&program.read("page.html"))
}

fn all<'h>(page: &'h Html, selector: &str) -> Vec<ElementRef<'h>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn texts(page: &Html, selector: &str) -> Vec<String> {
    let text = |element: &ElementRef| {
        element
            .text()
            .collect::<String>()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    all(page, selector).iter().map(text).collect()
}

#[test]
fn the_page_has_the_numbers_and_a_chart_for_each_question() {
    let program = trained();
    let arguments = [
        "gold.csv",
        "-m",
        "good.demarche",
        "--by",
        "source",
        "--precision",
        "0.9",
        "--versus",
        "poor.demarche",
    ];
    let page = page(&program, &arguments);
    let scores = json(&program, &arguments[1..]);
    assert_eq!(texts(&page, "h1"), ["good.demarche on gold.csv"]);
    // Scores, labels, calibration, coverage, groups.
    assert_eq!(all(&page, ".chart[role=img][aria-label] svg").len(), 5);
    let shown = &texts(&page, "#scores td")[0];
    assert_eq!(*shown, format!("{:.3}", number(&scores["accuracy"])));
    let cells = texts(&page, ".confusion td");
    let confusion: Vec<String> = scores["confusion"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .map(Value::to_string)
        .collect();
    assert_eq!(cells, confusion);
    // A point for each bin of the curve.
    let bins = scores["calibration_curve"].as_array().unwrap().len();
    assert_eq!(all(&page, "#calibration svg circle").len(), bins);
    assert_eq!(all(&page, "#by1 svg circle").len(), 3);
    assert!(texts(&page, "#versus p")[0].contains("McNemar"));
    assert!(texts(&page, "#coverage p")[0].contains("0.9 was asked for"));

    for one in ["title", "h1", "main", "nav", "a.skip[href='#main']", "html[lang=en]"] {
        assert_eq!(all(&page, one).len(), 1, "{one}");
    }
    assert_eq!(all(&page, "table").len(), all(&page, "table > caption").len());
    let ids: Vec<&str> = all(&page, "[id]").iter().filter_map(|e| e.attr("id")).collect();
    for link in all(&page, "a[href]") {
        assert!(ids.contains(&link.attr("href").unwrap().trim_start_matches('#')));
    }
}

#[test]
fn the_page_loads_and_runs_nothing() {
    let program = trained();
    let page = page(&program, &["gold.csv", "-m", "good.demarche", "--by", "source"]);
    let policy = all(&page, "meta[http-equiv='Content-Security-Policy']")[0]
        .attr("content")
        .unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-") && policy.contains("script-src 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    for loading in [
        "script",
        "[src]",
        "link",
        "iframe",
        "object",
        "image",
        "[style]",
        "[onclick]",
        "form",
    ] {
        assert_eq!(all(&page, loading).len(), 0, "{loading}");
    }
    let source = program.read("page.html");
    assert!(
        !source.contains("https://") && source.len() < 60_000,
        "{} bytes",
        source.len()
    );
}

#[test]
fn hostile_names_stay_text() {
    let program = Program::new();
    let label = "\"\"\"><img src=x onerror=hacked=1>\"";
    let mut csv = String::from("text,label,\"<script>hacked=1</script>\"\n");
    for i in 0..12 {
        let (text, label) = [("we warn them", "<script>hacked=1</script>"), ("we thank them", label)][i % 2];
        csv += &format!("{text},{label},\"{}\"\n", hostile::TITLE.replace('"', "\"\""));
    }
    program.file("<b>.csv", csv);
    program
        .run(&["train", "<b>.csv", "--cv", "0", "-o", "<i>.demarche"])
        .ok();
    let args = [
        "<b>.csv",
        "-m",
        "<i>.demarche",
        "--versus",
        "<i>.demarche",
        "--by",
        "<script>hacked=1</script>",
    ];
    let page = page(&program, &args);
    assert_eq!(
        all(&page, "script, img, iframe, [onerror], [onload], h1 b, h1 i").len(),
        0
    );
    assert_eq!(all(&page, "html > body > main > section#about").len(), 1);
    let shapes = ["line", "polyline", "circle", "text", "polygon"];
    assert!(
        all(&page, "svg *")
            .iter()
            .all(|shape| shapes.contains(&shape.value().name()))
    );
    assert_eq!(texts(&page, "h1"), ["<i>.demarche on <b>.csv"]);
    assert!(texts(&page, "#by1 h2")[0].contains("<script>hacked=1</script>"));
    let source = program.read("page.html");
    assert!(source.contains("{{ 7*7 }}") && !source.contains('\u{202e}'));
    // On a terminal and in JSON too.
    let table = program.run(&[&["evaluate"], &args[..]].concat()).ok();
    assert!(!table.contains('\u{1b}') && !table.contains('\u{2028}'));
}
