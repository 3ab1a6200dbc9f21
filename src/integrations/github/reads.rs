//! Octocrab over the house's read client.
//!
//! Octocrab makes the requests and hands them down its stack of services; the
//! only service in that stack is the house's [`ReadClient`]. So the budget, the
//! memory of `ETag`s, the deadline, the cap on bodies, the rules for redirects
//! and the words for faults are those of every other vendor, and none of
//! octocrab's own layers is there: no retry (it repeats a POST as readily as a
//! GET), no cache, no redirects, no credential. Its models are not used either:
//! their enumerations are closed, and one unknown word would cost a whole list.
//!
//! What octocrab cannot express (who waits, how fresh, how long) travels beside
//! the request as a [`Manner`]; the [`Reply`] comes back the same way, with when
//! it was observed.

use std::sync::{Arc, OnceLock};

use http::{Method, Response, StatusCode, request::Builder};
use http_body_util::BodyExt as _;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use serde::Serialize;

use crate::{
    domain::Connection,
    integrations::http::{Expect, Failure, Priority, ReadClient, Reply},
};

type Asked = http::Request<OctoBody>;

/// How a question is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Who waits for the answer.
    pub priority: Priority,
    /// Never from memory.
    pub fresh: bool,
    /// What the body must be.
    pub expect: Expect,
    /// Largest body, in bytes after unpacking, where it is not the usual.
    pub body_cap: Option<usize>,
}

/// GitHub's reads: octocrab in front, the house's read client behind.
pub struct Reads {
    read: Arc<ReadClient>,
    graphql: String,
    /// Made by the first question: octocrab needs a running runtime.
    crab: OnceLock<Octocrab>,
}

impl Reads {
    /// Puts octocrab in front of `read`. `graphql` is the one address that may
    /// be sent a POST. Nothing is sent.
    #[must_use]
    pub fn new(read: ReadClient, graphql: String) -> Self {
        Self {
            read: Arc::new(read),
            graphql,
            crab: OnceLock::new(),
        }
    }

    /// The read client behind octocrab.
    #[must_use]
    pub fn client(&self) -> &ReadClient {
        &self.read
    }

    /// A GET below the base URL; an absolute URL is taken as it is.
    ///
    /// # Errors
    /// When no usable answer came; in plain words.
    pub async fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
        manner: Manner,
    ) -> Result<Reply, Failure> {
        let url = self.read.url(path, query);
        let request = Builder::new().method(Method::GET).uri(url.as_str());
        self.ask(request, None::<&()>, manner).await
    }

    /// A question to GraphQL. The caller vouches that it is no mutation.
    ///
    /// Octocrab's own `graphql` is not used: it throws the data away when there
    /// is an error beside it.
    ///
    /// # Errors
    /// When no usable answer came; in plain words.
    pub async fn graphql<B>(&self, body: &B, manner: Manner) -> Result<Reply, Failure>
    where
        B: Serialize + ?Sized,
    {
        let request = Builder::new()
            .method(Method::POST)
            .uri(self.graphql.as_str());
        self.ask(request, Some(body), manner).await
    }

    async fn ask<B>(
        &self,
        request: Builder,
        body: Option<&B>,
        manner: Manner,
    ) -> Result<Reply, Failure>
    where
        B: Serialize + ?Sized,
    {
        let crab = self.crab();
        let mut request = crab.build_request(request, body).map_err(failure)?;
        request.extensions_mut().insert(manner);
        let mut response = crab.execute(request).await.map_err(failure)?;
        response
            .extensions_mut()
            .remove::<Reply>()
            .ok_or_else(|| Failure::new(Connection::Degraded, "GitHub's answer got lost"))
    }

    /// Octocrab without any layer of its own. The credential is not its
    /// business: the read client adds it, and only for the configured origin.
    fn crab(&self) -> &Octocrab {
        self.crab.get_or_init(|| {
            let (read, graphql) = (Arc::clone(&self.read), self.graphql.clone());
            let transport = tower::service_fn(move |asked: Asked| {
                let (read, graphql) = (Arc::clone(&read), graphql.clone());
                async move { carry(&read, &graphql, asked).await.map_err(Refused) }
            });
            let Ok(crab) = OctocrabBuilder::new_empty()
                .with_service(transport)
                .with_auth(AuthState::None)
                .build();
            crab
        })
    }
}

