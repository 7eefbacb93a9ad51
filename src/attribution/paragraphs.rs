//! What of a text is prose, and where its paragraphs are.
//!
//! Left out are headlines, bylines, captions, credits, dates, lines that are links, footers and newsletter lines; a
//! dateline is cut off the paragraph that it opens. Links and emphasis of Markdown are hidden from the rules, so that
//! offsets stay those of the input.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::{memchr, memchr2, memchr3, memrchr};

/// A paragraph of prose.
#[derive(Debug, Clone, Default)]
pub(super) struct Paragraph {
    pub start: usize,
    pub end: usize,
    /// Bytes that are Markdown and no text, in order.
    pub masked: Vec<Range<usize>>,
    /// Its tokens, once they are read.
    pub tokens: Range<usize>,
}

static BOILERPLATE: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let lines = include_str!("rules/boilerplate.txt").lines();
    lines
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect()
});

/// A line of the input without the white space around it.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub start: usize,
    pub end: usize,
}

impl Line {
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }
    fn is_blank(self) -> bool {
        self.start == self.end
    }
}

/// The paragraphs of prose of a text, in order.
pub(super) fn paragraphs(text: &str) -> Vec<Paragraph> {
    let lines = lines(text);
    let blocks = join_lines(text, &lines);
    let mut paragraphs: Vec<Paragraph> = Vec::with_capacity(blocks.len());
    let total = blocks.len();
    let mut last_prose = None;
    for (index, block) in blocks.into_iter().enumerate() {
        let opening = paragraphs.is_empty() && total > 1;
        let line = block.of(text);
        if !is_prose(line) || opening && is_headline(line) {
            continue;
        }
        let adjacent = last_prose.is_some_and(|last| last + 1 == index);
        last_prose = Some(index);
        if let Some(last) = paragraphs.last_mut().filter(|_| adjacent)
            && is_broken(&text[last.start..last.end], line)
        {
            last.end = block.end;
            continue;
        }
        paragraphs.push(Paragraph {
            start: block.start + dateline(line),
            end: block.end,
            ..Paragraph::default()
        });
    }
    for paragraph in &mut paragraphs {
        paragraph.masked = markdown(&text[paragraph.start..paragraph.end], paragraph.start);
    }
    paragraphs
}

pub(super) fn lines(text: &str) -> Vec<Line> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut start = 0;
    while start <= bytes.len() {
        let end = memchr2(b'\n', b'\r', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        let line = &text[start..end];
        let lead = line.len() - line.trim_start().len();
        let trimmed = line.trim();
        lines.push(Line {
            start: start + lead,
            end: start + lead + trimmed.len(),
        });
        let is_crlf = bytes.get(end) == Some(&b'\r') && bytes.get(end + 1) == Some(&b'\n');
        start = end + 1 + usize::from(is_crlf);
    }
    lines
}

/// Whether the lines are cut at a fixed width, so that a paragraph is what stands between blank lines.
fn is_wrapped(lines: &[Line]) -> bool {
    let inner = lines
        .windows(2)
        .filter(|pair| !pair[0].is_blank() && !pair[1].is_blank());
    let (mut full, mut all) = (0, 0);
    for pair in inner {
        all += 1;
        full += usize::from((50..=110).contains(&(pair[0].end - pair[0].start)));
    }
    all >= 2 && full * 10 >= all * 8 && lines.iter().any(|line| line.is_blank())
}

pub(super) fn join_lines(text: &str, lines: &[Line]) -> Vec<Line> {
    let wrapped = is_wrapped(lines);
    let mut blocks: Vec<Line> = Vec::new();
    let mut open = false;
    for &line in lines {
        match blocks.last_mut() {
            _ if line.is_blank() => open = false,
            Some(last) if open && wrapped && is_prose_start(line.of(text)) => last.end = line.end,
            _ => {
                blocks.push(line);
                open = true;
            }
        }
    }
    blocks
}

/// Whether a line can go on a paragraph: no list item, heading, quotation of Markdown.
fn is_prose_start(line: &str) -> bool {
    !line.starts_with(['#', '>', '*', '•', '|', '<', '['])
}

/// Whether a paragraph was cut in the middle of a sentence.
fn is_broken(before: &str, after: &str) -> bool {
    let last = before.chars().next_back().unwrap_or('.');
    let first = after.chars().next().unwrap_or('A');
    (last.is_lowercase() || last == ',') && first.is_lowercase()
}

pub(super) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split_ascii_whitespace()
        .filter(|word| word.bytes().any(|b| b.is_ascii_alphanumeric() || b >= 0x80))
}

