//! The client for reads. It waits for its budget, remembers answers, follows
//! redirects without taking the credential to strangers, tries again where
//! that may help, and ends at a total deadline whatever the other side does.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, RANGE},
};
use reqwest::{Response, Url};
use tokio_util::bytes::Bytes;

use super::{
    Credential, Expect, Failure, Priority, Redactor, Reply, Request, Transport, body,
    budget::Account,
    client::Readers,
    clock, fault,
    memory::{Memory, Remembered},
    origin, reach, reply, wait,
};
use crate::{
    domain::{Budget, Connection, Health, Text, Timestamp},
    integrations::contract::Fault,
};

/// Redirects followed for one question.
const HOPS: usize = 3;
/// Attempts for one question.
const ATTEMPTS: u32 = 3;
/// Longest pause between two attempts.
const PAUSE: Duration = Duration::from_secs(5);
/// Bytes of an error body that are looked at.
const ERROR_BODY: usize = 64 * 1024;

/// What a client for reads is made of.
pub struct ReadSettings {
    /// The vendor's API; its path is kept.
    pub base: Url,
    /// What proves who we are; only ever sent to the origin of `base`.
    pub credential: Option<Credential>,
    /// Headers for each request to the origin of `base` (API versions,
    /// tenants).
    pub headers: HeaderMap,
    /// Requests a minute for this credential.
    pub requests_per_minute: u32,
    /// Total time for one question, attempts and redirects included.
    pub deadline: Duration,
    /// Largest body after unpacking, in bytes.
    pub body_cap: usize,
    /// Proxies and trusted authorities.
    pub transport: Transport,
}

impl ReadSettings {
    /// Settings with the usual limits, 20 s and 32 MiB, and the usual way.
    #[must_use]
    pub fn new(base: Url, credential: Option<Credential>, requests_per_minute: u32) -> Self {
        Self {
            base,
            credential,
            headers: HeaderMap::new(),
            requests_per_minute,
            deadline: Duration::from_secs(20),
            body_cap: 32 * 1024 * 1024,
            transport: Transport::default(),
        }
    }
}

/// The client for reads of one configured system.
pub struct ReadClient {
    settings: ReadSettings,
    readers: Readers,
    account: Arc<Account>,
    memory: Memory,
    redactor: Redactor,
    requests: AtomicU64,
    seen: Mutex<Seen>,
}

#[derive(Clone, Default)]
struct Seen {
    skew: Option<i64>,
    last_ok: Option<Timestamp>,
    /// `last_ok` when a round of reads ended well for the last time.
    last_whole: Option<Timestamp>,
}

impl ReadClient {
    /// Makes the client. Nothing is sent.
    #[must_use]
    pub fn new(settings: ReadSettings) -> Self {
        Self {
            account: Account::of(
                &settings.base,
                settings.credential.as_ref(),
                settings.requests_per_minute,
            ),
            redactor: Redactor::new(
                settings
                    .credential
                    .iter()
                    .chain(&settings.transport.proxies().credentials()),
            ),
            readers: Readers::new(settings.transport.clone()),
            memory: Memory::default(),
            requests: AtomicU64::new(0),
            seen: Mutex::new(Seen::default()),
            settings,
        }
    }

