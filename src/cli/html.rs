//! The text of a page of HTML: tags out, paragraphs kept, entities read.

/// Elements whose content is no text.
const SILENT: [&str; 8] = [
    "script", "style", "noscript", "template", "svg", "nav", "head", "figure",
];
/// Elements inside of a line.
const INLINE: [&str; 22] = [
    "a", "abbr", "b", "bdi", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "small", "span",
    "strong", "sub", "sup", "u", "time",
];

/// Whether a text is a page of HTML, not prose with a tag or two.
pub fn is_html(text: &str) -> bool {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let head: String = start.chars().take(15).collect::<String>().to_ascii_lowercase();
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        return true;
    }
    let tags = [
        "<p>", "<p ", "</p>", "<div", "</div>", "<br", "<body", "<span", "<li>", "</h1>", "</a>",
    ];
    let window = &text[..floor(text, 1 << 16)];
    let found: usize = tags.iter().map(|tag| window.matches(tag).take(3).count()).sum();
    found >= 3
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The text of a page, one line a paragraph with blank lines between.
pub fn strip(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        push_text(&mut text, &rest[..open]);
        rest = &rest[open..];
        let Some(tag) = Tag::at(rest) else {
            text.push('<');
            rest = &rest[1..];
            continue;
        };
        rest = &rest[tag.length..];
        if !tag.closing && SILENT.contains(&tag.name.as_str()) {
            rest = behind_element(rest, &tag.name);
        }
        if !INLINE.contains(&tag.name.as_str()) {
            break_line(&mut text);
        }
    }
    push_text(&mut text, rest);
    text
}

struct Tag {
    name: String,
    closing: bool,
    length: usize,
}

impl Tag {
    /// The tag or comment that `html` starts with.
    fn at(html: &str) -> Option<Self> {
        if html.starts_with("<!--") {
            let length = html.find("-->").map_or(html.len(), |end| end + 3);
            return Some(Tag {
                name: "a".to_owned(),
                closing: true,
                length,
            });
        }
        let closing = html.starts_with("</");
        let body = &html[1 + usize::from(closing)..];
        if !body.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?') {
            return None;
        }
        let name = body.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
        let mut quote = None;
        for (at, byte) in html.bytes().enumerate() {
            match (byte, quote) {
                (b'"' | b'\'', None) => quote = Some(byte),
                (byte, Some(open)) if byte == open => quote = None,
                (b'>', None) => {
                    return Some(Tag {
                        name: name.to_ascii_lowercase(),
                        closing,
                        length: at + 1,
                    });
                }
                _ => {}
            }
            // An apostrophe in a broken tag must not swallow the page.
            if at > 4096 {
                break;
            }
        }
        let length = html.bytes().take(4096).position(|b| b == b'>')? + 1;
        Some(Tag {
            name: name.to_ascii_lowercase(),
            closing,
            length,
        })
    }
}

/// What follows the end of an element without text.
fn behind_element<'h>(html: &'h str, name: &str) -> &'h str {
    let bytes = html.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'<', &bytes[at..]) {
        at += found + 1;
        let is_end = bytes.get(at) == Some(&b'/')
            && bytes.len() > at + name.len()
            && bytes[at + 1..at + 1 + name.len()].eq_ignore_ascii_case(name.as_bytes());
        if is_end {
            let end = memchr::memchr(b'>', &bytes[at..]).map_or(bytes.len(), |end| at + end + 1);
            return &html[end..];
        }
    }
    ""
}

fn break_line(text: &mut String) {
    text.truncate(text.trim_end_matches(' ').len());
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
    }
}

/// Adds text with its entities read and its white space made single.
fn push_text(text: &mut String, raw: &str) {
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            if !text.ends_with([' ', '\n']) && !text.is_empty() {
                text.push(' ');
            }
            rest = &rest[c.len_utf8()..];
            continue;
        }
        match if c == '&' { entity(rest) } else { None } {
            Some((c, length)) => {
                text.push(c);
                rest = &rest[length..];
            }
            None => {
                text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
}

/// The character of an entity at the start of `text`, and the entity's length.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    let name = text.get(1..end)?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "ldquo" => '“',
        "rdquo" => '”',
        "lsquo" => '‘',
        "rsquo" => '’',
        "laquo" => '«',
        "raquo" => '»',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "eacute" => 'é',
        "egrave" => 'è',
        "uuml" => 'ü',
        "ouml" => 'ö',
        "auml" => 'ä',
        "ccedil" => 'ç',
        "ntilde" => 'ñ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control())?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_its_paragraphs() {
        let page = "<!DOCTYPE html><html><head><title>x</title><script>if (a<b) {\"c\"}</script></head><body>\
                    <p class=\"a>b\">The <b>minister</b> said\n &ldquo;no&rdquo;&nbsp;twice.</p><p>Next &amp; last.</p></body>";
        assert!(is_html(page));
        assert_eq!(strip(page).trim(), "The minister said “no”\u{a0}twice.\n\nNext & last.");
    }

    #[test]
    fn prose_is_no_page() {
        assert!(!is_html("He said a < b, and <b>no</b>."));
        assert_eq!(strip("a < b &unknown; c"), "a < b &unknown; c");
        assert_eq!(strip("<p 'unclosed"), "<p 'unclosed");
    }
}
