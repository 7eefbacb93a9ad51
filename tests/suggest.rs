//! `demarche suggest` and what `train` makes of its files, through the real binary.

mod program;

use program::{Program, csv_rows, repository};
use serde_json::Value;

/// Statements without labels, with a column of their own, a duplicate and a near duplicate.
const POOL: &str = "id,text,label
a,The ministry welcomed the offer and agreed to talks.,
b,They will answer every attack with force.,
c,the ministry welcomed  the offer and agreed to TALKS.,
d,The ministry published figures on trade.,
e,They will answer every attack with force in 2024.,
f,Sanctions will be imposed unless the troops withdraw.,
g,The delegation left for the capital.,neutral
h,The delegation left for the capital!,
";

#[test]
fn rows_come_ready_to_label_and_never_twice() {
    let program = Program::new();
    let out = program.file("pool.csv", POOL).run(&["suggest", "pool.csv"]);
    assert!(out.stderr.contains("4 suggested of 7"), "{}", out.stderr);
    let out = out.ok();
    assert!(out.starts_with("row,id,text,label,guess,confidence,reason\n"), "{out}");
    let rows = csv_rows(&out);
    let mut ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str()).collect();
    ids.sort_unstable();
    // Of a and c, of b and e one each; h is like the labelled g.
    assert_eq!(ids.len(), 4);
    assert!(
        ids.contains(&"d") && ids.contains(&"f") && !ids.contains(&"g") && !ids.contains(&"h"),
        "{ids:?}"
    );
    for row in &rows {
        let number: usize = row["row"].parse().unwrap();
        assert_eq!(row["id"].as_bytes()[0], b'a' + number as u8 - 1);
        assert_eq!(row["label"], "");
        assert!(["warning", "conciliatory", "neutral"].contains(&row["guess"].as_str()));
        assert!((0.33..=1.0).contains(&row["confidence"].parse::<f64>().unwrap()));
        assert!(
            row["reason"].contains("teaches: ") && row["reason"].contains("likeness to the nearest"),
            "{row:?}"
        );
    }
    // A smaller batch is the beginning of a larger one.
    let first = csv_rows(&program.run(&["suggest", "pool.csv", "-n", "2", "-q"]).ok());
    assert_eq!(first, rows[..2]);
}

#[test]
fn the_choice_is_the_same_on_any_number_of_threads() {
    let program = Program::new();
    let pool = repository("data/statements.csv");
    let outs: Vec<String> = ["1", "2", "8"]
        .iter()
        .map(|threads| {
            let args = [
                "suggest",
                &pool,
                "--label-column",
                "none",
                "-n",
                "30",
                "--threads",
                threads,
            ];
            program.run(&args).ok()
        })
        .collect();
    assert!(outs.iter().all(|out| *out == outs[0]));
    assert_eq!(csv_rows(&outs[0]).len(), 30);
}

#[test]
fn labelled_statements_make_the_model_and_are_not_suggested() {
    let program = Program::new();
    let labelled = "text,label
they attack with force,hostile
they attack with words,hostile
they welcome the offer,friendly
they welcome the talks,friendly
The ministry published figures on trade.,friendly
not yet labelled,
";
    let args = ["suggest", "pool.csv", "--labelled", "old.csv", "-o", "todo.csv"];
    let ran = program.file("pool.csv", POOL).file("old.csv", labelled).run(&args);
    assert!(ran.stderr.contains("1 row without a label left out"), "{}", ran.stderr);
    assert_eq!(ran.ok(), "");
    let rows = csv_rows(&program.read("todo.csv"));
    assert!(
        rows.iter()
            .all(|row| ["hostile", "friendly"].contains(&row["guess"].as_str())),
        "{rows:?}"
    );
    assert!(rows.iter().all(|row| row["id"] != "d"), "{rows:?}");
    // With a model named, that one guesses.
    program
        .run(&[
            "train",
            &repository("tests/fixtures/small.csv"),
            "--cv",
            "0",
            "-o",
            "small.demarche",
        ])
        .ok();
    let args = [
        "suggest",
        "pool.csv",
        "--labelled",
        "old.csv",
        "--model",
        "small.demarche",
        "-q",
    ];
    let rows = csv_rows(&program.run(&args).ok());
    assert!(rows.iter().all(|row| row["guess"] != "hostile"), "{rows:?}");
}

