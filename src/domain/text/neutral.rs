//! The rule that makes outside text harmless: what a terminal would obey or
//! hide becomes something a person can see.
//!
//! Canonical composition (Unicode TR 15), then one visible stand-in per
//! dangerous code point: C0 and DEL become control pictures, a tab one space;
//! C1, format characters, surrogates, private use, unassigned code points,
//! line and paragraph separators, fillers, the grapheme joiner, the
//! supplementary variation selectors and the blank braille pattern become
//! `⟨HEX⟩`; every space separator becomes a plain space; variation selectors 1
//! to 16 go; regional indicators become letters; joiners between pictographs
//! and skin tones on them go; a fourth and later combining mark on one base
//! become `⟨+n⟩`; a mark without a base stands on `◌`.
//!
//! The rule is idempotent: its output passes through it unchanged.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_properties::{GeneralCategory, UnicodeEmoji, UnicodeGeneralCategory};
use unicode_width::UnicodeWidthChar;

use super::ink::Ink;

/// How many combining marks one base may carry; more are counted, not drawn.
const MARKS_PER_BASE: usize = 3;

/// Where a mark without a base stands.
const DOTTED_CIRCLE: char = '\u{25cc}';

/// Makes `raw` harmless to a terminal; see the module for the rule.
///
/// Text that needs no change is borrowed. Linear in the length of `raw`; never
/// empty unless `raw` is.
#[must_use]
pub fn neutralise(raw: &str) -> Cow<'_, str> {
    if raw.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(raw);
    }
    let visible = stand_ins(raw, Tabs::OneSpace);
    let neutral = limit_marks(&visible);
    if neutral.is_empty()
        && let Some(first) = raw.chars().next()
    {
        let mut only = String::new();
        push_token(&mut only, first);
        return Cow::Owned(only);
    }
    if neutral == raw {
        Cow::Borrowed(raw)
    } else {
        Cow::Owned(neutral)
    }
}

/// [`neutralise`] for a line of a log: tabs reach to the next multiple of eight
/// columns, colours (`CSI … m`) and erasures (`CSI … K`) vanish, one carriage
/// return at the end belongs to the line break. All else stays visible, the
/// section markers of build systems as well.
#[must_use]
pub fn neutralise_log(raw: &str) -> Cow<'_, str> {
    if raw.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(raw);
    }
    let line = raw.strip_suffix('\r').unwrap_or(raw);
    let plain = without_styling(line, &mut |_, _| ());
    Cow::Owned(limit_marks(&stand_ins(&plain, Tabs::Columns)))
}

/// [`neutralise_log`], the very same text, and how each part of it was set: from
/// each place on, in bytes of the text, until the next. Before the first place
/// the line is plain.
#[must_use]
pub fn neutralise_inked(raw: &str) -> (Cow<'_, str>, Vec<(usize, Ink)>) {
    if !raw.contains("\u{1b}[") {
        return (neutralise_log(raw), Vec::new());
    }
    let line = raw.strip_suffix('\r').unwrap_or(raw);
    let mut ink = Ink::default();
    let mut inks: Vec<(usize, Ink)> = Vec::new();
    let plain = without_styling(line, &mut |place, parameters| {
        ink.apply(parameters);
        match inks.last_mut() {
            Some(last) if last.0 == place => last.1 = ink,
            _ => inks.push((place, ink)),
        }
    });
    let mut places: Vec<usize> = inks.iter().map(|(place, _)| *place).collect();
    let visible = stand_ins_keeping(&plain, Tabs::Columns, &mut places);
    let mut neutral = String::with_capacity(visible.len());
    let mut done = 0;
    for (place, (wanted, _)) in places.iter().zip(&mut inks) {
        // A mark belongs to its base, whatever was set between the two.
        let next = visible.get(*place..).unwrap_or_default();
        let length = next
            .char_indices()
            .find(|(_, character)| starts_afresh(*character))
            .map_or(next.len(), |(length, _)| length);
        let place = (*place + length).max(done);
        neutral.push_str(&limit_marks(visible.get(done..place).unwrap_or_default()));
        done = place;
        *wanted = neutral.len();
    }
    neutral.push_str(&limit_marks(visible.get(done..).unwrap_or_default()));
    (Cow::Owned(neutral), inks)
}

/// Whether composition never joins a character to what stands before it.
fn starts_afresh(character: char) -> bool {
    character.is_ascii()
        || (canonical_combining_class(character) == 0
            && !is_combining_mark(character)
            && is_nfc_quick(std::iter::once(character)) == IsNormalized::Yes)
}

