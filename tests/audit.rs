//! `demarche audit` through the real binary, and how well it finds labels that were made wrong.

mod program;

use std::collections::BTreeSet;

use demarche::audit::{AuditOptions, audit};
use demarche::dataset::Columns;
use demarche::{LabelledStatements, Trainer};
use program::{Program, csv_rows, repository};
use serde_json::Value;

/// Rows that tell their label, with numbers that keep them apart, and after them `more`.
fn labelled(more: &str) -> String {
    let kinds = [
        (
            "the ministry threatened to close the border and rejected the offer",
            "warning",
        ),
        (
            "the ministry welcomed the offer and agreed to talks on peace",
            "conciliatory",
        ),
        ("the ministry published figures on trade", "neutral"),
    ];
    let words = [
        "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet",
    ];
    let mut csv = String::from("id,text,label\n");
    for i in 0..90 {
        let (text, label) = kinds[i % 3];
        let pick = |shift: usize| words[(i * 7 + shift * i / 3 + shift) % words.len()];
        csv += &format!(
            "{i},{text} {} {} {} {} {i},{label}\n",
            pick(1),
            pick(2),
            pick(3),
            pick(5)
        );
    }
    csv + more
}

const WRONG: &str = "90,\"The ministry threatened to close the border, and rejected the offer.\",conciliatory\n";

#[test]
fn a_wrong_label_is_named_with_its_place_and_reason() {
    let program = Program::new();
    program.file("d.csv", labelled(WRONG));
    let ran = program.run(&["audit", "d.csv", "--cv", "5", "--repeats", "1", "--similarity", "1"]);
    assert!(ran.stderr.contains("91 rows"), "{}", ran.stderr);
    let rows = csv_rows(&ran.ok());
    let row = &rows[0];
    let expected = [
        ("problem", "label"),
        ("row", "91"),
        ("file", "d.csv"),
        ("line", "92"),
        ("label", "conciliatory"),
        ("likely", "warning"),
        (
            "text",
            "The ministry threatened to close the border, and rejected the offer.",
        ),
        ("other_row", ""),
    ];
    for (column, value) in expected {
        assert_eq!(row[column], value, "{column}");
    }
    assert!(row["score"].parse::<f64>().unwrap() > 0.5);
    assert!(row["p_warning"].parse::<f64>().unwrap() > row["p_conciliatory"].parse::<f64>().unwrap());
    assert!(
        row["reason"].contains("rejected") || row["reason"].contains("threatened"),
        "{}",
        row["reason"]
    );
}

#[test]
fn duplicates_that_contradict_each_other_are_named() {
    let program = Program::new();
    let more = "90,\"Delegates from both capitals will resume the talks in May.\",neutral\n\
                91,\"DELEGATES from both capitals - will resume the talks in May!\",conciliatory\n\
                92,\"Delegates from both capitals will not resume the talks in May.\",warning\n";
    program.file("d.csv", labelled(more));
    let args = [
        "audit",
        "d.csv",
        "--cv",
        "3",
        "--repeats",
        "1",
        "--format",
        "jsonl",
        "--similarity",
        "0.9",
    ];
    let out = program.run(&args).ok();
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let conflicts: Vec<&Value> = lines.iter().filter(|line| line["problem"] == "conflict").collect();
    let found: Vec<_> = conflicts
        .iter()
        .map(|c| (c["row"].as_u64(), c["other"]["row"].as_u64()))
        .collect();
    assert_eq!(found, [(Some(92), Some(91)), (Some(93), Some(91))]);
    assert_eq!(conflicts[0]["reason"], "the same words");
    assert_eq!(conflicts[0]["score"], 1.0);
    assert_eq!(conflicts[1]["reason"], "differs by +not");
    assert_eq!(
        (&conflicts[1]["label"], &conflicts[1]["likely"]),
        (&"warning".into(), &"neutral".into())
    );
}

#[test]
fn test_rows_that_training_has_seen_are_named() {
    let program = Program::new();
    program
        .file("train.csv", labelled("90,\"Delegates from both capitals will resume the talks in May.\",neutral\n"))
        .file(
            "test.csv",
            "text\nNothing like it.\n\"Delegates, from both capitals, will resume the talks in May\"\nDelegates from both capitals will resume their talks in May\n",
        );
    let args = [
        "audit",
        "train.csv",
        "--test",
        "test.csv",
        "--cv",
        "3",
        "--repeats",
        "1",
    ];
    let rows = csv_rows(&program.run(&args).ok());
    let leaks: Vec<_> = rows.iter().filter(|row| row["problem"] == "leak").collect();
    assert_eq!(leaks.len(), 2);
    for leak in &leaks {
        assert_eq!(
            (leak["file"].as_str(), leak["other_file"].as_str()),
            ("test.csv", "train.csv")
        );
        assert_eq!(leak["other_line"], "92");
    }
    assert_eq!(
        (leaks[0]["line"].as_str(), leaks[0]["score"].as_str()),
        ("3", "1.000000")
    );
    assert_eq!(leaks[1]["reason"], "differs by +their −the");
    let table = program.run(&[&args[..], &["--format", "table"]].concat()).ok();
    assert!(
        table.contains("Test rows that stand in the data") && table.contains("train.csv:92"),
        "{table}"
    );
}

