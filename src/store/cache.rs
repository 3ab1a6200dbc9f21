//! The cache of the last picture: the facts that the next start draws from
//! before any system has answered. It can be lost at any time: a file that
//! cannot be used is ignored, and that is said.
//!
//! Layout: the magic bytes, the fingerprint of the nouns, length and checksum
//! of the content, then the facts in postcard's encoding, which is compact and
//! fast but does not describe itself; hence the fingerprint.

use super::{Directory, Durability, directory::failure};
use crate::{
    domain::{Fact, Text},
    error::Error,
};

const MAGIC: &[u8; 8] = b"tminus\0c";
const HEADER: usize = 32;

/// Changes whenever a noun does, so that a picture that was written by another
/// version is never misread.
const NOUNS: u64 = fingerprint(&[
    include_bytes!("../domain/act.rs"),
    include_bytes!("../domain/approval.rs"),
    include_bytes!("../domain/canary.rs"),
    include_bytes!("../domain/deployment.rs"),
    include_bytes!("../domain/fact.rs"),
    include_bytes!("../domain/health.rs"),
    include_bytes!("../domain/id.rs"),
    include_bytes!("../domain/incident.rs"),
    include_bytes!("../domain/note.rs"),
    include_bytes!("../domain/operation.rs"),
    include_bytes!("../domain/outcome.rs"),
    include_bytes!("../domain/release/mod.rs"),
    include_bytes!("../domain/release/state.rs"),
    include_bytes!("../domain/run.rs"),
    include_bytes!("../domain/test_report.rs"),
    include_bytes!("../domain/window.rs"),
]);

/// The picture is kept in parts, each in a file of its own: the first screen
/// need not wait for what it does not show, and what did not change need not be
/// written again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What the first screen shows.
    First,
    /// One of the others, by number.
    Number(u8),
}

impl Part {
    fn name(self) -> String {
        match self {
            Self::First => "picture.cache".to_owned(),
            Self::Number(number) => format!("picture-{number:02}.cache"),
        }
    }
}

/// The last picture, or why there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// The facts; empty when there is no picture.
    pub facts: Vec<Fact>,
    /// Why a picture that is there was not used; none when all is well.
    pub unread: Option<Text>,
}

/// Reads one part of the last picture.
#[must_use]
pub fn load(directory: &Directory, part: Part) -> Picture {
    let nothing = |why: &str| Picture {
        facts: Vec::new(),
        unread: Some(Text::from(format!(
            "the picture of the last start is not used: {why}"
        ))),
    };
    let bytes = match directory.read(&part.name()) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Picture::default(),
        Err(error) => return nothing(&error.message),
    };
    match decode(&bytes) {
        Ok(facts) => Picture {
            facts,
            unread: None,
        },
        Err(why) => nothing(why),
    }
}

/// Writes one part of the picture, whole or not at all. It is not synced: what a power
/// loss takes is fetched again.
///
/// # Errors
/// When it cannot be written; the old picture is still there then.
pub fn save(directory: &Directory, part: Part, facts: &[Fact]) -> Result<(), Error> {
    let name = part.name();
    let bytes = encode(facts).map_err(|error| {
        failure(
            "write",
            &directory.path().join(&name),
            &std::io::Error::other(error.to_string()),
        )
    })?;
    directory.replace(&name, &bytes, Durability::Cached)
}

/// The bytes of a picture.
///
/// # Errors
/// When a fact cannot be encoded.
pub fn encode(facts: &[Fact]) -> Result<Vec<u8>, postcard::Error> {
    let mut bytes = postcard::to_extend(facts, vec![0; HEADER])?;
    let (header, content) = bytes.split_at_mut(HEADER);
    let length = content.len() as u64;
    let parts = [u64::from_le_bytes(*MAGIC), NOUNS, length, checksum(content)];
    for (place, part) in header.chunks_exact_mut(8).zip(parts) {
        place.copy_from_slice(&part.to_le_bytes());
    }
    Ok(bytes)
}