/// Removes `CSI … m` and `CSI … K`, and nothing else. The parameters of the
/// first are told, with the place in the text that they hold from.
fn without_styling<'line>(line: &'line str, told: &mut dyn FnMut(usize, &str)) -> Cow<'line, str> {
    if !line.contains("\u{1b}[") {
        return Cow::Borrowed(line);
    }
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find("\u{1b}[") {
        let (before, sequence) = rest.split_at(start);
        plain.push_str(before);
        let parameters = sequence[2..]
            .bytes()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'))
            .count();
        let end = 2 + parameters;
        let last = sequence.as_bytes().get(end);
        if matches!(last, Some(b'm' | b'K')) {
            if last == Some(&b'm') {
                told(plain.len(), &sequence[2..end]);
            }
            rest = &sequence[end + 1..];
        } else {
            plain.push_str(&sequence[..end]);
            rest = &sequence[end..];
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// What a tab becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tabs {
    /// One space, as in a field.
    OneSpace,
    /// Spaces up to the next multiple of eight columns, as in a log.
    Columns,
}

/// The first pass: one visible stand-in per dangerous code point. It runs
/// before the composition, because what it removes may stand between a base
/// and its mark.
fn stand_ins(raw: &str, tabs: Tabs) -> String {
    stand_ins_keeping(raw, tabs, &mut [])
}

/// [`stand_ins`]; `places` in `raw`, in order, become the same places in what is
/// returned.
fn stand_ins_keeping(raw: &str, tabs: Tabs, places: &mut [usize]) -> String {
    let mut places = places.iter_mut().peekable();
    let mut visible = String::with_capacity(raw.len() + raw.len() / 8);
    let mut column = 0;
    // The pictograph that a joiner or a skin tone may belong to.
    let mut on_pictograph = false;
    let mut characters = raw
        .char_indices()
        .filter(|(_, character)| !is_dropped_selector(*character))
        .peekable();
    while let Some((at, character)) = characters.next() {
        while let Some(place) = places.next_if(|place| **place <= at) {
            *place = visible.len();
        }
        if character == '\t' && tabs == Tabs::Columns {
            let spaces = 8 - column % 8;
            visible.extend(std::iter::repeat_n(' ', spaces));
            column += spaces;
            on_pictograph = false;
            continue;
        }
        if character == '\u{200d}'
            && on_pictograph
            && characters
                .peek()
                .is_some_and(|(_, next)| is_pictograph(*next))
        {
            continue;
        }
        if on_pictograph && is_skin_tone(character) {
            continue;
        }
        on_pictograph = is_pictograph(character) && !is_skin_tone(character);
        let written = visible.len();
        push_visible(&mut visible, character);
        if tabs == Tabs::Columns {
            column += visible[written..]
                .chars()
                .filter_map(UnicodeWidthChar::width)
                .sum::<usize>();
        }
    }
    for place in places {
        *place = visible.len();
    }
    visible
}

/// Appends `character`, or what stands for it.
fn push_visible(visible: &mut String, character: char) {
    match character {
        ' '..='~' => visible.push(character),
        '\t' => visible.push(' '),
        '\0'..='\u{1f}' => {
            visible.push(char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'));
        }
        '\u{7f}' => visible.push('\u{2421}'),
        '\u{1f1e6}'..='\u{1f1ff}' => {
            let letter = u32::from('A') + u32::from(character) - 0x1f1e6;
            visible.push(char::from_u32(letter).unwrap_or('\u{fffd}'));
        }
        _ if is_invisible(character) => push_token(visible, character),
        _ if character.general_category() == GeneralCategory::SpaceSeparator => visible.push(' '),
        _ => visible.push(character),
    }
}

/// The second pass: canonical composition, at most three marks on a base, and
/// a base for each mark.
fn limit_marks(visible: &str) -> String {
    let mut neutral = String::with_capacity(visible.len());
    let mut has_base = false;
    let mut marks = 0;
    let mut too_many: usize = 0;
    for character in visible.nfc() {
        if !character.is_ascii() && is_combining_mark(character) {
            if !has_base {
                neutral.push(DOTTED_CIRCLE);
                has_base = true;
                marks = 0;
            }
            if marks < MARKS_PER_BASE {
                neutral.push(character);
                marks += 1;
            } else {
                too_many += 1;
            }
            continue;
        }
        flush_count(&mut neutral, &mut too_many);
        neutral.push(character);
        has_base = character != ' ';
        marks = 0;
    }
    flush_count(&mut neutral, &mut too_many);
    neutral
}

/// Says how many marks were left out.
fn flush_count(neutral: &mut String, too_many: &mut usize) {
    if *too_many > 0 {
        let _infallible = write!(neutral, "\u{27e8}+{too_many}\u{27e9}");
        *too_many = 0;
    }
}

/// Appends `⟨HEX⟩` for a code point that must not be drawn itself.
fn push_token(visible: &mut String, character: char) {
    let code = u32::from(character);
    let _infallible = if code <= 0xff {
        write!(visible, "\u{27e8}{code:02X}\u{27e9}")
    } else {
        write!(visible, "\u{27e8}{code:04X}\u{27e9}")
    };
}

/// Variation selectors 1 to 16: they only choose between two pictures of the
/// same character, and terminals disagree about the width.
fn is_dropped_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}')
}

/// Skin tones (Emoji modifiers of Unicode TS 51).
fn is_skin_tone(character: char) -> bool {
    matches!(character, '\u{1f3fb}'..='\u{1f3ff}')
}

/// What may stand on either side of a joiner. Digits, `#` and `*` are emoji by
/// the letter of the standard, but not pictures.
fn is_pictograph(character: char) -> bool {
    !character.is_ascii()
        && !matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
        && character.is_emoji_char()
}

/// Code points that show nothing, or whose look nobody can know.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        // Fillers, joiners and selectors that are letters or marks by category,
        // yet draw nothing (Default_Ignorable_Code_Point), and blank braille.
        '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    ) || matches!(
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
