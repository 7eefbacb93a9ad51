//! `demarche predict` through the real binary.

mod program;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use program::{Program, csv_rows, repository};
use serde_json::Value;

const WARN: &str = "They must leave at once or face serious consequences, the ministry warned.";
const CALM: &str = "We welcome the agreement and look forward to working together.";

#[test]
fn a_statement_on_the_command_line_is_labelled() {
    let out = Program::new().run(&["predict", "--text", WARN, "--text", CALM]).ok();
    let rows = csv_rows(&out);
    assert_eq!(rows[0]["stance"], "warning");
    assert_eq!(rows[1]["stance"], "conciliatory");
    assert_eq!(rows[1]["text"], CALM);
    let sum: f64 = ["p_conciliatory", "p_neutral", "p_warning"]
        .iter()
        .map(|c| rows[0][*c].parse::<f64>().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-5);
}

#[test]
fn every_input_column_is_kept_in_its_place() {
    let program = Program::new();
    let csv = "id,text,note\n7,\"Talks, \"\"frank\"\" ones,\nwere held\",\"a,b\"\n8,They will pay,\n";
    let out = program.file("q.csv", csv).run(&["predict", "q.csv"]).ok();
    assert!(out.starts_with("id,text,note,stance,confidence,p_conciliatory,p_neutral,p_warning\n"));
    let rows = csv_rows(&out);
    assert_eq!(rows[0]["text"], "Talks, \"frank\" ones,\nwere held");
    assert_eq!(rows[0]["note"], "a,b");
    assert_eq!(rows[1]["id"], "8");
}

#[test]
fn predicting_twice_replaces_the_first_answer() {
    let program = Program::new();
    let once = program
        .file("q.csv", format!("text,id\n\"{WARN}\",1\n"))
        .run(&["predict", "q.csv"])
        .ok();
    let twice = program.run_with(&["predict", "-"], once.clone()).ok();
    assert_eq!(once, twice);
}

#[test]
fn json_lines_keep_their_values() {
    let program = Program::new();
    let line = format!("{{\"id\": 1, \"meta\": {{\"a\": [1, 2]}}, \"text\": \"{CALM}\", \"ok\": null}}\n");
    let out = program
        .file("q.jsonl", line)
        .run(&["predict", "q.jsonl", "--format", "jsonl"])
        .ok();
    let value: Value = serde_json::from_str(out.trim()).unwrap();
    assert_eq!(value["meta"]["a"][1], 2);
    assert_eq!(value["ok"], Value::Null);
    assert_eq!(value["stance"], "conciliatory");
    let keys: Vec<_> = value.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["id", "meta", "text", "ok", "stance", "confidence", "probabilities"]
    );
    assert_eq!(value["confidence"], value["probabilities"]["conciliatory"]);
}

#[test]
fn inputs_of_every_kind_give_the_same_answer() {
    let program = Program::new();
    program
        .file("a.csv", format!("text\n\"{WARN}\"\n"))
        .file("b.csv", format!("\u{feff}text;id\r\n\"{WARN}\";1\r\n"))
        .file("c.tsv", format!("id\ttext\n1\t{WARN}\n"))
        .file("d.jsonl", format!("{{\"text\": \"{WARN}\"}}\n"))
        .file("e.txt", format!("{WARN}\n\n"))
        .file("f.psv", format!("id|text\n1|{WARN}\n"))
        .file("g", format!("{{\"text\": \"{WARN}\"}}\n"));
    let expected = &csv_rows(&program.run(&["predict", "a.csv"]).ok())[0]["p_warning"];
    for name in ["b.csv", "c.tsv", "d.jsonl", "e.txt", "f.psv", "g"] {
        let rows = csv_rows(&program.run(&["predict", name]).ok());
        assert_eq!(rows.len(), 1, "{name}");
        assert_eq!(&rows[0]["p_warning"], expected, "{name}");
    }
    let out = program.file("h.csv", format!("quote^id\n{WARN}^1\n")).run(&[
        "predict",
        "h.csv",
        "--delimiter",
        "^",
        "--text-column",
        "quote",
    ]);
    assert_eq!(&csv_rows(&out.ok())[0]["p_warning"], expected);
}

