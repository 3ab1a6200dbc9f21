//! The fixed words that a pattern cannot match without. A line that holds none
//! of a pattern's words is never shown to it, which is what makes hundreds of
//! patterns cheap.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The shortest word worth looking for, in bytes. A single letter stands in
/// nearly every line.
const SHORTEST: usize = 2;

/// More alternatives than this say little.
const MOST: usize = 64;

/// Words in lower case, one of which is in every match, in upper or lower
/// case; none when there is no such set of words.
pub(super) fn required(hir: &Hir) -> Option<Vec<String>> {
    let words = words(hir)?;
    words
        .iter()
        .all(|word| word.len() >= SHORTEST)
        .then_some(words)
}

fn words(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(_) | HirKind::Class(_) => fixed(hir).map(|word| vec![word]),
        HirKind::Capture(capture) => words(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => words(&repetition.sub),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(words(branch)?);
            }
            all.sort();
            all.dedup();
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Concat(parts) => best_of(parts),
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

/// The best set that one part, or a run of fixed parts, offers.
fn best_of(parts: &[Hir]) -> Option<Vec<String>> {
    let mut best: Option<Vec<String>> = None;
    let mut run = String::new();
    for part in parts {
        if let Some(word) = fixed(part) {
            run.push_str(&word);
            continue;
        }
        if matches!(part.kind(), HirKind::Look(_)) {
            continue;
        }
        better(&mut best, Some(vec![std::mem::take(&mut run)]));
        better(&mut best, words(part));
    }
    better(&mut best, Some(vec![run]));
    best
}

fn better(best: &mut Option<Vec<String>>, other: Option<Vec<String>>) {
    let Some(other) = other else { return };
    let worth = |words: &[String]| {
        let shortest = words.iter().map(String::len).min().unwrap_or(0);
        // Beyond a dozen bytes a word is as rare as it gets; fewer words are
        // then the better set.
        (shortest.min(12), usize::MAX - words.len(), shortest)
    };
    if worth(&other).0 > 0 && best.as_ref().is_none_or(|best| worth(&other) > worth(best)) {
        *best = Some(other);
    }
}

/// The one word that a part stands for, if it stands for one.
fn fixed(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let word = std::str::from_utf8(&literal.0).ok()?;
            Some(word.to_ascii_lowercase())
        }
        HirKind::Class(Class::Unicode(class)) => {
            // A letter in upper and lower case; Unicode also folds the long s
            // and the Kelvin sign to letters of ours.
            let mut letter = None;
            for range in class.ranges() {
                for character in range.start()..=range.end() {
                    if matches!(character, '\u{17f}' | '\u{212a}') {
                        continue;
                    }
                    let lower = character.to_ascii_lowercase();
                    if !character.is_ascii() || letter.is_some_and(|letter| letter != lower) {
                        return None;
                    }
                    letter = Some(lower);
                }
            }
            letter.map(String::from)
        }
        HirKind::Capture(capture) => fixed(&capture.sub),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str) -> Option<Vec<String>> {
        required(&regex_syntax::parse(pattern).unwrap())
    }

    #[test]
    fn the_longest_word_that_must_be_there_is_found() {
        assert_eq!(of(r"^error\[E\d+\]: could not").unwrap(), ["]: could not"]);
        assert_eq!(of(r"(?i)\bkilled\b").unwrap(), ["killed"]);
        assert_eq!(of(r"(foobar|barfoo): x").unwrap(), ["barfoo", "foobar"]);
        assert_eq!(of(r"(a|b)*long word?").unwrap(), ["long wor"]);
    }

    #[test]
    fn a_pattern_without_a_fixed_word_has_none() {
        for pattern in [r"\d+", r"^.*$", "a", "(foo)?", "foo|b", r"[a-z]+ \d"] {
            assert_eq!(of(pattern), None, "{pattern}");
        }
    }
}
