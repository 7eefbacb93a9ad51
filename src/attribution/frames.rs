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

use super::cues::{Cue, Subject};
use super::document::{Document, Tokens};
use super::lexicon::{
    ADDRESSEE, ADV, ARTICLE, ATTITUDE, SPEECH_ACT, COORD, DAY, DET, Frame, ING, INTRO, MEDIA, MONTH, NUMBER_WORD, OCCASION, PAST, PEOPLE, PERSON, POSSESSIVE,
    PREP, PRONOUN, REL, REPORT_NOUN, STATIVE, SUBORD, Strength, TIME, WH,
};
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
        let nominal = document.noun_cue(at, floor, walk.end).or_else(|| document.passive_cue(at, floor, walk.end));
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
                if quote.is_none_or(|q| q.tokens.len() > 7 || q.tokens.start <= walk.start || matches!(document.kind(at.wrapping_sub(2)), Kind::Comma | Kind::Question | Kind::Exclaim)) {
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
            if takes_left && clause_like && sure && (quoted || inverted || right_empty || next_is_comma) && !self.is_introduction(&left, right_empty, quoted, next_is_comma) {
                self.content_first(walk, cue, left, second, clause_end);
                return;
            }
        }
        self.cue_first(walk, cue, right);
    }

    /// Whether what stands before a reporting clause frames it, and is not what was said.
    fn is_introduction(&self, left: &Tokens, right_empty: bool, quoted: bool, comma: bool) -> bool {
        let document = self.document;
        let wholly = quoted && document.is_quoted(left.start);
        !wholly
            && !right_empty
            && !comma
            && document.is(left.start, INTRO | PREP | SUBORD)
    }

    /// The text left of a reporting clause, from what is free to the comma or mark before the clause.
    fn left_content(&self, walk: &Walk, cue: &Cue) -> Option<Tokens> {
        let document = self.document;
        if matches!(cue.subject, Subject::Shared | Subject::Relative(_)) || cue.start <= walk.free {
            return None;
        }
        let mut end = cue.start;
        // "Prices, as the minister said, rose"
        if end > walk.free + 1 && (document.reads(end - 1, "as") || document.reads(end - 1, "so")) {
            end -= 1;
        }
        let mark = document.kind(end - 1);
        let adjacent = match mark {
            Kind::Comma | Kind::Dash => {
                end -= 1;
                true
            }
            Kind::Close => true,
            Kind::Question | Kind::Exclaim | Kind::Ellipsis => true,
            _ => false,
        };
        if !adjacent || end <= walk.free {
            return None;
        }
        let start = self.start_of_left(walk, end);
        let range = start..end;
        document.has_word(&range).then_some(range)
    }

    /// Where content that ends before `end` starts: the free text of the sentence, and the whole of a quotation that
    /// began in an earlier sentence.
    fn start_of_left(&self, walk: &Walk, end: usize) -> usize {
        let document = self.document;
        let mut start = walk.free;
        while start < end && !document.is_word(start) && !document.is_mark(start) && document.kind(start) != Kind::OpenBracket {
            start += 1;
        }
        if start < end && document.is_quoted(start) {
            if let Some(quote) = document.quote_around(start) {
                if quote.tokens.start < start && quote.tokens.start >= self.taken {
                    return self.start_of_sentence_with(quote.tokens.start, walk);
                }
            }
        }
        start
    }

    /// A quotation that opens in the middle of an earlier sentence takes that sentence along.
    fn start_of_sentence_with(&self, open: usize, walk: &Walk) -> usize {
        let sentences = &self.document.sentences;
        let index = sentences[..walk.sentence].partition_point(|s| s.tokens.end <= open);
        let sentence = &sentences[index];
        let inside = self.found.iter().rev().take_while(|f| f.sentence >= index).any(|f| f.sentence == index);
        match inside || sentence.quoted {
            true => open,
            false => sentence.tokens.start.max(self.taken),
        }
    }

    /// The piece of content behind a reporting clause that interrupts it.
    fn second_piece(&self, walk: &Walk, clause_end: usize, right: usize, quoted: bool) -> Option<Tokens> {
        let document = self.document;
        let mut at = right;
        while at < walk.end && matches!(document.kind(at), Kind::Comma | Kind::Colon | Kind::Dash) {
            at += 1;
        }
        if at >= walk.end {
            return None;
        }
        let open = if document.is(at, COORD) { at + 1 } else { at };
        if document.kind(open) == Kind::Open && open < walk.end {
            return Some(open..self.end_of_right(walk, open));
        }
        // "The talks, he said, would go on": what follows the comma needs a verb and must not be a clause of its own.
        let comma = document.kind(right) == Kind::Comma;
        if quoted || !comma {
            return None;
        }
        let _ = clause_end;
        let participle = document.tokens[at].forms & ING != 0 || document.word(at).ends_with("ing") || document.is(at, ADV) && document.word(at + 1).ends_with("ing");
        let aside = document.is(at, REL) && !document.reads(at, "that") || ["as", "when", "while", "after", "with", "during", "in", "on", "at", "according"].iter().any(|w| document.reads(at, w));
        let range = at..self.end_of_right(walk, at);
        (document.is_word(at) && !participle && !aside && document.has_word(&range)).then_some(range)
    }

    fn content_first(&mut self, walk: &mut Walk, cue: &Cue, left: Tokens, second: Option<Tokens>, clause_end: usize) {
        let source = self.source(walk, cue);
        // A statement that waits for its end gives way: it holds this one.
        let mut content = vec![left.clone()];
        let shape = match second {
            Some(piece) => {
                walk.free = piece.end;
                content.push(piece);
                Shape::Around
            }
            None => {
                walk.free = clause_end;
                Shape::ContentFirst
            }
        };
        if let Some(pending) = walk.pending.take() {
            self.close(pending, left.start);
        }
        let open = shape == Shape::Around;
        self.push(walk, cue, source, content, shape);
        if open {
            walk.pending = Some(self.found.len() - 1);
        }
    }

    fn cue_first(&mut self, walk: &mut Walk, cue: &Cue, right: usize) {
        let document = self.document;
        let boundary = self.clause_boundary(walk, cue);
        if let Some(pending) = walk.pending {
            let Some(boundary) = boundary else {
                // Inside of what someone else says; what an agency reports is somebody's statement all the same.
                if self.is_relayed(pending) && matches!(cue.subject, Subject::Before(_)) && cue.strength == Strength::Strong {
                    self.nested(walk, cue, right);
                }
                return;
            };
            let start = self.found[pending].content.last().map_or(walk.start, |c| c.start);
            if boundary <= start {
                return;
            }
        }
        if cue.frame == Frame::Call && cue.start > walk.start && document.reads(cue.start - 1, "what") {
            return;
        }
        let announces = document.kind(right.saturating_sub(1)) == Kind::Colon && right >= walk.end
            || right < walk.end && document.kind(right) == Kind::Colon && !document.has_word(&(right..walk.end));
        if !announces && !self.accepts_right(walk, cue, right) {
            return;
        }
        if announces && !matches!(cue.frame, Frame::Say | Frame::Quote | Frame::Ask | Frame::Tell) {
            return;
        }
        if let (Some(pending), Some(boundary)) = (walk.pending.take(), boundary) {
            self.close(pending, boundary);
        }
        let source = self.source(walk, cue);
        if announces {
            self.push(walk, cue, source, Vec::new(), Shape::CueFirst);
            if let Some(last) = self.found.last_mut() {
                last.announces = true;
            }
            return;
        }
        let start = document.skip_that(right, walk.end);
        let mut end = self.end_of_right(walk, start);
        let has_object = matches!(cue.frame, Frame::Object | Frame::Call)
            || !document.is_quoted(right) && start == right && document.is_noun_object(right, walk.end);
        if has_object {
            end = document.end_of_object(start, end);
        }
        if self.is_subordinate(walk, cue) {
            end = document.end_of_subordinate(start, end);
        }
        if let Subject::Relative(_) = cue.subject {
            end = self.end_of_relative(start, end);
        }
        walk.free = end;
        self.push(walk, cue, source, vec![start..end], Shape::CueFirst);
        walk.pending = Some(self.found.len() - 1);
    }

    /// Whether a statement is what news media report: `Reuters reported that …`.
    fn is_relayed(&self, pending: usize) -> bool {
        let source = self.found[pending].source.as_ref();
        source.is_some_and(|source| self.document.is(self.document.head(source), MEDIA))
    }

    /// A statement inside of another one.
    fn nested(&mut self, walk: &mut Walk, cue: &Cue, right: usize) {
        let document = self.document;
        let (Subject::Before(source), true) = (&cue.subject, !document.is_noun_object(right, walk.end) && self.accepts_right(walk, cue, right)) else {
            return;
        };
        let start = document.skip_that(right, walk.end);
        self.found.push(Found {
            sentence: walk.sentence,
            content: vec![start..self.end_of_right(walk, start)],
            cue: Some(cue.group..cue.end),
            source: Some(source.clone()),
            shape: Shape::CueFirst,
            frame: cue.frame,
            strength: cue.strength,
            announces: false,
        });
    }

    /// Where content that starts at `start` ends, if nothing cuts it: with the sentence, or with the quotation open there.
    fn end_of_right(&self, walk: &Walk, start: usize) -> usize {
        let document = self.document;
        let mut end = walk.end;
        let last = end - 1;
        if document.is_quoted(last) {
            if let Some(quote) = document.quote_around(last) {
                if quote.tokens.start >= start {
                    return end.max(quote.tokens.end);
                }
            }
            return end;
        }
        while end > start && !document.is_quoted(end - 1) && !document.is_word(end - 1) && document.kind(end - 1) != Kind::CloseBracket {
            end -= 1;
        }
        end
    }

    /// `While Varga said …, the talks …`: whether the cue stands in a clause that opens the sentence and is not its main one.
    fn is_subordinate(&self, walk: &Walk, cue: &Cue) -> bool {
        let document = self.document;
        let before = cue.start.wrapping_sub(1);
        cue.start > walk.start
            && cue.start <= walk.start + 3
            && document.is(before, SUBORD)
            && !document.reads(before, "so")
    }

    /// A relative clause ends at the next comma outside of quotation marks, if the sentence goes on.
    fn end_of_relative(&self, start: usize, end: usize) -> usize {
        let document = self.document;
        let comma = (start..end).find(|&at| document.kind(at) == Kind::Comma && !document.is_quoted(at));
        match comma {
            Some(comma) if document.is_finite(comma + 1) => comma,
            _ => end,
        }
    }

    /// Where the clause of a cue starts, if it is a clause of its own and not one inside of what is being said.
    fn clause_boundary(&self, walk: &Walk, cue: &Cue) -> Option<usize> {
        let document = self.document;
        let mut at = cue.start;
        let mut boundary = None;
        if let Subject::Shared = cue.subject {
            // "and warned": a clause of the same speaker.
        }
        while at > walk.start && cue.start - at < 6 {
            let before = at - 1;
            if document.is_quoted(before) {
                if document.kind(before) == Kind::Close {
                    boundary = Some(at);
                }
                break;
            }
            match document.kind(before) {
                Kind::Comma | Kind::Semicolon | Kind::Dash => boundary = Some(before),
                Kind::Word if document.is(before, COORD) => boundary = Some(before),
                Kind::Word if ["while", "though", "although", "whereas", "even"].iter().any(|w| document.reads(before, w)) => {
                    boundary = Some(before)
                }
                Kind::Word if document.is(before, ADV | TIME) && boundary.is_none() => {}
                _ => break,
            }
            at = before;
        }
        boundary
    }

    /// Whether what follows the cue is a statement.
    fn accepts_right(&self, walk: &Walk, cue: &Cue, right: usize) -> bool {
        let document = self.document;
        if !document.has_content(right, walk.end) || document.kind(right) == Kind::Comma && !document.opens_quote(right, walk.end) {
            return false;
        }
        if cue.negated && document.is_silence(cue) && !matches!(cue.frame, Frame::Say | Frame::Tell) {
            return false;
        }
        let content = right..walk.end;
        let that = document.reads(right, "that") && !document.is_quoted(right);
        let vague = document.reads(right, "when") || document.reads(right, "where");
        let wh = document.is(right, WH) && !document.is_quoted(right) && (!vague || cue.negated || cue.frame != Frame::Say);
        let quote = document.opens_quote(right, walk.end);
        let sure = match &cue.subject {
            Subject::Before(phrase) | Subject::After(phrase) | Subject::Relative(phrase) => document.surely_speaks(phrase),
            Subject::Shared => walk.source.is_some() || document.main_subject(walk.start, cue.group).is_some(),
        };
        if matches!(cue.subject, Subject::Shared) && !sure {
            return false;
        }
        let clause = || document.opens_clause(right, walk.end);
        let object = || that || document.opens_object(right, walk.end);
        let participle = document.tokens[cue.verb].forms & ING != 0 && matches!(cue.subject, Subject::Shared);
        let shared_finite = matches!(cue.subject, Subject::Shared) && !participle;
        match (cue.frame, cue.strength) {
            (Frame::Say | Frame::Tell, Strength::Strong) => {
                that || wh || quote || clause() || document.opens_object(right, walk.end) && sure && (!shared_finite || walk.source.is_some()) && !(shared_finite && cue.frame == Frame::Tell)
            }
            (Frame::Say | Frame::Tell, Strength::Fair) => {
                (that || quote || clause() || wh && !participle) && (sure || that) || sure && document.names_act(right, walk.end, ATTITUDE)
            }
            (Frame::Say | Frame::Tell, Strength::Weak) => sure && (that && !shared_finite || quote && document.quote_length(right, walk.end) > 5),
            (Frame::Quote, _) => quote && document.quote_length(right, walk.end) > 3,
            (Frame::Ask, _) => quote || wh || sure && document.asks_to(right, walk.end),
            (Frame::Object, Strength::Strong) => sure && (object() || clause() || quote || document.tokens[right].forms & ING != 0 || document.word(right).ends_with("ing")),
            (Frame::Object, Strength::Fair) => sure && !shared_finite && (object() || quote || clause()),
            (Frame::Object, Strength::Weak) => {
                sure && !shared_finite && (document.has_open_quote(&content) || document.names_act(right, walk.end, SPEECH_ACT))
            }
            (Frame::Call, _) => sure && (document.has_open_quote(&content) || cue.strength == Strength::Strong && object() || document.names_something(&content)),
        }
    }

    /// The phrase that a cue's words are ascribed to.
    fn source(&self, walk: &Walk, cue: &Cue) -> Option<Tokens> {
        match &cue.subject {
            Subject::Before(phrase) | Subject::After(phrase) | Subject::Relative(phrase) => Some(phrase.clone()),
            Subject::Shared => walk.source.clone().or_else(|| self.document.main_subject(walk.start, cue.group)),
        }
    }

    /// Ends the content of a statement before `at`.
    fn close(&mut self, index: usize, at: usize) {
        let document = self.document;
        let Some(last) = self.found[index].content.last_mut() else {
            return;
        };
        let mut end = at.min(last.end);
        while end > last.start && !document.is_word(end - 1) && document.kind(end - 1) != Kind::Close && document.kind(end - 1) != Kind::CloseBracket {
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
            announces: false,
        });
    }

    /// `According to X, content` and `content, according to X`; gives back where to go on.
    fn according(&mut self, walk: &mut Walk, at: usize) -> usize {
        let document = self.document;
        let from = at + 2;
        let mut end = from;
        while end < walk.end && (document.kind(end) != Kind::Comma || document.is_listed_source(end, walk.end)) && document.kind(end) != Kind::Semicolon && document.kind(end) != Kind::Dash && !document.is_quoted(end) {
            end += 1;
        }
        let source = from..end;
        if !document.has_word(&source) {
            return from;
        }
        let mut source_end = source.end;
        while source_end > source.start && !document.is_word(source_end - 1) && document.kind(source_end - 1) != Kind::CloseBracket {
            source_end -= 1;
        }
        let source = source.start..source_end;
        let opens = at <= walk.start + 1 || document.is(at - 1, COORD | SUBORD);
        let goes_on = document.kind(end) == Kind::Comma && document.has_finite(&(end..walk.end));
        let leading = opens || goes_on && !document.has_finite(&(walk.free..at)) && document.is(walk.free, INTRO | PREP);
        let mut content = Vec::new();
        if leading {
            let start = end + 1;
            if start < walk.end && document.has_finite(&(start..walk.end)) {
                let stop = self.end_of_right(walk, start);
                content.push(start..stop);
            }
        } else {
            let mut stop = at;
            while stop > walk.start && !document.is_word(stop - 1) && document.kind(stop - 1) != Kind::Close {
                stop -= 1;
            }
            let start = match walk.pending {
                Some(pending) => {
                    self.close(pending, stop);
                    walk.start
                }
                None => walk.free,
            };
            let start = self.start_of_left(&Walk { free: start, source: None, ..*walk }, stop);
            if start < stop {
                content.push(start..stop);
            }
            let next = end + 1;
            if next < walk.end && document.kind(end) == Kind::Comma && !document.has_finite(&(start..stop)) && document.has_word(&(next..walk.end)) {
                content.push(next..self.end_of_right(walk, next));
            }
        }
        if content.is_empty() {
            return end;
        }
        if let Some(pending) = walk.pending.take() {
            if leading {
                self.close(pending, at);
            }
        }
        let pending = leading || content.len() > 1;
        walk.source = Some(source.clone());
        walk.free = content.last().map_or(end, |c| c.end).max(end);
        self.taken = self.taken.max(walk.free);
        self.found.push(Found {
            sentence: walk.sentence,
            content,
            cue: Some(at..from),
            source: Some(source),
            shape: Shape::According,
            frame: Frame::Say,
            strength: Strength::Strong,
            announces: false,
        });
        if pending {
            walk.pending = Some(self.found.len() - 1);
        }
        end.max(from)
    }

    /// `Varga was blunt: “…”`: a colon before a quotation, and a subject that can speak.
    fn colon(&mut self, walk: &Walk) {
        let document = self.document;
        let colon = (walk.start..walk.end).find(|&at| document.kind(at) == Kind::Colon && !document.is_quoted(at));
        let Some(colon) = colon else { return };
        let open = colon + 1;
        if document.kind(open) != Kind::Open || document.quote_length(open, walk.end) < 4 {
            return;
        }
        let Some(source) = document.main_subject(walk.start, colon) else {
            return;
        };
        let head = document.head(&source);
        if !document.is_capital(head) && !document.is(head, PERSON | PEOPLE | PRONOUN | super::lexicon::DOCUMENT | super::lexicon::ORG) {
            return;
        }
        let content = open..self.end_of_right(walk, open);
        self.taken = content.end;
        self.found.push(Found {
            sentence: walk.sentence,
            content: vec![content],
            cue: Some(colon..colon + 1),
            source: Some(source),
            shape: Shape::Colon,
            frame: Frame::Quote,
            strength: Strength::Fair,
            announces: false,
        });
    }
}