#[test]
fn a_half_labelled_file_can_be_trained_on_and_suggested_from_again() {
    let program = Program::new();
    let small = repository("tests/fixtures/small.csv");
    program
        .file("pool.csv", POOL)
        .run(&["suggest", "pool.csv", "-o", "todo.csv", "-q"])
        .ok();
    let todo = program.read("todo.csv");
    // The first one gets a label.
    let rows = csv_rows(&todo);
    let first = &rows[0];
    let place = format!(",,{}", first["guess"]);
    let done = todo.replacen(&place, &format!(",neutral,{}", first["guess"]), 1);
    assert_ne!(done, todo);
    program.file("todo.csv", done);
    let train = ["train", &small, "todo.csv", "--cv", "0", "-o", "m.demarche"];
    program
        .run(&train)
        .fails(1, &["todo.csv, row 2", "column `label`", "--skip-unlabelled"]);
    let ran = program.run(&[&train[..], &["--skip-unlabelled"]].concat());
    assert!(ran.stderr.contains("3 rows without a label left out"), "{}", ran.stderr);
    ran.ok();
    // Suggestions of suggestions keep one set of columns, and what is labelled is not asked for again.
    let again = program.run(&["suggest", "todo.csv", "-q"]).ok();
    assert!(
        again.starts_with("row,id,text,label,guess,confidence,reason\n"),
        "{again}"
    );
    let again = csv_rows(&again);
    assert_eq!(again.len(), 3);
    assert!(again.iter().all(|row| row["id"] != first["id"]));
}

#[test]
fn every_format_goes_in_and_out() {
    let program = Program::new();
    program
        .file("a.jsonl", "{\"quote\": \"They will answer with force.\", \"n\": 1}\n{\"quote\": \"Talks resume on Monday.\", \"who\": \"x\"}\n")
        .file("b.jsonl", "{\"quote\": \"The border was closed.\", \"n\": [2]}\n");
    let args = [
        "suggest",
        "a.jsonl",
        "b.jsonl",
        "--text-column",
        "quote",
        "-q",
        "--format",
    ];
    let out = program.run(&[&args[..], &["csv"]].concat()).ok();
    assert!(
        out.starts_with("file,row,quote,n,who,label,guess,confidence,reason\n"),
        "{out}"
    );
    let rows = csv_rows(&out);
    assert_eq!(rows.len(), 3);
    assert!(
        rows.iter()
            .any(|row| row["file"] == "b.jsonl" && row["row"] == "1" && row["n"] == "[2]")
    );
    let out = program.run(&[&args[..], &["jsonl"]].concat()).ok();
    let objects: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        objects
            .iter()
            .all(|object| object["label"] == "" && object["row"].is_u64() && object["confidence"].is_f64())
    );
    let typed = objects.iter().find(|object| object["file"] == "b.jsonl").unwrap();
    assert_eq!(typed["n"], serde_json::json!([2]));
    let json: Value = serde_json::from_str(&program.run(&[&args[..], &["json"]].concat()).ok()).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 3);
    let text = program
        .run_with(
            &["suggest", "-q"],
            "Talks resume on Monday.\nThey will answer with force.\n",
        )
        .ok();
    assert!(text.starts_with("row,text,label,guess,confidence,reason\n"), "{text}");
    let table = program.run(&[&args[..], &["table"]].concat()).ok();
    assert!(table.contains("reason") && table.contains("Talks resume"), "{table}");
}

#[test]
fn what_cannot_be_used_is_named() {
    let program = Program::new();
    program
        .file("pool.csv", POOL)
        .file("empty.csv", "text,label\n")
        .file("blank.csv", "text\nfine\n\" \"\n")
        .file("one.csv", "text,label\nwe agree,x\nwe talk,x\n");
    program
        .run(&["suggest", "pool.csv", "-n", "0"])
        .fails(2, &["-n is 0", "at least 1"]);
    program.run(&["suggest", "none.csv"]).fails(1, &["none.csv"]);
    program
        .run(&["suggest", "empty.csv"])
        .fails(1, &["empty.csv", "no rows"]);
    program
        .run(&["suggest", "blank.csv"])
        .fails(1, &["blank.csv, row 2", "`text`"]);
    program
        .run(&["suggest", "pool.csv", "--text-column", "txt"])
        .fails(1, &["did you mean `text`?"]);
    program
        .run(&["suggest", "pool.csv", "--labelled", "one.csv"])
        .fails(1, &["one.csv", "two labels"]);
    let all = program
        .file("done.csv", "text,label\nwe agree,x\n")
        .run(&["suggest", "done.csv"]);
    assert!(all.stderr.contains("0 suggested of 0"), "{}", all.stderr);
    assert_eq!(all.ok(), "row,text,label,guess,confidence,reason\n");
}
