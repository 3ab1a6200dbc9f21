//! What can be wrong with evidence. Each flaw has a sentence of its own, so
//! that two different faults never look alike.

use crate::domain::Timestamp;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// The text is no SSH signature.
    #[error("it is no SSH signature")]
    NotASignature,
    /// A format of signatures that is not known.
    #[error("it has version {0} of the signature format; 1 is read")]
    SignatureVersion(u32),
    /// Something stands where nothing is defined.
    #[error("it has something in the field that is reserved")]
    SignatureReserved,
    /// Signed for something else.
    #[error("it was signed for another purpose: `{0}`")]
    Namespace(String),
    /// The signature does not fit key and message.
    #[error("the signature does not fit: what was signed is not what is here")]
    Signature,
    /// The key or its hash is too weak.
    #[error("{0} is too weak to prove anything")]
    WeakKey(String),
    /// A kind of key that is not known.
    #[error("keys of the kind `{0}` are not read")]
    UnknownAlgorithm(String),
    /// A security key signed without a touch.
    #[error("nobody touched the security key when it signed")]
    NotTouched,
    /// Nobody is named for the key.
    #[error("the key {0} is not among the allowed signers")]
    UnknownKey(String),
    /// The key's owner may sign other things only.
    #[error("the allowed signers do not let this key sign for `{0}`")]
    MayNotSignThis(String),
    /// The key may sign from a later moment on.
    #[error("the allowed signers let this key sign only from {0} on")]
    KeyNotYetValid(Timestamp),
    /// The key may not sign any more.
    #[error("the allowed signers let this key sign only until {0}")]
    KeyExpired(Timestamp),
    /// The text is no DSSE envelope.
    #[error("it is no DSSE envelope")]
    NotAnEnvelope,
    /// A payload of another type.
    #[error("its payload is of the type `{0}`, not application/vnd.in-toto+json")]
    PayloadType(String),
    /// Nobody signed.
    #[error("nobody signed it")]
    NoSignature,
    /// Too few or too many signatures.
    #[error("it has {there} signatures, {wanted} are wanted")]
    SignatureCount {
        /// How many there should be.
        wanted: usize,
        /// How many there are.
        there: usize,
    },
    /// One key stands for two people.
    #[error("the key {0} signed it twice: that is one person")]
    OneKeyTwice(String),
    /// The payload is no statement.
    #[error("its payload is no in-toto statement: {0}")]
    NotAStatement(String),
    /// Another version of statements.
    #[error("it is a statement of the type `{0}`, not https://in-toto.io/Statement/v1")]
    StatementType(String),
    /// A statement about something else.
    #[error("it states something of the kind `{0}`, which does not belong here")]
    PredicateType(String),
    /// The signed bytes beside an envelope are not its own.
    #[error("the signed bytes beside it are not those of the envelope")]
    NotTheSignedBytes,
    /// The signature beside an envelope is not its own.
    #[error("the signature beside it is not that of the envelope")]
    NotTheSignature,
    /// A subject that is not in the package.
    #[error("it speaks about `{0}`, which is not here")]
    SubjectMissing(String),
    /// A subject with another digest.
    #[error("it speaks about another `{0}` than the one that is here")]
    SubjectChanged(String),
    /// It says something that the journal does not say.
    #[error("it says something else than the journal's entries: `{0}`")]
    NotWhatTheJournalSays(String),
    /// Nobody stated anything about an operation of the package.
    #[error("nothing is stated about the operation {0}")]
    NotStated(String),
    /// Signed by another key than the rest.
    #[error("another key signed it than the one that signed the package")]
    AnotherSigner,
    /// The list of files is not there or cannot be read.
    #[error("the list of files cannot be read: {0}")]
    Manifest(String),
    /// A file is gone.
    #[error("the file is missing")]
    FileMissing,
    /// A file has other bytes.
    #[error("the file was changed")]
    FileChanged,
    /// A file that nobody signed for.
    #[error("the file does not belong to the package")]
    FileExtra,
    /// A name that would lead out of the package.
    #[error("`{0}` is no name of a file in a package")]
    FileName(String),
    /// A journal's line that cannot be read.
    #[error("line {line} is no entry of a journal: {why}")]
    NotAnEntry {
        /// Which line, from 1.
        line: usize,
        /// Why.
        why: String,
    },
    /// Entries of another chain.
    #[error("entry {0} belongs to another journal")]
    EntryOfAnotherChain(u64),
    /// Entries not in their order.
    #[error("entry {0} is not in its place")]
    EntryOutOfOrder(u64),
    /// An entry that does not follow on from the one before it.
    #[error("entry {0} does not follow on from the one before it")]
    EntryNotChained(u64),
    /// An entry with another hash than the one that was written down.
    #[error("entry {0} is not the one whose place in the chain was written down")]
    EntryChanged(u64),
    /// More or fewer entries than were written down.
    #[error("it has {there} entries, the list of their places names {named}")]
    EntryCount {
        /// How many were written down.
        named: usize,
        /// How many there are.
        there: usize,
    },
    /// An entry after the head.
    #[error("entry {0} lies beyond the head of its journal")]
    EntryBeyondTheHead(u64),
    /// A kept answer that is not here.
    #[error("the answer {0} was kept and is not here")]
    AnswerMissing(String),
    /// An answer under another's name.
    #[error("its bytes are not those that its name says")]
    AnswerSwapped,
    /// An answer that no entry names.
    #[error("no entry of the journal names this answer")]
    AnswerUnknown,
    /// A policy under another's name.
    #[error("its bytes are not those of the policy that its name says")]
    PolicySwapped,
    /// A policy's file, or what it was told, that was kept and is not here; its
    /// SHA-256.
    #[error("what belongs to a policy and has the SHA-256 {0} is missing")]
    PolicyMissing(String),
    /// A policy's file that no entry names.
    #[error("no entry of the journal names this as belonging to a policy")]
    PolicyUnknown,
    /// A policy's digest that is not that of its files; the digest.
    #[error("the policy's digest {0} is not that of its files")]
    PolicyDigest(String),
    /// The summary is not the one that was signed.
    #[error("the summary is not the one that was signed")]
    NotTheSummary,
    /// There is no statement about the package itself.
    #[error("the package says nothing about itself: {0}")]
    NoSummary(String),
}
