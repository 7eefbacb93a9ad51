//! `demarche extract` through the real binary.

mod program;

use program::{Program, csv_rows, repository};
use serde_json::Value;

const ARTICLE: &str = "Minister arrives in Kelvana for talks\n\nBy Our Correspondent\n\nKELVANA, May 3 — Foreign Minister Elna Varga said on \
Monday that the talks would go on. “We are ready – at last,” she said.\n\nRelated article: [The long road](#)\n";

fn articles(json_lines: &str) -> Vec<Value> {
    json_lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn statements(article: &Value) -> &Vec<Value> {
    article["statements"].as_array().unwrap()
}

#[test]
fn the_article_in_the_repository() {
    let program = Program::new();
    let path = repository("data/article.txt");
    let out = program.run(&["extract", &path, "--format", "jsonl"]).ok();
    let found = articles(&out);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["id"], "article.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let characters: Vec<char> = text.chars().collect();
    let slice = |span: &Value| -> String {
        let end = |i: usize| span[i].as_u64().unwrap() as usize;
        characters[end(0)..end(1)].iter().collect()
    };
    assert_eq!(statements(&found[0]).len(), 13);
    for statement in statements(&found[0]) {
        let spans = statement["spans"].as_array().unwrap();
        let pieces: Vec<String> = spans.iter().map(slice).collect();
        assert_eq!(statement["text"], pieces.join(" "));
        assert_eq!(statement["start"], spans[0][0]);
        assert_eq!(statement["end"], spans[spans.len() - 1][1]);
    }
    let speakers: Vec<&str> = statements(&found[0])
        .iter()
        .filter_map(|s| s["speaker"].as_str())
        .collect();
    assert_eq!(speakers.iter().filter(|s| **s == "Lena Hasek").count(), 5);
    assert!(speakers.contains(&"Pavel Dorn") && speakers.contains(&"two diplomats"));
}

#[test]
fn offsets_count_characters() {
    let program = Program::new();
    let out = program.run_with(&["extract", "--format", "json"], ARTICLE).ok();
    let article: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(article["id"], "-");
    let quote = &statements(&article)[1];
    assert_eq!(quote["speaker"], "Elna Varga");
    assert_eq!(quote["mention"], "she");
    assert_eq!(quote["kind"], "direct");
    let start = ARTICLE.chars().position(|c| c == '“').unwrap();
    assert_eq!(quote["start"], start);
    assert_eq!(quote["end"], start + "“We are ready – at last,”".chars().count());
}

#[test]
fn csv_pipes_into_predict() {
    let program = Program::new();
    let csv = program.run_with(&["extract"], ARTICLE).ok();
    let rows = csv_rows(&csv);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["text"], "the talks would go on");
    let labelled = program.run_with(&["predict"], csv).ok();
    let rows = csv_rows(&labelled);
    assert_eq!(rows.len(), 2);
    assert!(["warning", "conciliatory", "neutral"].contains(&rows[0]["stance"].as_str()));
    assert_eq!(rows[1]["speaker"], "Elna Varga");
}

#[test]
fn a_table_for_people() {
    let program = Program::new();
    let out = program.run_with(&["extract", "--format", "table"], ARTICLE).ok();
    assert!(
        out.contains("Elna Varga") && out.contains("the talks would go on"),
        "{out}"
    );
}

#[test]
fn folders_files_and_records() {
    let program = Program::new();
    std::fs::create_dir(program.path("news")).unwrap();
    program
        .file("news/b.md", "Okoye said the **dam** was [safe](https://example.org).")
        .file("news/a.txt", ARTICLE)
        .file("news/notes.pdf", "Okoye said no.")
        .file(
            "more.jsonl",
            "{\"id\": 7, \"text\": \"Lind said it was late.\"}\n\n{\"text\": \"Lind said it was early.\"}\n",
        );
    let out = program
        .run(&["extract", "news", "more.jsonl", "--format", "jsonl"])
        .ok();
    let found = articles(&out);
    let ids: Vec<&Value> = found.iter().map(|a| &a["id"]).collect();
    assert_eq!(
        ids,
        [&Value::from("a.txt"), &"b.md".into(), &7.into(), &"more.jsonl:2".into()]
    );
    assert_eq!(
        statements(&found[1])[0]["text"],
        "the **dam** was [safe](https://example.org)"
    );
    let json = program.run(&["extract", "news", "--format", "json"]).ok();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&json).unwrap().len(), 2);
    program.run(&["extract", "news", "-o", "out.csv"]).ok();
    assert_eq!(csv_rows(&program.read("out.csv")).len(), 3);
}

#[test]
fn threads_change_nothing() {
    let program = Program::new();
    let line = serde_json::json!({"text": ARTICLE}).to_string() + "\n";
    program.file("many.jsonl", line.repeat(3000));
    let one = program
        .run(&["extract", "many.jsonl", "--format", "jsonl", "--threads", "1"])
        .ok();
    let two = program
        .run(&["extract", "many.jsonl", "--format", "jsonl", "--threads", "2"])
        .ok();
    assert_eq!(one.lines().count(), 3000);
    assert!(one == two && one.contains("many.jsonl:3000"));
}

