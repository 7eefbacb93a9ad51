//! Every family of rules on sentences made for it.

use super::*;

/// Speaker, cue and pieces of each statement, as one line: `Varga | said | The talks … would go on`.
fn read(text: &str) -> Vec<String> {
    let line = |s: &AttributedStatement| {
        let pieces: Vec<&str> = s.spans.iter().map(|span| span.of(text)).collect();
        let speaker = s.speaker.as_deref().unwrap_or("-");
        let cue = s.cue.as_deref().unwrap_or("-");
        format!("{speaker} | {cue} | {}", pieces.join(" … "))
    };
    extract(text).iter().map(line).collect()
}

#[track_caller]
fn reads(text: &str, expected: &[&str]) {
    assert_eq!(read(text), expected, "{text}");
}

#[test]
fn the_orders_of_source_cue_and_content() {
    reads(
        "Varga said that the talks would go on.",
        &["Varga | said | the talks would go on"],
    );
    reads(
        "The talks would go on, Varga said.",
        &["Varga | said | The talks would go on"],
    );
    reads(
        "“We will not sign,” said Elna Varga, the minister.",
        &["Elna Varga | said | “We will not sign,”"],
    );
    reads(
        "The talks, Varga said, would go on.",
        &["Varga | said | The talks … would go on"],
    );
    reads(
        "\"We will not sign,\" Varga told Reuters on Tuesday.",
        &["Varga | told | \"We will not sign,\""],
    );
    reads(
        "As Lind put it, \"the accord is dead\".",
        &["Lind | put it | \"the accord is dead\""],
    );
}

#[test]
fn a_quotation_in_pieces_keeps_them() {
    reads(
        "\"We will not sign,\" Varga said, \"and we will not talk.\"",
        &["Varga | said | \"We will not sign,\" … \"and we will not talk.\""],
    );
    reads(
        "'We will not sign,' said Varga. 'Not this year.'",
        &["Varga | said | 'We will not sign,' … 'Not this year.'"],
    );
}

#[test]
fn quotations_run_over_sentences_and_paragraphs() {
    reads(
        "\"We tried. We failed. We go home,\" Varga said.",
        &["Varga | said | \"We tried. We failed. We go home,\""],
    );
    reads(
        "“We tried,” Varga said. “We failed.\n\n“And we go home.”\n\nNobody was surprised.",
        &["Varga | said | “We tried,” … “We failed. … “And we go home.”"],
    );
    reads(
        "Varga said the union was ready.\n\n“We have waited long enough.”",
        &[
            "Varga | said | the union was ready",
            "Varga | - | “We have waited long enough.”",
        ],
    );
    reads(
        "Varga was blunt: “The accord is dead.”",
        &["Varga | : | “The accord is dead.”"],
    );
    reads(
        "A spokesman said today:\n\n“We condemn the raid.”",
        &["a spokesman | said | “We condemn the raid.”"],
    );
}

#[test]
fn according_to_at_both_ends_and_in_the_middle() {
    reads(
        "According to the ministry, the talks would go on.",
        &["the ministry | According to | the talks would go on"],
    );
    reads(
        "The talks would go on, according to a spokesman for the ministry.",
        &["a spokesman for the ministry | according to | The talks would go on"],
    );
    reads(
        "The talks, according to two diplomats briefed on the matter, would go on.",
        &["two diplomats briefed on the matter | according to | The talks … would go on"],
    );
}

#[test]
fn verbs_of_stance_are_cues() {
    for (text, expected) in [
        (
            "Varga accused Orlen of breaking the treaty.",
            "Varga | accused | Orlen of breaking the treaty",
        ),
        (
            "Orlen rejected the offer as a stunt.",
            "Orlen | rejected | the offer as a stunt",
        ),
        ("The Kremlin vowed to retaliate.", "Kremlin | vowed | to retaliate"),
        (
            "Lind demanded that Orlen withdraw its troops.",
            "Lind | demanded | Orlen withdraw its troops",
        ),
        ("Lind thanked the mediators.", "Lind | thanked | the mediators"),
        ("Lind ruled out any concessions.", "Lind | ruled out | any concessions"),
        (
            "Lind made it clear that time was short.",
            "Lind | made it clear | time was short",
        ),
        (
            "The ministry has denied any involvement.",
            "the ministry | has denied | any involvement",
        ),
        (
            "Lind refused to say whether she would attend.",
            "Lind | refused to say | whether she would attend",
        ),
        (
            "Officials were at pains to stress that time was short.",
            "Officials | were at pains to stress | time was short",
        ),
        (
            "Both sides indicated support for a truce.",
            "both sides | indicated | support for a truce",
        ),
        (
            "Varga called the decision \"a grave mistake\".",
            "Varga | called | the decision \"a grave mistake\"",
        ),
    ] {
        reads(text, &[expected]);
    }
}

