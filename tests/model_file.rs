//! The model file under attack: every way of being wrong gives an error that says which, and none a panic.

mod program;

use demarche::model::Calibration;
use demarche::{ErrorKind, LabelledStatements, Model, StanceClassifier, Trainer};
use linfa::ParamGuard;
use program::Program;
use proptest::prelude::*;

fn model() -> Model {
    let data = LabelledStatements::from_pairs([
        ("we will never negotiate with them", "warning"),
        ("they will pay and we will respond", "warning"),
        ("we will gladly negotiate and talk", "conciliatory"),
        ("we thank them and will talk", "conciliatory"),
    ]);
    Trainer::params().check().unwrap().fit(&data.unwrap()).unwrap()
}

fn kind_of(bytes: &[u8]) -> String {
    format!("{:?}", Model::from_bytes(bytes).unwrap_err().kind())
}

#[test]
fn what_is_written_is_read() {
    let model = model();
    let bytes = model.to_bytes();
    let read = Model::from_bytes(&bytes).unwrap();
    assert_eq!(read, model);
    assert_eq!(read.to_bytes(), bytes);
    let text = "They will never talk to us";
    assert_eq!(
        StanceClassifier::new(read).predict_proba(text),
        StanceClassifier::new(model).predict_proba(text)
    );
}

#[test]
fn the_head_can_be_read_by_people() {
    let bytes = model().to_bytes();
    assert_eq!(&bytes[..8], b"demarche");
    assert!(String::from_utf8_lossy(&bytes[..600]).contains("\"labels\""));
}

#[test]
fn every_kind_of_wrong_file_is_told_apart() {
    let bytes = model().to_bytes();
    assert_eq!(kind_of(b""), "ModelEmpty");
    assert_eq!(kind_of(b"text,label\n"), "NotAModel");
    assert_eq!(kind_of(b"PK\x03\x04"), "NotAModel");
    let mut newer = bytes.clone();
    newer[8] = 9;
    assert!(kind_of(&newer).starts_with("ModelVersion { found: 9"));
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(kind_of(&longer).starts_with("ModelDamaged"));
}

#[test]
fn a_file_cut_anywhere_is_cut_short() {
    let bytes = model().to_bytes();
    for length in 1..bytes.len() {
        let error = Model::from_bytes(&bytes[..length]).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::ModelTruncated { .. }),
            "{length}: {error}"
        );
    }
}

#[test]
fn a_flipped_bit_anywhere_is_found() {
    let bytes = model().to_bytes();
    let mut altered = bytes.clone();
    for place in 0..8 * bytes.len() {
        let (byte, bit) = (place / 8, 1 << (place % 8));
        altered[byte] ^= bit;
        assert!(Model::from_bytes(&altered).is_err(), "byte {byte}");
        altered[byte] ^= bit;
    }
}

/// `demarche train small.csv --cv 2` of version 0.1.0, when models had no calibration.
#[test]
fn a_model_of_before_calibration_is_read() {
    let classifier = StanceClassifier::load(program::repository(
        "tests/fixtures/models/format-1-before-calibration.demarche",
    ))
    .unwrap();
    assert_eq!(classifier.card().calibration, Calibration::None);
    let scores = classifier.card().cross_validation.as_ref().unwrap();
    assert!(scores.probabilities.is_none());
    // What it said at the time.
    let probabilities = classifier.predict_proba("The ministry rejected the offer.");
    for (p, expected) in probabilities.iter().zip([0.578516, 0.158427, 0.263057]) {
        assert!((p - expected).abs() < 1e-6, "{probabilities:?}");
    }
    let program = Program::new();
    let path = program::repository("tests/fixtures/models/format-1-before-calibration.demarche");
    assert!(program.run(&["inspect", &path]).ok().contains("calibration       none"));
}

#[test]
fn a_calibration_is_kept_to_the_last_bit_and_one_without_sense_is_refused() {
    let mut model = model();
    let text = "They will never talk to us";
    let raw = StanceClassifier::new(model.clone()).predict_proba(text);
    let vector = |shift: f64| Calibration::Vector {
        scales: vec![0.1 + 0.2, 1.0 / 3.0],
        shifts: vec![shift, 1e-17],
    };
    model.set_calibration(vector(-0.7)).unwrap();
    let read = Model::from_bytes(&model.to_bytes()).unwrap();
    assert_eq!(read, model);
    let calibrated = StanceClassifier::new(read).predict_proba(text);
    assert!((calibrated[0] - raw[0]).abs() > 1e-3);
    for wrong in [vector(f64::NAN), Calibration::Temperature { temperature: 0.0 }] {
        assert!(model.set_calibration(wrong).is_err());
    }
    // A file that somebody has changed by hand.
    let card = String::from_utf8_lossy(&model.to_bytes()[16..]).into_owned();
    assert!(card.contains("-0.7"));
    let mut bytes = model.to_bytes();
    let place = bytes.windows(4).position(|part| part == b"-0.7").unwrap();
    bytes[place..place + 4].copy_from_slice(b"-1e9");
    let error = Model::from_bytes(&resealed(bytes)).unwrap_err();
    assert!(error.to_string().contains("calibration"), "{error}");
}

