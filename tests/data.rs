//! The shipped data keep what `data/README.md` promises, and the shipped model does not judge by names.

mod program;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use demarche::StanceClassifier;
use program::{csv_rows, repository};

type Row = BTreeMap<String, String>;

fn rows() -> Vec<Row> {
    csv_rows(&std::fs::read_to_string(repository("data/statements.csv")).unwrap())
}

fn count<'r>(rows: &'r [Row], key: impl Fn(&'r Row) -> String) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    rows.iter().for_each(|row| *counts.entry(key(row)).or_default() += 1);
    counts
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.map(str::to_lowercase).collect()
}

#[test]
fn labels_and_acts_are_balanced_and_belong_together() {
    let rows = rows();
    assert!(rows.len() >= 10_000);
    for (label, rows_of_label) in count(&rows, |row| row["label"].clone()) {
        let share = rows_of_label as f64 / rows.len() as f64;
        assert!((0.28..0.40).contains(&share), "{label}: {share}");
    }
    let acts = count(&rows, |row| row["act"].clone());
    assert_eq!(acts.len(), 14);
    assert!(acts.values().all(|&rows| rows >= 400), "{acts:?}");
    // An act has one label.
    assert_eq!(count(&rows, |row| format!("{} {}", row["label"], row["act"])).len(), 14);
}

#[test]
fn every_hard_rule_has_rows_on_both_sides_of_its_line() {
    let rows = rows();
    for rule in 1..=10 {
        let of_rule: Vec<Row> = rows
            .iter()
            .filter(|row| row["rule"] == rule.to_string())
            .cloned()
            .collect();
        let sides = count(&of_rule, |row| row["label"].clone());
        let enough = sides.values().filter(|&&rows| rows >= 120).count();
        assert!(enough >= 2, "rule {rule}: {sides:?}");
    }
}

#[test]
fn no_two_rows_share_more_than_half_of_their_four_grams() {
    let rows = rows();
    let grams: Vec<BTreeSet<Vec<String>>> = rows
        .iter()
        .map(|row| words(&row["text"]).windows(4).map(<[String]>::to_vec).collect())
        .collect();
    let mut holders: HashMap<&Vec<String>, Vec<usize>> = HashMap::new();
    for (i, grams) in grams.iter().enumerate() {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for gram in grams {
            let earlier = holders.entry(gram).or_default();
            earlier.iter().for_each(|&j| *shared.entry(j).or_default() += 1);
            earlier.push(i);
        }
        for (j, count) in shared {
            let smaller = grams.len().min(self::words(&rows[j]["text"]).len().saturating_sub(3));
            assert!(2 * count <= smaller, "{}\n{}", rows[i]["text"], rows[j]["text"]);
        }
    }
}

#[test]
fn cue_words_do_not_give_the_label_away() {
    let rows = rows();
    for cue in ["warn", "threat", "sanctions", "peace", "talks", "welcome", "condemn"] {
        let having: Vec<Row> = rows
            .iter()
            .filter(|row| words(&row["text"]).iter().any(|w| w.starts_with(cue)))
            .cloned()
            .collect();
        let labels = count(&having, |row| row["label"].clone());
        println!("{cue}: {} rows, {labels:?}", having.len());
        assert_eq!(labels.len(), 3, "{cue}: {labels:?}");
        assert!(
            labels.values().all(|&rows| rows * 100 >= having.len() * 3),
            "{cue}: {labels:?}"
        );
    }
}

#[test]
fn few_rows_open_alike() {
    let rows = rows();
    let openings = count(&rows, |row| {
        words(&row["text"]).into_iter().take(3).collect::<Vec<_>>().join(" ")
    });
    let alike: usize = openings.values().filter(|&&rows| rows > 10).sum();
    let share = alike as f64 / rows.len() as f64;
    println!(
        "{:.1} % of the rows share their first three words with more than ten others",
        100.0 * share
    );
    assert!(share < 0.08, "{share}");
}