/// Carries octocrab's request to the read client. Octocrab's headers stay
/// behind: the read client has its own, for the configured origin only.
async fn carry(
    read: &ReadClient,
    graphql: &str,
    asked: Asked,
) -> Result<Response<OctoBody>, Failure> {
    let (parts, body) = asked.into_parts();
    let manner = parts
        .extensions
        .get::<Manner>()
        .copied()
        .unwrap_or_default();
    let target = parts.uri.to_string();
    let question = if parts.method == Method::GET {
        read.get(&target, &[])
    } else if parts.method == Method::POST && read.url(&target, &[]) == read.url(graphql, &[]) {
        let bytes = body.collect().await.map_err(failure)?.to_bytes();
        let body = serde_json::from_slice(&bytes).map_err(|why| unmade(&why.to_string()))?;
        read.json_question(&target, &body)
    } else {
        return Err(unmade(&format!("{} is no read", parts.method)));
    };
    let mut question = question.priority(manner.priority).expect(manner.expect);
    if manner.fresh {
        question = question.fresh();
    }
    if let Some(bytes) = manner.body_cap {
        question = question.body_cap(bytes);
    }
    let reply = read.send(question).await?;
    let mut response = Response::new(OctoBody::from(reply.body.clone()));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or_default();
    *response.headers_mut() = reply.headers.clone();
    response.extensions_mut().insert(reply);
    Ok(response)
}

/// A failure on its way through octocrab.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.fault)]
struct Refused(Failure);

/// Takes our failure out of octocrab's error. Whatever else it says was said
/// before anything was sent, and may hold a URL: only its kind is told.
fn failure(error: octocrab::Error) -> Failure {
    match error {
        octocrab::Error::Service { source, .. } => match source.downcast::<Refused>() {
            Ok(refused) => refused.0,
            Err(_) => unmade("the client has stopped"),
        },
        octocrab::Error::Http { .. } | octocrab::Error::Uri { .. } => {
            unmade("its address is not valid")
        }
        _ => unmade("octocrab refuses it"),
    }
}

