//! An article as blocks and pieces, with the statements that cover each.

use super::ReportedArticle;
use crate::attribution::blocks::{self, Block, Role};

/// A block of the article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LaidBlock {
    pub role: Role,
    pub pieces: Vec<Piece>,
}

/// Text that the same statements cover from its start to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Piece {
    pub text: String,
    /// The statements, by their place in the article, whose words these are; the shortest first.
    pub content: Vec<usize>,
    /// The statements whose speaker or cue this is.
    pub attribution: Vec<usize>,
    /// The statements that end with this piece.
    pub ends: Vec<usize>,
}

/// The headline of a text, if its first block is one.
pub(super) fn headline(text: &str) -> Option<String> {
    let block = blocks::blocks(text).into_iter().next()?;
    (block.role == Role::Headline).then(|| visible(text, &block))
}

/// The text of a block without marks of Markdown.
fn visible(text: &str, block: &Block) -> String {
    let mut kept = String::new();
    let mut at = block.span.start;
    for hidden in &block.hidden {
        kept.push_str(&text[at..hidden.start]);
        at = hidden.end;
    }
    kept + &text[at..block.span.end]
}

/// Lays out an article; blocks that show nothing are left out.
pub(super) fn lay_out(article: &ReportedArticle) -> Vec<LaidBlock> {
    let mut sweep = Sweep::new(article);
    let blocks = blocks::blocks(&article.text);
    let laid = blocks.iter().map(|block| sweep.block(block));
    laid.filter(|block| {
        block
            .pieces
            .iter()
            .any(|piece| !piece.text.trim().is_empty() || !piece.ends.is_empty())
    })
    .collect()
}

/// A stretch of the article that belongs to a statement.
#[derive(Debug, Clone, Copy)]
struct Cover {
    start: usize,
    end: usize,
    statement: usize,
    is_content: bool,
}

/// Goes over the article once, from left to right.
struct Sweep<'a> {
    text: &'a str,
    /// By their starts.
    covers: Vec<Cover>,
    /// Those before it are open or done.
    next: usize,
    open: Vec<Cover>,
    /// Where each statement ends, in order.
    ends: Vec<(usize, usize)>,
    next_end: usize,
}

impl<'a> Sweep<'a> {
    fn new(article: &'a ReportedArticle) -> Self {
        let mut covers = Vec::new();
        let mut ends = Vec::new();
        for (statement, reported) in article.statements.iter().enumerate() {
            let attributed = &reported.attributed;
            let content = attributed.spans.iter().map(|&span| (span, true));
            let around = [attributed.mention_span, attributed.cue_span];
            let around = around.into_iter().flatten().map(|span| (span, false));
            covers.extend(content.chain(around).map(|(span, is_content)| Cover {
                start: span.start,
                end: span.end,
                statement,
                is_content,
            }));
            ends.extend(attributed.spans.last().map(|span| (span.end, statement)));
        }
        covers.sort_by_key(|cover| (cover.start, cover.statement));
        ends.sort_unstable();
        Sweep {
            text: &article.text,
            covers,
            next: 0,
            open: Vec::new(),
            ends,
            next_end: 0,
        }
    }

    fn block(&mut self, block: &Block) -> LaidBlock {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut hidden = block.hidden.iter().peekable();
        let mut at = block.span.start;
        while at < block.span.end {
            self.move_to(at);
            while hidden.next_if(|range| range.end <= at).is_some() {}
            let covers = self
                .open
                .iter()
                .map(|cover| cover.end)
                .chain(self.covers.get(self.next).map(|c| c.start));
            let markup = hidden
                .peek()
                .map(|range| if range.start > at { range.start } else { range.end });
            let cut = covers.chain(markup).filter(|&cut| cut > at).min();
            let end = cut.map_or(block.span.end, |cut| cut.min(block.span.end));
            if hidden.peek().is_none_or(|range| range.start > at) {
                self.push(&mut pieces, at, end);
            }
            at = end;
            self.end_statements(&mut pieces, at);
        }
        let has_statement = pieces.iter().any(|piece| !piece.content.is_empty());
        LaidBlock {
            role: if has_statement { Role::Prose } else { block.role },
            pieces,
        }
    }

    /// Opens and closes what opens and closes up to a place.
    fn move_to(&mut self, at: usize) {
        self.open.retain(|cover| cover.end > at);
        while let Some(cover) = self.covers.get(self.next).filter(|cover| cover.start <= at) {
            if cover.end > at {
                self.open.push(*cover);
            }
            self.next += 1;
        }
    }

    fn push(&self, pieces: &mut Vec<Piece>, start: usize, end: usize) {
        let mut content: Vec<&Cover> = self.open.iter().filter(|cover| cover.is_content).collect();
        content.sort_by_key(|cover| (cover.end - cover.start, cover.statement));
        let content: Vec<usize> = content.iter().map(|cover| cover.statement).collect();
        let around = self.open.iter().filter(|cover| !cover.is_content);
        let mut attribution: Vec<usize> = around.map(|cover| cover.statement).collect();
        attribution.dedup();
        let text = &self.text[start..end];
        match pieces.last_mut() {
            // Cut by markup alone.
            Some(last) if last.content == content && last.attribution == attribution && last.ends.is_empty() => {
                last.text.push_str(text);
            }
            _ => pieces.push(Piece {
                text: text.to_owned(),
                content,
                attribution,
                ends: Vec::new(),
            }),
        }
    }

    fn end_statements(&mut self, pieces: &mut Vec<Piece>, at: usize) {
        while let Some(&(_, statement)) = self.ends.get(self.next_end).filter(|(end, _)| *end <= at) {
            self.next_end += 1;
            match pieces.last_mut() {
                Some(last) => last.ends.push(statement),
                None => pieces.push(Piece {
                    ends: vec![statement],
                    ..Piece::default()
                }),
            }
        }
    }
}
