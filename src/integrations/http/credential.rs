//! A credential as the header that carries it. The header is built once and
//! marked as sensitive; the secret cannot be printed from here.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Kind};

/// A header that proves who we are. It has no `Debug` on purpose.
#[derive(Clone)]
pub struct Credential {
    name: HeaderName,
    value: HeaderValue,
    secrets: Arc<Vec<SecretString>>,
}

impl Credential {
    /// `Authorization: Bearer <secret>`.
    ///
    /// # Errors
    /// When the secret is empty or holds a line break or a control character.
    pub fn bearer(secret: &SecretString) -> Result<Self, Error> {
        Self::prefixed("Bearer ", secret)
    }

    /// `Authorization: <prefix><secret>`; the prefix brings its own space
    /// (PagerDuty: `Token token=`).
    ///
    /// # Errors
    /// When the secret is empty or holds a line break or a control character.
    pub fn prefixed(prefix: &str, secret: &SecretString) -> Result<Self, Error> {
        let raw = checked(secret)?;
        Self::header(&format!("{prefix}{raw}"), vec![secret.clone()])
    }

    /// `Authorization: Basic …` (RFC 7617).
    ///
    /// # Errors
    /// When the secret is empty or holds a line break or a control character.
    pub fn basic(user: &str, secret: &SecretString) -> Result<Self, Error> {
        let raw = checked(secret)?;
        let encoded = base64(format!("{user}:{raw}").as_bytes());
        Self::header(
            &format!("Basic {encoded}"),
            vec![secret.clone(), SecretString::from(encoded)],
        )
    }

    fn header(text: &str, secrets: Vec<SecretString>) -> Result<Self, Error> {
        let mut value = HeaderValue::from_str(text).map_err(|_| unusable())?;
        value.set_sensitive(true);
        Ok(Self {
            name: AUTHORIZATION,
            value,
            secrets: Arc::new(secrets),
        })
    }

    pub(super) fn name(&self) -> &HeaderName {
        &self.name
    }

    pub(super) fn value(&self) -> &HeaderValue {
        &self.value
    }

    /// The texts that must never appear anywhere: the secret in the forms in
    /// which it travels.
    pub(super) fn forbidden(&self) -> Vec<String> {
        let mut forms = Vec::new();
        for secret in self.secrets.iter() {
            let raw = secret.expose_secret().trim();
            // Shorter ones would blank out ordinary words.
            if raw.len() < 6 {
                continue;
            }
            forms.push(raw.to_owned());
            forms.extend((0..3).map(|shift| base64_core(raw.as_bytes(), shift)));
            let encoded: String = reqwest::Url::parse_with_params("http://x/", [("s", raw)])
                .map_or_else(
                    |_| String::new(),
                    |url| {
                        url.query()
                            .unwrap_or_default()
                            .trim_start_matches("s=")
                            .to_owned()
                    },
                );
            if !encoded.is_empty() && encoded != raw {
                forms.push(encoded);
            }
        }
        forms
    }
}

fn checked(secret: &SecretString) -> Result<&str, Error> {
    let raw = secret.expose_secret().trim();
    if raw.is_empty() || raw.chars().any(char::is_control) {
        return Err(unusable());
    }
    Ok(raw)
}

fn unusable() -> Error {
    Error::new(
        Kind::Usage,
        "the token is empty or holds characters that no header can carry",
    )
    .hint("a token is one line of printable characters; look at what its source gives")
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .chain(std::iter::repeat(&0))
            .take(3)
            .fold(0_u32, |group, byte| group << 8 | u32::from(*byte));
        for position in 0..4_usize {
            if position <= chunk.len() {
                let index = (group >> (18 - 6 * position)) & 0x3f;
                out.push(char::from(ALPHABET[index as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// The characters of a base64 text that `bytes` alone decide when `shift`
/// other bytes stand before them.
fn base64_core(bytes: &[u8], shift: usize) -> String {
    let mut padded = vec![0_u8; shift];
    padded.extend_from_slice(bytes);
    let whole = base64(&padded);
    let skip = [0, 2, 3][shift % 3];
    let keep = padded.len() * 8 / 6;
    whole.get(skip..keep).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn each_alignment_is_found_in_a_longer_text() {
        for before in ["", "a", "ab", "abc"] {
            let coded = base64(format!("{before}tminus-canary-1:x").as_bytes());
            let core = base64_core(b"tminus-canary-1", before.len() % 3);
            assert!(coded.contains(&core), "{coded} has no {core}");
        }
    }

    #[test]
    fn a_broken_token_is_refused_without_being_shown() {
        for bad in ["", "  ", "two\nlines", "nul\0"] {
            let Err(error) = Credential::bearer(&SecretString::from(bad)) else {
                panic!("{bad:?} was taken");
            };
            assert!(!error.to_string().contains("two"));
        }
    }

    #[test]
    fn the_header_is_marked() {
        let credential = Credential::bearer(&SecretString::from("abcdefgh\n")).unwrap();
        assert!(credential.value().is_sensitive());
        assert_eq!(credential.value().to_str().unwrap(), "Bearer abcdefgh");
    }
}
