//! Labelling by hand: which statement is asked for next, what was answered, and how an answer is taken back.
//!
//! A [`Session`] knows no file and no terminal, so that any front end can stand on it; `demarche annotate` is one.

/// One sitting over a list of statements, of which some may have a label already.
///
/// Statements without a label are asked for in their order, each once. A skipped one stays without a label and comes up again in the
/// next session.
///
/// ```
/// use demarche::annotation::Session;
///
/// let mut session = Session::new(["", "warning", ""]);
/// assert_eq!(session.current(), Some(0));
/// session.label("neutral");
/// assert_eq!(session.current(), Some(2)); // the second has a label
/// session.undo();
/// assert_eq!((session.current(), session.labels()[0].as_str()), (Some(0), ""));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// One for each statement; empty where there is none.
    labels: Vec<String>,
    /// The statements without a label at the start, in order.
    asked: Vec<usize>,
    /// How many of these are answered.
    answered: usize,
}

impl Session {
    /// Starts with the label of each statement; an empty one, or one of white space, is none.
    pub fn new<L: Into<String>>(labels: impl IntoIterator<Item = L>) -> Self {
        let without_blanks = |label: String| if label.trim().is_empty() { String::new() } else { label };
        let labels: Vec<String> = labels.into_iter().map(|label| without_blanks(label.into())).collect();
        let asked = (0..labels.len()).filter(|&i| labels[i].is_empty()).collect();
        Session {
            labels,
            asked,
            answered: 0,
        }
    }

    /// The statement in question, as a position in the list; `None` when all have been asked for.
    pub fn current(&self) -> Option<usize> {
        self.asked.get(self.answered).copied()
    }

    /// Gives the current statement a label and goes on; returns the statement. At the end of the list nothing happens.
    pub fn label(&mut self, label: &str) -> Option<usize> {
        let statement = self.skip()?;
        label.clone_into(&mut self.labels[statement]);
        Some(statement)
    }

    /// Goes on without a label; returns the statement that was left. At the end of the list nothing happens.
    pub fn skip(&mut self) -> Option<usize> {
        let statement = self.current()?;
        self.answered += 1;
        Some(statement)
    }

    /// Goes back to the statement answered last in this session and takes its label away; returns that statement, or `None` if none was
    /// answered.
    pub fn undo(&mut self) -> Option<usize> {
        self.answered = self.answered.checked_sub(1)?;
        let statement = self.asked[self.answered];
        self.labels[statement].clear();
        Some(statement)
    }

    /// The label of each statement; empty where there is none.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How many statements were labelled in this session.
    pub fn labelled(&self) -> usize {
        let answered = &self.asked[..self.answered];
        answered.iter().filter(|&&i| !self.labels[i].is_empty()).count()
    }

    /// How many statements were skipped in this session.
    pub fn skipped(&self) -> usize {
        self.answered - self.labelled()
    }

    /// How many statements have no label, those skipped included.
    pub fn open(&self) -> usize {
        self.asked.len() - self.labelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labelled_statements_are_passed_over_and_skipped_ones_come_again() {
        let mut session = Session::new(["x", "", " ", "y", ""]);
        assert_eq!(session.label("a"), Some(1));
        assert_eq!(session.skip(), Some(2));
        assert_eq!(session.label("b"), Some(4));
        assert_eq!(
            (session.current(), session.label("c"), session.skip()),
            (None, None, None)
        );
        assert_eq!((session.labelled(), session.skipped(), session.open()), (2, 1, 1));
        let again = Session::new(session.labels().to_vec());
        assert_eq!(again.current(), Some(2));
    }

    #[test]
    fn there_is_nothing_to_undo_at_the_start() {
        let mut session = Session::new(["", "x"]);
        assert_eq!(session.undo(), None);
        session.label("a");
        assert_eq!((session.undo(), session.undo()), (Some(0), None));
        assert_eq!(session.labels(), ["", "x"]);
    }

    proptest! {
        /// Whatever is answered, taking all of it back restores the start, and labels that were there are never touched.
        #[test]
        fn undo_undoes(given in prop::collection::vec(prop::bool::ANY, 0..12), answers in prop::collection::vec(0..4, 0..40)) {
            let start: Vec<&str> = given.iter().map(|&has| if has { "given" } else { "" }).collect();
            let mut session = Session::new(start.clone());
            for answer in answers {
                match answer {
                    0 => session.skip(),
                    1 => session.undo(),
                    _ => session.label("new"),
                };
                let kept = start.iter().zip(session.labels()).filter(|(before, _)| **before == "given").all(|(_, now)| now == "given");
                prop_assert!(kept);
                prop_assert_eq!(session.open(), session.labels().iter().filter(|label| label.is_empty()).count());
            }
            while session.undo().is_some() {}
            prop_assert_eq!(session, Session::new(start));
        }
    }
}
