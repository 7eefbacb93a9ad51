//! `demarche train`, `evaluate` and `inspect` through the real binary.

mod program;

use program::{Program, repository};
use serde_json::Value;

/// A few rows of each label, with a group and a weight.
fn labelled() -> String {
    let mut csv = String::from("text,label,topic,weight\n");
    for i in 0..30 {
        let (text, label) = match i % 3 {
            0 => (
                "the ministry threatened to close the border and rejected the offer",
                "warning",
            ),
            1 => (
                "the ministry welcomed the offer and agreed to talks on the border",
                "conciliatory",
            ),
            _ => ("the ministry published figures on trade across the border", "neutral"),
        };
        csv += &format!(
            "{text} in case {},{label},t{},{}\n",
            ["a", "b", "c", "d"][i % 4],
            i % 6,
            1 + i % 2
        );
    }
    csv
}

/// A folder with `d.csv` and the model `stance.demarche` made of it, and that model's bytes.
fn trained() -> (Program, Vec<u8>) {
    let program = Program::new();
    program
        .file("d.csv", labelled())
        .run(&["train", "d.csv", "--cv", "0"])
        .ok();
    let model = std::fs::read(program.path("stance.demarche")).unwrap();
    (program, model)
}

#[test]
fn training_is_reproducible_to_the_last_byte() {
    let program = Program::new();
    program.file("d.csv", labelled());
    let mut models = Vec::new();
    for threads in ["1", "2", "8"] {
        program
            .run(&["train", "d.csv", "-o", "m.demarche", "--threads", threads])
            .ok();
        models.push(std::fs::read(program.path("m.demarche")).unwrap());
    }
    assert!(models.iter().all(|model| *model == models[0]));
    // The same rows from another format.
    let tsv = labelled().replace(',', "\t");
    program
        .file("d.tsv", tsv)
        .run(&["train", "d.tsv", "-o", "m.demarche"])
        .ok();
    assert_eq!(std::fs::read(program.path("m.demarche")).unwrap(), models[0]);
    assert_eq!(program.run(&["train", "d.csv", "-o", "-"]).code, 0);
}

#[test]
fn scores_are_printed_and_kept_in_the_card() {
    let program = Program::new();
    let ran = program
        .file("d.csv", labelled())
        .run(&["train", "d.csv", "--holdout", "d.csv", "-v"]);
    for part in [
        "objective",
        "relative duality gap",
        "read:",
        "fit:",
        "→ stance.demarche",
    ] {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    let out = ran.ok();
    assert!(
        out.contains("cross-validated: 30 rows") && out.contains("held out: 30 rows"),
        "{out}"
    );
    let json: Value =
        serde_json::from_str(&program.run(&["inspect", "stance.demarche", "--format", "json"]).ok()).unwrap();
    assert_eq!(json["card"]["cross_validation"]["folds"], 5);
    assert_eq!(json["card"]["training"]["rows_per_label"]["warning"], 10);
    assert!(json["card"]["classifier"]["relative_gap"].as_f64().unwrap() <= 1e-5);
    // Readable words, not stems.
    let terms = json["strongest_terms"]["warning"].as_array().unwrap();
    assert!(terms.iter().any(|t| t["term"] == "threatened"), "{terms:?}");
    let quiet = program.run(&["train", "d.csv", "-q", "--cv", "0"]);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
}

#[test]
fn probabilities_are_calibrated_on_held_out_rows() {
    let program = Program::new();
    let mut csv = labelled();
    // Rows that no word tells apart: a model must not be sure of them.
    for i in 0..30 {
        let label = ["warning", "conciliatory", "neutral"][i % 3];
        csv += &format!("the border was mentioned again in case {i},{label},t{},1\n", i % 6);
    }
    program.file("d.csv", csv);
    let train = |method: &str, more: &[&str]| -> Value {
        let args = [
            &[
                "train",
                "d.csv",
                "-o",
                "m.demarche",
                "--format",
                "json",
                "--calibration",
                method,
            ][..],
            more,
        ];
        serde_json::from_str(&program.run(&args.concat()).ok()).unwrap()
    };
    let none = train("none", &[]);
    assert_eq!(none["card"]["calibration"]["method"], "none");
    let confidence = || {
        let out = program.run(&["predict", "d.csv", "--model", "m.demarche"]).ok();
        let rows = program::csv_rows(&out);
        rows.iter()
            .map(|row| row["confidence"].parse::<f64>().unwrap())
            .sum::<f64>()
    };
    let before = confidence();
    for method in ["temperature", "vector"] {
        let json = train(method, &[]);
        assert_eq!(json["card"]["calibration"]["method"], method);
        let probabilities = &json["card"]["cross_validation"]["probabilities"];
        let raw = &none["card"]["cross_validation"]["probabilities"];
        assert!(
            probabilities["log_loss"].as_f64() < raw["log_loss"].as_f64(),
            "{probabilities} {raw}"
        );
        assert!((confidence() - before).abs() > 0.1);
        let rows: f64 = probabilities["confusion"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|row| row.as_array().unwrap())
            .map(|n| n.as_f64().unwrap())
            .sum();
        assert_eq!(rows, 60.0);
        for row in probabilities["mean_probabilities"].as_array().unwrap() {
            let sum: f64 = row.as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).sum();
            assert!((sum - 1.0).abs() < 1e-5, "{row}");
        }
    }
    // Nothing is held out, so nothing is calibrated.
    assert_eq!(
        train("temperature", &["--cv", "0"])["card"]["calibration"]["method"],
        "none"
    );
}

