//! A real Chromium, driven over WebDriver: what `chromedriver` speaks is JSON over HTTP, which takes no library.
//!
//! The page is looked at as it is, with its own security policy: `--dump-dom` would show no key press, no download and no
//! refused request, and a test script inside of the page would need a hole in the policy.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A browser with one tab; gone at the end.
pub struct Browser {
    driver: Child,
    port: u16,
    /// Kept open: a driver that cannot write would stop.
    _output: BufReader<ChildStdout>,
    session: String,
}

const ARGUMENTS: [&str; 9] = [
    "--headless",
    // Chromium's sandbox cannot start as root, as in containers; the page is our own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
];

/// The keys of WebDriver.
pub mod keys {
    pub const TAB: &str = "\u{e004}";
    pub const ENTER: &str = "\u{e007}";
    pub const ESCAPE: &str = "\u{e00c}";
}

/// The port that a driver says it has started on.
fn read_port(output: &mut impl BufRead) -> u16 {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "chromedriver names no port");
        let words = line.trim_end().trim_end_matches('.');
        if let Some((_, port)) = words.rsplit_once("successfully on port ") {
            return port.parse().unwrap();
        }
    }
}

impl Browser {
    /// Starts one whose downloads go to `folder`; `None`, and a remark, where there is no `chromedriver`. With
    /// `DEMARCHE_BROWSER=required` in the environment that is a failure.
    pub fn start(folder: &Path) -> Option<Self> {
        // It takes a free port by itself and names it: one found here could be taken by then.
        let driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut driver) = driver else {
            let required = std::env::var("DEMARCHE_BROWSER").is_ok_and(|value| value == "required");
            assert!(!required, "chromedriver is not installed");
            eprintln!("skipped: chromedriver is not installed (Debian: chromium chromium-driver)");
            return None;
        };
        let mut output = BufReader::new(driver.stdout.take().unwrap());
        let mut browser = Browser {
            port: read_port(&mut output),
            driver,
            _output: output,
            session: String::new(),
        };
        browser.wait_for_driver();
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {
                "args": ARGUMENTS,
                "prefs": {"download.default_directory": folder, "download.prompt_for_download": false},
            },
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let session = browser.request("POST", "/session", &capabilities);
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        Some(browser)
    }

    fn wait_for_driver(&self) {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "chromedriver does not answer"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// One request to the driver; its answer's `value`.
    fn request(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let body = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .unwrap();
        let body = read_answer(stream);
        let mut answer: Value = serde_json::from_slice(&body).unwrap();
        let value = answer["value"].take();
        assert!(value["error"].is_null(), "{path}: {value:#}");
        value
    }

    fn post(&self, path: &str, body: Value) -> Value {
        self.request("POST", &format!("/session/{}{path}", self.session), &body)
    }

    /// Shows a file.
    pub fn open(&self, file: &Path) {
        self.post("/url", json!({"url": format!("file://{}", file.display())}));
    }

    /// What a piece of script gives back.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": []}))
    }

    /// The text that a piece of script gives back.
    pub fn text(&self, script: &str) -> String {
        match self.run(script) {
            Value::String(text) => text,
            other => panic!("no text: {other}"),
        }
    }

    /// Presses and releases keys, one after another.
    pub fn press(&self, keys: &[&str]) {
        let actions: Vec<Value> = keys
            .iter()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key})))
            .collect();
        self.post(
            "/actions",
            json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}),
        );
    }

    /// Moves the mouse over an element.
    pub fn hover(&self, selector: &str) {
        let moved = json!({"type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": self.find(selector)});
        self.post(
            "/actions",
            json!({"actions": [{"type": "pointer", "id": "mouse", "actions": [moved]}]}),
        );
    }

    /// Clicks an element with the mouse.
    pub fn click(&self, selector: &str) {
        let element = self.find(selector);
        let id = element.as_object().unwrap().values().next().unwrap().as_str().unwrap();
        self.post(&format!("/element/{id}/click"), json!({}));
    }

    /// Types into an element.
    pub fn write(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        let id = element.as_object().unwrap().values().next().unwrap().as_str().unwrap();
        self.post(&format!("/element/{id}/value"), json!({"text": text}));
    }

    fn find(&self, selector: &str) -> Value {
        self.run(&format!(
            "document.querySelector({selector:?}).scrollIntoView({{block: 'center'}})"
        ));
        self.post("/element", json!({"using": "css selector", "value": selector}))
    }

    /// A command of the DevTools protocol.
    pub fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters}))
    }

    /// What the console has said since it was asked last.
    pub fn console(&self) -> Vec<String> {
        let entries = self.post("/se/log", json!({"type": "browser"}));
        let entries = entries.as_array().unwrap().iter();
        entries
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Where requests went since that was asked last.
    pub fn requests(&self) -> Vec<String> {
        let entries = self.post("/se/log", json!({"type": "performance"}));
        let messages = entries
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["message"].as_str().unwrap());
        let events = messages.map(|message| serde_json::from_str::<Value>(message).unwrap()["message"].take());
        events
            .filter(|event| event["method"] == "Network.requestWillBeSent")
            .map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// The body of an answer; the driver leaves the connection open behind it.
fn read_answer(stream: TcpStream) -> Vec<u8> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.split_once(':') else {
            match line.trim().is_empty() {
                true => break,
                false => continue,
            }
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    body
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.request("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        // A driver that is told to end takes its browser along.
        let _ = TcpStream::connect(("127.0.0.1", self.port))
            .and_then(|mut stream| stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            if matches!(self.driver.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
