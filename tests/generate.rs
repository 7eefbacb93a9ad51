//! Man pages and completions: every command has them, and the shells take them.

mod program;

use std::io::Write;
use std::process::{Command, Stdio};

use program::Program;

const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "powershell"];

/// The commands of the program, as its help lists them.
fn commands() -> Vec<String> {
    let help = Program::new().run(&["-h"]).ok();
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let commands: Vec<String> = names
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .filter(|name| name != "help")
        .collect();
    assert!(commands.len() >= 13, "{commands:?}");
    commands
}

/// The long options of a command, as its help lists them.
fn options(command: &str) -> Vec<String> {
    let help = Program::new().run(&[command, "--help"]).ok();
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    lines
        .filter_map(|line| line.split([' ', ',', '=', '[']).find(|word| word.starts_with("--")))
        .map(str::to_owned)
        .collect()
}

fn completions(shell: &str) -> String {
    Program::new().run(&["generate", &format!("complete-{shell}")]).ok()
}

#[test]
fn every_command_has_a_page_with_all_its_options() {
    let program = Program::new();
    let main = program.run(&["generate", "man"]).ok();
    assert!(main.contains(".TH demarche 1"), "{main}");
    for command in commands() {
        assert!(
            main.contains(&format!("demarche\\-{command}(1)")),
            "{command} is not on the main page"
        );
        let page = program.run(&["generate", "man", &command]).ok();
        assert!(
            page.contains(&format!(".TH demarche\\-{command} 1"))
                || page.contains(&format!(".TH demarche-{command} 1")),
            "{page}"
        );
        assert!(
            page.contains("demarche 0.") && page.contains(".SH SYNOPSIS") && page.contains(".SH EXAMPLES"),
            "{page}"
        );
        let plain = page.replace("\\-", "-");
        let options = options(&command);
        assert!(options.contains(&"--quiet".to_owned()), "{options:?}");
        for option in options {
            assert!(plain.contains(&option), "{option} of {command} is missing");
        }
    }
}

#[test]
fn completions_know_every_command_and_its_options() {
    for shell in SHELLS {
        let script = completions(shell);
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
        for option in options("train") {
            // fish names long options without their dashes.
            let name = option.trim_start_matches('-');
            assert!(script.contains(name), "{shell}: {option}");
        }
    }
}

/// Each shell that is here reads its script through without running it.
#[test]
fn shells_accept_their_scripts() {
    let checks: [(&str, &str, &[&str]); 3] = [
        ("bash", "bash", &["-n"]),
        ("zsh", "zsh", &["-n"]),
        ("fish", "fish", &["--no-execute"]),
    ];
    for (shell, program, args) in checks {
        let child = Command::new(program)
            .args(args)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            eprintln!("SKIPPED: there is no {program}");
            continue;
        };
        child
            .stdin
            .take()
            .unwrap()
            .write_all(completions(shell).as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && errors.is_empty(), "{shell}: {errors}");
    }
}

/// What pressing the tab key gives, asked of bash itself.
#[test]
#[cfg(unix)]
fn bash_completes_commands_options_and_values() {
    let program = Program::new();
    program.file("completions.bash", completions("bash"));
    for (words, cursor, wanted) in [
        ("demarche pre", 1, &["predict", "prevalence"][..]),
        ("demarche train --solv", 2, &["--solver"]),
        ("demarche predict --color ne", 3, &["never"]),
        ("demarche generate complete-z", 2, &["complete-zsh"]),
    ] {
        let last = words.rsplit(' ').next().unwrap();
        let before = words.rsplit(' ').nth(1).unwrap();
        let script = format!(
            "source completions.bash; COMP_WORDS=({words}); COMP_CWORD={cursor}; \
             _demarche demarche '{last}' '{before}' 2>/dev/null; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let output = Command::new("bash")
            .args(["-c", &script])
            .current_dir(program.path(""))
            .output();
        let Ok(output) = output else {
            eprintln!("SKIPPED: there is no bash");
            return;
        };
        let found = String::from_utf8_lossy(&output.stdout).into_owned();
        let found: Vec<&str> = found.lines().map(str::trim).collect();
        assert_eq!(found, wanted, "{words}");
    }
}

#[test]
fn a_page_can_go_to_a_file_and_wrong_requests_are_refused() {
    let program = Program::new();
    program
        .run(&["generate", "man", "train", "-o", "demarche-train.1"])
        .ok();
    assert_eq!(
        program.read("demarche-train.1"),
        program.run(&["generate", "man", "train"]).ok()
    );
    program
        .run(&["generate", "man", "trian"])
        .fails(2, &["trian", "demarche --help"]);
    program
        .run(&["generate", "complete-fish", "train"])
        .fails(2, &["train", "left out"]);
    assert_eq!(program.run(&["generate", "complete-tcsh"]).code, 2);
}