#[test]
fn every_option_reaches_the_model() {
    let program = Program::new();
    program.file("d.csv", labelled());
    let options = [
        "--language=none",
        "--keep-stop-words",
        "--keep-names",
        "--keep-numbers",
        "--ngrams=1-3",
        "--min-df=0.1",
        "--max-df=0.9",
        "--max-features=50",
        "--linear-tf",
        "--negation-window=2",
        "--c=7",
        "--class-weight=warning=2,neutral=1",
        "--tolerance=1e-8",
        "--seed=3",
        "--group-column=topic",
        "--weight-column=weight",
        "--cv=3",
    ];
    let mut args = vec!["train", "d.csv", "-o", "m.demarche", "--format", "json"];
    args.extend(options);
    let json: Value = serde_json::from_str(&program.run(&args).ok()).unwrap();
    let card = &json["card"];
    assert_eq!(card["analyzer"]["language"], "none");
    assert_eq!(card["analyzer"]["skip_names"], false);
    assert_eq!(card["vectorizer"]["ngram_range"][1], 3);
    assert_eq!(card["vectorizer"]["max_features"], 50);
    assert_eq!(card["features"], 50);
    assert_eq!(card["classifier"]["c"], 7.0);
    assert_eq!(card["classifier"]["label_weight"], "neutral=1,warning=2");
    assert_eq!(card["cross_validation"]["grouped_by"], "topic");
}