#[test]
fn compressed_files_are_read_through() {
    let program = Program::new();
    let csv = format!("text\n\"{WARN}\"\n");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(csv.as_bytes()).unwrap();
    let zst = ruzstd::encoding::compress_to_vec(csv.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    program
        .file("q.csv", &csv)
        .file("q.csv.gz", gz.finish().unwrap())
        .file("q.csv.zst", zst);
    let expected = program.run(&["predict", "q.csv"]).ok();
    assert_eq!(program.run(&["predict", "q.csv.gz"]).ok(), expected);
    assert_eq!(program.run(&["predict", "q.csv.zst"]).ok(), expected);
    program.file("cut.csv.gz", &std::fs::read(program.path("q.csv.gz")).unwrap()[..30]);
    program.run(&["predict", "cut.csv.gz"]).fails(1, &["cut.csv.gz"]);
}

#[test]
fn several_inputs_make_one_output_if_their_columns_agree() {
    let program = Program::new();
    program
        .file("a.csv", "text,id\nOne,1\n")
        .file("b.csv", "text,id\nTwo,2\n")
        .file("c.csv", "id,text\n3,Three\n");
    let out = program.run(&["predict", "a.csv", "b.csv"]).ok();
    assert_eq!(
        csv_rows(&out).iter().map(|r| r["id"].clone()).collect::<Vec<_>>(),
        ["1", "2"]
    );
    let ran = program.run(&["predict", "a.csv", "c.csv"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("c.csv") && ran.stderr.contains("--format jsonl"),
        "{}",
        ran.stderr
    );
}

#[test]
fn order_and_answers_do_not_depend_on_threads() {
    let program = Program::new();
    let mut csv = String::from("id,text\n");
    for i in 0..20_000 {
        csv += &format!(
            "{i},\"Statement number {i}: {}\"\n",
            if i % 3 == 0 { WARN } else { CALM }
        );
    }
    program.file("q.csv", csv);
    let one = program.run(&["predict", "q.csv", "--threads", "1"]).ok();
    let many = program.run(&["predict", "q.csv", "--threads", "8"]).ok();
    assert_eq!(one, many);
    assert!(
        csv_rows(&one)
            .iter()
            .enumerate()
            .all(|(i, row)| row["id"] == i.to_string())
    );
}

#[test]
fn the_first_answer_comes_before_the_input_ends() {
    for format in ["csv", "jsonl"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_demarche"))
            .args(["predict", "-", "--input-format", "text", "--format", format])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        writeln!(stdin, "{WARN}").unwrap();
        if format == "csv" {
            assert!(lines.next().unwrap().unwrap().starts_with("text,stance"));
        }
        assert!(lines.next().unwrap().unwrap().contains("warning"));
        writeln!(stdin, "{CALM}").unwrap();
        assert!(lines.next().unwrap().unwrap().contains("conciliatory"));
        drop(stdin);
        assert!(lines.next().is_none());
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_demarche"))
        .args(["predict", "-", "--input-format", "text"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    // The program may be gone before it has read everything.
    let _ = stdin.write_all(format!("{WARN}\n").repeat(50_000).as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.stderr.is_empty());
}

#[test]
fn an_output_file_appears_whole_or_not_at_all() {
    let program = Program::new();
    program
        .file("q.csv", "text\nFine\n\"\"\n")
        .file("out.csv", "what was there");
    program
        .run(&["predict", "q.csv", "-o", "out.csv"])
        .fails(1, &["q.csv, row 2 (line 3), column `text`", "--on-error skip"]);
    assert_eq!(program.read("out.csv"), "what was there");
    assert_eq!(program.files(), ["out.csv", "q.csv"]);
    let ran = program.run(&["predict", "q.csv", "-o", "nowhere/out.csv"]);
    assert!(
        ran.stderr.contains("nowhere/out.csv") && !ran.stderr.contains(".part"),
        "{}",
        ran.stderr
    );
    program
        .run(&["predict", "q.csv", "-o", "out.jsonl", "--on-error", "skip"])
        .ok();
    assert!(program.read("out.jsonl").starts_with('{'));
}

#[test]
fn rows_that_cannot_be_used_are_left_out_or_named() {
    let program = Program::new();
    program.file("q.csv", "id,text\n1,Good\n2\n3,\n4,Also good\n");
    let skipped = program.run(&["predict", "q.csv", "--on-error", "skip"]);
    assert!(skipped.stderr.contains("2 rows left out"), "{}", skipped.stderr);
    assert_eq!(
        csv_rows(&skipped.ok())
            .iter()
            .map(|r| r["id"].clone())
            .collect::<Vec<_>>(),
        ["1", "4"]
    );
    let reported = program.run(&["predict", "q.csv", "--on-error", "report"]);
    assert!(
        reported
            .stderr
            .contains("row 2 (line 3): the row has 1 field, the header has 2"),
        "{}",
        reported.stderr
    );
    assert!(
        reported.stderr.contains("row 3 (line 4), column `text`"),
        "{}",
        reported.stderr
    );
    assert_eq!(csv_rows(&reported.ok()).len(), 2);
}

#[test]
fn what_is_wrong_with_the_input_is_said_in_one_sentence() {
    let program = Program::new();
    program
        .file("empty.csv", "")
        .file("header.csv", "text,id\n")
        .file("column.csv", "id,Texts\n1,a\n")
        .file("latin1.csv", b"text\nok\ncaf\xe9\n")
        .file("list.jsonl", "[1]\n")
        .file("key.jsonl", "{\"texts\": \"a\"}\n");
    program
        .run(&["predict", "none.csv"])
        .fails(1, &["none.csv", "No such file"]);
    program.run(&["predict", "empty.csv"]).fails(1, &["empty.csv", "empty"]);
    assert_eq!(csv_rows(&program.run(&["predict", "header.csv"]).ok()).len(), 0);
    program.run(&["predict", "column.csv"]).fails(
        1,
        &[
            "column.csv",
            "no column `text`",
            "`id`, `Texts`",
            "did you mean `Texts`?",
        ],
    );
    program
        .run(&["predict", "latin1.csv"])
        .fails(1, &["row 2 (line 3), column `text`", "--encoding windows-1252"]);
    program
        .run(&["predict", "list.jsonl"])
        .fails(1, &["row 1 (line 1)", "not a JSON object"]);
    program
        .run(&["predict", "key.jsonl"])
        .fails(1, &["row 1", "no column `text`", "did you mean `texts`?"]);
    std::fs::create_dir(program.path("nothing")).unwrap();
    program
        .run(&["predict", "nothing"])
        .fails(2, &["folder", "nothing", "articles"]);
    program
        .run(&["predict", "--text", "  "])
        .fails(1, &["column `text`", "empty"]);
    program
        .run(&["predict", "header.csv", "-o", "no/such/folder.csv"])
        .fails(1, &["no/such/folder.csv"]);
    program
        .run(&["predict", "latin1.csv", "--encoding", "klingon"])
        .fails(2, &["klingon", "windows-1252"]);
}

#[test]
fn other_encodings_are_read() {
    let program = Program::new();
    program.file("latin1.csv", b"text,id\ncaf\xe9,1\n");
    let rows = csv_rows(
        &program
            .run(&["predict", "latin1.csv", "--encoding", "windows-1252"])
            .ok(),
    );
    assert_eq!(rows[0]["text"], "café");
    let rows = csv_rows(
        &program
            .run(&["predict", "latin1.csv", "--encoding", "utf-8-lossy"])
            .ok(),
    );
    assert_eq!(rows[0]["text"], "caf\u{fffd}");
    let utf16: Vec<u8> = "\u{feff}text\r\ncafé\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let rows = csv_rows(&program.file("utf16.csv", utf16).run(&["predict", "utf16.csv"]).ok());
    assert_eq!(rows[0]["text"], "café");
}

#[test]
fn wrong_usage_ends_with_2() {
    let program = Program::new();
    assert_eq!(program.run(&["predict", "--nonsense"]).code, 2);
    assert_eq!(program.run(&["predict", "x.csv", "--text", "y"]).code, 2);
    assert_eq!(program.run(&["predict", "--threads", "0", "--text", "y"]).code, 2);
    assert_eq!(program.run(&[]).code, 2);
    assert_eq!(program.run(&["--version"]).code, 0);
}

#[test]
fn a_line_of_a_megabyte_is_a_statement_like_any_other() {
    let program = Program::new();
    let args = &["predict", "-", "--input-format", "text", "--format", "jsonl"];
    let ran = program.run_with(args, "They must leave. ".repeat(1_000_000 / 17));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.trim_end().ends_with('}') && ran.stdout.contains("\"stance\":\"warning\""));
    assert_eq!(program.run_with(args, "x".repeat(1_000_000)).code, 0);
    let endless = program.run_with(args, "x".repeat(50_000_000));
    assert_eq!(endless.code, 1);
    assert!(endless.stderr.contains("line end"), "{}", endless.stderr);
}

#[test]
fn the_table_for_people_is_as_it_was() {
    let out = Program::new()
        .run(&[
            "predict",
            &repository("data/quotes.csv"),
            "--format",
            "table",
            "--threads",
            "1",
        ])
        .ok();
    // The model changes with the data; what people see around it must not.
    let mut lines = out.lines();
    assert_eq!(
        lines.next().unwrap().split_whitespace().collect::<Vec<_>>(),
        ["stance", "sure", "speaker", "statement"]
    );
    assert!(!out.contains('\u{1b}'), "no colour off a terminal");
    let coloured = Program::new()
        .run(&["predict", "--text", WARN, "--format", "table", "--color", "always"])
        .ok();
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31mwarning"), "{coloured:?}");
}

#[test]
fn json_is_one_array() {
    let program = Program::new();
    let out = program
        .run(&["predict", "--text", WARN, "--text", CALM, "--format", "json"])
        .ok();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&out).unwrap().len(), 2);
    let none = program
        .run_with(&["predict", "-", "--input-format", "text", "--format", "json"], "")
        .ok();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&none).unwrap().len(), 0);
}

