//! A model file: refused, or it works. A valid checksum is laid over whatever the file says, as an attacker would; card and arrays are altered apart, so
//! that lengths stay true.
#![no_main]

use std::time::Duration;

use demarche::{Model, StanceClassifier};
use harness::{check_probabilities, within};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

/// Far more than files of some kilobytes take.
const LONGEST_TIME: Duration = Duration::from_secs(2);

const HEAD: usize = 16;
const LENGTH: usize = 8;
const CHECKSUM: usize = 32;

const TEXTS: [&str; 3] = [
    "We will never negotiate with them; they will pay, and we will respond, respond, respond.",
    "The ministry of talks can't rejected the offer internationalization",
    "",
];

/// Card and arrays, if the file is long enough to have them.
fn parts(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_le_bytes(file.get(12..HEAD)?.try_into().ok()?) as usize;
    let card = file.get(HEAD..HEAD.checked_add(length)?)?;
    let arrays = file.get(HEAD + length + LENGTH + CHECKSUM..)?;
    Some((card, arrays))
}

/// A file of that card and those arrays, with true lengths and a valid checksum.
fn sealed(card: &[u8], arrays: &[u8]) -> Vec<u8> {
    let mut file = b"demarche\x01\0\0\0".to_vec();
    file.extend((card.len() as u32).to_le_bytes());
    file.extend(card);
    file.extend((arrays.len() as u64).to_le_bytes());
    let mut hasher = blake3::Hasher::new();
    let checksum = *hasher.update(&file).update(arrays).finalize().as_bytes();
    file.extend(checksum);
    file.extend(arrays);
    file
}

/// Alters the card or the arrays. Returns the length.
fn alter(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let Some((card, arrays)) = parts(&data[..size]) else {
        return fuzzer_mutate(data, size, max_size);
    };
    let room = max_size.saturating_sub(size);
    let mutated = |part: &[u8]| {
        let mut altered = part.to_vec();
        altered.resize(part.len() + room, 0);
        let length = fuzzer_mutate(&mut altered, part.len(), part.len() + room);
        altered.truncate(length);
        altered
    };
    let file = match seed % 8 {
        0 => return fuzzer_mutate(data, size, max_size),
        1..=3 => sealed(&mutated(card), arrays),
        _ => sealed(card, &mutated(arrays)),
    };
    if file.len() > max_size {
        return size;
    }
    data[..file.len()].copy_from_slice(&file);
    file.len()
}

fn check(model: Model) {
    let bytes = model.to_bytes();
    let again = Model::from_bytes(&bytes).expect("what is written can be read");
    assert_eq!(again.to_bytes(), bytes);
    for label in 0..model.labels().len() {
        model.strongest_terms(label, 20);
    }
    let classifier = StanceClassifier::new(model);
    let together = classifier.predict_batch(&TEXTS);
    for (text, prediction) in TEXTS.iter().zip(together) {
        check_probabilities(prediction.proba());
        assert_eq!(classifier.predict(text), prediction);
        let explanation = classifier.explain(text);
        assert_eq!(explanation.prediction, prediction);
        explanation.words();
        if let Ok(least) = classifier.least_probability(0.9) {
            prediction.set(least);
        }
    }
    // Scores a short text some hundred times: for one model in so many.
    if bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)) % 64 == 0 {
        classifier.counterfactual(TEXTS[1]);
    }
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { alter(data, size, max_size, seed) });

fuzz_target!(|data: &[u8]| {
    let as_it_is = Model::from_bytes(data);
    let sealed = parts(data).map(|(card, arrays)| Model::from_bytes(&sealed(card, arrays)));
    if let Some(model) = sealed.and_then(Result::ok).or(as_it_is.ok()) {
        within(LONGEST_TIME, || check(model));
    }
});
