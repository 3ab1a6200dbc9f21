use proptest::prelude::*;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::*;

fn corpus() -> Vec<(String, String)> {
    serde_json::from_str(include_str!("../../../tests/fixtures/neutral.json")).unwrap()
}

fn forbidden(character: char) -> bool {
    matches!(
        character.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::Surrogate
            | GeneralCategory::PrivateUse
            | GeneralCategory::Unassigned
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    )
}

fn assert_laws(raw: &str) {
    for neutral in [neutralise(raw), neutralise_log(raw)] {
        assert!(!neutral.chars().any(forbidden), "{raw:?} gives {neutral:?}");
        assert_eq!(neutralise(&neutral), neutral, "not stable for {raw:?}");
    }
    assert_eq!(neutralise(raw).is_empty(), raw.is_empty(), "{raw:?}");
    let text = Text::new(raw);
    assert!(text.len() <= FIELD_LIMIT);
    assert_eq!(Text::new(&text), text);
    let line = Text::log_line(raw);
    assert!(line.len() <= LOG_LINE_LIMIT);
    assert_eq!(Text::log_line(&line), line);
}

#[test]
fn the_corpus_comes_out_as_written() {
    let corpus = corpus();
    assert_eq!(corpus.len(), 165);
    for (raw, expected) in corpus {
        assert_eq!(neutralise(&raw), expected, "for {raw:?}");
        assert_eq!(Text::new(&raw).as_str(), expected);
    }
}

#[test]
fn the_laws_hold_for_the_corpus_and_its_prefixes_and_mutations() {
    for (raw, neutral) in corpus() {
        assert_laws(&raw);
        assert_laws(&neutral);
        for (index, _) in raw.char_indices() {
            assert_laws(&raw[..index]);
            let mut bytes = raw.as_bytes().to_vec();
            for mask in [0x01, 0x20, 0x80] {
                bytes[index] ^= mask;
                assert_laws(&String::from_utf8_lossy(&bytes));
                bytes[index] ^= mask;
            }
        }
    }
}

#[test]
fn every_single_code_point_obeys_the_laws() {
    for character in (0..=0x0010_ffff).filter_map(char::from_u32) {
        let alone = character.to_string();
        let neutral = neutralise(&alone);
        assert!(!neutral.is_empty(), "{character:?}");
        assert!(!neutral.chars().any(forbidden), "{character:?}");
        assert_eq!(neutralise(&neutral), neutral, "{character:?}");
    }
}

#[test]
fn a_lone_selector_is_shown_and_what_it_hid_from_composition_composes() {
    assert_eq!(neutralise("\u{fe0f}"), "⟨FE0F⟩");
    assert_eq!(neutralise("e\u{fe0f}\u{301}"), "é");
    assert_eq!(neutralise("👍🏽🏽"), "👍");
    assert_eq!(neutralise("❤\u{fe0f}\u{200d}🔥"), "❤🔥");
    assert_eq!(neutralise("1\u{200d}2"), "1⟨200D⟩2");
}

#[test]
fn bytes_that_are_no_text_become_the_replacement_character() {
    assert_eq!(Text::from_bytes(b"a\x9b2Jb").as_str(), "a\u{fffd}2Jb");
}

#[test]
fn a_long_field_is_cut_between_graphemes_and_says_how_much_is_missing() {
    let text = Text::new(&"a".repeat(10_000));
    assert!(text.len() <= FIELD_LIMIT);
    let (shown, missing) = text.split_once("… +").unwrap();
    assert_eq!(shown.len() + missing.parse::<usize>().unwrap(), 10_000);

    let accents = Text::new(&"x\u{332}".repeat(40_000));
    let (shown, missing) = accents.split_once("… +").unwrap();
    assert!(shown.ends_with('\u{332}'));
    assert_eq!(
        shown.chars().count() + missing.parse::<usize>().unwrap(),
        80_000
    );
}

#[test]
fn a_log_line_keeps_its_columns_and_loses_its_colours() {
    let line = |raw: &str| Text::log_line(raw).as_str().to_owned();
    assert_eq!(line("a\tb"), "a       b");
    assert_eq!(line("12345678\tb"), "12345678        b");
    assert_eq!(line("漢\tb"), "漢      b");
    assert_eq!(line("\u{1b}[1;31mFAIL\u{1b}[0m ok\r"), "FAIL ok");
    assert_eq!(line("\u{1b}[38:2::255:0:0mred\u{1b}[K"), "red");
    assert_eq!(line("\u{1b}\u{1b}[m[31m"), "␛[31m");
    assert_eq!(line("\u{1b}[2J\u{1b}[1A"), "␛[2J␛[1A");
    assert_eq!(line("##[group]Run tests"), "##[group]Run tests");
    assert_eq!(line("a\rb"), "a␍b");
    assert_eq!(line(""), "");
    let long = Text::log_line(&"é".repeat(100_000));
    assert!(long.len() <= LOG_LINE_LIMIT && long.contains("… +"));
}

#[test]
fn hostile_megabytes_stay_within_the_limit() {
    for raw in [
        "a".repeat(1 << 20),
        "\u{300}".repeat(1 << 19),
        "\u{1b}[".repeat(100_000),
        "\u{fe0f}".repeat(1 << 18),
    ] {
        assert_laws(&raw);
    }
}

#[test]
fn stored_text_comes_back_as_it_was() {
    let line = Text::log_line(&format!("{}\u{1b}[2J", "x".repeat(20_000)));
    let stored = serde_json::to_string(&line).unwrap();
    assert_eq!(serde_json::from_str::<Text>(&stored).unwrap(), line);
    let hostile: Text = serde_json::from_str("\"a\\u001b[2J\"").unwrap();
    assert_eq!(hostile.as_str(), "a␛[2J");
}

proptest! {
    #[test]
    fn any_text_obeys_the_laws(raw in ".{0,64}") {
        assert_laws(&raw);
    }

    #[test]
    fn any_mixture_of_traps_obeys_the_laws(parts in proptest::collection::vec(
        prop_oneof![
            Just("\u{200d}"), Just("\u{fe0f}"), Just("🏽"), Just("👍"), Just("🇩"), Just("\u{301}"),
            Just("\u{327}"), Just("e"), Just(" "), Just("\u{a0}"), Just("\u{34f}"), Just("\t"),
            Just("\u{1b}["), Just("31m"), Just("K"), Just("\u{1100}"), Just("\u{1161}"),
            Just("\u{11a8}"), Just("\u{1160}"), Just("\u{958}"), Just("⟩"), Just("⟨+1"),
        ], 0..24)) {
        assert_laws(&parts.concat());
    }
}

#[test]
fn equal_texts_can_share_their_bytes() {
    let long = "a text that does not fit within the sixteen bytes";
    let (one, mut other) = (Text::new(long), Text::new(long));
    assert_ne!(one.as_str().as_ptr(), other.as_str().as_ptr());
    other.share(&one);
    assert_eq!(one.as_str().as_ptr(), other.as_str().as_ptr());
    let mut third = Text::new("another text that does not fit within them");
    third.share(&one);
    assert!(third.starts_with("another"));
    assert_eq!(std::mem::size_of::<Text>(), 16);
}
