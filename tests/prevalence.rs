//! `demarche prevalence` through the real binary.

mod program;

use program::{Program, csv_rows, hostile, repository};
use scraper::{Html, Selector};
use serde_json::Value;

fn shares(csv: &str) -> Vec<(String, f64, f64, f64)> {
    let number = |row: &std::collections::BTreeMap<String, String>, name: &str| row[name].parse::<f64>().unwrap();
    let rows = csv_rows(csv);
    let share = rows.iter().map(|row| {
        (
            row["label"].clone(),
            number(row, "share"),
            number(row, "low"),
            number(row, "high"),
        )
    });
    share.collect()
}

/// Rows of `data/statements.csv` as CSV: the first `counts` of each label that come after the first `skip` of it.
fn statements(skip: usize, counts: [usize; 3]) -> String {
    let mut reader = csv::Reader::from_path(repository("data/statements.csv")).unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["text", "label"]).unwrap();
    let mut met = [0; 3];
    for record in reader.records().map(Result::unwrap) {
        let label = ["conciliatory", "neutral", "warning"]
            .iter()
            .position(|l| *l == &record[1])
            .unwrap();
        met[label] += 1;
        if met[label] > skip && met[label] <= skip + counts[label] {
            writer.write_record([&record[0], &record[1]]).unwrap();
        }
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn shares_are_corrected_towards_the_truth() {
    let program = Program::new();
    program.file("train.csv", statements(0, [700, 700, 700]));
    program.run(&["train", "train.csv", "-o", "m.demarche", "-q"]).ok();
    // Rows that the model never saw, in another mix.
    program.file("new.csv", statements(2000, [60, 40, 500]));
    let args = ["prevalence", "new.csv", "--model", "m.demarche"];
    let out = program.run(&args).ok();
    assert!(
        out.starts_with("label,rows,counted,counted_share,share,low,high\n"),
        "{out}"
    );
    let truth = [60.0 / 600.0, 40.0 / 600.0, 500.0 / 600.0];
    let (mut error, mut counting) = (0.0, 0.0);
    for ((row, (_, share, low, high)), truth) in csv_rows(&out).iter().zip(shares(&out)).zip(truth) {
        assert!(low <= truth && truth <= high, "{out}");
        error += (share - truth).abs();
        counting += (row["counted_share"].parse::<f64>().unwrap() - truth).abs();
    }
    assert!(error < counting / 2.0, "{error} {counting}: {out}");
    // The same on any number of threads, and from another format.
    for threads in ["1", "3"] {
        assert_eq!(program.run(&[&args[..], &["--threads", threads]].concat()).ok(), out);
    }
    for method in ["likelihood", "adjusted"] {
        let other = shares(&program.run(&[&args[..], &["--method", method]].concat()).ok());
        assert!((other[2].1 - truth[2]).abs() < 0.1, "{method} {other:?}");
    }
    let wide = shares(&program.run(&[&args[..], &["--sample"]].concat()).ok());
    let narrow = shares(&program.run(&[&args[..], &["--level", "0.5"]].concat()).ok());
    let all = shares(&out);
    assert!(wide[2].3 - wide[2].2 > all[2].3 - all[2].2);
    assert!(narrow[2].3 - narrow[2].2 < all[2].3 - all[2].2);
}

#[test]
fn groups_and_months() {
    let program = Program::new();
    let quotes = repository("data/quotes.csv");
    let out = program
        .run(&["prevalence", &quotes, "--by", "speaker", "--by-month", "date"])
        .ok();
    assert!(out.starts_with("speaker,month,label,rows,counted,"), "{out}");
    let rows = csv_rows(&out);
    assert!(rows.iter().all(|row| row["month"].starts_with("2024-")));
    let counted: u64 = rows.iter().map(|row| row["counted"].parse::<u64>().unwrap()).sum();
    assert_eq!(counted, 25);

    let json = program
        .run(&["prevalence", &quotes, "--by-month", "date", "--format", "json"])
        .ok();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["all"]["rows"], &json["method"]),
        (&Value::from(25), &Value::from("posterior"))
    );
    let groups = json["groups"].as_array().unwrap();
    let sum: u64 = groups.iter().map(|group| group["rows"].as_u64().unwrap()).sum();
    assert_eq!(sum, 25);
    assert!(
        groups
            .iter()
            .all(|group| group["shares"].as_array().unwrap().len() == 3)
    );

    let lines = program
        .run(&["prevalence", &quotes, "--by-month", "date", "--format", "jsonl"])
        .ok();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["label"], "conciliatory");
    assert_eq!(lines.lines().count(), 3 * groups.len());

    let table = program.run(&["prevalence", &quotes, "--format", "table"]).ok();
    insta::assert_snapshot!("prevalence_quotes", table);
    // Standard input, several inputs.
    let twice = program.run(&["prevalence", &quotes, &quotes, "--format", "json"]).ok();
    assert_eq!(serde_json::from_str::<Value>(&twice).unwrap()["all"]["rows"], 50);
    let piped = program
        .run_with(&["prevalence", "--format", "json"], std::fs::read(&quotes).unwrap())
        .ok();
    assert_eq!(serde_json::from_str::<Value>(&piped).unwrap()["all"]["rows"], 25);
}

