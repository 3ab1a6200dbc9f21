//! A client certificate with its key: what proves who we are while the
//! connection is made. The key goes straight into a box that cannot be printed.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Kind};

/// A client certificate with its key. It has no `Debug` on purpose.
#[derive(Clone)]
pub struct Identity(reqwest::Identity);

impl Identity {
    /// Of a certificate in PEM and its key in PEM, encoded in base64.
    ///
    /// # Errors
    /// When one of the two is broken; the message holds nothing of the key.
    pub fn of_base64(certificate: &[u8], key: &SecretString) -> Result<Self, Error> {
        let key = STANDARD
            .decode(key.expose_secret().trim())
            .map_err(|_| broken("its key is no base64"))?;
        Self::of(certificate, &key)
    }

    /// Of a certificate in PEM and a file with its key in PEM.
    ///
    /// # Errors
    /// When the file cannot be read, or one of the two is broken.
    pub fn of_file(certificate: &[u8], key: &Path) -> Result<Self, Error> {
        let key = std::fs::read(key).map_err(|error| {
            broken(&format!(
                "its key {} cannot be read: {error}",
                key.display()
            ))
        })?;
        Self::of(certificate, &key)
    }

    fn of(certificate: &[u8], key: &[u8]) -> Result<Self, Error> {
        let mut both = key.to_vec();
        both.push(b'\n');
        both.extend_from_slice(certificate);
        reqwest::Identity::from_pem(&both)
            .map(Self)
            .map_err(|_| broken("it or its key is no PEM"))
    }

    pub(super) fn get(&self) -> reqwest::Identity {
        self.0.clone()
    }
}

fn broken(what: &str) -> Error {
    Error::new(
        Kind::Usage,
        format!("the client certificate cannot be used: {what}"),
    )
    .hint("log in to the cluster anew, so that its kubeconfig is written again")
}
