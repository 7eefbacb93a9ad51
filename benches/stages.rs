//! Each stage on its own, over the statements that ship with the crate: `cargo bench --bench stages`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use demarche::dataset::{Columns, LabelledStatements};
use demarche::features::{Corpus, DocumentFrequency, TfidfOptions, TfidfVectorizer};
use demarche::text::{Analyzer, AnalyzerOptions, tokens};
use demarche::train::LogisticRegression;
use demarche::{Model, StanceClassifier, Trainer};
use linfa::ParamGuard;

fn data() -> LabelledStatements {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/statements.csv");
    LabelledStatements::from_path(path, &Columns::default()).expect("the shipped data are in order")
}

fn stages(criterion: &mut Criterion) {
    let data = data();
    let bytes: usize = data.texts().iter().map(String::len).sum();
    let analyzer = || {
        Analyzer::new(AnalyzerOptions {
            stop_words: true,
            skip_names: true,
            skip_numbers: true,
            ..Default::default()
        })
    };
    let options = TfidfOptions {
        ngram_range: (1, 2),
        min_df: DocumentFrequency::Count(2),
        sublinear_tf: true,
        ..TfidfOptions::default()
    };

    let mut group = criterion.benchmark_group("text");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("tokens", |b| {
        b.iter(|| {
            data.texts()
                .iter()
                .map(|text| tokens(text, true).count())
                .sum::<usize>()
        });
    });
    group.bench_function("corpus", |b| {
        b.iter(|| Corpus::read(black_box(data.texts()), &analyzer()))
    });
    group.finish();

    let mut group = criterion.benchmark_group("train");
    group.sample_size(10);
    group.throughput(Throughput::Elements(data.len() as u64));
    let corpus = Corpus::read(data.texts(), &analyzer()).expect("the texts are short");
    let vectorizer = TfidfVectorizer::new(analyzer().options().clone(), options).expect("the options make sense");
    group.bench_function("vectorize", |b| {
        b.iter(|| vectorizer.fit_transform_corpus(black_box(&corpus)))
    });
    let (_, rows) = vectorizer.fit_transform_corpus(&corpus).expect("there are terms");
    for c in [1.0, 10.0] {
        let logistic = LogisticRegression::params()
            .c(c)
            .check()
            .expect("the parameters make sense");
        group.bench_function(format!("solve, C = {c}"), |b| {
            b.iter(|| logistic.fit_rows(black_box(&rows), data.targets(), data.labels().len(), None));
        });
    }
    let trainer = Trainer::params().check().expect("the defaults make sense");
    group.bench_function("all of fit", |b| b.iter(|| trainer.fit(black_box(&data))));
    group.finish();

    let classifier = StanceClassifier::embedded();
    let mut group = criterion.benchmark_group("predict");
    group.bench_function("one short quote", |b| {
        b.iter(|| classifier.predict_proba(black_box("We will respond with force if they cross the border.")));
    });
    group.throughput(Throughput::Elements(data.len() as u64));
    group.sample_size(10);
    group.bench_function("batch", |b| {
        b.iter(|| classifier.predict_batch(black_box(data.texts())))
    });
    group.finish();

    let bytes = classifier.model().to_bytes();
    criterion.bench_function("load/embedded", |b| {
        b.iter(|| StanceClassifier::new(Model::from_bytes(black_box(&bytes)).expect("the model is whole")));
    });
}

criterion_group!(benches, stages);
criterion_main!(benches);
