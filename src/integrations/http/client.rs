//! The one place where an HTTP client is built.

use std::{sync::OnceLock, time::Duration};

use reqwest::{Client, Url, redirect};

use super::{Failure, is_loopback};
use crate::domain::Connection;

/// How tminus names itself.
pub(super) const USER_AGENT: &str = concat!("tminus/", env!("CARGO_PKG_VERSION"));

/// Longest time to set up a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Clients for reads, made when they are first needed: one that honours the
/// environment's proxies, and one for loopback, which is never proxied.
#[derive(Default)]
pub(super) struct Readers {
    direct: OnceLock<Option<Client>>,
    proxied: OnceLock<Option<Client>>,
}

impl Readers {
    pub(super) fn of(&self, url: &Url) -> Result<&Client, Failure> {
        let loopback = is_loopback(url);
        let slot = if loopback {
            &self.direct
        } else {
            &self.proxied
        };
        slot.get_or_init(|| {
            let builder = base(loopback)
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
pub(super) fn writer(url: &Url) -> Result<Client, Failure> {
    base(is_loopback(url))
        .http1_only()
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|_| no_client())
}

fn base(loopback: bool) -> reqwest::ClientBuilder {
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_max_headers(200)
        .connect_timeout(CONNECT);
    if loopback {
        builder.no_proxy()
    } else {
        builder
    }
}

fn no_client() -> Failure {
    Failure::new(
        Connection::Unreachable,
        "no HTTP client can be made: check the proxy settings in the environment and the system's certificates",
    )
}
