//! A pen that signs as `ssh-keygen` does, and signatures that it never would.

use aws_lc_rs::{
    digest::{SHA256, SHA512, digest},
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use ssh_key::public::KeyData;

use super::{Sign, sshsig};
use crate::error::Error;

/// A key pair of Ed25519, the same for the same seed.
pub(crate) struct Pen(Ed25519KeyPair);

/// What a signature is made of; tests change one thing at a time.
pub(crate) struct Made {
    pub(crate) version: u32,
    pub(crate) key: Vec<u8>,
    pub(crate) namespace: String,
    pub(crate) reserved: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Made {
    /// The signature's bytes in base64.
    pub(crate) fn base64(&self) -> String {
        let mut blob = b"SSHSIG".to_vec();
        blob.extend_from_slice(&self.version.to_be_bytes());
        for field in [
            self.key.as_slice(),
            self.namespace.as_bytes(),
            &self.reserved,
            b"sha512",
            &self.signature,
        ] {
            string(&mut blob, field);
        }
        STANDARD.encode(blob)
    }
}

/// A string of the SSH protocol: its length, then its bytes.
pub(crate) fn string(blob: &mut Vec<u8>, field: &[u8]) {
    blob.extend_from_slice(&(field.len() as u32).to_be_bytes());
    blob.extend_from_slice(field);
}

/// Several strings of the SSH protocol.
pub(crate) fn strings(fields: &[&[u8]]) -> Vec<u8> {
    let mut blob = Vec::new();
    for field in fields {
        string(&mut blob, field);
    }
    blob
}

/// What the key of a signature signs.
pub(crate) fn signed(namespace: &str, reserved: &[u8], message: &[u8]) -> Vec<u8> {
    let mut bytes = b"SSHSIG".to_vec();
    for field in [
        namespace.as_bytes(),
        reserved,
        b"sha512",
        digest(&SHA512, message).as_ref(),
    ] {
        string(&mut bytes, field);
    }
    bytes
}

impl Pen {
    pub(crate) fn new(seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    fn raw(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }

    fn key(&self) -> Vec<u8> {
        strings(&[b"ssh-ed25519", self.0.public_key().as_ref()])
    }

    /// The key's fingerprint.
    pub(crate) fn fingerprint(&self) -> String {
        sshsig::fingerprint(&self.public().unwrap())
    }

    /// The public key as a line of a file.
    pub(crate) fn line(&self) -> String {
        format!("ssh-ed25519 {}", STANDARD.encode(self.key()))
    }

    /// A good signature, to be spoilt.
    pub(crate) fn made(&self, namespace: &str, message: &[u8]) -> Made {
        let bytes = self.raw(&signed(namespace, b"", message));
        Made {
            version: 1,
            key: self.key(),
            namespace: namespace.to_owned(),
            reserved: Vec::new(),
            signature: strings(&[b"ssh-ed25519", &bytes]),
        }
    }

    /// A signature with something in the reserved field, good otherwise.
    pub(crate) fn reserved(&self, namespace: &str, message: &[u8]) -> Made {
        let bytes = self.raw(&signed(namespace, b"x", message));
        Made {
            reserved: b"x".to_vec(),
            signature: strings(&[b"ssh-ed25519", &bytes]),
            ..self.made(namespace, message)
        }
    }

    /// What a security key with this key inside would sign.
    pub(crate) fn security_key(&self, namespace: &str, message: &[u8], touched: bool) -> Made {
        let application = b"ssh:";
        let trailer = [u8::from(touched), 0, 0, 0, 7];
        let mut bytes = digest(&SHA256, application).as_ref().to_vec();
        bytes.extend_from_slice(&trailer);
        let inner = signed(namespace, b"", message);
        bytes.extend_from_slice(digest(&SHA256, &inner).as_ref());
        let mut signature = strings(&[b"sk-ssh-ed25519@openssh.com", &self.raw(&bytes)]);
        signature.extend_from_slice(&trailer);
        Made {
            key: strings(&[
                b"sk-ssh-ed25519@openssh.com",
                self.0.public_key().as_ref(),
                application,
            ]),
            signature,
            ..self.made(namespace, message)
        }
    }
}

impl Sign for Pen {
    fn public(&self) -> Result<KeyData, Error> {
        let key = ssh_key::PublicKey::from_openssh(&self.line()).unwrap();
        Ok(key.key_data().clone())
    }

    fn sign(&self, namespace: &str, message: &[u8]) -> Result<String, Error> {
        Ok(self.made(namespace, message).base64())
    }
}
