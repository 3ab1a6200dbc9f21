//! Which requests go through a proxy. The environment decides, read as `gh`,
//! `kubectl` and every other program in Go read it, so that what works there
//! works here.
//!
//! Source: `golang.org/x/net/http/httpproxy`; `ALL_PROXY` as curl reads it.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use ipnet::IpNet;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use secrecy::SecretString;

use super::{Credential, is_loopback, origin::origin_text};

/// Schemes of proxies that can be spoken to. Both of SOCKS leave it to the
/// proxy to look a host up.
const SCHEMES: [&str; 4] = ["http", "https", "socks5", "socks5h"];
/// The port of a SOCKS proxy that names none (RFC 1928).
const SOCKS_PORT: u16 = 1080;

/// The proxies of this process. No `Debug`: their URLs may hold passwords.
#[derive(Default)]
pub struct Proxies {
    http: Option<Setting>,
    https: Option<Setting>,
    without: Without,
}

/// A proxy, or the variable whose value names none.
#[derive(Clone)]
enum Setting {
    Proxy(Proxy),
    Unusable(&'static str),
}

/// One proxy. No `Debug`: its URL may hold a password.
#[derive(Clone)]
pub struct Proxy {
    url: Url,
    variable: &'static str,
}

/// How a request travels.
pub enum Way<'proxies> {
    /// Straight to its host.
    Direct,
    /// Through this proxy.
    Through(&'proxies Proxy),
    /// A proxy is wanted, but the value of this variable names none. Nothing
    /// may be sent: the straight way was not asked for.
    Nowhere(&'static str),
}

impl Proxy {
    /// Host and port, without the user and the password.
    #[must_use]
    pub fn name(&self) -> String {
        origin_text(&self.url)
    }

    /// The variable of the environment that names it.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    /// Whether a user is given with it.
    #[must_use]
    pub fn has_user(&self) -> bool {
        !self.url.username().is_empty()
    }

    /// The URL with user and password: for the HTTP client alone.
    pub(super) fn url(&self) -> Url {
        self.url.clone()
    }

    /// User and password, so that they can be blanked out.
    fn credential(&self) -> Option<Credential> {
        let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let password = SecretString::from(plain(self.url.password()?));
        Credential::basic(&plain(self.url.username()), &password).ok()
    }
}

impl Proxies {
    /// No proxy at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The proxies that the environment of this process names, read once.
    #[must_use]
    pub fn of_environment() -> Arc<Self> {
        static FOUND: OnceLock<Arc<Proxies>> = OnceLock::new();
        let variable = |name: &str| {
            let value = std::env::var_os(name)?;
            Some(value.to_string_lossy().into_owned())
        };
        FOUND.get_or_init(|| Arc::new(Self::read(variable))).clone()
    }

    /// The proxies that these variables name. Names in capitals win over small
    /// ones; an empty value is none.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| {
            let value = variable(name)?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let first = |names: [&'static str; 2]| {
            names
                .into_iter()
                .find_map(|name| Some((name, value(name)?)))
        };
        let setting = |names| first(names).map(|(name, value)| parse(name, &value));
        let all = setting(["ALL_PROXY", "all_proxy"]);
        Self {
            http: setting(["HTTP_PROXY", "http_proxy"]).or_else(|| all.clone()),
            https: setting(["HTTPS_PROXY", "https_proxy"]).or(all),
            without: first(["NO_PROXY", "no_proxy"])
                .map(|(_, list)| Without::read(&list))
                .unwrap_or_default(),
        }
    }

    /// How a request to this URL travels. What stays on this machine is never
    /// proxied.
    #[must_use]
    pub fn way(&self, url: &Url) -> Way<'_> {
        let setting = match url.scheme() {
            "https" => &self.https,
            "http" => &self.http,
            _ => return Way::Direct,
        };
        match setting {
            Some(_) if is_loopback(url) || self.without.holds(url) => Way::Direct,
            Some(Setting::Proxy(proxy)) => Way::Through(proxy),
            Some(Setting::Unusable(variable)) => Way::Nowhere(variable),
            None => Way::Direct,
        }
    }

    /// The credentials of all proxies, for those who blank secrets out.
    pub(super) fn credentials(&self) -> Vec<Credential> {
        [&self.http, &self.https]
            .into_iter()
            .flatten()
            .filter_map(|setting| match setting {
                Setting::Proxy(proxy) => proxy.credential(),
                Setting::Unusable(_) => None,
            })
            .collect()
    }
}

fn parse(variable: &'static str, value: &str) -> Setting {
    let usable = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        if !SCHEMES.contains(&url.scheme()) || !url.has_host() {
            return None;
        }
        if url.scheme() == "socks5" {
            url.set_scheme("socks5h").ok()?;
        }
        if url.scheme() == "socks5h" && url.port().is_none() {
            url.set_port(Some(SOCKS_PORT)).ok()?;
        }
        Some(url)
    };
    let url = if value.contains("://") {
        usable(value)
    } else {
        usable(&format!("http://{value}"))
    };
    url.map_or(Setting::Unusable(variable), |url| {
        Setting::Proxy(Proxy { url, variable })
    })
}

/// The hosts that are reached without a proxy: `NO_PROXY`.
#[derive(Default)]
struct Without(Vec<Entry>);

struct Entry {
    hosts: Hosts,
    /// Only this port, where the entry names one.
    port: Option<u16>,
}

enum Hosts {
    /// `*`
    All,
    /// An address, or a block of them such as `10.0.0.0/8`.
    Addresses(IpNet),
    /// A domain with a dot before it; with `itself`, the name without the dot
    /// counts too.
    Domain { suffix: String, itself: bool },
}

impl Without {
    fn read(list: &str) -> Self {
        Self(list.split(',').filter_map(Entry::read).collect())
    }

    fn holds(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = host.trim_end_matches('.');
        let port = url.port_or_known_default();
        self.0
            .iter()
            .any(|entry| entry.hosts.hold(host) && (entry.port.is_none() || entry.port == port))
    }
}

impl Entry {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let anywhere = |hosts| Some(Self { hosts, port: None });
        if text == "*" {
            return anywhere(Hosts::All);
        }
        if let Ok(block) = text.parse::<IpNet>() {
            return anywhere(Hosts::Addresses(block));
        }
        // An IPv6 address has colons of its own.
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
                (name, Some(port.parse().ok()?))
            }
            _ => (text.as_str(), None),
        };
        let name = name.trim_start_matches('[').trim_end_matches(']');
        if name.is_empty() {
            return None;
        }
        if let Ok(address) = name.parse::<IpAddr>() {
            let hosts = Hosts::Addresses(IpNet::from(address.to_canonical()));
            return Some(Self { hosts, port });
        }
        let (name, itself) = match name.strip_prefix("*.").or_else(|| name.strip_prefix('.')) {
            Some(name) => (name, false),
            None => (name, true),
        };
        let suffix = format!(".{}", in_ascii(name));
        let hosts = Hosts::Domain { suffix, itself };
        Some(Self { hosts, port })
    }
}

/// A domain as URLs have it: umlauts and the like in punycode.
fn in_ascii(name: &str) -> String {
    Url::parse(&format!("http://{name}/"))
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| name.to_owned())
}

impl Hosts {
    fn hold(&self, host: &str) -> bool {
        match self {
            Self::All => true,
            Self::Addresses(block) => host
                .parse::<IpAddr>()
                .is_ok_and(|address| block.contains(&address.to_canonical())),
            Self::Domain { suffix, itself } => {
                host.ends_with(suffix.as_str()) || (*itself && host == &suffix[1..])
            }
        }
    }
}

#[cfg(test)]
mod tests;
