//! Outside text, made harmless in one place before it reaches the model.

mod ink;
mod line;
mod neutral;
#[cfg(test)]
mod tests;

use std::{borrow::Borrow, fmt, ops::Deref};

use ecow::{EcoString, eco_format};
use serde::{Deserialize, Deserializer, Serialize, de};
use unicode_segmentation::UnicodeSegmentation;

pub use ink::{Colour, Ink};
pub use line::LogLine;
pub use neutral::{neutralise, neutralise_log};

/// How long a field may be, in bytes, the note about what is missing included.
pub const FIELD_LIMIT: usize = 4 * 1024;

/// How long a line of a log may be, in bytes, the note about what is missing
/// included.
pub const LOG_LINE_LIMIT: usize = 64 * 1024;

/// Room for `… +n` at the end of a text that was cut.
const NOTE_ROOM: usize = 32;

/// One line of text that came from outside and cannot move a cursor, set a
/// title or break a line. The only way to make one is to neutralise.
///
/// Sixteen bytes; up to fifteen bytes of text lie within, and the copies of a
/// longer one share its bytes. A picture holds a hundred thousand of them.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Text(EcoString);

impl Text {
    /// Neutralises a field and keeps at most `FIELD_LIMIT` bytes of it; what
    /// is missing is said at the end as `… +n`, in characters.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        let (head, missing) = head_of(raw, FIELD_LIMIT);
        Self(cut(&neutralise(head), FIELD_LIMIT, missing))
    }

    /// Neutralises a field that may not be UTF-8: what is invalid becomes
    /// U+FFFD, so no 8-bit control gets through.
    #[must_use]
    pub fn from_bytes(raw: &[u8]) -> Self {
        Self::new(&String::from_utf8_lossy(raw))
    }

    /// Neutralises one line of a log and keeps at most `LOG_LINE_LIMIT` bytes
    /// of it. Tabs reach to the next multiple of eight columns; colours and
    /// erasures vanish.
    #[must_use]
    pub fn log_line(raw: &str) -> Self {
        let (head, missing) = head_of(raw, LOG_LINE_LIMIT);
        Self(cut(&neutralise_log(head), LOG_LINE_LIMIT, missing))
    }

    /// Shares the bytes of `other` where the two are equal: of ten thousand
    /// texts most say what another says.
    pub fn share(&mut self, other: &Self) {
        if self.0.len() > EcoString::INLINE_LIMIT && self == other {
            self.0.clone_from(&other.0);
        }
    }

    /// The neutralised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// The start of `raw` that can matter under `limit`, and how many characters
/// come after it. Bounds the work for hostile megabytes.
fn head_of(raw: &str, limit: usize) -> (&str, usize) {
    let enough = limit * 4;
    if raw.len() <= enough {
        return (raw, 0);
    }
    let boundary = (0..=enough)
        .rev()
        .find(|&index| raw.is_char_boundary(index));
    let (head, rest) = raw.split_at(boundary.unwrap_or_default());
    (head, rest.chars().count())
}

/// `neutral` within `limit` bytes, cut between graphemes, with the number of
/// characters that are not shown.
fn cut(neutral: &str, limit: usize, missing: usize) -> EcoString {
    if neutral.len() <= limit && missing == 0 {
        return EcoString::from(neutral);
    }
    let room = limit - NOTE_ROOM;
    let mut end = 0;
    for grapheme in neutral.graphemes(true) {
        if end + grapheme.len() > room {
            break;
        }
        end += grapheme.len();
    }
    let missing = missing + neutral[end..].chars().count();
    eco_format!("{}… +{missing}", &neutral[..end])
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Self::new(&raw)
    }
}

/// In a contract it is a string like any other.
impl schemars::JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Text {
    /// Neutralises again: a file on disk is outside as well. The longer limit
    /// of a log line holds, for a stored text may be one.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Takes the text from where it lies: a start reads a hundred thousand.
        struct Stored;

        impl de::Visitor<'_> for Stored {
            type Value = Text;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, raw: &str) -> Result<Text, E> {
                let (head, missing) = head_of(raw, LOG_LINE_LIMIT);
                Ok(Text(cut(&neutralise(head), LOG_LINE_LIMIT, missing)))
            }
        }

        deserializer.deserialize_str(Stored)
    }
}
