//! From an article to who said what.

mod cues;
mod document;
mod frames;
mod lexicon;
mod paragraphs;
mod phrases;
mod quotes;
mod sentences;
mod tokens;

use crate::statement::Span;

/// dev
#[derive(Debug)]
pub struct AttributedStatement { pub speaker: Option<String>, pub mention: Option<String>, pub cue: Option<String>, pub spans: Vec<Span>, pub shape: String, pub quoted: (usize,usize) }

pub fn extract(article: &str) -> Vec<AttributedStatement> {
    let document = document::Document::read(article);
    let found = frames::find(&document);
    let found = runs::join(&document, found);
    let names = speakers::resolve(&document, &found);
    found.iter().zip(names).map(|(f, name)| {
        let spans: Vec<Span> = f.content.iter().filter(|r| !r.is_empty()).map(|r| Span{start: document.tokens[r.start].start as usize, end: document.tokens[r.end-1].end as usize}).collect();
        AttributedStatement { speaker: name, mention: f.source.as_ref().map(|s| document.slice(s).to_owned()), cue: f.cue.as_ref().map(|s| document.slice(s).to_owned()), spans, shape: format!("{:?}/{:?}/{:?}", f.shape, f.frame, f.strength), quoted: (0,0) }
    }).filter(|s| !s.spans.is_empty()).collect()
}
mod runs;
mod speakers;