#[test]
fn an_article_is_searched_and_its_statements_are_labelled() {
    let program = Program::new();
    let article = repository("data/article.txt");
    let rows = csv_rows(&program.run(&["predict", &article]).ok());
    let extracted = csv_rows(&program.run(&["extract", &article, "--format", "csv"]).ok());
    assert_eq!(rows.len(), extracted.len());
    for (row, extracted) in rows.iter().zip(&extracted) {
        for column in ["id", "speaker", "mention", "cue", "kind", "text", "start", "end"] {
            assert_eq!(row[column], extracted[column]);
        }
        let p: f64 = ["conciliatory", "neutral", "warning"]
            .iter()
            .map(|l| row[&format!("p_{l}")].parse::<f64>().unwrap())
            .sum();
        assert!((p - 1.0).abs() < 1e-5);
    }
    // Line by line where that is asked for.
    let lines = csv_rows(&program.run(&["predict", &article, "--input-format", "text"]).ok());
    assert!(lines[0].contains_key("text") && !lines[0].contains_key("speaker"));
}

#[test]
fn an_article_is_known_in_every_wrapping() {
    let program = Program::new();
    let article = std::fs::read_to_string(repository("data/article.txt")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(article.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let wide: Vec<u8> = [0xfeff]
        .into_iter()
        .chain(article.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let page = article
        .split("\n\n")
        .map(|paragraph| format!("<p>{paragraph}</p>"))
        .collect::<String>();
    program
        .file("packed.txt.gz", &packed)
        .file("packed.md.gz", &packed)
        .file("wide.txt", wide)
        .file("dos.txt", article.replace('\n', "\r\n"))
        .file("page.txt", format!("<html><body>{page}</body></html>"));
    for name in ["packed.txt.gz", "packed.md.gz", "wide.txt", "dos.txt"] {
        let rows = csv_rows(&program.run(&["predict", name]).ok());
        assert_eq!(rows.len(), 13, "{name}");
        assert_eq!(rows[0]["id"], name);
    }
    let ran = program.run(&["predict", "page.txt"]);
    assert!(ran.stderr.contains("--html"), "{}", ran.stderr);
    assert_eq!(
        csv_rows(&program.run(&["predict", "page.txt", "--html"]).ok()).len(),
        13
    );
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_once() {
    let program = Program::new();
    let pipe = program.path("pipe.txt");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = std::thread::spawn(move || std::fs::write(pipe, format!("{WARN}\n{CALM}\n")).unwrap());
    let rows = csv_rows(&program.run(&["predict", "pipe.txt"]).ok());
    assert_eq!(rows.len(), 2);
    writer.join().unwrap();
}

#[test]
fn a_list_of_quotes_is_no_article() {
    let program = Program::new();
    program.file(
        "quotes.txt",
        "We thank our hosts, the envoy said.\nThey will pay for this.\n",
    );
    assert_eq!(csv_rows(&program.run(&["predict", "quotes.txt"]).ok()).len(), 2);
}

#[test]
fn folders_and_records_of_articles_stream() {
    let program = Program::new();
    std::fs::create_dir(program.path("news")).unwrap();
    let article = "Talks ended.\n\nThe ministry rejected the offer on Monday, its spokesman said. The envoy of Orlen warned of a long winter.\n";
    for name in ["b.txt", "a.md"] {
        program.file(&format!("news/{name}"), article);
    }
    let rows = csv_rows(&program.run(&["predict", "news", "--threads", "2"]).ok());
    let ids: Vec<_> = rows.iter().map(|row| row["id"].as_str()).collect();
    assert!(
        ids.is_sorted() && ids.contains(&"a.md") && ids.contains(&"b.txt"),
        "{ids:?}"
    );
    let record = serde_json::json!({"id": 7, "text": article}).to_string();
    program.file("news.jsonl", format!("{record}\n{{\"id\": 8}}\n"));
    let args = [
        "predict",
        "news.jsonl",
        "--input-format",
        "article",
        "--format",
        "jsonl",
        "--on-error",
        "skip",
    ];
    let out = program.run(&args).ok();
    let first: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["id"], first["start"].is_u64(), first["stance"].is_string()),
        (&serde_json::json!(7), true, true)
    );
    program
        .run(&args[..6])
        .fails(1, &["news.jsonl", "row 2", "no column `text`"]);
}

#[test]
fn a_record_with_a_new_column_leaves_nothing_behind() {
    let program = Program::new();
    program.file(
        "in.jsonl",
        "{\"text\":\"We agree.\"}\n{\"text\":\"We refuse.\",\"new\":1}\n{\"text\":\"We will see.\"}\n",
    );
    let csv = program.run(&["predict", "in.jsonl", "--on-error", "skip"]).ok();
    let texts: Vec<_> = csv_rows(&csv).iter().map(|row| row["text"].clone()).collect();
    assert_eq!(texts, ["We agree.", "We will see."]);
}

/// With the feature: tests/parquet.rs.
#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_files_of_columns_say_how_to_get_it() {
    let program = Program::new();
    program.file("in.parquet", b"PAR1").file("in.FEATHER", b"ARROW1");
    let remedy = "`cargo install --path . --features parquet`";
    for (name, format) in [("in.parquet", "without Parquet"), ("in.FEATHER", "without Arrow IPC")] {
        for arguments in [
            &["predict", name][..],
            &["evaluate", name],
            &["train", name, "-o", "m"],
            &["predict", "--text", "We agree.", "-o", name],
        ] {
            program.run(arguments).fails(1, &[name, format, remedy]);
        }
    }
    program
        .run_with(&["predict"], "PAR1\u{0}\u{1}")
        .fails(1, &["standard input: the Parquet file is taken for text"]);
    assert_eq!(program.read("in.parquet"), "PAR1");
}
