//! What would change a label: the fewest words without which the text has another.
//!
//! Contributions alone cannot tell: without a word its neighbours make other pairs, and the row has another norm. So every
//! answer here is a text that was scored again, whole, by the classifier.

use std::ops::Range;

use super::classifier::{Prediction, StanceClassifier};
use super::explanation::Explanation;
use super::scorer::Scorer;
use crate::statement::Span;

/// Words without which a text has another label.
#[derive(Debug, Clone, PartialEq)]
pub struct Counterfactual {
    /// The words that are left out, in their order.
    pub removed: Vec<Span>,
    /// The text without them.
    pub text: String,
    /// What the model says of that text.
    pub prediction: Prediction,
    /// Whether it is proven that no fewer words do it, by trying all sets of fewer. Otherwise no single one of the words could be kept, as
    /// far as that was tried, but other words may be fewer.
    pub is_smallest: bool,
}

/// Bytes of text that are scored at most in the search for the smallest set, and again at most when it is given up: some tens of
/// milliseconds.
const BUDGET: usize = 8 << 20;

impl StanceClassifier {
    /// The fewest words of `text` without which it has another label; of several such sets the one without which the label that `text`
    /// has is least probable. `None` if no set was found.
    ///
    /// Candidates are the words that are evidence of an [`Explanation`]; parts of one written word (`won't`, `cease-fire`) go together.
    /// All sets of one word are tried, then all of two, and so on, as long as a bounded amount of text is scored. If that does not
    /// suffice, the words that push most to the label are left out, as many as it takes, and then each is put back that can be
    /// ([`is_smallest`](Counterfactual::is_smallest) is false). Texts of 100 kB take less than a second.
    ///
    /// ```
    /// let classifier = demarche::StanceClassifier::embedded();
    /// let text = "The ministry rejected the offer.";
    /// let change = classifier.counterfactual(text).unwrap();
    /// assert_eq!(change.text, "The ministry the offer.");
    /// assert_ne!(change.prediction.label(), classifier.predict(text).label());
    /// assert!(change.is_smallest);
    /// ```
    pub fn counterfactual(&self, text: &str) -> Option<Counterfactual> {
        self.counterfactual_of(text, &self.explain(text))
    }

    /// The same where the text has been explained already.
    pub(crate) fn counterfactual_of(&self, text: &str, explanation: &Explanation) -> Option<Counterfactual> {
        let mut search = Search::new(self, text, explanation);
        let (chosen, is_smallest) = match search.smallest() {
            Outcome::Found(chosen) => (chosen, true),
            Outcome::Impossible => return None,
            Outcome::TooMany => (search.strongest()?, false),
        };
        let removed: Vec<Span> = chosen.iter().map(|&i| search.candidates[i].span).collect();
        let text = without(text, &removed);
        Some(Counterfactual {
            prediction: self.predict(&text),
            removed,
            text,
            is_smallest,
        })
    }
}

/// A written word that can be left out.
struct Candidate {
    span: Span,
    /// How much more it adds to the label than to the label that is second.
    push: f64,
}

enum Outcome {
    /// The smallest set, as places among the candidates.
    Found(Vec<usize>),
    /// There is no set at all.
    Impossible,
    /// More sets would have to be tried than is reasonable.
    TooMany,
}

struct Search<'s> {
    scorer: Scorer<'s>,
    text: &'s str,
    /// The label that is to change.
    label: usize,
    candidates: Vec<Candidate>,
}

impl<'s> Search<'s> {
    fn new(classifier: &'s StanceClassifier, text: &'s str, explanation: &Explanation) -> Self {
        let label = explanation.top();
        let logits = explanation.logits();
        let others = (0..logits.len()).filter(|&other| other != label);
        let second = others.max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap_or(label);
        let mut candidates: Vec<Candidate> = Vec::new();
        for word in explanation.words() {
            let push = word.contributions[label] - word.contributions[second];
            match candidates.last_mut() {
                Some(last) if is_one_word(text, last.span.end..word.span.start) => {
                    last.span.end = last.span.end.max(word.span.end);
                    last.push += push;
                }
                _ => candidates.push(Candidate { span: word.span, push }),
            }
        }
        Search {
            scorer: classifier.scorer(),
            text,
            label,
            candidates,
        }
    }

    /// Tries all sets of one word, of two, and so on.
    fn smallest(&mut self) -> Outcome {
        let mut budget = BUDGET / self.text.len().max(1);
        for size in 1..=self.candidates.len() {
            match binomial(self.candidates.len(), size).filter(|&sets| sets <= budget) {
                Some(sets) => budget -= sets,
                None => return Outcome::TooMany,
            }
            let mut best: Option<(f64, Vec<usize>)> = None;
            for_each_set(self.candidates.len(), size, |chosen| {
                if let Some(p) = self.changed(chosen)
                    && best.as_ref().is_none_or(|(least, _)| p < *least)
                {
                    best = Some((p, chosen.to_vec()));
                }
            });
            if let Some((_, chosen)) = best {
                return Outcome::Found(chosen);
            }
        }
        Outcome::Impossible
    }