#[test]
fn one_speaker_makes_several_statements() {
    reads(
        "Varga accused Orlen of theft and warned that there would be a response.",
        &[
            "Varga | accused | Orlen of theft",
            "Varga | warned | there would be a response",
        ],
    );
    reads(
        "\"The accord is dead,\" Lind said, adding that there would be no new talks.",
        &[
            "Lind | said | \"The accord is dead,\"",
            "Lind | adding | there would be no new talks",
        ],
    );
    reads(
        "Lind said the accord was dead, while Okoye told parliament it could be saved.",
        &["Lind | said | the accord was dead", "Okoye | told | it could be saved"],
    );
}

#[test]
fn what_frames_a_statement_is_no_part_of_it() {
    reads(
        "The ministry said in a statement late on Monday it would close the border.",
        &["the ministry | said | it would close the border"],
    );
    reads(
        "In a statement, the ministry said the talks would go on.",
        &["the ministry | said | the talks would go on"],
    );
    reads(
        "Varga said, referring to the dam, “we will not wait.”",
        &["Varga | said | “we will not wait.”"],
    );
    reads(
        "While Varga said the talks were useful, the markets fell again.",
        &["Varga | said | the talks were useful"],
    );
    reads(
        "NATO condemned the launch as the fleet left port.",
        &["NATO | condemned | the launch"],
    );
}

#[test]
fn subjects_reach_over_parentheses() {
    for text in [
        "Varga, who is visiting Orlen this week, said the talks would go on.",
        "Varga, 54, said the talks would go on.",
        "Varga (Centre) said the talks would go on.",
        "Varga, for her part, said the talks would go on.",
        "Varga on Thursday said the talks would go on.",
    ] {
        let statements = extract(text);
        assert_eq!(statements.len(), 1, "{text}");
        assert!(
            statements[0].speaker.as_deref().is_some_and(|s| s.starts_with("Varga")),
            "{text}"
        );
        assert_eq!(statements[0].text, "the talks would go on", "{text}");
    }
}

#[test]
fn nouns_of_speech_and_passives() {
    reads(
        "Okoye's claim that the dam was safe drew criticism.",
        &["Okoye | claim | the dam was safe"],
    );
    reads(
        "Okoye was accused of lying by the opposition.",
        &["the opposition | was accused | Okoye … of lying"],
    );
}

#[test]
fn what_only_looks_like_speech_is_left_alone() {
    for text in [
        "The so-called \"iron wall\" was built in 1974.",
        "The film \"The Long Road\" was shown on Monday.",
        "It is not clear whether the talks will resume.",
        "The ministry declined to comment.",
        "There was no immediate comment from Orlen.",
        "Calls into the office were not answered.",
        "The United States exports maize to many countries.",
        "Two men walked to the river and back.",
        "",
    ] {
        reads(text, &[]);
    }
}

#[test]
fn speakers_get_their_full_names() {
    let article = "Foreign Minister Elna Varga arrived on Monday. \"We want talks,\" she said.\n\n\
                   Varga added that time was short. The minister warned that patience was not endless.\n\n\
                   Moscow rejected the idea. It said the proposal was dead.";
    let statements = extract(article);
    let speakers: Vec<_> = statements
        .iter()
        .map(|s| s.speaker.as_deref().unwrap_or_default())
        .collect();
    assert_eq!(speakers, ["Elna Varga", "Elna Varga", "Elna Varga", "Russia", "Russia"]);
    let mentions: Vec<_> = statements
        .iter()
        .map(|s| s.mention.as_deref().unwrap_or_default())
        .collect();
    assert_eq!(mentions, ["she", "Varga", "The minister", "Moscow", "It"]);
}

#[test]
fn emphasis_is_no_part_of_a_name() {
    reads(
        "The **prime minister** said: \"We will sign.\"",
        &["the prime minister | said | \"We will sign.\""],
    );
    reads(
        "\"We will not sign,\" said *Elna* **Varga**. Varga said that talks would go on.",
        &[
            "Elna Varga | said | \"We will not sign,\"",
            "Elna Varga | said | talks would go on",
        ],
    );
}

#[test]
fn a_role_finds_the_name_that_follows() {
    let article = "Torvia's trade minister said prices would fall.\n\n\
                   Trade Minister Adam Kos told farmers that help was near.";
    assert!(
        extract(article)
            .iter()
            .all(|s| s.speaker.as_deref() == Some("Adam Kos"))
    );
    let article = "The envoy of Orlen welcomed the vote. “It was a good day for the river,” Pavel Dorn said.";
    assert_eq!(extract(article)[1].speaker.as_deref(), Some("Pavel Dorn"));
}

#[test]
fn pronouns_mind_gender_and_organisations() {
    let article = "Mary Lind met John Okoye on Monday. Okoye said the meeting was good. Lind said it was short. \
                   He said another would follow. She said nobody could know.";
    let statements = extract(article);
    assert_eq!(statements[2].speaker.as_deref(), Some("John Okoye"));
    assert_eq!(statements[3].speaker.as_deref(), Some("Mary Lind"));
    let article = "The ministry said the dam was safe. It added that nobody was in danger.";
    assert_eq!(extract(article)[1].speaker.as_deref(), Some("the ministry"));
}