/// Names and what stands in for each: countries, peoples, capitals, persons.
const SWAPS: [&[&str]; 4] = [
    &[
        "Russia",
        "China",
        "Iran",
        "Israel",
        "Ukraine",
        "Pakistan",
        "India",
        "Syria",
        "Iraq",
        "Japan",
        "France",
        "Germany",
        "Poland",
        "Kenya",
        "Nigeria",
        "Brazil",
        "Mexico",
        "Colombia",
        "Venezuela",
        "Egypt",
        "Sudan",
        "Ethiopia",
        "Vietnam",
        "Thailand",
        "Indonesia",
        "Australia",
        "Canada",
        "Greece",
        "Serbia",
        "Cuba",
        "Haiti",
        "Somalia",
        "Libya",
        "Lebanon",
        "Bolivia",
        "Peru",
    ],
    &[
        "Russian",
        "Chinese",
        "Iranian",
        "Israeli",
        "Ukrainian",
        "Pakistani",
        "Indian",
        "Syrian",
        "Iraqi",
        "Japanese",
        "French",
        "German",
        "Polish",
        "Kenyan",
        "Nigerian",
        "Brazilian",
        "Mexican",
        "Colombian",
        "Egyptian",
        "Sudanese",
        "Ethiopian",
        "Vietnamese",
        "Thai",
        "Indonesian",
        "Australian",
        "Canadian",
        "Greek",
        "Serbian",
        "Cuban",
        "Haitian",
        "Somali",
        "Libyan",
        "Lebanese",
        "American",
    ],
    &[
        "Moscow",
        "Beijing",
        "Tehran",
        "Jerusalem",
        "Kyiv",
        "Islamabad",
        "Delhi",
        "Damascus",
        "Baghdad",
        "Tokyo",
        "Paris",
        "Berlin",
        "Warsaw",
        "Nairobi",
        "Brasilia",
        "Bogota",
        "Caracas",
        "Cairo",
        "Khartoum",
        "Hanoi",
        "Jakarta",
        "Canberra",
        "Ottawa",
        "Athens",
        "Belgrade",
        "Havana",
        "Tripoli",
        "Beirut",
        "Lima",
        "Washington",
        "London",
        "Brussels",
        "Geneva",
        "Vienna",
    ],
    &[
        "Putin",
        "Biden",
        "Obama",
        "Clinton",
        "Bush",
        "Yeltsin",
        "Netanyahu",
        "Arafat",
        "Mandela",
        "Castro",
        "Chavez",
        "Merkel",
        "Macron",
        "Blair",
        "Thatcher",
        "Reagan",
        "Carter",
        "Nixon",
        "Gorbachev",
        "Zelenskyy",
        "Modi",
        "Musharraf",
        "Saddam",
        "Assad",
    ],
];

#[test]
fn swapping_names_hardly_changes_an_answer() {
    let classifier = StanceClassifier::embedded();
    let replacement: HashMap<&str, &str> = SWAPS
        .iter()
        .flat_map(|names| {
            names
                .iter()
                .enumerate()
                .map(|(i, name)| (*name, names[(i + 7) % names.len()]))
        })
        .collect();
    let swap = |text: &str| -> Option<String> {
        let mut swapped = String::new();
        let mut rest = text;
        let mut changed = false;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            let (word, tail) = rest.split_at(end);
            let new = replacement.get(word).copied().unwrap_or(word);
            changed |= new != word;
            swapped += new;
            let next = tail.chars().next().map_or(0, char::len_utf8);
            swapped += &tail[..next];
            rest = &tail[next..];
        }
        changed.then_some(swapped)
    };
    let pairs: Vec<(String, String)> = rows()
        .into_iter()
        .filter_map(|row| Some((row["text"].clone(), swap(&row["text"])?)))
        .take(500)
        .collect();
    assert_eq!(pairs.len(), 500);
    let (mut turned, mut moved) = (0, 0.0);
    for (text, swapped) in &pairs {
        let (before, after) = (classifier.predict(text), classifier.predict(swapped));
        turned += usize::from(before.label() != after.label());
        let moves = before
            .probabilities()
            .zip(after.probabilities())
            .map(|((_, p), (_, q))| (p - q).abs());
        moved += moves.fold(0.0, f64::max);
    }
    println!(
        "{turned} of 500 labels turned, probabilities moved by {:.4} on average",
        moved / 500.0
    );
    assert!(turned <= 5, "{turned} of 500 labels turned");
    assert!(moved / 500.0 < 0.1);
}
