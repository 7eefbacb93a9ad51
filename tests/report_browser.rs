//! The page of `demarche report` in a real Chromium. Skipped, with a remark, where `chromedriver` is not installed.
//!
//! With `DEMARCHE_SCREENSHOTS=folder` in the environment, pictures of the page are left there for people to look at.

mod browser;
mod program;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use browser::{Browser, keys};
use program::{Program, csv_rows, hostile, repository};
use serde_json::{Value, json};

/// A page in a browser, or nothing where there is no browser.
fn opened(program: &Program, article: &str) -> Option<Browser> {
    let browser = Browser::start(&program.path(""))?;
    program.run(&["report", article, "-o", "page.html"]).ok();
    browser.open(&program.path("page.html"));
    Some(browser)
}

fn article() -> String {
    repository("data/article.txt")
}

/// The numbers of the rows that are shown, in their order.
const ROWS: &str = "return [...document.querySelectorAll('.statements tbody tr:not([hidden])')].map(r => r.cells[0].innerText).join(' ')";
const ACTIVE: &str = "return document.activeElement.id";
const NOTE: &str = "return document.querySelector('#note')?.innerText ?? ''";

#[test]
fn the_table_sorts_and_filters() {
    let program = Program::new();
    let Some(browser) = opened(&program, &article()) else {
        return;
    };
    let all = browser.text(ROWS);
    assert_eq!(all, (1..=13).map(|n| n.to_string()).collect::<Vec<_>>().join(" "));
    let speakers =
        "return [...document.querySelectorAll('.statements tbody .speaker')].map(c => c.innerText.toLowerCase())";
    browser.click("th[data-csv=speaker] button");
    let names: Vec<Value> = browser.run(speakers).as_array().unwrap().clone();
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(
        browser.text("return document.querySelector('th[data-csv=speaker]').ariaSort"),
        "ascending"
    );
    browser.click("th[data-csv=speaker] button");
    assert_eq!(
        browser.text("return document.querySelector('th[data-csv=speaker]').ariaSort"),
        "descending"
    );
    browser.click("th[data-csv=p_warning] button");
    let values = "return [...document.querySelectorAll('.statements tbody tr')].map(r => parseFloat(r.cells[r.cells.length - 1].dataset.value))";
    let values: Vec<f64> = browser
        .run(values)
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    assert!(values.len() == 13 && values.is_sorted_by(|a, b| a >= b), "{values:?}");

    browser.click("th:first-child button");
    assert_eq!(browser.text(ROWS), all);
    browser.write("#filter-speaker", "Lena Hasek");
    assert_eq!(
        browser.text("return document.querySelector('#filter-count').innerText"),
        "5 of 13 statements"
    );
    browser.write("#filter-text", "litre");
    assert_eq!(browser.text(ROWS), "4");
    browser.write("#filter-text", " qzx");
    assert_eq!(browser.text(ROWS), "");
    assert_eq!(browser.run("return document.querySelector('#export').disabled"), true);
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn the_export_is_what_is_shown_and_no_formula() {
    let program = Program::new();
    program.file("a.jsonl", hostile::article_records());
    let Some(browser) = opened(&program, "a.jsonl") else {
        return;
    };
    browser.click("#export");
    let file = program.path("statements.csv");
    let start = Instant::now();
    while !file.exists() {
        assert!(start.elapsed() < Duration::from_secs(20), "nothing was exported");
        std::thread::sleep(Duration::from_millis(50));
    }
    let text = program.read("statements.csv");
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let rows = csv_rows(text);
    let shown = browser.text(ROWS);
    assert_eq!(rows.len(), shown.split(' ').count());
    for row in &rows {
        for field in row.values() {
            assert!(!field.trim_start().starts_with(['=', '+', '-', '@']), "{field}");
        }
        let sum: f64 = ["p_warning", "p_neutral", "p_conciliatory"]
            .map(|label| row[label].parse::<f64>().unwrap())
            .iter()
            .sum();
        assert!((sum - 1.0).abs() < 1e-5);
    }
    for formula in ["'=cmd|", "'@SUM"] {
        assert!(rows.iter().any(|row| row["text"].starts_with(formula)), "{rows:#?}");
    }
    assert!(rows.iter().any(|row| row["text"].contains("\u{2028}")), "{rows:#?}");
    assert_eq!(rows[0]["id"], format!("'{}", hostile::ID));
    assert_eq!(rows[0]["date"], "2024-03-05");
    // What was exported can be read again.
    program.run(&["predict", "statements.csv"]).ok();
}

#[test]
fn the_keyboard_opens_and_closes_details() {
    let program = Program::new();
    let Some(browser) = opened(&program, &article()) else {
        return;
    };
    browser.press(&[keys::TAB]);
    assert_eq!(browser.text("return document.activeElement.className"), "skip");
    browser.press(&[keys::ENTER]);
    assert_eq!(browser.text(ACTIVE), "main");
    for _ in 0..20 {
        browser.press(&[keys::TAB]);
        if browser.text(ACTIVE) == "c1" {
            break;
        }
    }
    assert_eq!(browser.text(ACTIVE), "c1");
    let note = browser.text(NOTE);
    for part in [
        "government of Torvia",
        "warned",
        "mixed speech",
        "neutral",
        "Words that decided",
    ] {
        assert!(note.contains(part), "`{part}` is missing in: {note}");
    }
    assert_ne!(
        browser.text("return getComputedStyle(document.activeElement).outlineStyle"),
        "none"
    );
    browser.press(&[keys::TAB]);
    assert!(browser.text(NOTE).contains("Orlen"));
    browser.press(&[keys::ENTER]);
    assert_eq!(browser.text(ACTIVE), "note");
    browser.press(&[keys::ESCAPE]);
    assert_eq!(browser.text(ACTIVE), "c2");
    assert_eq!(browser.text(NOTE), "");

    browser.hover("mark[data-s='3']");
    assert!(browser.text(NOTE).contains("Lena Hasek"));
    browser.click("mark[data-s='7']");
    browser.hover("mark[data-s='3']");
    assert!(browser.text(NOTE).contains("Pavel Dorn"), "a click pins");
    browser.click("#note .close");
    assert_eq!(browser.text(NOTE), "");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn hostile_text_runs_nothing_and_loads_nothing() {
    let program = Program::new();
    program.file("a.jsonl", hostile::article_records());
    let Some(browser) = Browser::start(&program.path("")) else {
        return;
    };
    program
        .run(&["report", "a.jsonl", "--title", hostile::TITLE, "-o", "page.html"])
        .ok();
    browser.open(&program.path("page.html"));
    // Details and filters are made by script from the same texts.
    let open_all = "document.querySelectorAll('.chip').forEach(chip => chip.click()); return document.querySelectorAll('.chip').length";
    assert!(browser.run(open_all).as_u64().unwrap() >= 3);
    browser.click("th[data-csv=text] button");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(browser.run("return window.hacked ?? null"), Value::Null);
    assert_eq!(
        browser.run(
            "return document.querySelectorAll('img, iframe, object, link, base, form, [onerror], [onload]').length"
        ),
        0
    );
    assert_eq!(browser.run("return document.scripts.length"), 1);
    assert_eq!(browser.run("return document.styleSheets.length"), 1);
    let requests = browser.requests();
    assert!(
        requests
            .iter()
            .all(|url| url.starts_with("file:") && url.ends_with("/page.html")),
        "{requests:?}"
    );
    assert_eq!(browser.console(), Vec::<String>::new());

    // And if something had been injected, the policy would not let it run.
    browser.run(
        "const s = document.createElement('script'); s.textContent = 'window.hacked = 1'; document.body.append(s)",
    );
    browser.run(
        "document.body.insertAdjacentHTML('beforeend', '<img src=https://example.org/x.png onerror=\"hacked = 1\">')",
    );
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(browser.run("return window.hacked ?? null"), Value::Null);
    assert!(
        browser
            .console()
            .iter()
            .any(|line| line.contains("Content Security Policy"))
    );
}

#[test]
fn the_page_is_whole_without_its_script() {
    let program = Program::new();
    let Some(browser) = opened(&program, &article()) else {
        return;
    };
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    browser.open(&program.path("page.html"));
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({"value": false}));
    assert_eq!(
        browser.run("return document.querySelectorAll('.statements button').length"),
        0
    );
    assert_eq!(browser.run("return document.querySelector('.filters').offsetHeight"), 0);
    assert!(
        browser
            .text("return document.querySelector('#r4').innerText")
            .contains("Every litre")
    );
    assert_eq!(
        browser.text("return document.querySelector('#c4').getAttribute('href')"),
        "#r4"
    );
}

/// For every element with text of its own: its contrast with what lies behind it, the lowest one first.
const CONTRAST: &str = "
    const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const parse = color => color.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const behind = element => {
        for (let e = element; e; e = e.parentElement) {
            const color = parse(getComputedStyle(e).backgroundColor);
            if (color.length < 4 || color[3] > 0) return color;
        }
        return [255, 255, 255];
    };
    const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    return [...document.body.querySelectorAll('*')].filter(e => own(e) && e.offsetParent && !e.disabled).map(e => {
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
        return [(a + 0.05) / (b + 0.05), e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 40)];
    }).sort((x, y) => x[0] - y[0])[0]";

