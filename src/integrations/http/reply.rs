//! A usable answer.

use http::{HeaderMap, Method};
use reqwest::Url;
use serde::{Deserialize, de::DeserializeOwned};
use tokio_util::bytes::Bytes;

use super::{Failure, Redactor, fault, safe_url};
use crate::{
    domain::{Text, Timestamp},
    integrations::tape::{self, LONGEST, RawAnswer},
};

/// An answer with a status of success.
#[derive(Clone)]
pub struct Reply {
    /// The HTTP status; 200 also when an earlier answer still holds (304).
    pub status: u16,
    /// The headers of the answer that the body came with.
    pub headers: HeaderMap,
    /// The body, unpacked.
    pub body: Bytes,
    /// When the answer came, by our clock.
    pub observed: Timestamp,
    /// False when the vendor said that nothing has changed since the last
    /// answer, which is then given again.
    pub changed: bool,
    pub(super) url: Url,
}

impl Reply {
    /// Decodes the body. Bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// When it is not the JSON that was expected; in plain words.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        decode(&self.body, &self.url)
    }

    /// Replaces the bytes of the body that are not UTF-8.
    pub fn make_text(&mut self) {
        if std::str::from_utf8(&self.body).is_err() {
            self.body = self.text().into_bytes().into();
        }
    }

    /// Decodes a body that is UTF-8, see [`Reply::make_text`], into a value that
    /// borrows from it.
    ///
    /// # Errors
    /// When it is not the JSON that was expected; in plain words.
    pub fn borrowed_json<'body, T: Deserialize<'body>>(&'body self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| fault::malformed(&self.url, &error))
    }

    /// The body as text. Bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Where the answer sends us; none when it does not.
    #[must_use]
    pub fn redirect(&self) -> Option<Url> {
        self.url.join(self.header("location")?).ok()
    }

    /// The vendor's id of the request, for support; empty when not told.
    #[must_use]
    pub fn request_id(&self) -> Text {
        ["x-github-request-id", "x-request-id", "request-id"]
            .iter()
            .find_map(|name| self.header(name))
            .map(Text::new)
            .unwrap_or_default()
    }

    /// Keeps the answer, without secrets, for whoever carries an operation
    /// out.
    pub(super) fn keep(&self, method: &Method, redactor: &Redactor) {
        tape::note(|| {
            let start = &self.body[..self.body.len().min(LONGEST)];
            let body = redactor.clean_bytes(start);
            RawAnswer {
                request: Text::from(format!("{method} {}", safe_url(&self.url))),
                status: self.status,
                request_id: self.request_id(),
                at: self.observed,
                length: self.body.len() as u64,
                whole: body == *self.body,
                body,
            }
        });
    }

    /// The target of `rel="next"` in the `Link` header (RFC 8288).
    #[must_use]
    pub fn next_page(&self) -> Option<String> {
        self.header("link")?.split(',').find_map(|link| {
            let (target, parameters) = link.split_once(';')?;
            let next = parameters
                .split(';')
                .any(|parameter| parameter.trim().replace('"', "") == "rel=next");
            next.then(|| {
                target
                    .trim()
                    .trim_start_matches('<')
                    .trim_end_matches('>')
                    .to_owned()
            })
        })
    }
}

/// Decodes a body. Bytes that are not UTF-8 are replaced.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8], url: &Url) -> Result<T, Failure> {
    let decoded = match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_str(&String::from_utf8_lossy(body)),
    };
    decoded.map_err(|error| fault::malformed(url, &error))
}
