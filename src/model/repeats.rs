//! Which terms of a text stand there more than once.

use crate::features::Hit;

/// A term that was there before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Repeat {
    /// Which of the hits it is.
    pub hit: usize,
    /// How often the term was there before.
    pub before: usize,
}

/// Finds repeats, text by text: by a hash table that is small enough to stay close, and never has to be emptied.
#[derive(Debug, Clone, Default)]
pub(super) struct Repeats {
    found: Vec<Repeat>,
    /// A power of two of them, at least twice as many as a text has terms.
    places: Vec<Place>,
    /// The number of the text.
    text: u32,
}

/// A place for the uses of one term.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    node: u32,
    /// The text that the place was last used for; it is free for any other.
    text: u32,
    uses: usize,
}

impl Repeats {
    /// The repeats among the terms of one text, in order.
    #[inline(never)]
    pub fn find(&mut self, hits: &[Hit]) -> &[Repeat] {
        self.next_text(hits.len());
        let Repeats { found, places, text } = self;
        let mask = places.len() - 1;
        for (hit, &Hit { node, .. }) in hits.iter().enumerate() {
            // Numbers of nodes are as good as random here.
            let mut at = node as usize & mask;
            while places[at].text == *text && places[at].node != node {
                at = (at + 1) & mask;
            }
            let place = &mut places[at];
            if place.text == *text {
                let before = place.uses;
                found.push(Repeat { hit, before });
                place.uses += 1;
            } else {
                let text = *text;
                *place = Place { node, text, uses: 1 };
            }
        }
        found
    }

    /// Goes on to the next text, with room for `terms`.
    fn next_text(&mut self, terms: usize) {
        let needed = (2 * terms).next_power_of_two().max(256);
        self.found.clear();
        self.text = self.text.wrapping_add(1);
        if self.places.len() < needed || self.text == 0 {
            self.places.clear();
            self.places.resize(needed, Place::default());
            self.text = 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Short and long texts in turn, with terms that share their place.
        #[test]
        fn repeats_are_those_of_a_plain_count(texts in prop::collection::vec(prop::collection::vec((0u32..40, 0u32..3), 0..400), 1..5)) {
            let mut repeats = Repeats::default();
            for text in texts {
                let hits: Vec<Hit> = text.iter().map(|(a, b)| Hit { node: a + b * 4096, ..Hit::default() }).collect();
                let mut counts = HashMap::new();
                let expected: Vec<Repeat> = hits.iter().enumerate().filter_map(|(hit, Hit { node, .. })| {
                    let count = counts.entry(*node).or_insert(0);
                    *count += 1;
                    (*count > 1).then_some(Repeat { hit, before: *count - 1 })
                }).collect();
                prop_assert_eq!(repeats.find(&hits), &expected[..]);
            }
        }
    }
}