    /// The vendor's API as configured.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.settings.base
    }

    /// `path` below the base URL; an absolute URL is taken as it is.
    #[must_use]
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        origin::join(&self.settings.base, path, query)
    }

    /// A GET below the base URL, conditional when the answer is remembered.
    #[must_use]
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Request {
        Request {
            method: Method::GET,
            url: self.url(path, query),
            body: None,
            accept: None,
            expect: Expect::Json,
            priority: Priority::Background,
            remember: true,
            retry: true,
            body_cap: None,
            range_from: None,
            confidential: false,
        }
    }

    /// A question that is too long for a URL, as a form (Prometheus).
    #[must_use]
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        let mut form = origin::join(&self.settings.base, path, fields);
        let body = form.query().unwrap_or_default().as_bytes().to_vec();
        form.set_query(None);
        self.question(form, "application/x-www-form-urlencoded", body)
    }

    /// A question that is JSON (GraphQL). The caller vouches that it changes
    /// nothing.
    #[must_use]
    pub fn json_question(&self, path: &str, body: &serde_json::Value) -> Request {
        let body = body.to_string().into_bytes();
        self.question(self.url(path, &[]), "application/json", body)
    }

    fn question(&self, url: Url, content_type: &'static str, body: Vec<u8>) -> Request {
        Request {
            method: Method::POST,
            url,
            body: Some((HeaderValue::from_static(content_type), body)),
            remember: false,
            ..self.get("", &[])
        }
    }

    /// Requests that were put on the wire so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// The vendor's budget as the last answers told it, whichever client of
    /// the same credential they went to.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        self.account.budget(clock::now())
    }

    /// How far the vendor's clock is ahead of ours, in seconds.
    #[must_use]
    pub fn skew(&self) -> Option<i64> {
        self.seen().skew
    }

    /// When the vendor last answered as it should.
    #[must_use]
    pub fn last_ok(&self) -> Option<Timestamp> {
        self.seen().last_ok
    }

    /// How the vendor is reached.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        self.readers.transport()
    }

    /// The redactor of this client's secrets.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The health of this connection after a round of reads. While it is away,
    /// its last good answer is that of the last round that ended well: single
    /// answers in a round that failed are none to build on.
    #[must_use]
    pub fn health(&self, fault: Option<&Fault>, next_try: Option<Timestamp>) -> Health {
        let connection = fault.map_or(Connection::Ok, |fault| fault.connection);
        if matches!(connection, Connection::Ok | Connection::Degraded) {
            self.note(|seen| seen.last_whole = seen.last_ok);
        }
        let (seen, budget) = (self.seen(), self.budget());
        Health {
            connection,
            detail: match fault {
                Some(fault) => fault.detail.clone(),
                None => budget.map_or_else(Text::default, |budget| slowed(budget, clock::now())),
            },
            last_ok: seen.last_whole,
            next_try: fault.and(next_try),
            budget,
            clock_skew_seconds: seen.skew,
        }
    }

    fn seen(&self) -> Seen {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Asks one question.
    ///
    /// # Errors
    /// When no usable answer came within the deadline; in plain words.
    pub async fn send(&self, request: Request) -> Result<Reply, Failure> {
        self.account.acquire(request.priority).await;
        let deadline = self.settings.deadline;
        match tokio::time::timeout(deadline, self.attempts(&request)).await {
            Ok(answer) => {
                if let (Ok(reply), false) = (&answer, request.confidential) {
                    reply.keep(&request.method, &self.redactor);
                }
                answer
            }
            Err(_) => Err(Failure::new(
                Connection::Unreachable,
                &reach::timed_out(&request.url, self.transport().proxies()),
            )),
        }
    }

    async fn attempts(&self, request: &Request) -> Result<Reply, Failure> {
        let mut attempt = 1;
        loop {
            if let Some(until) = self.account.not_before()
                && until > clock::now()
            {
                return Err(asked_to_wait(&request.url, until));
            }
            let failure = match self.hops(request).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            if failure.fault.connection == Connection::RateLimited {
                self.account.wait_until(failure.fault.retry_at);
            }
            let Some(pause) = pause(&failure, attempt).filter(|_| request.retry) else {
                return Err(failure);
            };
            attempt += 1;
            tokio::time::sleep(pause).await;
            // A repeated question costs as much as a new one.
            self.account.acquire(Priority::Person).await;
        }
    }

    async fn hops(&self, request: &Request) -> Result<Reply, Failure> {
        let mut url = request.url.clone();
        for hop in 0..=HOPS {
            let home = origin::same_origin(&url, &self.settings.base);
            let remembered = (home && hop == 0 && request.remember)
                .then(|| self.memory.get(&request.memory_key()))
                .flatten();
            let response = self
                .exchange(request, &url, home, remembered.as_ref())
                .await?;
            let status = response.status();
            if home {
                let now = clock::now();
                let headers = response.headers();
                if let Some(budget) = wait::budget(headers, now) {
                    let name = headers.get("x-ratelimit-resource");
                    let name = name.and_then(|name| name.to_str().ok());
                    self.account.note(name.unwrap_or_default(), budget);
                }
                self.note(|seen| seen.skew = wait::skew(headers, now).or(seen.skew));
            }
            if let (StatusCode::NOT_MODIFIED, Some(known)) = (status, remembered) {
                return Ok(self.still_holds(known, url));
            }
            if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
                url = next_hop(request, &url, &response)?;
                continue;
            }
            return self.usable(request, url, response).await;
        }
        let detail = format!(
            "{} sends us in circles: check `url`",
            origin::origin_text(&url)
        );
        Err(Failure::new(Connection::Unreachable, &detail))
    }

    /// One request on the wire. Strangers get no credential, none of our
    /// headers and no body.
    async fn exchange(
        &self,
        request: &Request,
        url: &Url,
        home: bool,
        remembered: Option<&Remembered>,
    ) -> Result<Response, Failure> {
        let mut headers = HeaderMap::new();
        if home {
            headers.extend(self.settings.headers.clone());
            if let Some(credential) = &self.settings.credential {
                headers.insert(credential.name(), credential.value().clone());
            }
        }
        if let Some(accept) = &request.accept {
            headers.insert(ACCEPT, accept.clone());
        } else if !headers.contains_key(ACCEPT) && request.expect == Expect::Json {
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        }
        if let Some(known) = remembered {
            headers.insert(IF_NONE_MATCH, known.tag.clone());
        }
        if let Some(first) = request.range_from
            && let Ok(range) = HeaderValue::from_str(&format!("bytes={first}-"))
        {
            headers.insert(RANGE, range);
        }
        let mut builder = self
            .readers
            .of(url)?
            .request(request.method.clone(), url.clone());
        if let Some((content_type, bytes)) = &request.body {
            headers.insert(CONTENT_TYPE, content_type.clone());
            builder = builder.body(bytes.clone());
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        builder
            .headers(headers)
            .send()
            .await
            .map_err(|error| reach::unreached(&error.without_url(), url, self.transport()))
    }

    fn still_holds(&self, known: Remembered, url: Url) -> Reply {
        let observed = clock::now();
        self.note(|seen| seen.last_ok = Some(observed));
        Reply {
            status: 200,
            headers: known.headers,
            body: known.body,
            observed,
            changed: false,
            url,
        }
    }

    async fn usable(
        &self,
        request: &Request,
        url: Url,
        response: Response,
    ) -> Result<Reply, Failure> {
        let status = response.status();
        let headers = response.headers().clone();
        if !status.is_success() {
            let body = body::start(response, ERROR_BODY).await;
            return Err(fault::refused(
                status,
                &headers,
                &body,
                &url,
                &self.redactor,
                self.transport(),
            ));
        }
        let cap = request.body_cap.unwrap_or(self.settings.body_cap);
        let mut body = body::read(response, cap, &url, self.transport()).await?;
        if request.remember {
            body.shrink_to_fit();
        }
        if request.expect == Expect::Json {
            let content_type = headers
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            if !content_type.contains("json") {
                return Err(fault::not_json(&url, &headers, &body, self.transport()));
            }
            // Half an answer must not be remembered: a later "not modified"
            // would give it again.
            reply::decode::<serde::de::IgnoredAny>(&body, &url)?;
        }
        let body = Bytes::from(body);
        if request.remember
            && let Some(tag) = headers.get(ETAG)
            && origin::same_origin(&url, &self.settings.base)
        {
            let answer = Remembered {
                tag: tag.clone(),
                headers: headers.clone(),
                body: body.clone(),
            };
            self.memory.put(request.memory_key(), answer);
        }
        let observed = clock::now();
        self.note(|seen| seen.last_ok = Some(observed));
        Ok(Reply {
            status: status.as_u16(),
            headers,
            body,
            observed,
            changed: true,
            url,
        })
    }
}

