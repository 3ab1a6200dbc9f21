//! Evidence: what was done, in a form that others can check without tminus.
//!
//! | file | what |
//! | --- | --- |
//! | `sshsig`, `signers` | signatures of SSH keys, and who may sign what |
//! | `dsse`, `statement` | in-toto statements in signed envelopes |
//! | `operation` | what the journal tells of one operation, as a predicate |
//! | `questions` | the eleven things that an auditor asks |
//! | `package`, `verify` | a directory of all that, made and checked |
//!
//! Nothing here reads a file, starts a program or knows the time: whoever
//! calls brings bytes, a [`Sign`] and the moment.

pub mod dsse;
mod flaw;
pub mod operation;
pub mod package;
mod page;
pub mod questions;
pub mod signers;
pub mod sshsig;
pub mod statement;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod verify;

pub use flaw::Flaw;

use ssh_key::public::KeyData;

use crate::error::Error;

/// Something that signs with a person's SSH key.
pub trait Sign: Send + Sync {
    /// The public key.
    ///
    /// # Errors
    /// When it cannot be read.
    fn public(&self) -> Result<KeyData, Error>;

    /// The signature's bytes in base64, over a message and for a namespace.
    /// It may wait for the person to touch a security key.
    ///
    /// # Errors
    /// When the key cannot be used; says how to mend it.
    fn sign(&self, namespace: &str, message: &[u8]) -> Result<String, Error>;
}