#[test]
fn contrast_is_enough_by_day_and_by_night() {
    let program = Program::new();
    let Some(browser) = opened(&program, &article()) else {
        return;
    };
    for scheme in ["light", "dark"] {
        let feature = json!([{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}]);
        browser.devtools("Emulation.setEmulatedMedia", json!({"features": feature}));
        for number in ["1", "2", "4"] {
            browser.click(&format!("#c{number}"));
            let lowest = browser.run(CONTRAST);
            assert!(lowest[0].as_f64().unwrap() >= 4.5, "{scheme}: {lowest}");
        }
    }
}

#[test]
fn a_phone_shows_it_without_scrolling_sideways() {
    let program = Program::new();
    let Some(browser) = opened(&program, &article()) else {
        return;
    };
    let phone = json!({"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true});
    browser.devtools("Emulation.setDeviceMetricsOverride", phone);
    assert_eq!(browser.run("return document.scrollingElement.scrollWidth"), 360);
    browser.click("#c2");
    let place = "const box = document.querySelector('#note').getBoundingClientRect(); return box.bottom <= innerHeight + 1 && box.width";
    assert_eq!(browser.run(place), 360);
}

#[test]
fn pictures_for_people() {
    let Ok(folder) = std::env::var("DEMARCHE_SCREENSHOTS") else {
        return;
    };
    let folder = PathBuf::from(folder);
    let program = Program::new();
    let article = std::env::var("DEMARCHE_ARTICLE").unwrap_or_else(|_| article());
    let Some(browser) = opened(&program, &article) else {
        return;
    };
    let name = PathBuf::from(&article).with_extension("");
    let name = name
        .components()
        .rev()
        .take(2)
        .map(|c| c.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("-");
    let picture = |kind: &str, whole: bool| {
        let options = json!({"format": "png", "captureBeyondViewport": whole});
        let picture = browser.devtools("Page.captureScreenshot", options);
        save(
            &folder.join(format!("{name}-{kind}.png")),
            picture["data"].as_str().unwrap(),
        );
    };
    for scheme in ["light", "dark"] {
        let feature = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        browser.devtools("Emulation.setEmulatedMedia", json!({"features": feature}));
        for (size, width, height, mobile) in [("desktop", 1280, 900, false), ("phone", 390, 844, true)] {
            let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile});
            browser.devtools("Emulation.setDeviceMetricsOverride", metrics);
            browser.press(&[keys::ESCAPE]);
            browser.run("scrollTo(0, 0)");
            picture(&format!("{scheme}-{size}-whole"), true);
            browser.click("#c3");
            std::thread::sleep(Duration::from_millis(300));
            picture(&format!("{scheme}-{size}-details"), false);
        }
    }
    browser.devtools("Emulation.clearDeviceMetricsOverride", json!({}));
    browser.press(&[keys::ESCAPE]);
    let paper = browser.devtools("Page.printToPDF", json!({"paperWidth": 8.27, "paperHeight": 11.69}));
    save(
        &folder.join(format!("{name}-print.pdf")),
        paper["data"].as_str().unwrap(),
    );
}

fn save(path: &std::path::Path, base64: &str) {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(base64).unwrap();
    std::fs::write(path, bytes).unwrap();
}
