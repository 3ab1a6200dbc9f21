//! The one place where an HTTP client is built.

use std::{sync::OnceLock, time::Duration};

use reqwest::{Client, Url, redirect};

use super::{Failure, Transport, is_loopback, proxy::Way, reach};
use crate::domain::Connection;

/// How tminus names itself.
pub(super) const USER_AGENT: &str = concat!("tminus/", env!("CARGO_PKG_VERSION"));

/// Longest time to set up a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// What a client has to know for a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// Plain HTTP on this machine: neither proxies nor certificates, so that
    /// it works where there is no store of certificates.
    Plain,
    /// TLS on this machine: certificates, no proxies.
    Loopback,
    /// Everything else.
    Outside,
}

impl Sort {
    fn of(url: &Url) -> Self {
        match (is_loopback(url), url.scheme()) {
            (true, "http") => Self::Plain,
            (true, _) => Self::Loopback,
            (false, _) => Self::Outside,
        }
    }
}

/// Clients for reads, one of a sort, made when they are first needed.
pub(super) struct Readers {
    transport: Transport,
    plain: OnceLock<Option<Client>>,
    loopback: OnceLock<Option<Client>>,
    outside: OnceLock<Option<Client>>,
}

impl Readers {
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            transport,
            plain: OnceLock::new(),
            loopback: OnceLock::new(),
            outside: OnceLock::new(),
        }
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(super) fn of(&self, url: &Url) -> Result<&Client, Failure> {
        there_is_a_way(url, &self.transport)?;
        let sort = Sort::of(url);
        let slot = match sort {
            Sort::Plain => &self.plain,
            Sort::Loopback => &self.loopback,
            Sort::Outside => &self.outside,
        };
        slot.get_or_init(|| {
            let builder = base(sort, &self.transport)
                .gzip(true)
                .pool_max_idle_per_host(4)
                .pool_idle_timeout(Duration::from_secs(60));
            builder.build().ok()
        })
        .as_ref()
        .ok_or_else(no_client)
    }
}

/// A client for one write: HTTP/1.1, a fresh connection, no redirect, no
/// retry, no referer.
pub(super) fn writer(url: &Url, transport: &Transport) -> Result<Client, Failure> {
    there_is_a_way(url, transport)?;
    base(Sort::of(url), transport)
        .http1_only()
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|_| no_client())
}

fn base(sort: Sort, transport: &Transport) -> reqwest::ClientBuilder {
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_max_headers(200)
        .connect_timeout(CONNECT)
        // The library's own reading of the environment differs from what
        // people expect: see `proxy`.
        .no_proxy();
    let builder = match transport.identity() {
        Some(identity) if sort != Sort::Plain => builder.identity(identity),
        _ => builder,
    };
    match sort {
        Sort::Plain => return builder.tls_certs_only([]),
        Sort::Loopback => return builder.tls_certs_merge(transport.certificates()),
        Sort::Outside => {}
    }
    let proxies = transport.proxies().clone();
    let proxy = reqwest::Proxy::custom(move |url| match proxies.way(url) {
        Way::Through(proxy) => Some(proxy.url()),
        Way::Direct | Way::Nowhere(_) => None,
    });
    builder
        .tls_certs_merge(transport.certificates())
        .proxy(proxy)
}

/// Refuses what a broken setting would send the straight way.
fn there_is_a_way(url: &Url, transport: &Transport) -> Result<(), Failure> {
    match transport.proxies().way(url) {
        Way::Nowhere(variable) => Err(Failure::new(
            Connection::Unreachable,
            &reach::no_such_proxy(variable),
        )),
        Way::Direct | Way::Through(_) => Ok(()),
    }
}

fn no_client() -> Failure {
    Failure::new(
        Connection::Unreachable,
        "no HTTPS client can be made: this machine has no store of certificates; install `ca-certificates`, or set SSL_CERT_FILE or `ca_file`",
    )
}