#[test]
fn statements_of_articles_have_speakers_and_months() {
    let program = Program::new();
    let article = repository("data/article.txt");
    let out = program.run(&["prevalence", &article, "--by", "speaker"]).ok();
    let rows = csv_rows(&out);
    let counted: u64 = rows.iter().map(|row| row["counted"].parse::<u64>().unwrap()).sum();
    assert_eq!(counted, 13);
    assert!(rows.iter().any(|row| row["speaker"] == "Lena Hasek"), "{out}");
    program
        .run(&["prevalence", &article, "--by", "country"])
        .fails(1, &["article.txt", "`country`", "`speaker`"]);
}

#[test]
fn labelled_rows_take_the_place_of_the_card() {
    let program = Program::new();
    program.file("d.csv", statements(0, [40, 40, 40]));
    program.run(&["train", "d.csv", "--cv", "0", "-q"]).ok();
    let quotes = repository("data/quotes.csv");
    let args = ["prevalence", &quotes, "--model", "stance.demarche"];
    program
        .run(&args)
        .fails(1, &["stance.demarche", "--cv 5", "--labelled"]);
    let sample = statements(100, [60, 60, 60]);
    program.file("sample.csv", &sample);
    let out = program
        .run(&[&args[..], &["--labelled", "sample.csv", "--format", "json"]].concat())
        .ok();
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["labelled_rows"], 180);
    program.file("one.csv", sample.replace(",neutral\n", ",warning\n"));
    program
        .run(&[&args[..], &["--labelled", "one.csv"]].concat())
        .fails(1, &["one.csv", "`neutral`"]);
    program.file("other.csv", sample.replace(",neutral\n", ",calm\n"));
    program
        .run(&[&args[..], &["--labelled", "other.csv"]].concat())
        .fails(1, &["other.csv", "`calm`"]);
}

#[test]
fn rows_of_another_kind_are_told() {
    let program = Program::new();
    // Sentences that say nothing that the model knows: its confidence is the same for all.
    let rows: String = (0..400).map(|i| format!("zorb{i} frumiously quibbed\n")).collect();
    program.file("strange.txt", rows);
    let ran = program.run(&["prevalence", "strange.txt"]);
    assert!(
        ran.stderr.contains("another kind") && ran.stderr.contains("--labelled"),
        "{ran:?}"
    );
    assert!(program.run(&["prevalence", "strange.txt", "-q"]).stderr.is_empty());
    ran.ok();
}

#[test]
fn the_page_shows_every_figure_and_runs_nothing() {
    let program = Program::new();
    let name = hostile::TEXT;
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["text", "who", "date"]).unwrap();
    for (i, month) in ["2024-01", "2024-02-03", "4 April 2024", "2024-04-09"]
        .into_iter()
        .enumerate()
    {
        csv.write_record(["We welcome the talks.", if i % 2 == 0 { name } else { "Orlen" }, month])
            .unwrap();
    }
    program.file("d.csv", csv.into_inner().unwrap());
    let args = [
        "prevalence",
        "d.csv",
        "--by",
        "who",
        "--by-month",
        "date",
        "--title",
        hostile::TITLE,
        "-o",
        "p.html",
    ];
    assert_eq!(program.run(&args).ok(), "");
    let html = program.read("p.html");
    let page = Html::parse_document(&html);
    let all = |selector: &str| page.select(&Selector::parse(selector).unwrap()).collect::<Vec<_>>();
    assert_eq!(all("figure").len(), 6);
    assert_eq!(all(".shares tbody tr").len(), 5);
    assert!(
        all("script, img, iframe, link, [onerror], [onload], [href^='javascript'], [style]").is_empty(),
        "{html}"
    );
    let policy = all("meta[http-equiv='Content-Security-Policy']")[0]
        .attr("content")
        .unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'none'"),
        "{policy}"
    );
    let first = all(".shares tbody tr")[4].text().collect::<String>();
    assert!(
        first.contains("All") && first.contains("counted") && first.contains('%'),
        "{first}"
    );
    // The same bytes again.
    program.run(&args).ok();
    assert_eq!(program.read("p.html"), html);
}

#[test]
fn mistakes_are_named() {
    let program = Program::new();
    program.file(
        "d.csv",
        "text,date\nWe agree.,2024-01-05\nWe refuse.,soon\n,2024-01-05\n",
    );
    program
        .run(&["prevalence", "d.csv", "--by", "who"])
        .fails(1, &["d.csv", "`who`", "`date`"]);
    program
        .run(&["prevalence", "d.csv", "--by-month", "date", "--on-error", "fail"])
        .fails(1, &["d.csv", "row 2 (line 3)", "column `date`", "`soon`", "2024-03-05"]);
    program
        .run(&["prevalence", "d.csv"])
        .fails(1, &["row 3", "column `text`"]);
    let skipped = program.run(&["prevalence", "d.csv", "--by-month", "date", "--on-error", "skip"]);
    assert!(skipped.stderr.contains("2 rows left out"), "{skipped:?}");
    assert_eq!(csv_rows(&skipped.ok())[0]["rows"], "1");
    program.file("empty.csv", "text\n");
    program
        .run(&["prevalence", "empty.csv"])
        .fails(1, &["empty.csv", "no rows"]);
    program
        .run(&["prevalence", "d.csv", "--on-error", "skip", "--level", "1"])
        .fails(2, &["level"]);
    program
        .run(&["prevalence", "d.csv", "-o", "no/such/folder.csv"])
        .fails(1, &["no/such"]);
}