/// Lays a valid checksum over whatever the file says, as an attacker would.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let card = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let checksum = 16 + card + 8;
    if checksum + 32 <= bytes.len() {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&bytes[..checksum]);
        hasher.update(&bytes[checksum + 32..]);
        bytes[checksum..checksum + 32].copy_from_slice(hasher.finalize().as_bytes());
    }
    bytes
}

/// What a card says is shown to people: it neither steers their terminal nor stops the program.
#[test]
fn a_hostile_card_is_shown_as_text() {
    let mut bytes = model().to_bytes();
    let mut replace = |wanted: &[u8], by: &[u8]| {
        assert_eq!(wanted.len(), by.len());
        let place = bytes.windows(wanted.len()).position(|part| part == wanted).unwrap();
        bytes[place..place + by.len()].copy_from_slice(by);
    };
    // In JSON, the label `\u001b[2J` …
    replace(b"\"conciliatory\"", b"\"\\u001b[2J...\"");
    // … and a fingerprint whose sixteenth byte lies inside of a letter.
    let start = b"\"fingerprint\": \"";
    let place = bytes.windows(start.len()).position(|part| part == start).unwrap() + start.len();
    bytes[place..place + 31].copy_from_slice(format!("a{}", "é".repeat(15)).as_bytes());
    bytes = resealed(bytes);
    let program = Program::new();
    program.file("hostile.demarche", &bytes);
    for args in [
        &["inspect", "hostile.demarche", "--color", "always"][..],
        &[
            "predict",
            "--text",
            "we thank them and will talk",
            "--model",
            "hostile.demarche",
            "--format",
            "table",
        ],
    ] {
        let shown = program.run(args).ok();
        assert!(
            !shown.contains("\u{1b}[2J") && shown.contains("\\u{1b}[2J"),
            "{shown:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Behind a valid checksum, too, nothing is believed: the model is refused or works.
    #[test]
    fn an_altered_and_resealed_file_does_no_harm(place in 16usize..3000, value: u8, second in 16usize..3000, other: u8) {
        let mut bytes = model().to_bytes();
        let length = bytes.len();
        bytes[place.min(length - 1)] = value;
        bytes[second.min(length - 1)] = other;
        if let Ok(model) = Model::from_bytes(&resealed(bytes)) {
            for label in 0..model.labels().len() {
                model.strongest_terms(label, 100);
            }
            let classifier = StanceClassifier::new(model);
            let sum: f64 = classifier.explain("we will never negotiate with them, they said").prediction.probabilities().map(|(_, p)| p).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9 || sum.is_nan());
        }
    }

    #[test]
    fn random_bytes_are_no_model(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Model::from_bytes(&bytes).is_err());
        let mut with_magic = b"demarche\x01\0\0\0".to_vec();
        with_magic.extend(bytes);
        prop_assert!(Model::from_bytes(&with_magic).is_err());
    }
}

#[test]
fn the_program_names_the_file_and_the_remedy() {
    let program = Program::new();
    let bytes = model().to_bytes();
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    program
        .file("empty", "")
        .file("short", &bytes[..bytes.len() / 2])
        .file("flipped", flipped)
        .file("other", "text,label\na,b\n")
        .file("newer", [&b"demarche"[..], &7u32.to_le_bytes()].concat());
    for (name, parts) in [
        ("empty", &["empty", "model file is empty"][..]),
        ("short", &["short", "cut short", "copy it again"]),
        ("flipped", &["flipped", "damaged", "checksum"]),
        ("other", &["other", "not a demarche model file"]),
        ("newer", &["newer", "version 7", "install a newer"]),
        ("none", &["none", "No such file"]),
    ] {
        for args in [vec!["predict", "--text", "x", "--model", name], vec!["inspect", name]] {
            program.run(&args).fails(1, parts);
        }
    }
}
