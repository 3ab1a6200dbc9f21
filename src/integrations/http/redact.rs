//! The last line before a text leaves this room: live secrets in any of the
//! forms in which they travel are blanked, and URLs lose what may be secret.

use std::sync::Arc;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::Credential;

/// Blanks the secrets that it was made with. It has no `Debug` on purpose.
#[derive(Clone, Default)]
pub struct Redactor {
    forms: Arc<Vec<SecretString>>,
}

impl Redactor {
    /// A redactor of the secrets of these credentials.
    #[must_use]
    pub fn new<'a>(credentials: impl IntoIterator<Item = &'a Credential>) -> Self {
        let forms = credentials
            .into_iter()
            .flat_map(Credential::forbidden)
            .filter(|form| form.len() >= 6)
            .map(SecretString::from)
            .collect();
        Self {
            forms: Arc::new(forms),
        }
    }

    /// The text without secrets.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for form in self.forms.iter() {
            if text.contains(form.expose_secret()) {
                text = text.replace(form.expose_secret(), "[redacted]");
            }
        }
        text
    }

    /// Bytes that came from outside without our secrets, and without what
    /// looks like a token of anybody. What is not UTF-8 is replaced.
    #[must_use]
    pub fn clean_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(bytes) {
            Ok(text) => without_tokens(&self.clean(text)).into_bytes(),
            // Cut within a character, usually.
            Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
                self.clean_bytes(&bytes[..error.valid_up_to()])
            }
            Err(_) => without_tokens(&self.clean(&String::from_utf8_lossy(bytes))).into_bytes(),
        }
    }
}

/// How well-known tokens begin: GitHub, GitLab, Slack, AWS; and the crumb that
/// stands in each of Jenkins' pages for people.
const TOKENS: [&str; 11] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "data-crumb-value=\"",
];

/// A token is at least this long after its beginning.
const TOKEN: usize = 12;

fn without_tokens(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let found = TOKENS.iter().find_map(|start| rest.strip_prefix(start));
        let length = found.map_or(0, |body| {
            body.bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte))
                .count()
        });
        if let Some(body) = found.filter(|_| length >= TOKEN) {
            clean.push_str("[redacted]");
            rest = &body[length..];
        } else {
            clean.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    clean
}

/// A URL for people: no user, no password, no query, no fragment. Queries may
/// hold signatures and tokens, and nobody reads them.
#[must_use]
pub fn safe_url(url: &Url) -> String {
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!(
        "{}://{}{port}{}",
        url.scheme(),
        url.host_str().unwrap_or_default(),
        url.path()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_goes_in_every_form() {
        let secret = SecretString::from("tminus-canary/&+7");
        let credential = Credential::basic("ana", &secret).unwrap();
        let redactor = Redactor::new([&credential]);
        for text in [
            "token tminus-canary/&+7 is wrong".to_owned(),
            format!("header {}", credential.value().to_str().unwrap()),
            "at /x?token=tminus-canary%2F%26%2B7".to_owned(),
        ] {
            let clean = redactor.clean(&text);
            assert!(clean.contains("[redacted]"), "{clean}");
            assert!(!clean.contains("canary"), "{clean}");
        }
    }

    #[test]
    fn what_looks_like_a_token_is_blanked_and_words_are_not() {
        let redactor = Redactor::default();
        let clean = |text: &str| String::from_utf8(redactor.clean_bytes(text.as_bytes())).unwrap();
        assert_eq!(
            clean(r#"{"a":"ghs_0123456789abcdef","b":"xghp_short","c":"AKIAIOSFODNN7EXAMPLE"}"#),
            r#"{"a":"[redacted]","b":"xghp_short","c":"[redacted]"}"#
        );
        assert_eq!(
            clean(r#"<head data-crumb-value="0123456789abcdef">"#),
            r#"<head [redacted]">"#
        );
        assert_eq!(redactor.clean_bytes(b"caf\xc3"), b"caf");
        assert_eq!(redactor.clean_bytes(b"\xffx"), "\u{fffd}x".as_bytes());
    }

    #[test]
    fn a_url_loses_user_and_query() {
        let url = Url::parse("https://ana:pw@host.example:8443/a/b?sig=1#x").unwrap();
        assert_eq!(safe_url(&url), "https://host.example:8443/a/b");
    }
}
