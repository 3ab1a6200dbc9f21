//! Durable memory in one directory that belongs to one person:
//!
//! | name | what |
//! | --- | --- |
//! | `journal.jsonl` | the record of all that was done, one entry a line, chained by hashes ([`Journal`]) |
//! | `journal.head` | number and hash of the newest entry, so that a cut at the end is found |
//! | `journal-torn-*` | the remains of a line that a crash left half written |
//! | `answers/` | what vendors answered, word for word, each file named by its SHA-256 ([`Answers`]) |
//! | `policies/` | the files of the policies that were asked, named in the same way |
//! | `notes/` | one file a note, drafts too ([`Notes`]) |
//! | `proposals/` | what waits for another person: the signed file for them, and the one that came back |
//! | `verdicts/` | verdicts on canaries with what they rested on ([`verdicts`]) |
//! | `calibrations/` | what a service's past says of its canaries, made again by `tminus canary calibrate` |
//! | `logs/` | empty: the logs that somebody reads are files without a name ([`Logs`]) |
//! | `sessions/` | one locked file for each running tminus ([`Session`]) |
//! | `history.jsonl`, `history.lock` | how jobs and tests ended, commit by commit ([`history`]) |
//! | `picture.cache`, `picture-rest.cache` | the last picture of the outside, to draw from at the next start ([`cache`]) |
//!
//! The directory has mode 0700 and its files 0600. Everything here takes the
//! directory as a [`Directory`]; where it is by default is the configuration's
//! business.

mod answers;
pub mod cache;
mod directory;
pub mod history;
pub mod journal;
mod logs;
mod notes;
mod session;
pub mod verdicts;

pub use answers::Answers;
pub use directory::{Directory, Durability};
pub use journal::Journal;
pub use logs::{Logs, unnamed};
pub use notes::{Notes, Shelf};
pub use session::Session;
