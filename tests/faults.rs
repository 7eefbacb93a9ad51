//! What happens when things go wrong around the program, and where its ceilings are. `scripts/faults.py` does more, and needs more.

mod program;

use std::io::Write;

use demarche::dataset::{LONGEST_LABEL, LONGEST_RECORD, LONGEST_TEXT, MOST_LABELS};
use demarche::model::file::LARGEST_MODEL;
use demarche::{ErrorKind, LabelledStatements, Model};
use program::Program;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// A text of that many bytes.
fn text(bytes: usize) -> String {
    "we will respond ".repeat(bytes / 16 + 1)[..bytes].to_owned()
}

#[test]
fn all_parts_of_a_compressed_file_are_read() {
    let program = Program::new();
    let (first, second) = ("text\nWe will respond.\n", "We welcome it.\n");
    program
        .file("q.csv", [first, second].concat())
        .file("q.csv.gz", [gzip(first.as_bytes()), gzip(second.as_bytes())].concat())
        .file("q.csv.zst", [zstd(first.as_bytes()), zstd(second.as_bytes())].concat());
    let expected = program.run(&["predict", "q.csv"]).ok();
    assert_eq!(expected.lines().count(), 3);
    assert_eq!(program.run(&["predict", "q.csv.gz"]).ok(), expected);
    assert_eq!(program.run(&["predict", "q.csv.zst"]).ok(), expected);
}

#[test]
fn a_compressed_file_that_is_cut_or_damaged_says_so() {
    let program = Program::new();
    let csv = format!("text\n{}\n", text(5000));
    for (name, packed) in [("q.csv.gz", gzip(csv.as_bytes())), ("q.csv.zst", zstd(csv.as_bytes()))] {
        program.file(name, &packed[..packed.len() - 6]);
        program
            .run(&["predict", name])
            .fails(1, &[name, "cut short", "copy the file again"]);
        program.file(name, "text\nWe will respond.\n");
        program.run(&["predict", name]).fails(1, &[name, "damaged"]);
    }
}

#[test]
fn a_decompression_bomb_is_refused_by_all_that_read_it() {
    let program = Program::new();
    let mut bomb = b"text,label\n".to_vec();
    bomb.resize(100 << 20, b'\n');
    program
        .file("bomb.csv.gz", gzip(&bomb))
        .file("bomb.csv.zst", zstd(&bomb));
    for name in ["bomb.csv.gz", "bomb.csv.zst"] {
        for command in ["predict", "train", "evaluate"] {
            program
                .run(&[command, name])
                .fails(1, &[name, "decompression bomb", "unpack it first"]);
        }
    }
}

#[test]
fn what_is_too_long_is_refused_where_it_stands() {
    let program = Program::new();
    let longer = text(LONGEST_TEXT + 1);
    program.file("q.csv", format!("text,label\nFine,a\n{longer},b\n"));
    let place = format!("q.csv, row 2 (line 3), column `text`: the text is longer than {LONGEST_TEXT} bytes");
    for command in ["predict", "train"] {
        program.run(&[command, "q.csv"]).fails(1, &[&place]);
    }
    let ran = program.run(&["predict", "q.csv", "--on-error", "skip"]);
    assert!(ran.stderr.contains("1 row left out"), "{}", ran.stderr);
    // A quotation mark that is never closed takes in all that follows.
    program.file(
        "open.csv",
        format!(
            "text\nFine\n\"{}\n",
            "we will respond\n".repeat(LONGEST_RECORD / 16 + 1)
        ),
    );
    program
        .run(&["predict", "open.csv"])
        .fails(1, &["open.csv, line 3", "closing quotation mark"]);
    program.file("a.txt", "word \n".repeat((1 << 24) / 6 + 1));
    for command in [
        &["extract", "a.txt"][..],
        &["predict", "a.txt", "--input-format", "article"],
    ] {
        program
            .run(command)
            .fails(1, &["a.txt", "more than 16777216 bytes in the article", "cut it"]);
    }
}

#[test]
fn the_ceilings_of_training_data_are_typed_errors() {
    let kind = |pairs: &mut dyn Iterator<Item = (String, String)>| {
        let error = LabelledStatements::from_pairs(pairs).unwrap_err();
        (format!("{:?}", error.kind()), error.position().row)
    };
    let labels = |count: usize| (0..count).map(|i| (format!("text {i}"), format!("label {i}")));
    assert!(LabelledStatements::from_pairs(labels(MOST_LABELS)).is_ok());
    let (found, _) = kind(&mut labels(MOST_LABELS + 1));
    assert!(
        found.starts_with("TooMany") && found.contains("different labels"),
        "{found}"
    );
    let pair = |text: String, label: String| labels(2).chain([(text, label)]);
    let (found, row) = kind(&mut pair(text(LONGEST_TEXT + 1), "a".to_owned()));
    assert!(found.starts_with("TextTooLong"), "{found}");
    assert_eq!(row, Some(3));
    let (found, row) = kind(&mut pair("text".to_owned(), text(LONGEST_LABEL + 1)));
    assert!(found.starts_with("WrongValue"), "{found}");
    assert_eq!(row, Some(3));
    assert!(LabelledStatements::from_pairs(pair(text(LONGEST_TEXT), text(LONGEST_LABEL))).is_ok());
}