/// Whether a line is text of the article.
pub(super) fn is_prose(line: &str) -> bool {
    if line.starts_with('#') || line.starts_with('|') || line.starts_with("```") {
        return false;
    }
    let mut seen = 0;
    for word in words(line) {
        if is_address(word) && seen < 3 && words(line).nth(seen + 4).is_none() {
            return false;
        }
        seen += 1;
        if seen > 40 {
            return true;
        }
    }
    if seen == 0 || is_boilerplate(line, seen) || is_link(line) {
        return false;
    }
    seen > 14 || ends_like_prose(line) || has_speaker_label(line)
}

fn is_address(word: &str) -> bool {
    let word = word.trim_start_matches(['<', '(', '[']);
    word.starts_with("http://") || word.starts_with("https://") || word.starts_with("www.")
}

pub(super) fn is_boilerplate(line: &str, words: usize) -> bool {
    let start = line.trim_start_matches(['*', '_', '>', ' ', '[', '-', '•']);
    if BOILERPLATE.iter().any(|prefix| starts_with(start, prefix)) {
        return words < 40;
    }
    // A byline: By and a name, no sentence.
    starts_with(start, "by ")
        && (words <= 12 && (!line.ends_with('.') || words <= 6) && !line.contains([',', '"', '“'])
            || words <= 10 && !ends_like_prose(line))
}

/// Whether a line starts with a prefix in lower case, whatever its own case.
fn starts_with(line: &str, prefix: &str) -> bool {
    let (line, prefix) = (line.as_bytes(), prefix.as_bytes());
    line.len() >= prefix.len()
        && line[0] | 0x20 == prefix[0] | 0x20
        && line[..prefix.len()].eq_ignore_ascii_case(prefix)
}

/// Whether a line is one link of Markdown and little else.
pub(super) fn is_link(line: &str) -> bool {
    let Some(open) = memchr(b'[', line.as_bytes()) else {
        return false;
    };
    match line.find("](") {
        Some(middle) if middle > open => {
            let end = line[middle..].find(')').map_or(line.len(), |at| middle + at + 1);
            let outside = words(&line[..open]).count() + words(&line[end..]).count();
            outside < 3
        }
        _ => false,
    }
}

/// Whether a line ends as a sentence, or an introduction to a quotation, does.
fn ends_like_prose(line: &str) -> bool {
    let line = line.trim_end_matches(['*', '_']);
    line.ends_with(['.', '!', '?', '…', ':', '"', '”', '\'', '’', '»', ',', ')', '—'])
        && !(line.ends_with(')') && words(line).count() < 8)
}

/// `MR. PRICE:`, `Q:`: a turn of a transcript.
fn has_speaker_label(line: &str) -> bool {
    let Some(colon) = memchr(b':', line.as_bytes()) else {
        return false;
    };
    let label = &line[..colon];
    colon < 40
        && colon + 2 < line.len()
        && label.bytes().any(|b| b.is_ascii_uppercase())
        && !label.bytes().any(|b| b.is_ascii_lowercase())
}

/// Whether a first line is a headline: most of its long words have capitals.
pub(super) fn is_headline(line: &str) -> bool {
    let (mut long, mut capitals, mut all) = (0, 0, 0);
    for word in words(line).take(40) {
        all += 1;
        let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        if word.chars().count() >= 4 {
            long += 1;
            capitals += usize::from(word.starts_with(|c: char| c.is_uppercase() || c.is_numeric()));
        }
    }
    all <= 25 && long >= 2 && capitals * 10 >= long * 7
}

/// The length of a dateline (`WARSAW (AP) — `, `KELVANA, March 3 — `) with the dash and the space behind it.
fn dateline(line: &str) -> usize {
    let mut end = line.len().min(100);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let head = &line[..end];
    // A dash, a bracket or a slash, or no dateline.
    let marked = memchr3(b'-', 0xe2, b'/', head.as_bytes()).is_some() || memchr(b'(', head.as_bytes()).is_some();
    if !marked || !head.starts_with(|c: char| c.is_uppercase()) {
        return 0;
    }
    let dashes = [" — ", " – ", " -- ", " - ", "— ", "– "];
    let Some((at, dash)) = dashes.iter().filter_map(|d| Some((head.find(d)?, d))).min() else {
        return tass_dateline(head);
    };
    let place = &head[..at];
    let mut parts = place
        .split(|c: char| !c.is_alphanumeric() && c != '.')
        .filter(|w| !w.is_empty());
    let first_is_upper = parts
        .clone()
        .next()
        .is_some_and(|w| w.chars().count() > 2 && w.chars().all(|c| !c.is_lowercase()));
    let agency = place.contains('(') && place.ends_with(')');
    let names_only = parts.all(|w| !w.starts_with(char::is_lowercase));
    match names_only && (first_is_upper || agency) {
        true => at + dash.len(),
        false => 0,
    }
}

/// `MOSCOW, January 5. /TASS/. `
fn tass_dateline(head: &str) -> usize {
    let slashes = ["/TASS/. ", "/TASS/ ", "(Xinhua) ", "(UPI) ", "(AP) "];
    let found = slashes.iter().find_map(|s| Some(head.find(s)? + s.len()));
    match found {
        Some(end) if head.chars().take(4).all(|c| !c.is_lowercase()) => end,
        _ => 0,
    }
}

