//! Models of every format that was ever written are read, and say what they said when they were written. `docs/versioning.md` is the promise, and tells
//! how to keep one more.

mod program;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use demarche::model::file::FORMAT_VERSION;
use demarche::{Model, StanceClassifier};
use program::{Program, csv_rows, repository};

fn kept_models() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository("tests/fixtures/models")).unwrap();
    let mut models: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "demarche"))
        .collect();
    models.sort();
    models
}

fn format_of(model: &Path) -> u32 {
    let bytes = std::fs::read(model).unwrap();
    u32::from_le_bytes(bytes[8..12].try_into().unwrap())
}

#[test]
fn every_format_has_a_kept_model() {
    let formats: BTreeSet<u32> = kept_models().iter().map(|model| format_of(model)).collect();
    assert_eq!(
        formats,
        (1..=FORMAT_VERSION).collect(),
        "train a small model and keep it"
    );
}

#[test]
fn kept_models_say_what_they_said() {
    for path in kept_models() {
        let classifier = StanceClassifier::load(&path).unwrap();
        let kept = std::fs::read_to_string(path.with_extension("csv")).unwrap();
        let rows = csv_rows(&kept);
        assert!(rows.len() >= 15, "{}", path.display());
        for row in rows {
            let place = format!("{}: {}", path.display(), row["text"]);
            let prediction = classifier.predict(&row["text"]);
            assert_eq!(prediction.label(), row["stance"], "{place}");
            for (label, probability) in prediction.probabilities() {
                let said: f64 = row[&format!("p_{label}")].parse().unwrap();
                // Six decimals are kept; rounded halves may fall either way.
                assert!(
                    (probability - said).abs() < 1e-6,
                    "{place}: {label} {probability}, was {said}"
                );
            }
        }
    }
}

#[test]
fn kept_models_can_be_inspected_and_written_again() {
    let program = Program::new();
    for path in kept_models() {
        let name = path.to_str().unwrap();
        assert!(program.run(&["inspect", name]).ok().contains("made by"), "{name}");
        let model = Model::load(&path).unwrap();
        assert_eq!(Model::from_bytes(&model.to_bytes()).unwrap(), model, "{name}");
    }
}
