//! `demarche report` through the real binary: the page, read as a browser reads it.

mod program;

use program::{Program, hostile, repository};
use scraper::{ElementRef, Html, Selector};

fn page(program: &Program, args: &[&str]) -> Html {
    let out = program.run(&[&["report", "-o", "page.html"], args].concat()).ok();
    assert_eq!(out, "");
    Html::parse_document(&program.read("page.html"))
}

fn all<'h>(page: &'h Html, selector: &str) -> Vec<ElementRef<'h>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: &ElementRef) -> String {
    element
        .text()
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn texts(page: &Html, selector: &str) -> Vec<String> {
    all(page, selector).iter().map(text).collect()
}

#[test]
fn the_article_in_the_repository() {
    let program = Program::new();
    let page = page(&program, &[&repository("data/article.txt")]);
    assert_eq!(
        texts(&page, "h1"),
        ["Ministers trade charges over dam as river talks are set for spring"]
    );
    assert_eq!(texts(&page, ".statements tbody tr").len(), 13);
    assert_eq!(texts(&page, "p.prose").len(), 8);
    assert_eq!(all(&page, ".chip").len(), 13);
    assert_eq!(texts(&page, ".speakers tbody th")[0], "Lena Hasek");
    // The text is the article's, to the letter.
    let first = &all(&page, "p.prose")[0];
    let words: String = first
        .text()
        .filter(|part| !part.contains(['▲', '●', '■', '\u{2060}']))
        .collect();
    assert!(words.starts_with(
        "KELVANA, March 3 — The government of Torvia warned on Tuesday that it would \"not stand by\" if"
    ));
    // Every sign leads to its row, and every row back to its sign.
    for (chip, row) in all(&page, ".chip").iter().zip(all(&page, ".statements tbody tr")) {
        assert_eq!(chip.attr("href").unwrap(), format!("#{}", row.attr("id").unwrap()));
    }
    let size = program.read("page.html").len();
    assert!(size < 60_000, "{size} bytes");
}

#[test]
fn whoever_reads_it_finds_their_way() {
    let program = Program::new();
    program.file(
        "news.jsonl",
        "{\"text\": \"Elna Varga said it was late.\", \"date\": \"2024-01-05\"}\n{\"text\": \"Piet Lind warned of war.\", \"date\": \"2024-01-07\"}\n",
    );
    for input in [repository("data/article.txt"), "news.jsonl".to_owned()] {
        let page = page(&program, &[&input]);
        assert_eq!(all(&page, "html[lang=en]").len(), 1);
        for one in [
            "title",
            "h1",
            "header",
            "main",
            "nav",
            "a.skip[href='#main']",
            "meta[name=viewport]",
        ] {
            assert_eq!(all(&page, one).len(), 1, "{one}");
        }
        for table in all(&page, "table") {
            assert_eq!(table.select(&Selector::parse("caption").unwrap()).count(), 1);
        }
        for named in all(&page, "[aria-labelledby]") {
            let id = named.attr("aria-labelledby").unwrap();
            assert_eq!(all(&page, &format!("[id='{id}']")).len(), 1, "{id}");
        }
        let mut ids: Vec<&str> = all(&page, "[id]").iter().filter_map(|e| e.attr("id")).collect();
        let before = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), before, "an id stands twice");
        for link in all(&page, "a[href]") {
            let target = link
                .attr("href")
                .unwrap()
                .strip_prefix('#')
                .expect("links stay on the page");
            assert!(ids.contains(&target), "{target}");
        }
    }
}

#[test]
fn the_policy_allows_nothing_but_the_page_itself() {
    let program = Program::new();
    let page = page(&program, &[&repository("data/article.txt")]);
    let policy = all(&page, "meta[http-equiv='Content-Security-Policy']")[0]
        .attr("content")
        .unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for loading in ["[src]", "link", "iframe", "object", "[style]", "[onclick]", "form"] {
        assert_eq!(all(&page, loading).len(), 0, "{loading}");
    }
    assert!(!program.read("page.html").contains("https://"));
}

#[test]
fn hostile_text_stays_text() {
    let program = Program::new();
    program.file("a.jsonl", hostile::article_records());
    for args in [
        vec!["a.jsonl"],
        vec!["a.jsonl", "--title", hostile::TITLE],
        vec!["a.jsonl", "a.jsonl"],
    ] {
        let page = page(&program, &args);
        assert_eq!(all(&page, "script").len(), 1);
        assert_eq!(all(&page, "img, [onerror], [onload], mark script, iframe").len(), 0);
        // Markup that got through would break the page apart: its parts are where they belong.
        assert_eq!(
            all(&page, "html > body > main > section#statements table.statements").len(),
            1
        );
        assert_eq!(all(&page, "html > body > main > section#about").len(), 1);
        assert!(all(&page, "svg *").iter().all(|shape| shape.value().name() == "rect"));
        let source = program.read("page.html");
        assert!(!source.contains(['\0', '\u{1b}']));
        assert!(source.contains("{{ 7*7 }}"), "nothing is a template twice");
        let articles = texts(&page, "article").join(" ");
        assert!(
            articles.contains("<script>window.hacked=1</script> would go on"),
            "{articles}"
        );
        // What turns text around stays out of names and titles.
        for name in ["title", "h1", "h3", ".speaker", ".mention", "option"] {
            assert!(
                texts(&page, name).iter().all(|name| !name.contains('\u{202e}')),
                "{name}"
            );
        }
    }
    let page = Html::parse_document(&program.read("page.html"));
    let statements = texts(&page, ".statements tbody .text");
    assert!(statements.iter().any(|text| text.contains("=cmd|")), "{statements:?}");
    assert!(
        statements
            .iter()
            .any(|text| text.contains("<img src=x onerror=window.hacked=1>")),
        "{statements:?}"
    );
}

