use super::*;
use crate::statement::Span;

const ARTICLE: &str = "Ministers Meet Over Canal\n\nMarch 5, 2024\n\nForeign Minister Elna Varga said that “the [talks](https://x.org) would go \
on”. She welcomed the offer.\n\nPiet Lind warned of consequences.";

fn report(articles: Vec<ReportedArticle>) -> Report {
    Report::new("A title", "a model", &StanceClassifier::embedded(), articles)
}

fn labelled(text: &str) -> ReportedArticle {
    ReportedArticle::label(&StanceClassifier::embedded(), "a.txt", text)
}

#[test]
fn pieces_are_the_article() {
    let article = labelled(ARTICLE);
    assert_eq!(article.date, Date::new(2024, 3, 5));
    assert_eq!(article.headline().as_deref(), Some("Ministers Meet Over Canal"));
    let blocks = layout::lay_out(&article);
    let text_of = |block: &layout::LaidBlock| block.pieces.iter().map(|piece| piece.text.clone()).collect::<String>();
    let texts: Vec<String> = blocks.iter().map(text_of).collect();
    assert_eq!(
        texts[2],
        "Foreign Minister Elna Varga said that “the talks would go on”. She welcomed the offer."
    );
    let ends: Vec<usize> = blocks
        .iter()
        .flat_map(|b| &b.pieces)
        .flat_map(|p| p.ends.clone())
        .collect();
    assert_eq!(ends, (0..article.statements.len()).collect::<Vec<_>>());
    let covered: String = blocks[2]
        .pieces
        .iter()
        .filter(|p| p.content == [0])
        .map(|p| p.text.as_str())
        .collect();
    assert_eq!(covered, "“the talks would go on”");
}

#[test]
fn statements_that_overlap_share_their_piece() {
    let mut article = labelled("Piet Lind warned that the dam would fail before the spring.");
    let mut inner = article.statements[0].clone();
    let outer = inner.attributed.spans[0];
    inner.attributed.spans = vec![Span {
        start: outer.start + 4,
        ..outer
    }];
    article.statements.push(inner);
    let blocks = layout::lay_out(&article);
    let content: Vec<Vec<usize>> = blocks[0].pieces.iter().map(|piece| piece.content.clone()).collect();
    assert!(
        content.contains(&vec![0]) && content.contains(&vec![1, 0]),
        "{content:?}"
    );
    assert_eq!(
        blocks[0].pieces.iter().find(|p| !p.ends.is_empty()).unwrap().ends,
        [0, 1]
    );
    assert!(report(vec![article]).to_html().contains(" shared\""));
}

#[test]
fn speakers_are_counted_and_the_nameless_come_last() {
    let report = report(vec![
        labelled(ARTICLE),
        labelled("“They will pay for this,” Piet Lind warned. Piet Lind said no."),
    ]);
    let speakers = report.speakers();
    assert_eq!(speakers[0].speaker.as_deref(), Some("Piet Lind"));
    let total: usize = speakers.iter().map(SpeakerCounts::total).sum();
    assert_eq!(total, report.statements().count());
}

#[test]
fn a_time_line_has_every_stretch_between_the_first_and_the_last_day() {
    let mut articles = vec![labelled(ARTICLE), labelled(ARTICLE), labelled("Piet Lind said no.")];
    assert!(timeline::of(&report(articles.clone())).is_none());
    for (date, unit, columns) in [
        ((2024, 3, 8), "day", 4),
        ((2025, 3, 1), "month", 13),
        ((1994, 1, 1), "year", 31),
    ] {
        articles[1].date = Date::new(date.0, date.1, date.2);
        let time = timeline::of(&report(articles.clone())).unwrap();
        assert_eq!((time.unit, time.buckets.len(), time.undated), (unit, columns, 1));
        let total: usize = time.buckets.iter().map(timeline::Bucket::total).sum();
        assert_eq!(total, articles[0].statements.len() * 2);
    }
}

#[test]
fn the_same_report_gives_the_same_page() {
    let report = report(vec![labelled(ARTICLE)]);
    assert_eq!(report.to_html(), report.clone().to_html());
}

#[test]
fn nothing_found_is_a_page_too() {
    for articles in [vec![], vec![labelled("")], vec![labelled("It rained.")]] {
        let page = report(articles).to_html();
        assert!(page.contains("No attributed statement was found"));
    }
}

#[test]
fn a_long_line_of_quotations_is_laid_out_in_no_time() {
    let article = labelled(&"\"a b c d e f\" said Piet Lind. ".repeat(20_000));
    let start = std::time::Instant::now();
    layout::lay_out(&article);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}
