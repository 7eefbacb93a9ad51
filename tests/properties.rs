//! What holds for every text, every model and every way of asking, proven on texts and options drawn at random. What belongs to one step alone stands
//! beside its code; files under attack are in `model_file.rs`, and `fuzz/` looks for what nobody thought of.

mod program;

use demarche::features::{DocumentFrequency, TfidfOptions, TfidfVectorizer};
use demarche::model::Calibration;
use demarche::text::{Analyzer, AnalyzerOptions, Language, tokens};
use demarche::{LabelledStatements, Model, Prediction, StanceClassifier, Trainer};
use linfa::ParamGuard;
use program::{Program, csv_rows};
use proptest::prelude::*;
use tempfile::TempDir;

/// A word that no model here knows: it has no capital, is no number, and no other word is read differently beside it.
const UNKNOWN: &str = "外交部";

/// Words that are known, turn others, are names, numbers or stop words, are written in some way of their own, or are nothing at all.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "talks",
        "talk",
        "negotiate",
        "will",
        "not",
        "never",
        "respond",
        "pay",
        "thank",
        "the",
        "Talks",
        "THE",
        "no",
        "won't",
        "cannot",
        "Moscow",
        "U.S.",
        "10",
        "$1.5bn",
        "cease-fire",
        "café",
        "é",
        "ﬁre",
        "@state",
        "\"We",
        "they.",
        "https://x.org/a",
        "internationalization",
        "don’t",
        "“no”",
        "—",
        "No.",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => "\\PC{1,12}", 1 => "[a-z]{1,30}"]
}

fn text() -> impl Strategy<Value = String> {
    let between = prop::sample::select(vec![" ", " ", " ", ", ", ". ", "\n", ""]);
    prop::collection::vec((word(), between), 0..30).prop_map(|words| {
        words
            .into_iter()
            .flat_map(|(word, between)| [word, between.to_owned()])
            .collect()
    })
}

fn texts(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), count)
}

fn analyzer() -> impl Strategy<Value = AnalyzerOptions> {
    let language = prop::sample::select(Language::ALL);
    (language, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(language, stop_words, skip_names, skip_numbers)| AnalyzerOptions {
            language,
            stop_words: stop_words && matches!(language, Language::English | Language::None),
            skip_names,
            skip_numbers,
        },
    )
}

fn tfidf() -> impl Strategy<Value = TfidfOptions> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (1usize..4, 0usize..3, 1u32..3, 0usize..5, flags).prop_map(
        |(shortest, more, min_df, negation_window, (sublinear_tf, use_idf, smooth_idf))| TfidfOptions {
            ngram_range: (shortest, shortest + more),
            min_df: DocumentFrequency::Count(min_df),
            negation_window,
            sublinear_tf,
            use_idf,
            smooth_idf,
            ..TfidfOptions::default()
        },
    )
}

fn calibration() -> impl Strategy<Value = Calibration> {
    let scale = 0.1..10.0f64;
    prop_oneof![
        Just(Calibration::None),
        scale
            .clone()
            .prop_map(|temperature| Calibration::Temperature { temperature }),
        (prop::collection::vec(scale, 3), prop::collection::vec(-5.0..5.0f64, 3))
            .prop_map(|(scales, shifts)| Calibration::Vector { scales, shifts }),
    ]
}

/// A model of some statements that every vocabulary has terms of, and `more`.
fn model(analyzer: AnalyzerOptions, tfidf: TfidfOptions, more: &[String]) -> Model {
    let rows = [
        ("we will never negotiate with them and will not pay", "warning"),
        ("they will pay and we will respond, respond, respond", "warning"),
        ("we will never negotiate with them and will gladly talk", "conciliatory"),
        ("we thank them and will talk, we thank them again", "conciliatory"),
        ("the talks will open and the talks will close", "neutral"),
        ("the talks will open in the spring", "neutral"),
    ];
    let rows = rows.into_iter().map(|(text, label)| (text.to_owned(), label));
    let more = more.iter().filter(|text| !text.trim().is_empty()).cloned();
    let labels = ["neutral", "warning", "conciliatory"].into_iter().cycle();
    let data = LabelledStatements::from_pairs(rows.chain(more.zip(labels))).unwrap();
    let trainer = Trainer::params().analyzer(analyzer).tfidf(tfidf).check().unwrap();
    trainer.fit(&data).unwrap()
}

