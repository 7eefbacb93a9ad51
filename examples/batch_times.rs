//! How long does the library take for many texts? The Rust side of `python/benchmarks/overhead.py`, which starts it.
//!
//! The first line of standard input is a JSON array of texts. Each further line names a method of `StanceClassifier` to call with all of them; how many milliseconds it took
//! goes to standard output.

use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, stdin};
use std::time::Instant;

use demarche::StanceClassifier;

fn main() -> Result<(), Box<dyn Error>> {
    let mut lines = stdin().lock().lines();
    let texts: Vec<String> = serde_json::from_str(&lines.next().ok_or("no texts")??)?;
    let classifier = StanceClassifier::embedded();
    for method in lines {
        let milliseconds = match method?.as_str() {
            "predict_batch" => milliseconds(|| classifier.predict_batch(&texts)),
            "predict_positions" => milliseconds(|| classifier.predict_positions(&texts)),
            "predict_proba_batch" => milliseconds(|| classifier.predict_proba_batch(&texts)),
            other => return Err(format!("there is no method {other}").into()),
        };
        println!("{milliseconds}");
    }
    Ok(())
}

/// Without what it takes to drop the answers.
fn milliseconds<R>(call: impl FnOnce() -> R) -> f64 {
    let start = Instant::now();
    let answers = black_box(call());
    let taken = start.elapsed();
    drop(answers);
    1e3 * taken.as_secs_f64()
}
