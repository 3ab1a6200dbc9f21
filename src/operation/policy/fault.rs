//! Faults of a policy, each with file, line and reason.

use crate::{
    domain::Text,
    error::{Error, Kind},
};

/// A fault at a place. The reason may quote the file, so that it is only text.
pub(super) fn at(file: &str, line: u64, reason: &str) -> Error {
    let reason = Text::new(reason);
    Error::new(Kind::Usage, format!("{file}:{line}: {reason}"))
        .hint("`tminus policy check` reads it again; until then nothing can be sent")
}

/// A fault in the evaluator's words. They span several lines: `--> FILE:LINE:COLUMN`,
/// the source, and `error: …`.
pub(super) fn from_engine(file: &str, words: &str) -> Error {
    let place = words
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "))
        .and_then(|place| {
            let mut parts = place.trim().rsplitn(3, ':');
            let (_column, line) = (parts.next()?, parts.next()?.parse::<u64>().ok()?);
            Some((parts.next()?, line))
        });
    let (file, line) = place.unwrap_or((file, 1));
    at(file, line, &reason(words))
}

/// The reason in the evaluator's words, without the picture of the source.
pub(super) fn reason(words: &str) -> String {
    words
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("error: "))
        .map_or_else(
            || words.split_whitespace().collect::<Vec<_>>().join(" "),
            |reason| reason.trim().trim_end_matches(':').to_owned(),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_evaluators_words_become_one_line() {
        let words = "\n--> a/freeze.rego:3:40\n  |\n3 | findings contains x\n  |   ^\nerror: \
                     could not find function http.send";
        assert_eq!(
            from_engine("freeze.rego", words).message,
            "a/freeze.rego:3: could not find function http.send"
        );
        assert_eq!(
            from_engine("freeze.rego", "it is\n too long").message,
            "freeze.rego:1: it is too long"
        );
    }
}