    /// Leaves out the words that push most, as many as it takes, then puts back each that can be.
    fn strongest(&mut self) -> Option<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.candidates.len())
            .filter(|&i| self.candidates[i].push > 0.0)
            .collect();
        order.sort_by(|&a, &b| self.candidates[b].push.total_cmp(&self.candidates[a].push));
        // Twice as many until the label changes, then halving between; only scored sets count.
        let mut enough = 1;
        while self.changed(&order[..enough.min(order.len())]).is_none() {
            if enough >= order.len() {
                return None;
            }
            enough *= 2;
        }
        let mut too_few = enough / 2;
        let mut enough = enough.min(order.len());
        while enough - too_few > 1 {
            let middle = too_few + (enough - too_few) / 2;
            match self.changed(&order[..middle]) {
                Some(_) => enough = middle,
                None => too_few = middle,
            }
        }
        let mut chosen = order[..enough].to_vec();
        let mut budget = BUDGET / self.text.len().max(1);
        for place in (0..chosen.len()).rev() {
            let Some(left) = budget.checked_sub(1) else { break };
            budget = left;
            let kept = chosen.remove(place);
            if chosen.is_empty() || self.changed(&chosen).is_none() {
                chosen.insert(place, kept);
            }
        }
        chosen.sort_unstable();
        Some(chosen)
    }

    /// The probability of the label without the chosen words, if another one is more probable then.
    fn changed(&mut self, chosen: &[usize]) -> Option<f64> {
        let mut removed: Vec<Span> = chosen.iter().map(|&i| self.candidates[i].span).collect();
        removed.sort_unstable();
        let probabilities = self.scorer.predict_proba(&without(self.text, &removed));
        (super::scorer::top(probabilities) != self.label).then_some(probabilities[self.label])
    }
}

/// Whether what stands between two words makes them one in writing.
fn is_one_word(text: &str, between: Range<usize>) -> bool {
    between.start >= between.end || text.get(between).is_some_and(|b| b.chars().all(|c| "-'’".contains(c)))
}

/// `text` without some of its words, which are in order, and without the blank before each.
fn without(text: &str, removed: &[Span]) -> String {
    let mut left = String::with_capacity(text.len());
    let mut from = 0;
    for word in removed {
        left.push_str(&text[from..word.start]);
        from = word.end;
        let rest = &text[from..];
        let closes = |c: char| c.is_whitespace() || ",.;:!?)]”’\"".contains(c);
        if rest.is_empty() || rest.starts_with(closes) {
            left.truncate(left.trim_end_matches(' ').len());
        }
        if left.is_empty() {
            from += rest.len() - rest.trim_start().len();
        }
    }
    left.push_str(&text[from..]);
    left
}

/// How many sets of `size` there are, if that is a number.
fn binomial(items: usize, size: usize) -> Option<usize> {
    (0..size).try_fold(1usize, |sets, i| Some(sets.checked_mul(items - i)? / (i + 1)))
}

/// Calls `each` with every set of `size` out of `items`, in order.
fn for_each_set(items: usize, size: usize, mut each: impl FnMut(&[usize])) {
    let mut chosen: Vec<usize> = (0..size).collect();
    loop {
        each(&chosen);
        // The last place that can still go up does, and those behind it follow closely.
        let Some(place) = (0..size).rev().find(|&place| chosen[place] < items - size + place) else {
            return;
        };
        chosen[place] += 1;
        for behind in place + 1..size {
            chosen[behind] = chosen[behind - 1] + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_counted_as_they_are_met() {
        for (items, size) in [(5, 1), (5, 2), (5, 5), (9, 4)] {
            let mut seen = Vec::new();
            for_each_set(items, size, |chosen| seen.push(chosen.to_vec()));
            assert_eq!(Some(seen.len()), binomial(items, size));
            assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
        }
        assert_eq!(binomial(10_000, 40), None);
    }

    #[test]
    fn a_word_is_left_out_with_its_blank() {
        let without = |text: &str, word: &str| {
            let start = text.find(word).unwrap();
            let end = start + word.len();
            super::without(text, &[Span { start, end }])
        };
        assert_eq!(without("We reject it, again.", "reject"), "We it, again.");
        assert_eq!(without("We reject it, again.", "We"), "reject it, again.");
        assert_eq!(without("We reject it, again.", "it"), "We reject, again.");
        assert_eq!(without("We reject it, again.", "again"), "We reject it,.");
        assert_eq!(without("Naïve “calls” fail", "calls"), "Naïve “” fail");
    }

    /// Every set of words that stand in the text, tried without the search.
    #[test]
    fn no_smaller_set_does_it() {
        let classifier = StanceClassifier::embedded();
        let texts = [
            "We will not negotiate under threats, but we are ready for talks on the border.",
            "The minister thanked his hosts and accused nobody of the attack.",
            "They refused to meet, rejected the offer and threatened to close the border.",
        ];
        for text in texts {
            let found = classifier.counterfactual(text).unwrap();
            let label = classifier.predict(text).label().to_owned();
            assert!(found.is_smallest);
            assert_eq!(found.prediction, classifier.predict(&found.text));
            assert_ne!(found.prediction.label(), label);
            assert_eq!(found.text, without(text, &found.removed));
            let words = classifier.explain(text).words();
            for size in 1..found.removed.len() {
                for_each_set(words.len(), size, |chosen| {
                    let removed: Vec<Span> = chosen.iter().map(|&i| words[i].span).collect();
                    assert_eq!(classifier.predict(&without(text, &removed)).label(), label, "{text}");
                });
            }
        }
    }

    #[test]
    fn long_texts_are_answered_without_proof() {
        let classifier = StanceClassifier::embedded();
        let text = "They refused to meet, rejected the offer and threatened to close the border. ".repeat(1300);
        let found = classifier.counterfactual(&text).unwrap();
        assert!(!found.is_smallest && found.removed.len() > 100);
        assert_eq!(found.prediction, classifier.predict(&found.text));
        assert_ne!(found.prediction.label(), classifier.predict(&text).label());
    }

    #[test]
    fn nothing_known_nothing_to_remove() {
        let classifier = StanceClassifier::embedded();
        for text in ["", "   ", "qzx", "“…”"] {
            assert_eq!(classifier.counterfactual(text), None);
        }
    }
}
