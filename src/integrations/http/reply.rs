//! A usable answer.

use http::HeaderMap;
use reqwest::Url;
use serde::{Deserialize, de::DeserializeOwned};
use tokio_util::bytes::Bytes;

use super::{Failure, fault};
use crate::domain::Timestamp;

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
        let decoded = match std::str::from_utf8(&self.body) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_str(&String::from_utf8_lossy(&self.body)),
        };
        decoded.map_err(|error| fault::malformed(&self.url, &error))
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