fn unmade(why: &str) -> Failure {
    Failure::new(
        Connection::Degraded,
        &format!("a question to GitHub could not be asked: {why}"),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        super::{
            client::headers,
            testing::{Asked, Reply as Said, TOKEN, Vendor},
            wire::{List, rest},
        },
        *,
    };
    use crate::integrations::http::{Credential, ReadSettings, parse_base};

    fn reads(vendor: &Vendor) -> Reads {
        let credential = Credential::bearer(&TOKEN.to_owned().into()).unwrap();
        let base = parse_base(&vendor.url, true, false).unwrap();
        let mut settings = ReadSettings::new(base, Some(credential), 6000);
        settings.headers = headers();
        settings.deadline = Duration::from_secs(20);
        Reads::new(ReadClient::new(settings), format!("{}/graphql", vendor.url))
    }

    #[tokio::test]
    async fn a_read_is_repeated_by_our_rule_alone() {
        for (status, attempts) in [(502, 3), (404, 1), (422, 1)] {
            let vendor = Vendor::start(move |_| Said::status(status, r#"{"message":"no"}"#)).await;
            let reads = reads(&vendor);
            let manner = Manner::default();
            let failure = reads.get("/user", &[], manner).await.err().unwrap();
            assert_eq!(failure.status, Some(status));
            assert_eq!(vendor.asked().len(), attempts, "GET, {status}");
            let body = serde_json::json!({ "query": "{ viewer { login } }" });
            let failure = reads.graphql(&body, manner).await.err().unwrap();
            assert_eq!(failure.status, Some(status));
            assert_eq!(vendor.asked().len(), 2 * attempts, "POST, {status}");
            assert_eq!(reads.client().requests(), vendor.asked().len() as u64);
        }
    }

    #[tokio::test]
    async fn a_read_that_may_not_be_repeated_keeps_its_own_words() {
        let vendor = Vendor::start(|_| Said::status(403, r#"{"message":"SSO first"}"#)).await;
        let failure = reads(&vendor)
            .get("/user", &[], Manner::default())
            .await
            .err()
            .unwrap();
        assert_eq!(failure.fault.connection, Connection::Forbidden);
        assert_eq!(failure.message.as_str(), "SSO first");
    }

    #[tokio::test]
    async fn nothing_but_reads_gets_past_octocrab() {
        let vendor = Vendor::start(|_| Said::json("{}")).await;
        let reads = reads(&vendor);
        let crab = reads.crab();
        let body = serde_json::json!({ "ref": "main" });
        assert!(
            crab._post("/repos/a/b/dispatches", Some(&body))
                .await
                .is_err()
        );
        assert!(
            crab._post("https://api.github.com/graphql", Some(&body))
                .await
                .is_err()
        );
        assert!(crab._put("/graphql", Some(&body)).await.is_err());
        assert!(crab._delete("/repos/a/b", None::<&()>).await.is_err());
        assert!(vendor.asked().is_empty());
        crab._post("/graphql", Some(&body)).await.unwrap();
        assert_eq!(vendor.asked().len(), 1);
    }

    #[tokio::test]
    async fn unknown_words_survive() {
        let run = r#"{"id":7,"status":"levitating","conclusion":"transcended","event":"eclipse",
            "created_at":"2026-11-22T14:00:00Z","updated_at":"2026-11-22T14:00:00Z"}"#;
        let vendor = Vendor::start(move |_| Said::json(&format!(r#"[{run},{{"id":"x"}}]"#))).await;
        let reads = reads(&vendor);
        let reply = reads.get("/runs", &[], Manner::default()).await.unwrap();
        let runs: List<rest::Run> = reply.json().unwrap();
        assert_eq!((runs.items.len(), runs.malformed), (1, 1));
        assert_eq!(runs.items[0].status, "levitating");
        assert_eq!(runs.items[0].conclusion.as_deref(), Some("transcended"));
        // Octocrab's own way of decoding sees the same body.
        let same: List<rest::Run> = reads.crab().get("/runs", None::<&()>).await.unwrap();
        assert_eq!(same, runs);
    }

    #[tokio::test]
    async fn the_credential_and_our_headers_go_out_once() {
        let vendor = Vendor::start(|_| Said::json("{}")).await;
        let reads = reads(&vendor);
        let query = [("a", "b c")];
        reads.get("/user", &query, Manner::default()).await.unwrap();
        reads
            .graphql(&serde_json::json!({ "query": "{ x }" }), Manner::default())
            .await
            .unwrap();
        let asked = vendor.asked();
        let count = |asked: &Asked, header: &str| {
            let head = asked.head.to_ascii_lowercase();
            head.lines().filter(|line| line.starts_with(header)).count()
        };
        assert_eq!(asked[0].path, "/user?a=b+c");
        for asked in &asked {
            for header in ["authorization:", "x-github-api-version:", "accept:"] {
                assert_eq!(count(asked, header), 1, "{header} in {}", asked.head);
            }
        }
        assert_eq!(asked[1].body, r#"{"query":"{ x }"}"#);
        assert_eq!(count(&asked[1], "content-type:"), 1);
    }

    #[tokio::test]
    async fn what_is_remembered_is_asked_for_conditionally_through_octocrab() {
        let vendor = Vendor::start(|asked| {
            if asked
                .head
                .to_ascii_lowercase()
                .contains("if-none-match: \"1\"")
            {
                Said::Say(304, String::new(), String::new())
            } else {
                let headers = "content-type: application/json\r\netag: \"1\"\r\n";
                Said::Say(200, headers.to_owned(), "[1]".to_owned())
            }
        })
        .await;
        let reads = reads(&vendor);
        let first = reads.get("/tags", &[], Manner::default()).await.unwrap();
        let second = reads.get("/tags", &[], Manner::default()).await.unwrap();
        assert!(first.changed && !second.changed);
        assert_eq!(second.text(), "[1]");
        let fresh = Manner {
            fresh: true,
            ..Manner::default()
        };
        assert!(reads.get("/tags", &[], fresh).await.unwrap().changed);
    }
}
