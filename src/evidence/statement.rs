//! in-toto Statement v1: something is said about files that are named by
//! their digests.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Flaw, Sign,
    dsse::{Envelope, pae},
    sshsig,
};
use crate::error::{Error, Kind};

/// The one version of statements that is read and written.
pub const TYPE: &str = "https://in-toto.io/Statement/v1";
/// What is said about one operation.
pub const OPERATION: &str = "https://tminus.dev/evidence/operation/v1";
/// What is said about a whole package.
pub const PACKAGE: &str = "https://tminus.dev/evidence/package/v1";
/// What is said about the head of a journal.
pub const HEAD: &str = "https://tminus.dev/evidence/journal-head/v1";
/// What is proposed to a second person.
pub const PROPOSAL: &str = "https://tminus.dev/evidence/proposal/v1";

/// One statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// [`TYPE`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// What it speaks about.
    pub subject: Vec<Subject>,
    /// What sort of thing it says.
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What it says.
    pub predicate: Value,
}

/// One thing that a statement speaks about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name, for people.
    pub name: String,
    /// Its digest, which alone identifies it.
    pub digest: DigestSet,
}

/// The digests of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestSet {
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

impl Subject {
    /// A subject by its SHA-256.
    #[must_use]
    pub fn new(name: impl Into<String>, sha256: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            digest: DigestSet {
                sha256: sha256.into(),
            },
        }
    }
}

impl Statement {
    /// A statement.
    ///
    /// # Errors
    /// When the predicate cannot be written as JSON.
    pub fn new(
        predicate_type: &str,
        subject: Vec<Subject>,
        predicate: &impl Serialize,
    ) -> Result<Self, Error> {
        Ok(Self {
            kind: TYPE.to_owned(),
            subject,
            predicate_type: predicate_type.to_owned(),
            predicate: serde_json::to_value(predicate).map_err(|error| unwritable(&error))?,
        })
    }

    /// Reads a verified payload, which has to state this kind of thing.
    ///
    /// # Errors
    /// When it does not.
    pub fn parse(payload: &[u8], predicate_type: &str) -> Result<Self, Flaw> {
        let statement: Self = serde_json::from_slice(payload)
            .map_err(|error| Flaw::NotAStatement(error.to_string()))?;
        if statement.kind != TYPE {
            return Err(Flaw::StatementType(statement.kind));
        }
        if statement.predicate_type != predicate_type {
            return Err(Flaw::PredicateType(statement.predicate_type));
        }
        Ok(statement)
    }

    /// What it says, as its type.
    ///
    /// # Errors
    /// When it says something else.
    pub fn predicate<T: DeserializeOwned>(&self) -> Result<T, Flaw> {
        T::deserialize(&self.predicate).map_err(|error| Flaw::NotAStatement(error.to_string()))
    }

    /// The statement in an envelope, signed, with the bytes that were signed.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn seal(&self, namespace: &str, signer: &dyn Sign) -> Result<Sealed, Error> {
        let payload = serde_json::to_vec(self).map_err(|error| unwritable(&error))?;
        let mut envelope = Envelope::new(&payload);
        let signed = pae(&envelope.payload_type, &payload);
        let keyid = sshsig::fingerprint(&signer.public()?);
        envelope.add(&keyid, signer.sign(namespace, &signed)?);
        Ok(Sealed { envelope, signed })
    }
}

/// A signed statement.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The envelope.
    pub envelope: Envelope,
    /// The bytes that were signed, for `ssh-keygen -Y verify`.
    pub signed: Vec<u8>,
}

/// JSON for people and programs: indented, with a newline at the end.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn pretty(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| unwritable(&error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn unwritable(error: &serde_json::Error) -> Error {
    Error::new(Kind::Unknown, format!("cannot be written as JSON: {error}"))
}
