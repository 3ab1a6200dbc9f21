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
    fn a_url_loses_user_and_query() {
        let url = Url::parse("https://ana:pw@host.example:8443/a/b?sig=1#x").unwrap();
        assert_eq!(safe_url(&url), "https://host.example:8443/a/b");
    }
}
