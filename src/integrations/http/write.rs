//! The client for writes. One call is one request on the wire: HTTP/1.1 over a
//! fresh connection, no redirect, no retry. What the bytes are was decided
//! when the person saw them.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, StatusCode, header::CONTENT_TYPE};
use reqwest::Url;

use super::{Credential, Redactor, Reply, Transport, body, client, clock, fault, origin, reach};
use crate::{
    domain::Text,
    integrations::contract::{Answer, PreparedRequest},
};

/// Longest body of an answer that is looked at, in bytes.
const BODY: usize = 1024 * 1024;

/// Whether this process may change anything outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It may not: there is no client for writes at all.
    ReadOnly,
    /// It may, through the operation room.
    ReadWrite,
}

/// What a client for writes is made of.
pub struct WriteSettings {
    /// The vendor's API. Requests to another origin are refused.
    pub base: Url,
    /// What proves who we are.
    pub credential: Option<Credential>,
    /// Headers for each request (API versions, `From`).
    pub headers: HeaderMap,
    /// Total time for one request.
    pub deadline: Duration,
    /// Proxies and trusted authorities.
    pub transport: Transport,
    /// How the vendor speaks.
    pub dialect: Dialect,
}

/// What differs between vendors in requests that change something, and in the
/// answers to them.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// What the bodies of requests are.
    pub media: &'static str,
    /// Whether an answer says that the request was taken.
    pub taken: fn(&Reply) -> bool,
    /// The vendor's own words in a refusal; empty when there are none.
    pub words: fn(&Reply) -> String,
}

impl Default for Dialect {
    /// JSON, and 2xx for a yes.
    fn default() -> Self {
        Self {
            media: "application/json",
            taken: |reply| (200..300).contains(&reply.status),
            words: |_| String::new(),
        }
    }
}

impl WriteSettings {
    /// Settings with the usual deadline of 30 s and the usual way.
    #[must_use]
    pub fn new(base: Url, credential: Option<Credential>) -> Self {
        Self {
            base,
            credential,
            headers: HeaderMap::new(),
            deadline: Duration::from_secs(30),
            transport: Transport::default(),
            dialect: Dialect::default(),
        }
    }
}

/// The client for writes of one configured system.
pub struct WriteClient {
    settings: WriteSettings,
    redactor: Redactor,
}

impl WriteClient {
    /// Makes the client, or none in a read-only process.
    #[must_use]
    pub fn new(access: Access, settings: WriteSettings) -> Option<Self> {
        match access {
            Access::ReadOnly => None,
            Access::ReadWrite => Some(Self {
                redactor: Redactor::new(
                    settings
                        .credential
                        .iter()
                        .chain(&settings.transport.proxies().credentials()),
                ),
                settings,
            }),
        }
    }

    /// Sends the request once. `handle` finds the handle of the effect in the
    /// answer of a success.
    pub async fn send(
        &self,
        request: &PreparedRequest,
        handle: impl FnOnce(&Reply) -> Text,
    ) -> Answer {
        self.send_with(request, HeaderMap::new(), handle).await
    }

    /// Sends the request once, as [`WriteClient::send`] does, with headers that
    /// were fetched for it alone.
    pub async fn send_with(
        &self,
        request: &PreparedRequest,
        headers: HeaderMap,
        handle: impl FnOnce(&Reply) -> Text,
    ) -> Answer {
        let (method, url) = match self.target(request) {
            Ok(target) => target,
            Err(why) => return never_sent(&why),
        };
        let client = match client::writer(&url, &self.settings.transport) {
            Ok(client) => client,
            Err(failure) => return never_sent(&failure.fault.detail),
        };
        let exchange = self.exchange(&client, (method, &url), request, headers, handle);
        match tokio::time::timeout(self.settings.deadline, exchange).await {
            Ok(answer) => answer,
            Err(_) => Answer::Lost(Text::new(&reach::timed_out(
                &url,
                self.settings.transport.proxies(),
            ))),
        }
    }

    fn target(&self, request: &PreparedRequest) -> Result<(Method, Url), String> {
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| format!("{} is no HTTP method", request.method))?;
        let url =
            Url::parse(&request.url).map_err(|_| "the request has no usable URL".to_owned())?;
        if !origin::same_origin(&url, &self.settings.base) {
            return Err(format!(
                "the request would go to {} instead of {}",
                origin::origin_text(&url),
                origin::origin_text(&self.settings.base)
            ));
        }
        Ok((method, url))
    }

    async fn exchange(
        &self,
        client: &reqwest::Client,
        (method, url): (Method, &Url),
        request: &PreparedRequest,
        more: HeaderMap,
        handle: impl FnOnce(&Reply) -> Text,
    ) -> Answer {
        let dialect = self.settings.dialect;
        let mut headers = self.settings.headers.clone();
        headers.extend(more);
        if let Some(credential) = &self.settings.credential {
            headers.insert(credential.name(), credential.value().clone());
        }
        if !request.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(dialect.media));
        }
        let sent = client
            .request(method.clone(), url.clone())
            .headers(headers)
            .body(request.body.clone())
            .send()
            .await;
        let response = match sent {
            Ok(response) => response,
            Err(error) => {
                let error = error.without_url();
                let failure = reach::unreached(&error, url, &self.settings.transport);
                // Without a connection no byte of the request has left.
                if error.is_connect() {
                    return never_sent(&failure.fault.detail);
                }
                return Answer::Lost(failure.fault.detail);
            }
        };
        let status = response.status();
        let headers = response.headers().clone();
        let reply = Reply {
            status: status.as_u16(),
            headers,
            body: body::start(response, BODY).await.into(),
            observed: clock::now(),
            changed: true,
            url: url.clone(),
        };
        reply.keep(&method, &self.redactor);
        if (dialect.taken)(&reply) {
            return Answer::Accepted {
                handle: handle(&reply),
                request_id: reply.request_id(),
            };
        }
        let mut failure = fault::refused(
            status,
            &reply.headers,
            &reply.body,
            url,
            &self.redactor,
            &self.settings.transport,
        );
        let words = self.redactor.clean(&(dialect.words)(&reply));
        if !words.is_empty() {
            let detail = format!("{}; it says '{words}'", failure.fault.detail);
            failure.fault.detail = Text::new(&detail);
        }
        // A gateway that gave up waiting may have passed the request on.
        let gave_up = status == StatusCode::REQUEST_TIMEOUT || status.as_u16() == 499;
        if status.is_client_error() && !gave_up {
            Answer::Refused {
                status: status.as_u16(),
                why: failure.fault.detail,
            }
        } else {
            Answer::Lost(failure.fault.detail)
        }
    }
}

/// The answer for a request of which no byte has left: status 0.
fn never_sent(why: &str) -> Answer {
    Answer::Refused {
        status: 0,
        why: Text::new(&format!("nothing was sent: {why}")),
    }
}
