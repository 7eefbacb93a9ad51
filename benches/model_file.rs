//! How fast the model file loads, beside the same arrays in postcard and safetensors: `cargo bench --bench model_file`.
//!
//! All three give owned words, n-grams and weights; only the first also checks order, ranges and checksum. What
//! comes after, making the look-up tables, is the same for all.

use std::collections::HashMap;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use demarche::{Model, StanceClassifier};
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};

/// What a model is made of, as serde sees it.
#[derive(Serialize, Deserialize)]
struct Parts {
    card: String,
    terms: Vec<String>,
    idf: Vec<f32>,
    coefficients: Vec<f32>,
}

fn parts(model: &Model) -> Parts {
    let terms: Vec<String> = (0..model.vocabulary().len())
        .map(|column| model.vocabulary().term(column))
        .collect();
    Parts {
        card: serde_json::to_string(model.card()).expect("a card is plain data"),
        idf: vec![1.5; terms.len()],
        coefficients: vec![0.25; terms.len() * model.labels().len()],
        terms,
    }
}

fn formats(criterion: &mut Criterion) {
    let classifier = StanceClassifier::embedded();
    let model = classifier.model();
    let parts = parts(model);
    let own = model.to_bytes();
    let postcard = postcard::to_stdvec(&parts).expect("plain data");

    let terms = parts.terms.join("\n").into_bytes();
    let bytes = |floats: &[f32]| floats.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let (idf, coefficients) = (bytes(&parts.idf), bytes(&parts.coefficients));
    let view = |dtype, shape: usize, data| TensorView::new(dtype, vec![shape], data).expect("the shape fits");
    let tensors = [
        ("terms", view(Dtype::U8, terms.len(), &terms)),
        ("idf", view(Dtype::F32, parts.idf.len(), &idf)),
        (
            "coefficients",
            view(Dtype::F32, parts.coefficients.len(), &coefficients),
        ),
    ];
    let card = HashMap::from([("card".to_owned(), parts.card.clone())]);
    let safetensors = safetensors::serialize(tensors, Some(card)).expect("plain data");
    eprintln!(
        "bytes: own {}, postcard {}, safetensors {}",
        own.len(),
        postcard.len(),
        safetensors.len()
    );

    let mut group = criterion.benchmark_group("decode");
    group.bench_function("own, checked", |b| {
        b.iter(|| Model::from_bytes(black_box(&own)).expect("whole"))
    });
    group.bench_function("postcard", |b| {
        b.iter(|| postcard::from_bytes::<Parts>(black_box(&postcard)).expect("whole"));
    });
    group.bench_function("safetensors", |b| {
        b.iter(|| {
            let file = safetensors::SafeTensors::deserialize(black_box(&safetensors)).expect("whole");
            let floats = |name| -> Vec<f32> {
                let data = file.tensor(name).expect("it is there").data();
                data.chunks_exact(4)
                    .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                    .collect()
            };
            let terms = std::str::from_utf8(file.tensor("terms").expect("it is there").data()).expect("UTF-8");
            let terms: Vec<String> = terms.split('\n').map(str::to_owned).collect();
            (terms, floats("idf"), floats("coefficients"))
        });
    });
    group.finish();
    criterion.bench_function("compile", |b| {
        b.iter(|| StanceClassifier::new(black_box(model.clone())))
    });
}

criterion_group!(benches, formats);
criterion_main!(benches);
