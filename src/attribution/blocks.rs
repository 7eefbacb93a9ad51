//! A text as its blocks, for those who show it: what is headline, prose, or beside it.

use std::ops::Range;

use super::paragraphs::{self, Line};
use crate::statement::Span;

/// A headline or paragraph of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub span: Span,
    pub role: Role,
    /// Bytes that are Markdown and no text, in order.
    pub hidden: Vec<Range<usize>>,
}

/// What a block is to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Headline,
    /// A line between paragraphs that heads those behind it.
    Heading,
    Prose,
    /// Bylines, dates, credits, links, footers.
    Aside,
}

/// The blocks of a text, in order; between them is white space alone.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let lines = paragraphs::join_lines(text, &paragraphs::lines(text));
    let prose: Vec<bool> = lines.iter().map(|line| paragraphs::is_prose(line.of(text))).collect();
    let role = |at: usize| {
        let line = lines[at].of(text);
        if at == 0 && lines.len() > 1 && is_headline(line, prose[0]) {
            return Role::Headline;
        }
        let between = at > 0 && prose[at - 1] && prose.get(at + 1) == Some(&true);
        match prose[at] {
            true => Role::Prose,
            false if line.starts_with('#') || between && is_heading(line) => Role::Heading,
            false => Role::Aside,
        }
    };
    let block = |(at, line): (usize, &Line)| Block {
        span: Span {
            start: line.start,
            end: line.end,
        },
        role: role(at),
        hidden: markup(line.of(text), line.start),
    };
    lines.iter().enumerate().map(block).collect()
}

fn is_headline(line: &str, prose: bool) -> bool {
    line.starts_with("# ") || is_title(line) && (!prose || paragraphs::is_headline(line))
}

fn is_heading(line: &str) -> bool {
    is_title(line) && line.starts_with(char::is_uppercase) && !line.contains(|c: char| c.is_ascii_digit())
}

/// Whether a line may be the title of what follows: some words, no byline, no link.
fn is_title(line: &str) -> bool {
    let words = paragraphs::words(line).count();
    (2..=25).contains(&words) && !paragraphs::is_boilerplate(line, words) && !paragraphs::is_link(line)
}

/// Marks of Markdown; tags of HTML are not among them, since hiding them would hide what the text says.
fn markup(line: &str, offset: usize) -> Vec<Range<usize>> {
    let bytes = line.as_bytes();
    let mut hidden = paragraphs::markdown(line, offset);
    let around = |range: &Range<usize>| {
        let (before, after) = ((range.start - offset).checked_sub(1), range.end - offset);
        [before.and_then(|at| bytes.get(at)), bytes.get(after)].map(|byte| byte.copied().unwrap_or(b' '))
    };
    hidden.retain(|range| {
        let start = range.start - offset;
        let neighbours = around(range);
        // `2 * 3`, `2*3`: a sign of its own, unless it opens a list.
        let is_sign = neighbours.iter().all(u8::is_ascii_whitespace) || neighbours.iter().all(u8::is_ascii_digit);
        match bytes[start] {
            b'<' => false,
            b'*' => start == 0 || !is_sign,
            _ => true,
        }
    });
    let hashes = line.len() - line.trim_start_matches('#').len();
    if hashes > 0 {
        hidden.retain(|range| range.start >= offset + hashes);
        hidden.insert(0, offset..offset + hashes);
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_has_its_role() {
        let text = "Ministers Meet Over Canal\n\nBy Our Correspondent\n\nThe talks failed, a minister said.\n\nTroops and demands\n\n\
                    He said **more**.\n\nRelated article: [Canal history](#)\n";
        let roles: Vec<Role> = blocks(text).iter().map(|block| block.role).collect();
        use Role::*;
        assert_eq!(roles, [Headline, Aside, Prose, Heading, Prose, Aside]);
    }

    #[test]
    fn markdown_is_hidden_and_html_is_not() {
        let text = "# A title\n\n2 * 3*4 <b>of</b> [it](x) **now**.";
        let hidden: Vec<&str> = blocks(text)
            .into_iter()
            .flat_map(|block| block.hidden)
            .map(|range| &text[range])
            .collect();
        assert_eq!(hidden, ["#", "[", "](x)", "*", "*", "*", "*"]);
    }
}
