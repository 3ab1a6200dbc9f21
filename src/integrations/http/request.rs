//! One question, and how it is to be asked.

use http::{HeaderValue, Method};
use reqwest::Url;

use super::Priority;

/// What the body of the answer must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expect {
    /// JSON; anything else is a fault.
    #[default]
    Json,
    /// Whatever comes.
    Any,
}

/// One question.
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<(HeaderValue, Vec<u8>)>,
    pub(super) accept: Option<HeaderValue>,
    pub(super) expect: Expect,
    pub(super) priority: Priority,
    pub(super) remember: bool,
    pub(super) retry: bool,
    pub(super) body_cap: Option<usize>,
    pub(super) range_from: Option<u64>,
    pub(super) confidential: bool,
}

impl Request {
    /// Asks as a person who waits: at once, leaving the debt to the watch.
    #[must_use]
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Takes this kind of body.
    #[must_use]
    pub fn expect(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    /// Sends this `Accept`.
    #[must_use]
    pub fn accept(mut self, media_type: &'static str) -> Self {
        self.accept = Some(HeaderValue::from_static(media_type));
        self
    }

    /// Asks afresh: no conditional request, nothing remembered.
    #[must_use]
    pub fn fresh(mut self) -> Self {
        self.remember = false;
        self
    }

    /// Asks once, without further attempts.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.retry = false;
        self
    }

    /// Takes a larger or smaller body than usual, in bytes after unpacking.
    #[must_use]
    pub fn body_cap(mut self, bytes: usize) -> Self {
        self.body_cap = Some(bytes);
        self
    }

    /// Asks for what follows the first `bytes` only (RFC 9110, 14.2). Whoever
    /// does not know ranges answers with the whole: the status tells, 206 or
    /// 200; 416 says that there is no more.
    #[must_use]
    pub fn from_byte(mut self, bytes: u64) -> Self {
        self.range_from = Some(bytes);
        self.remember = false;
        self
    }

    /// The answer holds a secret: no record keeps it, and nothing remembers it.
    #[must_use]
    pub fn confidential(mut self) -> Self {
        self.confidential = true;
        self.remember = false;
        self
    }

    /// The key under which the answer is remembered.
    pub(super) fn memory_key(&self) -> String {
        let accept = self
            .accept
            .as_ref()
            .and_then(|accept| accept.to_str().ok())
            .unwrap_or_default();
        format!("{accept} {}", self.url)
    }
}