/// The facts of a picture.
///
/// # Errors
/// Why the bytes are not a picture, for people.
pub fn decode(bytes: &[u8]) -> Result<Vec<Fact>, &'static str> {
    let Some((header, content)) = bytes.split_at_checked(HEADER) else {
        return Err("it is cut off");
    };
    let mut parts = [0; 4];
    for (part, place) in parts.iter_mut().zip(header.chunks_exact(8)) {
        *part = word(place);
    }
    let [magic, nouns, length, sum] = parts;
    if magic != u64::from_le_bytes(*MAGIC) {
        return Err("it is something else");
    }
    if nouns != NOUNS {
        return Err("another version of tminus wrote it");
    }
    if length != content.len() as u64 {
        return Err("it is cut off");
    }
    if sum != checksum(content) {
        return Err("it is damaged");
    }
    postcard::from_bytes(content).map_err(|_| "it cannot be understood")
}

/// Little-endian number of up to eight bytes.
fn word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    for (place, byte) in word.iter_mut().zip(bytes) {
        *place = *byte;
    }
    u64::from_le_bytes(word)
}

/// Finds damage, not malice. Each step is a bijection of the state for a given
/// word and of the word for a given state, so one changed word always shows.
fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .chunks(8)
        .fold(SEED, |state, chunk| mix(state, word(chunk)))
}

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// One step of the hash that the Rust compiler uses for its tables (`FxHash`).
const fn mix(state: u64, word: u64) -> u64 {
    (state.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95)
}

const fn fingerprint(files: &[&[u8]]) -> u64 {
    let mut state = SEED;
    let mut file = 0;
    while file < files.len() {
        let mut index = 0;
        while index < files[file].len() {
            state = mix(state, files[file][index] as u64);
            index += 1;
        }
        state = mix(state, index as u64);
        file += 1;
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Body, ServiceName, SourceId, Timestamp};

    fn facts() -> Vec<Fact> {
        (0..20)
            .map(|number| Fact {
                source: SourceId::new("github"),
                observed: Timestamp::from_timestamp_nanos(1_763_800_000_123_456_789 + number),
                body: Body::Service(ServiceName::new(&format!("ünï-{number}"))),
            })
            .collect()
    }

    #[test]
    fn what_was_saved_is_loaded() {
        let place = tempfile::tempdir().unwrap();
        let directory = Directory::open(place.path()).unwrap();
        assert_eq!(load(&directory, Part::First), Picture::default());
        save(&directory, Part::First, &facts()).unwrap();
        let picture = load(&directory, Part::First);
        assert_eq!((picture.facts, picture.unread), (facts(), None));
        assert_eq!(load(&directory, Part::Number(0)), Picture::default());
        save(&directory, Part::Number(0), &facts()[..5]).unwrap();
        save(&directory, Part::Number(31), &facts()[5..]).unwrap();
        assert_eq!(load(&directory, Part::Number(0)).facts, facts()[..5]);
        assert_eq!(load(&directory, Part::Number(31)).facts, facts()[5..]);
        assert_eq!(load(&directory, Part::First).facts, facts());
    }

    #[test]
    fn a_picture_with_any_bit_changed_or_any_byte_missing_is_not_used() {
        let good = encode(&facts()).unwrap();
        for index in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[index] ^= 1 << bit;
                assert!(decode(&bad).is_err(), "byte {index} bit {bit}");
            }
            assert!(decode(&good[..index]).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn why_a_picture_is_not_used_is_said() {
        let place = tempfile::tempdir().unwrap();
        let directory = Directory::open(place.path()).unwrap();
        let mut bytes = encode(&facts()).unwrap();
        bytes[8] ^= 1;
        directory
            .replace(&Part::First.name(), &bytes, Durability::Cached)
            .unwrap();
        let picture = load(&directory, Part::First);
        assert!(picture.facts.is_empty());
        assert!(picture.unread.unwrap().contains("another version"));
    }
}
