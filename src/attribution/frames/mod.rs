//! From cues to statements: what stands around a reporting clause, and where it ends.
//!
//! | frame | example |
//! | --- | --- |
//! | source, cue, content | `Varga said that the talks would go on` |
//! | content, cue | `The talks would go on, Varga said`, `“…,” said Varga` |
//! | around | `The talks, Varga said, would go on`, `“…,” she said, “…”` |
//! | according to | `According to Varga, …`, `…, according to Varga` |
//! | colon | `Varga was blunt: “…”` |
//! | label | `MS. VARGA: …` in a transcript |

mod according;
mod left;
mod right;

use super::cues::{Cue, Subject};
use super::document::{Document, Tokens};
use super::lexicon::{Frame, REPORT_NOUN, Strength};
use super::tokens::Kind;
use super::transcripts;

/// Where content and cue stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Shape {
    CueFirst,
    ContentFirst,
    Around,
    According,
    Colon,
    Label,
    /// A quotation without a cue of its own.
    Run,
    /// A noun of speech, or a verb of blame in the passive.
    Nominal,
}

/// A statement, in tokens.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub sentence: usize,
    pub content: Vec<Tokens>,
    pub cue: Option<Tokens>,
    pub source: Option<Tokens>,
    pub shape: Shape,
    pub frame: Frame,
    pub strength: Strength,
    /// The pronoun of a relative clause, which stands for the source.
    pub mention: Option<Tokens>,
    /// Waits for the quotation that its colon announces.
    pub announces: bool,
}

/// Finds the statements of all sentences, in order of their cues.
pub(super) fn find(document: &Document) -> Vec<Found> {
    let mut turns = transcripts::turns(document).into_iter().peekable();
    let mut finder = Finder {
        document,
        found: Vec::new(),
        taken: 0,
    };
    for (index, sentence) in document.sentences.iter().enumerate() {
        if let Some(turn) = turns.next_if(|turn| turn.sentence <= index) {
            finder.taken = turn.content.last().map_or(0, |content| content.end);
            finder.found.push(turn);
        }
        if sentence.tokens.start >= finder.taken || sentence.tokens.end > finder.taken {
            finder.sentence(index);
        }
    }
    finder.found
}

struct Finder<'d, 't> {
    document: &'d Document<'t>,
    found: Vec<Found>,
    /// Content before this token is given away.
    taken: usize,
}

/// The state of a walk through one sentence.
struct Walk {
    sentence: usize,
    start: usize,
    end: usize,
    /// Where the text that no statement holds yet starts.
    free: usize,
    /// The statement whose content is still open to the right.
    pending: Option<usize>,
    /// The source of the last cue.
    source: Option<Tokens>,
}

impl Finder<'_, '_> {
    fn sentence(&mut self, index: usize) {
        let document = self.document;
        let sentence = &document.sentences[index];
        if sentence.quoted || !sentence.wordy {
            return;
        }
        let mut walk = Walk {
            sentence: index,
            start: sentence.tokens.start,
            end: sentence.tokens.end,
            free: sentence.tokens.start,
            pending: None,
            source: None,
        };
        let mut at = sentence.tokens.start;
        while at < walk.end {
            if document.is_quoted(at) || document.kind(at) != Kind::Word {
                at += 1;
                continue;
            }
            if document.reads(at, "according") && document.reads(at + 1, "to") {
                at = self.according(&mut walk, at);
                continue;
            }
            if document.tokens[at].verb != 0 {
                let floor = self.clause_floor(&walk, at);
                if let Some(cue) = document.cue_at(at, floor, walk.end) {
                    self.cue(&mut walk, &cue);
                } else if walk.pending.is_none() {
                    self.nominal(&mut walk, at, floor);
                }
            } else if document.is(at, REPORT_NOUN) && walk.pending.is_none() {
                let floor = self.clause_floor(&walk, at);
                self.nominal(&mut walk, at, floor);
            }
            at += 1;
        }
        if walk.pending.is_none() && self.found.last().is_none_or(|f| f.sentence != index) {
            self.colon(&walk);
        }
    }

    /// An attribution by a noun or a passive.
    fn nominal(&mut self, walk: &mut Walk, at: usize, floor: usize) {
        let document = self.document;
        let nominal = document
            .noun_cue(at, floor, walk.end)
            .or_else(|| document.passive_cue(at, floor, walk.end));
        let Some(nominal) = nominal else { return };
        self.taken = nominal.content.last().map_or(self.taken, |c| c.end.max(self.taken));
        self.found.push(Found {
            sentence: walk.sentence,
            content: nominal.content,
            cue: Some(nominal.cue),
            source: nominal.source,
            shape: Shape::Nominal,
            frame: Frame::Object,
            strength: Strength::Fair,
            mention: None,
            announces: false,
        });
    }