/// That looks are rarer since few requests are left; nothing where they are
/// not.
fn slowed(budget: Budget, now: Timestamp) -> Text {
    let stretch = budget.stretch(now);
    if stretch < 1.05 {
        return Text::default();
    }
    Text::new(&format!(
        "{} of {} requests are left until {} UTC, so it is looked at {stretch:.1} times more \
         seldom: give tminus a token of its own",
        budget.remaining,
        budget.limit,
        budget.resets.format("%H:%M")
    ))
}

fn asked_to_wait(url: &Url, until: Timestamp) -> Failure {
    let mut failure = Failure::new(
        Connection::RateLimited,
        &format!(
            "{} asks us to wait: it is asked again at {}",
            origin::origin_text(url),
            until.format("%H:%M:%S UTC")
        ),
    );
    failure.fault.retry_at = Some(until);
    failure
}

/// Where a redirect leads, if we go there: a question with a body only within
/// its origin and only where it may be repeated as it is; nothing from https
/// to http.
fn next_hop(request: &Request, from: &Url, response: &Response) -> Result<Url, Failure> {
    let place = origin::origin_text(from);
    let target = response
        .headers()
        .get(LOCATION)
        .and_then(|location| from.join(location.to_str().ok()?).ok())
        .filter(|target| matches!(target.scheme(), "http" | "https"));
    let refuse = |why: &str| {
        let detail = format!("{place} sends us {why}: check `url`");
        Failure {
            status: Some(response.status().as_u16()),
            ..Failure::new(Connection::Unreachable, &detail)
        }
    };
    let Some(target) = target else {
        return Err(refuse("to nowhere"));
    };
    if from.scheme() == "https" && target.scheme() == "http" {
        return Err(refuse("to an address without TLS"));
    }
    let repeats = matches!(response.status().as_u16(), 307 | 308);
    if request.body.is_some() && !(repeats && origin::same_origin(from, &target)) {
        return Err(refuse(&format!("to {}", origin::origin_text(&target))));
    }
    Ok(target)
}

/// How long to pause before the next attempt; none when it would not help.
fn pause(failure: &Failure, attempt: u32) -> Option<Duration> {
    if attempt >= ATTEMPTS {
        return None;
    }
    let repeatable = match failure.status {
        None => failure.fault.detail.contains("broke the connection"),
        Some(status) => matches!(status, 429 | 500 | 502 | 503 | 504),
    };
    if !repeatable {
        return None;
    }
    if let Some(at) = failure.fault.retry_at {
        let asked = (at - clock::now()).to_std().unwrap_or_default();
        // Longer waits are the watch's business, not that of one question.
        return (asked <= PAUSE).then_some(asked + Duration::from_millis(20));
    }
    let base = 150 * 2_u64.pow(attempt);
    // Clocks of two machines disagree enough to keep them from asking in step.
    let jitter = u64::from(clock::now().timestamp_subsec_nanos()) % base;
    Some(Duration::from_millis(base / 2 + jitter))
}
