//! What several targets need.

use std::io::{self, Read};
use std::time::Duration;

use cpu_time::ThreadTime;
use demarche::dataset::RecordFormat;

/// Gives out a few bytes at a time, as a slow pipe does.
#[derive(Debug)]
pub struct SlowReader<'b> {
    /// What is still to come.
    pub bytes: &'b [u8],
    /// How many bytes a read brings at most.
    pub step: usize,
}

impl Read for SlowReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(self.bytes.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes = &self.bytes[count..];
        Ok(count)
    }
}

/// The format that a character stands for: `{` JSON Lines, `.` text, the usual delimiters themselves.
pub fn format_of(byte: u8) -> RecordFormat {
    match byte {
        b'{' => RecordFormat::JsonLines,
        b'.' => RecordFormat::Text,
        b';' | b'\t' | b'|' => RecordFormat::Delimited(byte),
        _ => RecordFormat::CSV,
    }
}

/// Probabilities are finite, between 0 and 1, and add up to 1.
pub fn check_probabilities(probabilities: &[f64]) {
    assert!(
        probabilities.iter().all(|p| (0.0..=1.0).contains(p)),
        "{probabilities:?}"
    );
    let sum: f64 = probabilities.iter().sum();
    assert!((sum - 1.0).abs() < 1e-9, "{probabilities:?} add up to {sum}");
}

/// Does something that must not take longer than that. Counts the time of this thread: libFuzzer's `-timeout` also counts the time in which the machine does
/// other things.
pub fn within(longest: Duration, work: impl FnOnce()) {
    let start = ThreadTime::now();
    work();
    let time = start.elapsed();
    assert!(time <= longest, "it took {time:?}");
}