#[test]
fn transcripts_have_turns() {
    let article = "MS. VARGA: We are ready.\n\nQUESTION: When will you go?\n\nMS. VARGA: Soon.\n\nAnd not alone.";
    reads(
        article,
        &[
            "Ms. Varga | - | We are ready.",
            "- | - | When will you go?",
            "Ms. Varga | - | Soon. … And not alone.",
        ],
    );
    assert!(extract(article).iter().all(|s| s.kind == StatementKind::Direct));
}

#[test]
fn kinds_follow_the_quotation_marks() {
    let kinds = |text: &str| extract(text).iter().map(|s| s.kind).collect::<Vec<_>>();
    assert_eq!(kinds("“We go,” Varga said."), [StatementKind::Direct]);
    assert_eq!(kinds("Varga said the union would “go far”."), [StatementKind::Mixed]);
    assert_eq!(kinds("Varga said the union would go."), [StatementKind::Indirect]);
}

#[test]
fn spans_tell_where_everything_stands() {
    let article = "It rained. \"We go,\" Varga said on Monday. It rained again.";
    let statement = &extract(article)[0];
    assert_eq!(statement.sentence.of(article), "\"We go,\" Varga said on Monday.");
    assert_eq!(statement.cue_span.map(|s| s.of(article)), Some("said"));
    assert_eq!(statement.mention_span.map(|s| s.of(article)), Some("Varga"));
    assert!(statement.confidence > 0.9);
}

#[test]
fn another_language_has_no_statements() {
    let german = "Der Minister sagte am Montag, dass die Gespräche weitergehen. „Wir sind bereit“, sagte er. Die Regierung ist \
                  nicht zu einem Kompromiss bereit.";
    assert!(!is_english(german));
    reads(german, &[]);
    assert!(!is_english(&"外交部发言人 表示 ".repeat(20)));
    assert!(is_english("Varga said the union would go."));
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    /// Pieces of news, marks and noise in any order.
    fn news() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "said",
            "says",
            "according to",
            "Varga",
            "the minister",
            "“",
            "”",
            "\"",
            "'",
            "’",
            "‘",
            ",",
            ".",
            "?",
            "!",
            ":",
            "\n\n",
            "\n",
            "who",
            "that",
            "and",
            "while",
            "told reporters",
            "adding",
            "accused",
            "Mr.",
            "U.S.",
            "(",
            ")",
            "—",
            "…",
            "[a](b)",
            "*",
            "<p>",
            "é",
            "外",
            "\u{301}",
            "MR. X:",
            "Q:",
            "was accused of",
            "claim that",
            "but",
            "yet",
            "also",
            "which",
            "as",
            "he",
            "it",
            "-",
            "1,000",
            "called",
            "a",
            "mistake",
        ]);
        prop::collection::vec((piece, prop::bool::weighted(0.8)), 0..60).prop_map(|parts| {
            parts
                .iter()
                .map(|(part, spaced)| {
                    if *spaced {
                        format!("{part} ")
                    } else {
                        (*part).to_owned()
                    }
                })
                .collect()
        })
    }

    /// Found by fuzzing.
    #[test]
    fn a_mention_is_what_its_span_covers() {
        let article = "The **prime minister** said that the talks had failed.";
        holds(article);
        assert_eq!(extract(article)[0].mention.as_deref(), Some("The **prime minister**"));
    }

    /// Found by fuzzing: a clause was looked for behind the last word.
    #[test]
    fn an_article_may_end_anywhere() {
        for end in [
            ",",
            ", but",
            ", also",
            ", and",
            ", which",
            ", as",
            " and",
            " but also",
            " (",
        ] {
            for start in [
                "Q:S said t",
                "The minister said that talks failed",
                "“Talks failed,” he said",
                "He rejected talks",
            ] {
                holds(&format!("{start}{end}"));
            }
        }
    }

    fn holds(article: &str) {
        for statement in extract(article) {
            assert!(!statement.spans.is_empty());
            let mut last = 0;
            let mut pieces = Vec::new();
            for span in &statement.spans {
                assert!(span.start < span.end && span.end <= article.len());
                assert!(span.start >= last, "{:?}", statement.spans);
                last = span.end;
                pieces.push(article.get(span.start..span.end).expect("on character boundaries"));
            }
            assert_eq!(statement.text, pieces.join(" "));
            let words = [
                (&statement.cue, statement.cue_span),
                (&statement.mention, statement.mention_span),
            ];
            for (words, span) in words {
                assert_eq!(words.as_deref(), span.map(|span| span.of(article)));
            }
            for span in [Some(statement.sentence), statement.cue_span, statement.mention_span]
                .into_iter()
                .flatten()
            {
                assert!(article.get(span.start..span.end).is_some_and(|text| !text.is_empty()));
            }
            assert!((0.0..=1.0).contains(&statement.confidence));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]

        #[test]
        fn spans_of_news_are_ordered_and_inside(article in news()) {
            holds(&article);
        }

        #[test]
        fn any_text_is_survived(article in "\\PC{0,200}") {
            holds(&article);
        }

        #[test]
        fn any_characters_are_survived(article in prop::collection::vec(any::<char>(), 0..200)) {
            holds(&article.into_iter().collect::<String>());
        }
    }
}