#[test]
fn html_is_named_and_stripped() {
    let program = Program::new();
    let page = "<!DOCTYPE html><html><head><title>News</title></head><body><p class=\"lead\">Okoye said the dam was &ldquo;safe&rdquo;.</p>\
                <script>var a = \"he said no\";</script></body></html>";
    let ran = program.run_with(&["extract", "--format", "jsonl"], page);
    assert!(
        ran.stderr.contains("HTML") && ran.stderr.contains("--html"),
        "{}",
        ran.stderr
    );
    let ran = program.run_with(&["extract", "--html", "--format", "jsonl"], page);
    assert_eq!(ran.stderr, "");
    let found = articles(&ran.ok());
    assert_eq!(statements(&found[0]).len(), 1);
    assert_eq!(statements(&found[0])[0]["text"], "the dam was “safe”");
}

#[test]
fn another_language_is_named() {
    let program = Program::new();
    let text = "Le ministre a déclaré lundi que les négociations étaient dans une impasse. « Nous sommes prêts », a-t-il dit aux \
                journalistes dans la capitale.";
    let ran = program.run_with(&["extract", "--format", "jsonl"], text);
    assert!(ran.stderr.contains("does not look like English"), "{}", ran.stderr);
    assert_eq!(statements(&articles(&ran.ok())[0]).len(), 0);
    let ran = program.run_with(&["extract", "--quiet"], text);
    assert_eq!(ran.stderr, "");
    // Few words, for want of spaces between them.
    let text = "外交部发言人周二表示，中国愿意恢复谈判。\n\n“我们希望和平，”发言人说。两名外交官称，会晤将于四月在维也纳举行。\n";
    let ran = program.run_with(&["extract"], text);
    assert!(ran.stderr.contains("does not look like English"), "{}", ran.stderr);
    let ran = program.run_with(&["extract"], "Çiğdem Öztürk said no.");
    assert_eq!(ran.stderr, "");
}

#[test]
fn bad_input_fails_in_one_sentence_or_has_no_statements() {
    let program = Program::new();
    program
        .file("latin.txt", b"Okoye said it was a clich\xe9.")
        .file("broken.jsonl", "{\"text\": \"Lind said no.\"}\n{\"te\n");
    std::fs::create_dir(program.path("empty")).unwrap();
    program
        .run(&["extract", "latin.txt"])
        .fails(1, &["latin.txt", "UTF-8", "--encoding"]);
    program
        .run(&["extract", "broken.jsonl"])
        .fails(1, &["broken.jsonl", "row 2"]);
    program.run(&["extract", "nowhere.txt"]).fails(1, &["nowhere.txt"]);
    program.run(&["extract", "empty"]).fails(2, &["empty"]);
    for share in ["2", "-1", "NaN"] {
        let ran = program.run(&["extract", "latin.txt", "--min-confidence", share]);
        assert!(ran.code == 2 && ran.stderr.contains("from 0 to 1"), "{}", ran.stderr);
    }
    assert_eq!(program.run_with(&["extract"], "").ok().lines().count(), 1);
    let out = program
        .run(&["extract", "broken.jsonl", "--on-error", "skip", "--format", "jsonl"])
        .ok();
    assert_eq!(articles(&out).len(), 1);
}

#[test]
fn hostile_texts_invent_nothing() {
    let program = Program::new();
    for text in [
        "\"\"\"\"\" '' “““ ””” « » \" ' \"",
        "No quotation here, and nobody speaks in it at all.",
        "THE TALKS WENT ON. NOTHING ELSE WAS KNOWN. PRICES ROSE.",
        "Th e m1nister w4s |n the c;ty 0f K~lvana . , ; ; '' th@ d4m",
        "Great day! #dam\n@lind Thanks!\nSee you at 5pm\nhttps://t.co/abc",
        "| a | b |\n|---|---|\n| \"x\" | 'y' |",
    ] {
        let out = program.run_with(&["extract", "--format", "jsonl"], text).ok();
        assert_eq!(statements(&articles(&out)[0]).len(), 0, "{text}: {out}");
    }
    let shouted = program
        .run_with(
            &["extract", "--format", "jsonl"],
            "THE MINISTER SAID THAT THE TALKS WERE OVER.",
        )
        .ok();
    assert!(statements(&articles(&shouted)[0]).len() <= 1);
}

#[test]
fn transcripts_keep_their_speakers() {
    let program = Program::new();
    let text = "MR. PRICE: We remain ready for talks.\n\nQ: Since when?\n\nMR. PRICE: Since Monday.\n";
    let out = program.run_with(&["extract", "--format", "jsonl"], text).ok();
    let found = articles(&out);
    let speakers: Vec<&Value> = statements(&found[0]).iter().map(|s| &s["speaker"]).collect();
    assert_eq!(speakers, [&Value::from("Mr. Price"), &Value::Null, &"Mr. Price".into()]);
}

#[test]
fn ten_megabytes_of_anything_come_to_an_end() {
    // Rules that looked at each place from each other one would be at it for days.
    let program = Program::new();
    for piece in [
        "\"",
        "\" ",
        "“a ",
        "'as said ",
        "he said, ",
        "according to , ",
        "\"a\" said ",
        "(",
        "[a](b ",
        "he said: \"x\n\n",
    ] {
        program.file("long.txt", piece.repeat(10_000_000 / piece.len()));
        program
            .run(&["extract", "long.txt", "--format", "jsonl", "-o", "out.jsonl"])
            .ok();
    }
}