#[test]
fn the_same_on_any_number_of_threads_and_in_every_format() {
    let program = Program::new();
    program.file("d.csv", labelled(WRONG));
    let run = |more: &[&str]| {
        let args = ["audit", "d.csv", "--cv", "3", "--repeats", "2"];
        program.run(&[&args[..], more].concat()).ok()
    };
    let out = run(&["--threads", "1"]);
    assert_eq!(run(&["--threads", "4"]), out);
    let rows = csv_rows(&out).len();
    assert_eq!(run(&["--format", "jsonl"]).lines().count(), rows);
    let list: Value = serde_json::from_str(&run(&["--format", "json"])).unwrap();
    assert_eq!(list.as_array().unwrap().len(), rows);
    assert_eq!(
        csv_rows(&run(&["--top", "0"]))
            .iter()
            .filter(|row| row["problem"] == "label")
            .count(),
        0
    );
    run(&["-o", "out.csv"]);
    assert_eq!(program.read("out.csv"), out);
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let program = Program::new();
    program
        .file("d.csv", labelled(""))
        .file("one.csv", "text,label\na b,x\na c,x\n");
    program
        .run(&["audit", "d.csv", "--similarity", "0"])
        .fails(2, &["similarity is 0"]);
    program
        .run(&["audit", "d.csv", "--similarity", "-1"])
        .fails(2, &["similarity is -1"]);
    program
        .run(&["audit", "d.csv", "--repeats", "0"])
        .fails(2, &["repeats"]);
    program.run(&["audit", "d.csv", "--cv", "1"]).fails(2, &["folds"]);
    program
        .run(&["audit", "d.csv", "--cv", "40"])
        .fails(1, &["d.csv", "30 rows", "40 folds"]);
    program
        .run(&["audit", "d.csv", "--test", "none.csv"])
        .fails(1, &["none.csv"]);
    program
        .run(&["audit", "one.csv", "--cv", "2"])
        .fails(1, &["one.csv", "`x`", "two labels"]);
}

/// `examples/audit_precision.rs` measures the same on all rows and several seeds; here a sixth of them, one seed, and less work.
#[test]
fn most_of_the_suspicious_rows_are_those_that_were_made_wrong() {
    let data = LabelledStatements::from_path(repository("data/statements.csv"), &Columns::default()).unwrap();
    let rows: Vec<usize> = (0..data.len()).step_by(6).collect();
    // Every twentieth gets the label that comes next.
    let wrong: BTreeSet<usize> = (7..rows.len()).step_by(20).collect();
    let labels = data.labels();
    let label = |place: usize| {
        let target = data.targets()[rows[place]] + usize::from(wrong.contains(&place));
        &labels[target % labels.len()]
    };
    let pairs = (0..rows.len()).map(|place| (data.texts()[rows[place]].as_str(), label(place)));
    let flipped = LabelledStatements::from_pairs(pairs).unwrap();
    let trainer = Trainer::params().ngram_range(1..=2);
    let options = AuditOptions {
        trainers: vec![trainer],
        folds: 5,
        repeats: 1,
        ..AuditOptions::default()
    };
    let audit = audit(&flipped, &options, || ()).unwrap();
    let found = audit.rows[..wrong.len()]
        .iter()
        .filter(|row| wrong.contains(&row.row))
        .count();
    let precision = found as f64 / wrong.len() as f64;
    assert!(precision > 0.4, "{precision}: chance is 0.05");
    // Those that are taken for wrong are no worse, and the likely label is the right one.
    let suspects: Vec<_> = audit.suspects().collect();
    let caught: Vec<_> = suspects.iter().filter(|row| wrong.contains(&row.row)).collect();
    let right = caught
        .iter()
        .filter(|row| row.likely == data.targets()[rows[row.row]])
        .count();
    assert!(right * 10 >= caught.len() * 8, "{right} of {}", caught.len());
    assert!(caught.iter().all(|row| row.reasons.len() <= 3));
}