#[test]
fn linfa_solves_small_data_to_the_same_labels() {
    let program = Program::new();
    program.file("d.csv", labelled());
    program
        .run(&[
            "train",
            "d.csv",
            "-o",
            "a.demarche",
            "--class-weight",
            "uniform",
            "--cv",
            "0",
        ])
        .ok();
    program
        .run(&[
            "train",
            "d.csv",
            "-o",
            "b.demarche",
            "--class-weight",
            "uniform",
            "--cv",
            "0",
            "--solver",
            "linfa",
        ])
        .ok();
    let labels = |model: &str| {
        program
            .run(&["predict", "d.csv", "--model", model, "--text-column", "text"])
            .ok()
    };
    let (a, b) = (labels("a.demarche"), labels("b.demarche"));
    let stances = |out: &str| {
        program::csv_rows(out)
            .into_iter()
            .map(|r| r["stance"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(stances(&a), stances(&b));
}

#[test]
fn linfa_refuses_what_would_not_fit_in_memory() {
    let program = Program::new();
    let mut csv = String::from("text,label\n");
    for i in 0..12_000 {
        csv += &format!("word{i} other{i},{}\n", ["a", "b"][i % 2]);
    }
    let ran = program.file("d.csv", csv).run(&[
        "train",
        "d.csv",
        "--solver",
        "linfa",
        "--class-weight",
        "uniform",
        "--cv",
        "0",
        "--min-df",
        "1",
    ]);
    ran.fails(1, &["dense array", "1000 MB", "--solver dual"]);
    program
        .file("s.csv", labelled())
        .run(&["train", "s.csv", "--solver", "linfa", "--cv", "0"])
        .fails(2, &["linfa", "weights"]);
}

#[test]
fn bad_data_are_named_with_their_place() {
    let program = Program::new();
    program
        .file("one.csv", "text,label\na,x\nb,x\n")
        .file("rare.csv", "text,label\na b,x\na c,x\na d,x\na e,x\na f,x\na g,y\n")
        .file("short.csv", "text,label\nfine,x\nbroken\n")
        .file("label.csv", "text,label\nfine,x\nno label,\n")
        .file("empty.csv", "text,label\n")
        .file("words.csv", "text,label\none,x\ntwo,y\n")
        .file("typo.csv", "text,lable\nfine,x\n");
    program.run(&["train", "none.csv"]).fails(1, &["none.csv"]);
    program
        .run(&["train", "one.csv", "--cv", "0"])
        .fails(1, &["one.csv", "`x`", "two labels"]);
    program
        .run(&["train", "rare.csv"])
        .fails(1, &["rare.csv", "`y` has 1 row", "5 folds", "--cv"]);
    program
        .run(&["train", "short.csv"])
        .fails(1, &["short.csv, row 2 (line 3)", "1 field"]);
    program
        .run(&["train", "label.csv"])
        .fails(1, &["label.csv, row 2 (line 3), column `label`"]);
    program.run(&["train", "empty.csv"]).fails(1, &["empty.csv", "no rows"]);
    program
        .run(&["train", "words.csv", "--cv", "0"])
        .fails(1, &["--min-df"]);
    program.run(&["train", "typo.csv"]).fails(1, &["did you mean `lable`?"]);
    program
        .run(&["train", "one.csv", "-o", "no/such/place"])
        .fails(1, &["no/such/place"]);
    program.run(&["train", "one.csv", "-o", "."]).fails(1, &["folder"]);
    program
        .run(&["train", "one.csv", "--c", "-1", "--cv", "0"])
        .fails(2, &["C is -1", "positive"]);
    assert!(
        !program.files().iter().any(|name| name.contains("demarche")),
        "{:?}",
        program.files()
    );
}

#[test]
fn a_failed_training_leaves_the_old_model_whole() {
    let (program, before) = trained();
    assert_eq!(
        program.file("d.csv", "text,label\na,x\n").run(&["train", "d.csv"]).code,
        1
    );
    assert_eq!(std::fs::read(program.path("stance.demarche")).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_write_that_fails_half_way_leaves_the_old_model_whole() {
    let (program, before) = trained();
    // A limit of one block (512 or 1024 bytes) on what may be written to a file stands in for a full disk.
    let script = format!(
        "trap '' XFSZ; ulimit -f 1; exec {} train d.csv --cv 0 --c 9",
        env!("CARGO_BIN_EXE_demarche")
    );
    let mut shell = std::process::Command::new("sh");
    let output = shell
        .args(["-c", &script])
        .current_dir(program.path(""))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("stance.demarche: File too large"), "{stderr}");
    assert_eq!(std::fs::read(program.path("stance.demarche")).unwrap(), before);
    assert_eq!(program.files(), ["d.csv", "stance.demarche"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_no_half_model() {
    let program = Program::new();
    let ran = program
        .file("d.csv", labelled())
        .run(&["train", "d.csv", "--cv", "0", "-o", "/dev/full"]);
    ran.fails(1, &["/dev/full", "No space left"]);
    assert!(
        program
            .command(&["train", "d.csv", "--cv", "0", "-o", "/dev/null"])
            .ok()
            .is_ok()
    );
    assert!(std::path::Path::new("/dev/null").metadata().unwrap().len() == 0);
}

#[test]
fn evaluate_counts_and_refuses_unknown_labels() {
    let program = Program::new();
    program
        .file("d.csv", labelled())
        .run(&["train", "d.csv", "--cv", "0"])
        .ok();
    let json = program
        .run(&["evaluate", "d.csv", "--model", "stance.demarche", "--format", "json"])
        .ok();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["rows"], 30);
    assert_eq!(json["macro_f1"], 1.0);
    assert_eq!(json["confusion"][0][0], 10);
    program.file("u.csv", "text,label\na,hostile\n");
    program
        .run(&["evaluate", "u.csv"])
        .fails(1, &["u.csv", "`label`", "`hostile`", "`warning`"]);
    let some = program
        .file("some.csv", "text,label\nthe ministry threatened,warning\n")
        .run(&["evaluate", "some.csv", "-m", "stance.demarche"]);
    assert!(some.ok().contains("1 rows"));
}

#[test]
fn the_shipped_model_is_what_train_makes_of_the_shipped_data() {
    let program = Program::new();
    program
        .run(&[
            "train",
            &repository("data/statements.csv"),
            "--group-column",
            "topic",
            "--calibration",
            "none",
            "-o",
            "stance.demarche",
        ])
        .ok();
    let made = std::fs::read(program.path("stance.demarche")).unwrap();
    let shipped = std::fs::read(repository("models/stance.demarche")).unwrap();
    assert!(
        made == shipped,
        "run `demarche train data/statements.csv --group-column topic --calibration none -o models/stance.demarche` and commit the model"
    );
}

#[test]
fn inspect_shows_the_card_of_the_shipped_model() {
    let out = Program::new().run(&["inspect", "--terms", "3"]).ok();
    for part in [
        "labels            conciliatory, neutral, warning",
        "english stems",
        "cross-validated",
        "of the optimum",
    ] {
        assert!(out.contains(part), "{out}");
    }
}

#[test]
fn a_search_is_reproducible_and_trains_with_what_it_chose() {
    let program = Program::new();
    program.file("d.csv", labelled());
    let search = [
        "train",
        "d.csv",
        "--search",
        "--cv",
        "3",
        "--format",
        "json",
        "--weight-column",
        "weight",
    ];
    let mut seen = Vec::new();
    for threads in ["1", "2", "8"] {
        let args = [&search[..], &["-o", "m.demarche", "--threads", threads]].concat();
        let out = program.run(&args).ok();
        seen.push((out, std::fs::read(program.path("m.demarche")).unwrap()));
    }
    assert!(seen.iter().all(|one| *one == seen[0]));
    let json: Value = serde_json::from_str(&seen[0].0).unwrap();
    let chosen = &json["search"]["chosen"];
    assert_eq!(json["search"]["points"].as_array().unwrap().len(), 45);
    assert_eq!(json["card"]["classifier"]["c"], chosen["c"]);
    assert_eq!(json["card"]["vectorizer"]["ngram_range"], chosen["ngram_range"]);
    assert_eq!(json["card"]["vectorizer"]["min_df"], chosen["min_df"]);
    // The scores printed are those of the chosen settings, on the same folds.
    let scores = [&json["cross_validation"]["macro_f1"], &chosen["macro_f1"]].map(|f1| f1.as_f64().unwrap());
    assert!((scores[0] - scores[1]).abs() < 1e-9, "{scores:?}");
    // And the model is that of a training with these settings.
    let (c, longest) = (chosen["c"].to_string(), chosen["ngram_range"][1].to_string());
    let (ngrams, min_df) = (format!("1-{longest}"), chosen["min_df"]["count"].to_string());
    let plain = [
        "train",
        "d.csv",
        "--cv",
        "3",
        "--weight-column",
        "weight",
        "-o",
        "p.demarche",
    ];
    program
        .run(&[&plain[..], &["--c", &c, "--ngrams", &ngrams, "--min-df", &min_df]].concat())
        .ok();
    assert!(std::fs::read(program.path("p.demarche")).unwrap() == seen[0].1);
}

#[test]
fn a_search_leaves_given_settings_as_they_are() {
    let program = Program::new();
    program.file("d.csv", labelled());
    let search = ["train", "d.csv", "--search", "--cv", "3", "--group-column", "topic"];
    let args = [&search[..], &["--c", "4", "--min-df", "2", "--format", "json"]].concat();
    let json: Value = serde_json::from_str(&program.run(&args).ok()).unwrap();
    let points = json["search"]["points"].as_array().unwrap();
    assert_eq!(points.len(), 3);
    assert!(points.iter().all(|p| p["c"] == 4.0 && p["min_df"]["count"] == 2));
    let out = program.run(&search).ok();
    let rows = out
        .lines()
        .take_while(|line| !line.starts_with("chose"))
        .filter(|line| line.contains("0."))
        .count();
    assert!((1..=15).contains(&rows), "{out}");
    assert!(out.contains("chose C = ") && out.contains("standard error"), "{out}");
    assert!(out.contains("cross-validated: 30 rows"), "{out}");
}

#[test]
fn a_search_says_what_it_needs() {
    let program = Program::new();
    program
        .file("d.csv", labelled())
        .file("words.csv", "text,label\na,x\nb,x\nc,y\nd,y\n");
    for folds in ["0", "1"] {
        program
            .run(&["train", "d.csv", "--search", "--cv", folds])
            .fails(2, &["--cv", "at least 2", "--cv 5"]);
    }
    let all = ["--c", "1", "--ngrams", "1", "--min-df", "1"];
    program
        .run(&[&["train", "d.csv", "--search"][..], &all].concat())
        .fails(2, &["nothing left to search"]);
    program
        .run(&["train", "d.csv", "--search", "--c", "0"])
        .fails(2, &["C is 0", "positive"]);
    program
        .run(&["train", "words.csv", "--search", "--min-df", "3", "--cv", "2"])
        .fails(1, &["words.csv", "--min-df"]);
    assert!(
        !program.files().iter().any(|name| name.contains("demarche")),
        "{:?}",
        program.files()
    );
}