#[test]
fn a_hostile_name_of_a_file_and_of_labels() {
    let program = Program::new();
    let name = "\"><script>hacked=1<&.txt";
    program.file(name, "Elna Varga said that it was late.").file(
        "labels.csv",
        "text,label\nwe warn them,<script>hacked=1</script>\nwe warn them now,<script>hacked=1</script>\nwe thank them,\"\"\"><img src=x>\"\nwe thank them all,\"\"\"><img src=x>\"\n",
    );
    program
        .run(&[
            "train",
            "labels.csv",
            "--cv",
            "0",
            "--min-df",
            "1",
            "-o",
            "<b>.demarche",
        ])
        .ok();
    let page = page(&program, &[name, "--model", "<b>.demarche"]);
    assert_eq!(all(&page, "script").len(), 1);
    assert_eq!(all(&page, "img, dd b").len(), 0);
    assert!(texts(&page, ".source")[0].contains(name));
    assert!(texts(&page, "#about dd")[0].starts_with("<b>.demarche"));
    assert!(texts(&page, "#about").join(" ").contains("nobody knows how good it is"));
}

#[test]
fn several_articles_have_a_time_line() {
    let program = Program::new();
    let record = |date: &str, text: &str| {
        format!("{{\"id\": \"x\", \"title\": \"About {date}\", \"date\": \"{date}\", \"text\": \"{text}\"}}\n")
    };
    program.file(
        "news.jsonl",
        record("2024-02-27T10:00:00Z", "Elna Varga warned of war.")
            + &record("March 2, 2024", "Piet Lind welcomed the offer.")
            + &record("some day", "Piet Lind said it was late."),
    );
    let page = page(&program, &["news.jsonl", "--title", "Three days"]);
    let columns = texts(&page, ".timeline .unseen");
    assert_eq!(columns.len(), 5);
    assert!(columns[0].starts_with("27 February 2024: 1 "), "{columns:?}");
    assert_eq!(columns[1], "28 February 2024: none");
    assert!(texts(&page, "#timeline .hint")[0].contains("One article carries no date"));
    assert_eq!(
        texts(&page, "details h3"),
        ["About 2024-02-27T10:00:00Z", "About March 2, 2024", "About some day"]
    );
    assert_eq!(texts(&page, "time")[0], "27 February 2024");
    assert_eq!(texts(&page, "h1"), ["Three days"]);
}

#[test]
fn a_pipe_gets_the_page_and_a_file_appears_whole_or_not_at_all() {
    let program = Program::new();
    let article = repository("data/article.txt");
    let out = program.run(&["report", &article]).ok();
    assert!(out.starts_with("<!DOCTYPE html>") && out.trim_end().ends_with("</html>"));
    program.run(&["report", &article, "-o", "page.html"]).ok();
    assert_eq!(program.read("page.html"), out);
    assert_eq!(program.run(&["report", &article, "-o", "-"]).ok(), out);
    let text = std::fs::read_to_string(&article).unwrap();
    assert!(program.run_with(&["report"], text).ok().contains("Lena Hasek"));
    program
        .run(&["report", "nowhere.txt", "-o", "page.html"])
        .fails(1, &["nowhere.txt"]);
    assert_eq!(program.read("page.html"), out);
    assert_eq!(program.files(), ["page.html"]);
}

#[test]
fn input_that_is_no_article_is_named() {
    let program = Program::new();
    let html = "<!DOCTYPE html><html><body><p>Elna Varga said that &ldquo;it was late&rdquo;.</p><script>hacked=1</script></body></html>";
    program
        .file("a.html", html)
        .file(
            "french.txt",
            "Le ministre a déclaré lundi que les négociations étaient dans une impasse, et que tout était à refaire.",
        )
        .file("broken.jsonl", "{\"text\": \"Lind said no.\"}\n{\"te\n");
    let ran = program.run(&["report", "a.html", "-o", "page.html"]);
    assert!(ran.stderr.contains("--html"), "{}", ran.stderr);
    let stripped = page(&program, &["a.html", "--html", "--input-format", "text"]);
    assert_eq!(texts(&stripped, ".statements .text"), ["“it was late”"]);
    let ran = program.run(&["report", "french.txt", "-o", "page.html"]);
    assert!(ran.stderr.contains("does not look like English"), "{}", ran.stderr);
    assert!(program.read("page.html").contains("No attributed statement was found"));
    assert_eq!(
        program
            .run(&["report", "french.txt", "-o", "page.html", "--quiet"])
            .stderr,
        ""
    );
    program
        .run(&["report", "broken.jsonl", "-o", "x.html"])
        .fails(1, &["broken.jsonl", "row 2"]);
    program
        .run(&["report", "broken.jsonl", "--on-error", "skip", "-o", "page.html"])
        .ok();
    assert_eq!(
        texts(&Html::parse_document(&program.read("page.html")), ".statements .text"),
        ["no"]
    );
}
