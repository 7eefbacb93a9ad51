//! `demarche annotate` in a terminal, through the real binary.
#![cfg(unix)]

mod program;

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use program::Program;

const FILE: &str = "id,text\n1,We will respond with force.\n2,\"We agreed, at last, to talks.\"\n3,The delegation arrived on Tuesday.\n";

/// A program in a terminal of its own.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<Mutex<vt100::Parser>>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn open(program: &Program, command: &[&str], columns: u16, lines: u16) -> Self {
        let size = PtySize {
            rows: lines,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut builder = CommandBuilder::new(command[0]);
        builder.args(&command[1..]);
        builder.cwd(program.path(""));
        builder.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(builder).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let screen = Arc::new(Mutex::new(vt100::Parser::new(lines, columns, 0)));
        let seen = screen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                seen.lock().unwrap().process(&buffer[..count]);
            }
        });
        Terminal {
            child,
            keyboard: pair.master.take_writer().unwrap(),
            screen,
            _master: pair.master,
        }
    }

    fn annotate(program: &Program, file: &str) -> Self {
        Self::open(program, &[env!("CARGO_BIN_EXE_demarche"), "annotate", file], 80, 24)
    }

    fn contents(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Waits until the screen shows `part`, and gives back all of it.
    fn shows(&self, part: &str) -> String {
        let started = Instant::now();
        loop {
            let contents = self.contents();
            if contents.contains(part) {
                return contents;
            }
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "`{part}` never came:\n{contents}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits for the end; the exit code.
    fn ends(&mut self) -> u32 {
        self.child.wait().unwrap().exit_code()
    }
}

#[test]
fn one_key_labels_skips_undoes_and_the_next_run_goes_on() {
    let program = Program::new();
    program.file("todo.csv", FILE);
    let mut terminal = Terminal::annotate(&program, "todo.csv");
    let screen = terminal.shows("1 of 3");
    for part in [
        "respond with force",
        "guess",
        "because",
        "1 c",
        "3 w",
        "warning",
        "s skip   u undo   q quit",
    ] {
        assert!(screen.contains(part), "{part}:\n{screen}");
    }
    terminal.press("u"); // nothing to take back
    terminal.press("w");
    terminal.shows("2 of 3");
    assert_eq!(
        program.read("todo.csv"),
        "id,text,label\n1,We will respond with force.,warning\n2,\"We agreed, at last, to talks.\",\n3,The delegation arrived on Tuesday.,\n"
    );
    terminal.press("s");
    terminal.shows("1 skipped");
    terminal.press("2");
    terminal.shows("That was the last one");
    terminal.press("u");
    terminal.shows("arrived on Tuesday");
    assert!(program.read("todo.csv").ends_with("Tuesday.,\n"));
    terminal.press("uu"); // the skipped one, then the first
    terminal.shows("1 of 3");
    assert!(!program.read("todo.csv").contains("warning"));
    terminal.press("C");
    terminal.shows("2 of 3");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    terminal.shows("1 labelled, 0 skipped, 2 without a label");

    let mut terminal = Terminal::annotate(&program, "todo.csv");
    let screen = terminal.shows("2 of 3");
    assert!(
        screen.contains("We agreed, at last, to talks.") && screen.contains("0 labelled"),
        "{screen}"
    );
    terminal.press("13");
    terminal.shows("That was the last one");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    let labels: Vec<_> = program::csv_rows(&program.read("todo.csv"))
        .into_iter()
        .map(|row| row["label"].clone())
        .collect();
    assert_eq!(labels, ["conciliatory", "conciliatory", "warning"]);
    let mut terminal = Terminal::annotate(&program, "todo.csv");
    assert_eq!(terminal.ends(), 0);
    terminal.shows("every row of todo.csv has a label");
}

#[test]
fn what_suggest_writes_is_annotated_with_its_reason() {
    let program = Program::new();
    program
        .file("pool.csv", FILE)
        .run(&["suggest", "pool.csv", "-o", "todo.csv", "-q"])
        .ok();
    let before = program.read("todo.csv");
    let mut terminal = Terminal::annotate(&program, "todo.csv");
    terminal.shows("teaches: ");
    terminal.press("n");
    terminal.shows("2 of 3");
    terminal.press("\u{1b}[200~cwn\u{1b}[201~"); // a paste is no answer
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
    let after = program.read("todo.csv");
    assert_eq!(
        after.lines().skip(2).collect::<Vec<_>>(),
        before.lines().skip(2).collect::<Vec<_>>()
    );
    assert_eq!(program::csv_rows(&after)[0]["label"], "neutral");
}

#[test]
fn a_narrow_terminal_keeps_the_keys() {
    let program = Program::new();
    let long = format!(
        "text\n\"{}\"\n",
        "The ministry welcomed the offer and agreed to talks. ".repeat(30)
    );
    program.file("todo.csv", long);
    let command = [env!("CARGO_BIN_EXE_demarche"), "annotate", "todo.csv"];
    let mut terminal = Terminal::open(&program, &command, 26, 10);
    let screen = terminal.shows("q quit");
    assert!(
        screen.contains("conciliatory") && screen.contains('…') && screen.contains("1 of 1"),
        "{screen}"
    );
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn statements_cannot_steer_the_terminal() {
    let program = Program::new();
    program.file(
        "todo.csv",
        "text\nWe \u{1b}[2J\u{1b}]0;owned\u{7}agree \u{202e}to talks\n",
    );
    let mut terminal = Terminal::annotate(&program, "todo.csv");
    let screen = terminal.shows("We \\u{1b}[2J\\u{1b}]0;owned\\u{7}agree \\u{202e}to talks");
    assert!(screen.contains("1 of 1"), "{screen}");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn ctrl_c_leaves_the_terminal_as_it_was() {
    let program = Program::new();
    let script = format!(
        "{} annotate todo.csv; echo code $?; stty -a",
        env!("CARGO_BIN_EXE_demarche")
    );
    program.file("todo.csv", FILE);
    let mut terminal = Terminal::open(&program, &["sh", "-c", &script], 100, 24);
    terminal.shows("1 of 3");
    assert!(terminal.screen.lock().unwrap().screen().alternate_screen());
    terminal.press("\u{3}");
    assert_eq!(terminal.ends(), 0);
    let screen = terminal.shows("echok");
    assert!(
        screen.contains("code 0") && !screen.contains("-icanon") && !screen.contains("-echo "),
        "{screen}"
    );
    let parser = terminal.screen.lock().unwrap();
    assert!(!parser.screen().alternate_screen() && !parser.screen().hide_cursor());
    assert_eq!(program.read("todo.csv"), FILE);
}

#[test]
fn a_kill_loses_no_answer() {
    let program = Program::new();
    program.file("todo.csv", FILE);
    let mut terminal = Terminal::annotate(&program, "todo.csv");
    terminal.shows("1 of 3");
    terminal.press("wc");
    terminal.shows("3 of 3");
    let process = terminal.child.process_id().unwrap().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-9", &process])
            .status()
            .unwrap()
            .success()
    );
    assert_ne!(terminal.ends(), 0);
    let rows = program::csv_rows(&program.read("todo.csv"));
    let labels: Vec<&str> = rows.iter().map(|row| row["label"].as_str()).collect();
    assert_eq!(labels, ["warning", "conciliatory", ""]);
    assert_eq!(program.files(), ["todo.csv"]);
}

#[test]
fn only_labels_change_in_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let program = Program::new();
    let before = "\u{feff}id;\"text\";label;note\r\n1;\"Wir, \"\"jetzt\"\"\";;\"\"\r\n2;  plain ;kept;x\r\n3;\"two\r\nlines\";;é\r\n";
    program.file("todo.csv", before);
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(program.path("todo.csv"), private.clone()).unwrap();
    let command = [
        env!("CARGO_BIN_EXE_demarche"),
        "annotate",
        "todo.csv",
        "--labels",
        "yes, no",
    ];
    let mut terminal = Terminal::open(&program, &command, 80, 24);
    terminal.shows("2 n");
    terminal.press("s2");
    terminal.shows("That was the last one");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    let after = "\u{feff}id;text;label;note\r\n1;\"Wir, \"\"jetzt\"\"\";;\"\"\r\n2;  plain ;kept;x\r\n3;\"two\r\nlines\";no;é\r\n";
    assert_eq!(program.read("todo.csv"), after);
    let mode = std::fs::metadata(program.path("todo.csv"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_changed_by_others_is_not_overwritten() {
    let program = Program::new();
    program.file("todo.csv", FILE);
    let mut terminal = Terminal::annotate(&program, "todo.csv");
    terminal.shows("1 of 3");
    program.file("todo.csv", "text\nanother\n");
    terminal.press("w");
    assert_eq!(terminal.ends(), 1);
    terminal.shows("another program has changed the file");
    assert_eq!(program.read("todo.csv"), "text\nanother\n");
}

#[test]
fn what_cannot_be_annotated_is_named() {
    let program = Program::new();
    program
        .file("todo.csv", FILE)
        .file("o.jsonl", "{\"text\": \"a\"}\n")
        .file("latin.csv", b"text\n\xe9\n")
        .file("short.csv", "id,text\n1\n")
        .file("typo.csv", "id,txt\n1,a\n");
    program
        .run(&["annotate", "todo.csv"])
        .fails(2, &["not a terminal", "waits for a key"]);
    let labels = "1,2,3,4,5,6,7,8,9,10";
    let cases: [(&[&str], u32, &str); 6] = [
        (&["none.csv"], 1, "No such file"),
        (&["o.jsonl"], 2, "not in rows and columns"),
        (&["latin.csv"], 2, "another encoding"),
        (&["short.csv"], 1, "row 1 (line 2)"),
        (&["typo.csv"], 1, "did you mean `txt`"),
        (&["todo.csv", "--labels", labels], 2, "too long for one key"),
    ];
    for (args, code, part) in cases {
        let command = [&[env!("CARGO_BIN_EXE_demarche"), "annotate"], args].concat();
        let mut terminal = Terminal::open(&program, &command, 200, 24);
        assert_eq!(terminal.ends(), code, "{args:?}");
        terminal.shows(part);
    }
    assert_eq!(program.read("todo.csv"), FILE);
}