impl Document<'_> {
    /// Where the object of a verb ends: before a clause that says something of its own.
    fn end_of_object(&self, start: usize, end: usize) -> usize {
        for at in start + 1..end {
            if self.is_quoted(at) {
                continue;
            }
            let next = at + 1;
            let cuts = match self.kind(at) {
                Kind::Comma => {
                    self.is(next, REL) && !self.reads(next, "that")
                        || ["while", "although", "though", "as", "after", "when", "because"].iter().any(|w| self.reads(next, w))
                        || ["but", "yet"].iter().any(|w| self.reads(next, w)) && (self.clause_follows(next + 1, end) || self.is_tensed(next + 1) || self.is_tensed(next + 2))
                        || self.tokens[next].forms & ING != 0
                        || self.word(next).ends_with("ing") && !self.is(next, PREP)
                        || self.is(next, ADV) && self.word(next + 1).ends_with("ing")
                        || self.reads(next, "and") && self.clause_follows(next + 1, end)
                        || self.clause_follows(next, end)
                }
                Kind::Dash | Kind::Semicolon => next < end,
                Kind::Word if self.is(at, COORD) => {
                    let verb = if self.is(next, ADV) { next + 1 } else { next };
                    verb < end && self.is_tensed(verb) && !self.is(at - 1, super::lexicon::AUX)
                }
                Kind::Word => {
                    ["when", "while", "as", "after", "although", "though"].iter().any(|w| self.reads(at, w)) && self.clause_follows(next, end)
                        || self.reads(at, "while") && self.is(next, PREP)
                }
                _ => false,
            };
            if cuts {
                return at;
            }
        }
        end
    }

    /// Where a clause that opens a sentence ends: at the comma before the main clause.
    fn end_of_subordinate(&self, start: usize, end: usize) -> usize {
        (start + 1..end)
            .find(|&at| self.kind(at) == Kind::Comma && !self.is_quoted(at) && self.clause_follows(at + 1, end))
            .unwrap_or(end)
    }

    /// Whether a subject and its verb follow.
    fn clause_follows(&self, at: usize, end: usize) -> bool {
        let opens = self.is(at, DET | PRONOUN | POSSESSIVE) || self.is_capital(at);
        opens && !self.is(at, REL)
            && (at + 1..end.min(at + 9)).take_while(|&i| self.is_word(i) && !self.is(i, REL | SUBORD)).any(|i| self.is_finite(i) && !self.is(i - 1, DET | POSSESSIVE))
    }

    /// Whether there is something to say from `at` on: a word before the sentence, or a comma, ends.
    pub fn has_content(&self, at: usize, limit: usize) -> bool {
        (at..limit).any(|i| self.is_word(i))
    }

    /// Behind a reporting clause's subject: its apposition, and where and when it was said.
    fn over_tail(&self, at: usize, limit: usize) -> usize {
        if self.kind(at) != Kind::Comma || at + 1 >= limit {
            return at;
        }
        let apposed = self.is(at + 1, ARTICLE | POSSESSIVE | REL | NUMBER_WORD | PERSON | super::lexicon::TITLE)
            || self.kind(at + 1) == Kind::Number
            || self.is_capital(at + 1) && self.kind(at + 1) == Kind::Word;
        if !apposed {
            return at;
        }
        let end = (at + 1..limit).find(|&i| self.kind(i) == Kind::Comma && !self.is_quoted(i) || self.kind(i) == Kind::Open || matches!(self.kind(i), Kind::Stop | Kind::Semicolon | Kind::Colon));
        end.unwrap_or(limit)
    }

    /// Where the content behind a reporting verb starts: over the addressee, days, occasions, a colon.
    pub fn content_start(&self, from: usize, cue: &Cue, limit: usize) -> usize {
        let mut at = from;
        if cue.frame == Frame::Tell || self.is_told(cue, at) {
            at = self.over_addressee(at, limit);
        }
        let says = matches!(cue.frame, Frame::Say | Frame::Tell | Frame::Quote | Frame::Ask);
        loop {
            let next = self.over_adverbial(at, limit, says);
            if next == at {
                break;
            }
            at = next;
        }
        if self.kind(at) == Kind::Comma && !self.opens_quote(at, limit) {
            at = self.over_aside(at, limit);
        }
        if matches!(self.kind(at), Kind::Comma | Kind::Colon) && self.opens_quote(at, limit) {
            at += 1;
        }
        if self.kind(at) == Kind::Colon {
            at += 1;
        }
        at
    }

    /// `said, referring to the dam, “…”`, `insists, most recently on Monday, that …`: over what stands between commas.
    fn over_aside(&self, comma: usize, limit: usize) -> usize {
        if self.tokens.get(comma + 1).is_some_and(|t| t.forms & ING != 0 && t.verb != 0) && !self.reads(comma + 1, "referring") {
            return comma;
        }
        let close = (comma + 1..limit.min(comma + 26)).find(|&at| self.kind(at) == Kind::Comma && !self.is_quoted(at));
        match close {
            Some(close) if self.opens_quote(close, limit) => close,
            Some(close) if self.reads(close + 1, "that") && close + 2 < limit => close + 1,
            Some(close) if self.is(comma + 1, PREP) && self.clause_follows(close + 1, limit) => close + 1,
            _ => comma,
        }
    }

    /// Verbs that may name whom they address: `warned Moscow that`, `promised voters that`.
    fn is_told(&self, cue: &Cue, at: usize) -> bool {
        cue.frame == Frame::Ask && self.is(at, ADDRESSEE) && !self.reads(at + 1, "to")
    }

    fn over_addressee(&self, from: usize, limit: usize) -> usize {
        let mut at = from;
        while at < limit && at - from < 24 {
            match self.kind(at) {
                Kind::Word | Kind::Number => {
                    let timed = self.is(at, TIME | DAY) && !self.is_possessive(at) && (!self.is_capital(at) || at > from && !self.is_capital(at - 1));
                    if at > from && (self.is(at, WH | PRONOUN) || self.reads(at, "that") || timed || self.reads(at, "to")) {
                        break;
                    }
                    if at > from && self.is(at, DET | POSSESSIVE) && !self.is(at - 1, PREP | COORD | DET) {
                        break;
                    }
                    if at > from && self.is(at, PREP) && !["of", "for", "at", "from"].iter().any(|p| self.reads(at, p)) {
                        break;
                    }
                    // "told reporters Moscow was", "told CNN officials were"
                    if at > from && self.is(at - 1, ADDRESSEE) && !self.is_capital(at - 1) && !self.is(at, PREP | COORD) {
                        break;
                    }
                    if at > from && self.is(at - 1, MEDIA) && self.is_capital(at - 1) && !self.is_capital(at) && !self.is(at, PREP | COORD | PERSON | MEDIA | OCCASION | super::lexicon::ORG) {
                        break;
                    }
                    if at > from && self.is_finite(at) && !self.is_capital(at) {
                        break;
                    }
                    at += 1;
                }
                Kind::Apostrophe => at += 1,
                _ => break,
            }
        }
        at
    }

    /// Over one adverb, day or occasion behind a reporting verb.
    fn over_adverbial(&self, at: usize, limit: usize, says: bool) -> usize {
        if at >= limit || self.is_quoted(at) || !self.is_word(at) {
            return at;
        }
        if self.is(at, WH) || self.reads(at, "that") && !self.is(at + 1, TIME) {
            return at;
        }
        if self.is(at, DAY) && !self.is_possessive(at) {
            let mut at = at + 1;
            while at < limit && self.is(at, TIME) && !self.is_possessive(at) && !self.is_capital(at) {
                at += 1;
            }
            return at;
        }
        if self.is(at, ADV) && !self.is(at, DET) && says && !self.opens_clause_after(at, limit) {
            return at + 1;
        }
        let timed = ["this", "last", "next", "earlier", "late"].iter().any(|w| self.reads(at, w)) && self.is(at + 1, TIME | MONTH);
        if timed {
            return at + 2;
        }
        if self.is(at, PREP | SUBORD) && says {
            return self.over_occasion(at, limit);
        }
        at
    }

    /// `only two`, `there is`, `now is`: an adverb that belongs to the clause, not to the verb.
    fn opens_clause_after(&self, at: usize, limit: usize) -> bool {
        ["there", "only", "even", "just", "almost", "nearly", "so", "perhaps", "maybe", "now", "once", "however"].iter().any(|w| self.reads(at, w)) && at + 1 < limit && !matches!(self.kind(at + 1), Kind::Comma | Kind::Colon)
    }

    /// `in a statement`, `on Tuesday`, `at a rally in Ohio`, `to reporters`.
    fn over_occasion(&self, at: usize, limit: usize) -> usize {
        let plain = ["in", "on", "at", "during", "to", "by", "after", "before", "via", "through", "from", "following", "of", "with", "about", "for", "when", "while", "as"].iter().any(|p| self.reads(at, p));
        if !plain {
            return at;
        }
        let mut end = at + 1;
        let mut fits = false;
        let mut nouns = 0;
        while end < limit && end - at < 16 {
            match self.kind(end) {
                Kind::Word | Kind::Number => {
                    if self.is_quoted(end) || self.reads(end, "that") || self.is(end, WH | PRONOUN) && !self.is(end, POSSESSIVE) {
                        break;
                    }
                    if nouns > 0 && (self.is(end, DET | POSSESSIVE) || self.is(end, PREP)) && !(self.is(end - 1, PREP)) {
                        break;
                    }
                    if nouns > 0 && self.is(end, DAY) && !self.is(end - 1, PREP) {
                        fits = true;
                        end += 1;
                        break;
                    }
                    if self.is_finite(end) && !self.is_capital(end) && nouns > 0 {
                        // The noun before is the subject of a clause: no occasion unless something else came first.
                        return at;
                    }
                    fits |= self.is(end, OCCASION | TIME | MONTH | DAY) || self.is(end, ADDRESSEE) && self.reads(at, "to");
                    let lower_after_occasion = nouns > 0 && self.is(end - 1, OCCASION | TIME | MONTH) && self.is_capital(end) && !self.is_capital(end - 1);
                    if lower_after_occasion {
                        break;
                    }
                    if !self.is(end, DET | POSSESSIVE) {
                        nouns += 1;
                    }
                    end += 1;
                }
                Kind::Apostrophe => end += 1,
                _ => break,
            }
        }
        let at_end = end >= limit || matches!(self.kind(end), Kind::Stop | Kind::Comma | Kind::Colon | Kind::Question | Kind::Exclaim | Kind::Open | Kind::Dash | Kind::Semicolon);
        let link = ["of", "with", "about", "for", "from", "by", "after", "when", "while", "as", "at", "in", "on"].iter().any(|p| self.reads(at, p));
        let follows_occasion = at > 0 && self.is(at - 1, OCCASION) || at > 1 && link && at_end;
        match nouns > 0 && (fits || follows_occasion && link || at_end && link) {
            true => end,
            false => at,
        }
    }

    /// Behind a leading `that`.
    pub fn skip_that(&self, at: usize, limit: usize) -> usize {
        let mut at = at;
        while at < limit && self.kind(at) == Kind::Comma {
            at += 1;
        }
        match self.reads(at, "that") && !self.is_quoted(at) && !self.is(at + 1, super::lexicon::BE) && at + 1 < limit {
            true if self.kind(at + 1) == Kind::Comma => at + 2,
            true => at + 1,
            false => at,
        }
    }

    /// Whether what follows a reporting verb only tells when or where it was said.
    fn is_tail(&self, at: usize) -> bool {
        let tail = ["when", "as", "while", "after", "before", "during", "in", "on", "at", "by", "with", "to", "of", "from", "following", "through", "about"];
        !self.is_quoted(at) && tail.iter().any(|w| self.reads(at, w))
    }

    /// Whether a quotation opens here, or behind a comma or colon.
    pub fn opens_quote(&self, at: usize, limit: usize) -> bool {
        let at = if matches!(self.kind(at), Kind::Comma | Kind::Colon) { at + 1 } else { at };
        at < limit && self.kind(at) == Kind::Open
    }

    /// The words of the quotation that opens here.
    pub fn quote_length(&self, at: usize, limit: usize) -> usize {
        let at = if matches!(self.kind(at), Kind::Comma | Kind::Colon) { at + 1 } else { at };
        if at >= limit || self.kind(at) != Kind::Open {
            return 0;
        }
        self.quote_around(at).map_or(0, |quote| quote.tokens.len().saturating_sub(2))
    }

    /// Whether a quotation opens inside the range.
    pub fn has_open_quote(&self, range: &Tokens) -> bool {
        range.clone().any(|at| self.kind(at) == Kind::Open)
    }

    /// `called the plan a mistake`, `described it as`: a second noun phrase or `as`.
    fn names_something(&self, range: &Tokens) -> bool {
        !self.is(range.start, PREP)
            && range.clone().skip(1).take(30).any(|at| {
                let second = self.is(at, ARTICLE) && self.is_word(at - 1) && !self.is(at - 1, PREP | COORD | super::lexicon::VERB | super::lexicon::AUX) && self.tokens[at - 1].verb == 0;
                second || self.reads(at, "as")
            })
    }

    /// Whether a clause starts here: a subject, and a verb before the next comma.
    fn opens_clause(&self, at: usize, limit: usize) -> bool {
        if at >= limit {
            return false;
        }
        let bound = ["of", "to", "about"].iter().any(|p| self.reads(at, p));
        if bound && !self.is_capital(at) && self.kind(at + 1) != Kind::Number {
            return false;
        }
        if self.is_quoted(at) {
            return true;
        }
        let mut words = 0;
        for i in at..limit.min(at + 30) {
            match self.kind(i) {
                Kind::Stop | Kind::Semicolon | Kind::Colon => return false,
                Kind::Comma if words > 12 => return false,
                Kind::Word | Kind::Number => {
                    words += 1;
                    if words > 1 && self.is_finite(i) {
                        return true;
                    }
                    if self.tokens[i].forms & (PAST | super::lexicon::THIRD | super::lexicon::BASE) != 0 && words > 1 && !self.is_capital(i) && self.tokens[i].verb != 0 && !self.is(i - 1, DET | POSSESSIVE) {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// `issued a set of demands`, `indicated support for`: a noun of the class among the first words of the object.
    fn names_act(&self, at: usize, limit: usize, class: u64) -> bool {
        (at..limit.min(at + 7)).take_while(|&i| self.is_word(i) && !self.is(i, super::lexicon::AUX)).any(|i| self.is(i, class))
    }

    /// `asked the crowd to welcome him`: somebody, then an infinitive.
    fn asks_to(&self, at: usize, limit: usize) -> bool {
        (at + 1..limit.min(at + 9)).take_while(|&i| self.is_word(i)).any(|i| self.reads(i, "to") || self.reads(i, "for")) && !self.is(at, PREP)
    }

    /// Whether no verb stands before the first comma, relative pronoun or infinitive: an object, no clause.
    fn is_noun_object(&self, at: usize, limit: usize) -> bool {
        let ends = |i: usize| {
            !self.is_word(i) && self.kind(i) != Kind::Apostrophe
                || self.is(i, REL) && i > at
                || self.is(i, COORD) && i + 1 < limit && self.is_tensed(i + 1)
        };
        let end = (at..limit).find(|&i| ends(i)).unwrap_or(limit);
        // "a source, whom they did not name, said": the comma opens a parenthesis, and a verb follows it.
        if self.kind(end) == Kind::Comma && end + 1 < limit && self.is(end + 1, REL | DET) {
            let close = (end + 1..limit.min(end + 40)).find(|&i| self.kind(i) == Kind::Comma && !self.is_quoted(i));
            if close.is_some_and(|close| self.is_finite(close + 1)) {
                return false;
            }
        }
        !(at + 1..end).any(|i| self.is_finite(i) && !self.is(i - 1, DET | POSSESSIVE) && !self.reads(i - 1, "to"))
    }

    /// Whether a noun phrase starts here, as the object of a verb.
    fn opens_object(&self, at: usize, limit: usize) -> bool {
        at < limit
            && self.is_word(at)
            && !self.is(at, PREP | COORD | SUBORD | super::lexicon::AUX)
            && !self.reads(at, "that")
            || self.kind(at) == Kind::Open
            || self.reads(at, "to")
    }

    /// The first noun phrase of a sentence, before its first verb.
    pub fn main_subject(&self, start: usize, limit: usize) -> Option<Tokens> {
        // Over an introduction up to one of its commas.
        if self.is(start, INTRO | PREP | SUBORD) || self.tokens[start].forms & ING != 0 || self.word(start).ends_with("ing") {
            let mut commas = (start..limit.min(start + 40)).filter(|&at| self.kind(at) == Kind::Comma && !self.is_quoted(at));
            return commas.find_map(|comma| self.first_subject(comma + 1, limit));
        }
        self.first_subject(start, limit)
    }

    /// The noun phrase before the first verb from `start` on.
    fn first_subject(&self, start: usize, limit: usize) -> Option<Tokens> {
        let verb = (start..limit.min(start + 50)).find(|&at| !self.is_quoted(at) && self.is_finite(at) && !(at > start && self.is(at - 1, DET | POSSESSIVE | PREP)));
        let verb = verb?;
        let group = self.verb_group(verb, start).start;
        if group > start && matches!(self.kind(group - 1), Kind::Comma | Kind::Dash) {
            return self.phrase_over_parenthesis(group - 1, start);
        }
        if group > start && self.is(group - 1, REL) {
            let mut end = group - 1;
            while end > start && self.kind(end - 1) == Kind::Comma {
                end -= 1;
            }
            return self.noun_phrase_before(end, start);
        }
        self.noun_phrase_before(group, start).map(|p| self.over_apposition(p, start))
    }

    /// `according to Varga, a lawyer, and two others`: whether a comma belongs to the source.
    fn is_listed_source(&self, comma: usize, limit: usize) -> bool {
        comma + 1 < limit && self.reads(comma + 1, "and") && self.is(comma + 2, DET | SOURCE_WORDS) && !self.has_finite(&(comma + 1..limit))
    }
}

const SOURCE_WORDS: u64 = super::phrases::SOURCE;
const _: u64 = STATIVE | PEOPLE;