    /// How far left a clause can reach: behind the last quotation before it.
    fn clause_floor(&self, walk: &Walk, verb: usize) -> usize {
        let document = self.document;
        let mut at = verb;
        while at > walk.start {
            if document.kind(at - 1) == Kind::Close && document.is_quoted(at - 1) {
                let quote = document.quote_around(at - 1);
                // A short quotation inside a noun phrase or a clause is no boundary.
                if quote.is_none_or(|q| {
                    q.tokens.len() > 7
                        || q.tokens.start <= walk.start
                        || matches!(
                            document.kind(at.wrapping_sub(2)),
                            Kind::Comma | Kind::Question | Kind::Exclaim
                        )
                }) {
                    return at;
                }
                at = quote.map_or(at - 1, |q| q.tokens.start.max(walk.start));
                continue;
            }
            at -= 1;
        }
        walk.start
    }

    fn cue(&mut self, walk: &mut Walk, cue: &Cue) {
        let document = self.document;
        let left = self.left_content(walk, cue);
        let clause_end = match &cue.subject {
            Subject::After(phrase) => document.over_tail(phrase.end, walk.end),
            _ => cue.end,
        };
        let right = document.content_start(clause_end, cue, walk.end);
        let right_empty = !document.has_content(right, walk.end) || left.is_some() && document.is_tail(right);

        let ends = right_empty || document.kind(right) == Kind::Comma;
        if left.is_none() && ends && self.closes_sentence(walk, cue) {
            self.report_of_report(walk, cue);
            return;
        }
        if let Some(left) = left {
            let quoted = document.is_quoted(left.end - 1);
            let next_is_comma = document.kind(right) == Kind::Comma;
            let second = self.second_piece(walk, clause_end, right, quoted);
            let inverted = matches!(cue.subject, Subject::After(_));
            let clause_like = quoted || second.is_some() || document.has_finite(&left) || inverted;
            let takes_left = match cue.frame {
                Frame::Say | Frame::Quote | Frame::Ask | Frame::Tell => true,
                _ => quoted && cue.strength == Strength::Fair,
            };
            let adjacent = matches!(&cue.subject, Subject::Before(phrase) if phrase.end == cue.group);
            let sure = quoted || cue.strength > Strength::Weak || cue.frame == Frame::Say && right_empty && adjacent;
            if takes_left
                && clause_like
                && sure
                && (quoted || inverted || right_empty || next_is_comma)
                && !self.is_introduction(&left, right_empty, quoted, next_is_comma)
            {
                self.content_first(walk, cue, left, second, clause_end);
                return;
            }
        }
        self.cue_first(walk, cue, right);
    }

    /// `Okoye rejected the offer, the agency said`: whether a reporting clause ends a sentence that holds a statement already.
    fn closes_sentence(&self, walk: &Walk, cue: &Cue) -> bool {
        let document = self.document;
        matches!(cue.frame, Frame::Say | Frame::Tell)
            && cue.strength > Strength::Weak
            && matches!(&cue.subject, Subject::Before(phrase) if phrase.end == cue.group)
            && cue.start > walk.start + 2
            && document.kind(cue.start - 1) == Kind::Comma
            && self
                .found
                .last()
                .is_some_and(|found| found.sentence == walk.sentence && found.shape == Shape::CueFirst)
    }

    /// The whole sentence is what its closing clause reports; the statement inside of it ends there.
    fn report_of_report(&mut self, walk: &mut Walk, cue: &Cue) {
        let first = self.found.iter().position(|found| found.sentence == walk.sentence);
        let source = self.source(walk, cue);
        if let Some(pending) = walk.pending.take() {
            self.close(pending, cue.start - 1);
        }
        let content = walk.start..cue.start - 1;
        walk.free = cue.end;
        if first.is_some() && self.document.has_word(&content) {
            self.push(walk, cue, source, vec![content], Shape::ContentFirst);
        }
    }

    /// The phrase that a cue's words are ascribed to.
    fn source(&self, walk: &Walk, cue: &Cue) -> Option<Tokens> {
        match &cue.subject {
            Subject::Before(phrase) | Subject::After(phrase) | Subject::Relative(phrase) => Some(phrase.clone()),
            Subject::Shared => walk
                .source
                .clone()
                .or_else(|| self.document.main_subject(walk.start, cue.group)),
        }
    }

    /// Ends the content of a statement before `at`.
    fn close(&mut self, index: usize, at: usize) {
        let document = self.document;
        let Some(last) = self.found[index].content.last_mut() else {
            return;
        };
        let mut end = at.min(last.end);
        while end > last.start
            && !document.is_word(end - 1)
            && document.kind(end - 1) != Kind::Close
            && document.kind(end - 1) != Kind::CloseBracket
        {
            end -= 1;
        }
        if end > last.start {
            last.end = end;
        } else if self.found[index].content.len() > 1 {
            self.found[index].content.pop();
        }
    }

    fn push(&mut self, walk: &mut Walk, cue: &Cue, source: Option<Tokens>, content: Vec<Tokens>, shape: Shape) {
        walk.source = source.clone();
        if let Some(last) = content.last() {
            self.taken = self.taken.max(last.end);
        }
        self.found.push(Found {
            sentence: walk.sentence,
            content,
            cue: Some(cue.group..cue.end),
            source,
            shape,
            frame: cue.frame,
            strength: cue.strength,
            mention: cue.relative_pronoun(),
            announces: false,
        });
    }
}