#[test]
fn a_model_that_says_it_is_larger_than_any_is_refused_before_memory_is_asked_for() {
    let mut bytes = b"demarche\x01\0\0\0\x02\0\0\0{}".to_vec();
    bytes.extend((LARGEST_MODEL + 1).to_le_bytes());
    let error = Model::from_bytes(&bytes).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::TooMany {
                limit: LARGEST_MODEL,
                ..
            }
        ),
        "{error}"
    );
    bytes[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = Model::from_bytes(&bytes).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ModelDamaged(_)), "{error}");
}

#[cfg(unix)]
mod unix {
    use std::process::{Command, Output, Stdio};

    use super::*;

    /// Runs a line of shell in the program's folder, in which `$demarche` is the binary.
    fn shell(program: &Program, script: &str) -> Output {
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(program.path(""));
        command.env("demarche", env!("CARGO_BIN_EXE_demarche"));
        command.output().unwrap()
    }

    #[track_caller]
    fn fails(output: &Output, part: &str) {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(part), "{stderr}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_that_is_killed_leaves_the_old_file_and_nothing_beside_it() {
        for (signal, number) in [("KILL", 9), ("INT", 2), ("TERM", 15)] {
            if ignored_signals() >> (number - 1) & 1 == 1 {
                continue;
            }
            let program = Program::new();
            program.file("out.csv", "what was there");
            let mut child = Command::new(env!("CARGO_BIN_EXE_demarche"))
                .args(["predict", "-o", "out.csv", "--input-format", "text"])
                .current_dir(program.path(""))
                .stdin(Stdio::piped())
                .spawn()
                .unwrap();
            let mut stdin = child.stdin.take().unwrap();
            // More than a pipe holds: the program has begun when all of it is written.
            stdin.write_all("We will respond.\n".repeat(50_000).as_bytes()).unwrap();
            let id = child.id().to_string();
            let killed = Command::new("kill").args(["-s", signal, &id]).status().unwrap();
            assert!(killed.success());
            assert_eq!(child.wait().unwrap().code(), None, "ended by the signal");
            assert_eq!(program.read("out.csv"), "what was there");
            assert_eq!(program.files(), ["out.csv"]);
        }
    }

    /// The signals that this process was started to ignore, as a job in the background is: programs that it starts ignore them too. A bit for each, from the
    /// first on; none where the system does not say.
    fn ignored_signals() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_behind_standard_output_is_not_blamed_on_the_input() {
        let program = Program::new();
        program.file("q.csv", "text\nFine\n");
        let output = shell(&program, "exec \"$demarche\" predict q.csv > /dev/full");
        fails(&output, "error: standard output: No space left on device");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_without_end_is_no_model() {
        // Under a bound, so that a failure of this test does no harm.
        let script = "ulimit -v 4000000; exec \"$demarche\" predict --text x --model /dev/zero";
        fails(
            &shell(&Program::new(), script),
            "/dev/zero: this is not a demarche model file",
        );
    }

    #[test]
    fn out_of_file_handles_is_an_error_of_the_file() {
        let program = Program::new();
        program.file("q.csv", "text\nFine\n").file("out.csv", "what was there");
        // Standard streams, and one that the folder of the output takes.
        let output = shell(&program, "ulimit -n 4; exec \"$demarche\" predict q.csv -o out.csv");
        fails(&output, "Too many open files");
        assert_eq!(program.read("out.csv"), "what was there");
        assert_eq!(program.files(), ["out.csv", "q.csv"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn little_memory_is_enough_for_an_input_without_end_and_a_record_without_end_is_refused() {
        let program = Program::new();
        let predict = "(ulimit -v 256000; exec \"$demarche\" predict --threads 2 --input-format csv)";
        let rows = format!("(echo text; yes 'We will respond.' | head -n 300000) | {predict} | tail -n +2 | wc -l");
        assert_eq!(String::from_utf8_lossy(&shell(&program, &rows).stdout).trim(), "300000");
        let record = format!("(echo text; yes 'We will respond.' | tr -d '\\n' | head -c 300000000) | {predict}");
        fails(
            &shell(&program, &record),
            "standard input, line 2: the record is longer than",
        );
    }
}
