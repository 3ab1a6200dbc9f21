//! DSSE envelopes (Dead Simple Signing Envelope, v1): a payload as it is, its
//! type, and signatures over both.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{
    Flaw,
    sshsig::{self, Signer},
};

/// The one type of payload that is read and written here.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// One envelope, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// Type of the payload.
    pub payload_type: String,
    /// The payload in base64.
    pub payload: String,
    /// Signatures over both.
    pub signatures: Vec<Signature>,
}

/// One signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The key's fingerprint: a hint that nothing vouches for.
    #[serde(default)]
    pub keyid: String,
    /// The SSH signature's bytes in base64; `ssh-keygen` wants the same text
    /// armoured.
    pub sig: String,
}

/// The bytes that are signed: `DSSEv1`, type and payload, each with its
/// length, so that no two of them can be taken for each other.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

impl Envelope {
    /// An envelope without a signature, which is worth nothing yet.
    #[must_use]
    pub fn new(payload: &[u8]) -> Self {
        Self {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload: STANDARD.encode(payload),
            signatures: Vec::new(),
        }
    }

    /// Reads an envelope's text.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, Flaw> {
        serde_json::from_slice(bytes).map_err(|_| Flaw::NotAnEnvelope)
    }

    /// Adds a signature, in base64.
    pub fn add(&mut self, keyid: &str, sig: String) {
        self.signatures.push(Signature {
            keyid: keyid.to_owned(),
            sig,
        });
    }

    /// The payload's bytes, before anybody vouched for them.
    ///
    /// # Errors
    /// When they are of another type, or not spelt as they should be.
    pub fn unverified(&self) -> Result<Vec<u8>, Flaw> {
        if self.payload_type != PAYLOAD_TYPE {
            return Err(Flaw::PayloadType(self.payload_type.clone()));
        }
        let payload = STANDARD
            .decode(&self.payload)
            .map_err(|_| Flaw::NotAnEnvelope)?;
        if STANDARD.encode(&payload) == self.payload {
            Ok(payload)
        } else {
            Err(Flaw::NotAnEnvelope)
        }
    }

    /// Checks every signature: the first for the first namespace, the second
    /// for the second, and so on. Gives the very bytes that were signed, and
    /// the keys, each another one.
    ///
    /// # Errors
    /// What is wrong: no signature, too few, too many, a bad one, or two of
    /// one key.
    pub fn verify(&self, namespaces: &[&str]) -> Result<(Vec<u8>, Vec<Signer>), Flaw> {
        let payload = self.unverified()?;
        if self.signatures.is_empty() {
            return Err(Flaw::NoSignature);
        }
        if self.signatures.len() != namespaces.len() {
            return Err(Flaw::SignatureCount {
                wanted: namespaces.len(),
                there: self.signatures.len(),
            });
        }
        let message = pae(&self.payload_type, &payload);
        let mut signers: Vec<Signer> = Vec::new();
        for (signature, namespace) in self.signatures.iter().zip(namespaces) {
            let signer = sshsig::verify(&signature.sig, namespace, &message)?;
            if signers.iter().any(|other| other.key == signer.key) {
                return Err(Flaw::OneKeyTwice(signer.fingerprint));
            }
            signers.push(signer);
        }
        Ok((payload, signers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_what_the_protocol_says() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        // The length is that of bytes.
        assert_eq!(pae("t", "回".as_bytes()), "DSSEv1 1 t 3 回".as_bytes());
    }

    #[test]
    fn an_envelope_without_a_signature_is_worth_nothing() {
        let envelope = Envelope::new(b"{}");
        assert_eq!(envelope.verify(&[]), Err(Flaw::NoSignature));
        assert_eq!(envelope.verify(&["x"]), Err(Flaw::NoSignature));
    }

    #[test]
    fn another_type_of_payload_is_not_read() {
        let mut envelope = Envelope::new(b"{}");
        envelope.payload_type = "text/plain".to_owned();
        assert_eq!(
            envelope.verify(&["x"]),
            Err(Flaw::PayloadType("text/plain".to_owned()))
        );
    }
}