/// The longest tag that is taken for one.
const LONGEST_TAG: usize = 400;

/// The bytes of a paragraph that are markup: brackets and addresses of links, images, emphasis, stray tags of HTML.
pub(super) fn markdown(paragraph: &str, offset: usize) -> Vec<Range<usize>> {
    let bytes = paragraph.as_bytes();
    let mut masked = Vec::new();
    let mut at = 0;
    // Where the search for a closing bracket came to nothing, so that no second one is made.
    let mut no_close = false;
    while let Some(found) = memchr3(b'[', b'*', b'<', &bytes[at..]) {
        let here = at + found;
        at = here + 1;
        if bytes[here] == b'*' {
            masked.push(offset + here..offset + here + 1);
            continue;
        }
        if bytes[here] == b'<' {
            if let Some(end) = tag_end(bytes, here) {
                masked.push(offset + here..offset + end);
                at = end;
            }
            continue;
        }
        if no_close {
            continue;
        }
        let Some(close) = paragraph[here..].find("](").map(|c| here + c) else {
            no_close = true;
            continue;
        };
        if memchr(b'[', &bytes[here + 1..close]).is_some() {
            continue;
        }
        let Some(end) = memchr(b')', &bytes[close..]).map(|e| close + e + 1) else {
            no_close = true;
            continue;
        };
        if here > 0 && bytes[here - 1] == b'!' {
            masked.push(offset + here - 1..offset + end);
        } else {
            masked.push(offset + here..offset + here + 1);
            masked.push(offset + close..offset + end);
        }
        at = end;
    }
    // Emphasis inside the text of a link is rare enough to be left alone.
    masked
}

/// The longest address of a link that is looked through.
const LONGEST_ADDRESS: usize = 2000;

/// Where a piece of text ends if Markdown that opens in it closes right behind it: `the [treaty` and `](https://…)`.
pub(super) fn markup_end(text: &str, start: usize, end: usize) -> usize {
    let (piece, rest) = (&text[start..end], &text[end..]);
    if rest.starts_with("](") && memrchr(b'[', piece.as_bytes()).is_some_and(|open| !piece[open..].contains(']')) {
        let window = &rest.as_bytes()[..rest.len().min(LONGEST_ADDRESS)];
        return memchr(b')', window).map_or(end, |close| end + close + 1);
    }
    let stars = rest.bytes().take_while(|&b| b == b'*').count();
    let opened = piece.bytes().filter(|&b| b == b'*').count();
    match stars > 0 && opened == stars {
        true => end + stars,
        false => end,
    }
}

/// The end of the tag of HTML that starts at `open`.
fn tag_end(bytes: &[u8], open: usize) -> Option<usize> {
    let name = bytes.get(open + 1)?;
    if !name.is_ascii_alphabetic() && !matches!(name, b'/' | b'!') {
        return None;
    }
    let window = &bytes[open..bytes.len().min(open + LONGEST_TAG)];
    let close = memchr(b'>', window)?;
    let nested = memchr(b'<', &window[1..close]).is_some();
    (!nested).then_some(open + close + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prose(text: &str) -> Vec<&str> {
        paragraphs(text).iter().map(|p| &text[p.start..p.end]).collect()
    }

    #[test]
    fn only_prose_is_kept() {
        let text = "Ministers Meet Over Canal\n\nBy Our Correspondent\n\nPORT ELNA, May 3 — The talks failed, a minister said.\n\n\
                    Related article: [Canal history](#)\n\nBackground\n\nHe said more.\n\nOriginal url:\n\n<https://example.org/a>";
        assert_eq!(prose(text), ["The talks failed, a minister said.", "He said more."]);
    }

    #[test]
    fn a_single_paragraph_is_never_a_headline() {
        assert_eq!(
            prose("President Elna Said Talks Failed."),
            ["President Elna Said Talks Failed."]
        );
    }

    #[test]
    fn a_sentence_cut_by_a_blank_line_is_mended() {
        let text = "The stakes were high on\n\nthe fringes of the union, he said.";
        assert_eq!(prose(text).len(), 1);
    }

    #[test]
    fn wrapped_lines_are_joined() {
        let line = "The minister said on Monday that the talks would go on for as long as";
        let text = format!("{line}\n{line}\n{line} needed.\n\nHe left.");
        assert_eq!(prose(&text).len(), 2);
    }

    #[test]
    fn markdown_is_masked() {
        let text = "See [the treaty](https://x.org/a) and **this**.";
        let masked: Vec<_> = markdown(text, 0).into_iter().map(|r| &text[r]).collect();
        assert_eq!(masked, ["[", "](https://x.org/a)", "*", "*", "*", "*"]);
    }
}