fn any_model() -> impl Strategy<Value = Model> {
    (analyzer(), tfidf(), texts(0..6), calibration()).prop_map(|(analyzer, tfidf, more, calibration)| {
        let mut model = model(analyzer, tfidf, &more);
        model.set_calibration(calibration).unwrap();
        model
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Tokens, and what lies between them, are the text.
    #[test]
    fn tokens_and_gaps_reassemble_the_text(text in prop_oneof![text(), "(?s).{0,200}"], contractions: bool) {
        let (mut together, mut last) = (String::new(), 0);
        for token in tokens(&text, contractions) {
            prop_assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.end()));
            prop_assert!(last <= token.start && token.start < token.end());
            together.extend([&text[last..token.start], token.text]);
            last = token.end();
        }
        together.push_str(&text[last..]);
        prop_assert_eq!(together, text);
    }

    #[test]
    fn words_of_every_analyzer_stand_in_the_text_in_order(text in prop_oneof![text(), "(?s).{0,200}"], options in analyzer()) {
        let mut spans = Vec::new();
        Analyzer::new(options).for_each_word(&text, |word| spans.push(word.span));
        prop_assert!(spans.iter().all(|span| text.get(span.start..span.end).is_some_and(|word| !word.is_empty())));
        prop_assert!(spans.is_sorted_by(|a, b| a.end <= b.start));
    }

    #[test]
    fn rows_have_norm_one_or_nothing(known in texts(1..12), asked in texts(0..12), analyzer in analyzer(), tfidf in tfidf()) {
        let vectorizer = TfidfVectorizer::new(analyzer, tfidf).unwrap();
        // Without a term there is nothing to fit.
        if let Ok((fitted, rows)) = vectorizer.fit_transform(&known) {
            for rows in [rows, fitted.transform(&asked)] {
                for i in 0..rows.rows() {
                    let (columns, values) = rows.row(i);
                    let square: f64 = values.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
                    prop_assert!(columns.is_empty() || (square.sqrt() - 1.0).abs() < 1e-6, "{values:?}");
                    prop_assert!(columns.is_sorted_by(|a, b| a < b));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// To the last bit.
    #[test]
    fn saved_and_loaded_a_model_says_the_same(model in any_model(), asked in texts(1..12)) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.demarche");
        model.save(&path).unwrap();
        let loaded = StanceClassifier::load(&path).unwrap();
        prop_assert_eq!(loaded.model(), &model);
        prop_assert_eq!(loaded.predict_batch(&asked), StanceClassifier::new(model).predict_batch(&asked));
    }

    #[test]
    fn probabilities_add_up_to_one(model in any_model(), asked in texts(1..12)) {
        for prediction in StanceClassifier::new(model).predict_batch(&asked) {
            let sum: f64 = prediction.proba().iter().sum();
            prop_assert!((sum - 1.0).abs() < 1e-12, "{sum}");
            prop_assert!(prediction.proba().iter().all(|p| (0.0..=prediction.confidence()).contains(p)));
        }
    }

    /// A text's neighbours, their number and their order do not matter.
    #[test]
    fn predictions_do_not_depend_on_order_or_batch(
        model in any_model(),
        (asked, shuffled) in texts(1..30).prop_flat_map(|texts| {
            let places: Vec<usize> = (0..texts.len()).collect();
            (Just(texts), Just(places).prop_shuffle())
        }),
        batch in 1usize..12,
    ) {
        let classifier = StanceClassifier::new(model);
        let alone: Vec<_> = asked.iter().map(|text| classifier.predict(text)).collect();
        prop_assert_eq!(&classifier.predict_batch(&asked), &alone);
        let positions: Vec<_> = alone.iter().map(Prediction::position).collect();
        prop_assert_eq!(classifier.predict_positions(&asked), positions);
        let rows: Vec<&[f64]> = alone.iter().map(Prediction::proba).collect();
        prop_assert_eq!(classifier.predict_proba_batch(&asked), rows.concat());
        let in_batches = asked.chunks(batch).flat_map(|texts| classifier.predict_batch(texts));
        prop_assert_eq!(&in_batches.collect::<Vec<_>>(), &alone);
        let mut scorer = classifier.scorer();
        for place in shuffled {
            prop_assert_eq!(&scorer.predict(&asked[place]), &alone[place]);
        }
    }

    /// Behind a text an unknown word makes the share of known words smaller and changes nothing else.
    #[test]
    fn an_unknown_word_behind_a_text_changes_nothing_but_the_share_of_known_words(model in any_model(), text in text()) {
        let classifier = StanceClassifier::new(model);
        let (before, after) = (classifier.predict(&text), classifier.predict(&format!("{text} {UNKNOWN}")));
        prop_assert_eq!(before.proba(), after.proba());
        prop_assert_eq!(before.known_terms(), after.known_terms());
        prop_assert_eq!(classifier.explain(&text).evidence, classifier.explain(&format!("{text} {UNKNOWN}")).evidence);
        prop_assert!(after.known_share() < before.known_share() || before.known_share() == 0.0);
    }

    /// Between two words it parts a pair. Where a model has single words alone, it changes nothing there either.
    #[test]
    fn where_words_count_alone_an_unknown_one_can_stand_anywhere(words in prop::collection::vec(word(), 0..20), place in 0usize..20) {
        let classifier = StanceClassifier::new(model(AnalyzerOptions::default(), TfidfOptions::default(), &[]));
        let mut with = words.clone();
        with.insert(place.min(words.len()), UNKNOWN.to_owned());
        // "No. 5" reads as a number, and is no single word.
        prop_assume!(!words.iter().any(|word| word.eq_ignore_ascii_case("no.")));
        let (before, after) = (classifier.predict(&words.join(" ")), classifier.predict(&with.join(" ")));
        prop_assert_eq!(before.proba(), after.proba());
        prop_assert_eq!(before.known_terms(), after.known_terms());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// Some blocks of rows, in another order and by several threads: each row gets the same answer, in its place.
    #[test]
    fn the_program_answers_each_row_alike_in_any_order_on_any_number_of_threads(
        asked in texts(40..60),
        shift in 1usize..40,
        threads in 2usize..9,
    ) {
        let asked: Vec<&String> = asked.iter().filter(|text| !text.trim().is_empty()).collect();
        let file = |first: usize| {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["id", "text"]).unwrap();
            for place in 0..2000 {
                let text = (first + place) % asked.len();
                writer.write_record([&text.to_string(), asked[text]]).unwrap();
            }
            writer.into_inner().unwrap()
        };
        let program = Program::new();
        program.file("a.csv", file(0)).file("b.csv", file(shift));
        let one = program.run(&["predict", "a.csv", "--threads", "1"]).ok();
        prop_assert_eq!(&program.run(&["predict", "a.csv", "--threads", &threads.to_string()]).ok(), &one);
        let one = csv_rows(&one);
        let other = csv_rows(&program.run(&["predict", "b.csv", "--threads", &threads.to_string()]).ok());
        prop_assert_eq!(other.len(), 2000);
        for (place, row) in other.iter().enumerate() {
            prop_assert_eq!(row, &one[(shift + place) % asked.len()]);
        }
    }
}
