//! Why a vendor was not reached. As everywhere in this room, a sentence names
//! the cause first and after a colon how to mend it: a narrow place shows the
//! first part alone.

use std::error::Error;

use reqwest::Url;

use super::{
    Failure, Proxies, Transport,
    certificate::{self, Wanted},
    origin::origin_text,
    proxy::{Proxy, Way},
};
use crate::domain::Connection;

/// Why no answer came, from the chain of causes. The URL itself is never
/// shown, only its host.
pub(super) fn unreached(error: &reqwest::Error, url: &Url, transport: &Transport) -> Failure {
    let mut causes = String::new();
    let mut tls = None;
    let mut source = Error::source(error);
    while let Some(cause) = source {
        causes.push_str(&cause.to_string());
        causes.push_str("; ");
        tls = tls.or_else(|| tls_error(cause));
        source = cause.source();
    }
    let way = transport.proxies().way(url);
    let proxy = match &way {
        Way::Through(proxy) => Some(*proxy),
        Way::Direct | Way::Nowhere(_) => None,
    };
    let detail = if error.is_timeout() {
        timed_out(url, transport.proxies())
    } else if let Some(words) = proxy
        .filter(|_| error.is_connect())
        .and_then(|proxy| at_the_proxy(&causes, error.is_dns(), tls, url, proxy))
    {
        words
    } else if let Some(tls) = tls {
        certificate::words(tls, &Wanted::new(url, transport, proxy))
    } else {
        explain(&causes, error.is_dns(), &origin_text(url))
    };
    Failure::new(Connection::Unreachable, &detail)
}

/// The TLS error in a cause, below the I/O errors that carry it.
fn tls_error<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(found) = cause.downcast_ref::<rustls::Error>() {
        return Some(found);
    }
    let inner = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
    tls_error(inner)
}

/// The words for a deadline that passed.
pub(super) fn timed_out(url: &Url, proxies: &Proxies) -> String {
    let place = origin_text(url);
    match proxies.way(url) {
        Way::Through(proxy) => format!(
            "{place} did not answer in time through the proxy {}: one of them is overloaded or \
             swallows what we send",
            proxy.name()
        ),
        Way::Direct | Way::Nowhere(_) => format!(
            "{place} did not answer in time: it is overloaded, or something on the way swallows \
             what we send"
        ),
    }
}

/// The words for a variable that asks for a proxy and names none. Its value
/// may hold a password and is not shown.
pub(super) fn no_such_proxy(variable: &str) -> String {
    format!(
        "{variable} in the environment names no proxy that can be used: write it as \
         http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT"
    )
}

/// The words for a proxy that wants a password (407).
pub(super) fn proxy_wants_a_password(proxy: &Proxy) -> String {
    let (name, variable) = (proxy.name(), proxy.variable());
    if proxy.has_user() {
        format!(
            "the proxy {name} does not accept its user and password (407): set them anew in \
             {variable}; a sign such as @ or : in them is written %40 or %3A"
        )
    } else {
        format!(
            "the proxy {name} wants a user and a password (407): write them into {variable}, as \
             http://USER:PASSWORD@HOST:PORT"
        )
    }
}

/// The words for what went wrong before the vendor itself was reached; none
/// when the proxy did its work.
fn at_the_proxy(
    causes: &str,
    dns: bool,
    tls: Option<&rustls::Error>,
    url: &Url,
    proxy: &Proxy,
) -> Option<String> {
    let lower = causes.to_ascii_lowercase();
    let has = |needle: &str| lower.contains(needle);
    let (name, variable) = (proxy.name(), proxy.variable());
    if has("proxy authorization required") {
        return Some(proxy_wants_a_password(proxy));
    }
    // A TLS fault is the vendor's, unless the tunnel itself could not be made.
    if tls.is_some() && !has("tunnel error") {
        return None;
    }
    if dns || has("dns error") || has("failed to lookup") {
        return Some(format!(
            "no address is known for the proxy {name}: check {variable}, the network and DNS"
        ));
    }
    if has("connection refused") && !has("socks error") {
        return Some(format!(
            "the proxy {name} refuses connections: is it running, is the port in {variable} right?"
        ));
    }
    Some(format!(
        "the proxy {name} does not let us through to {}: ask who runs it, or name that host in \
         NO_PROXY if it can be reached without",
        origin_text(url)
    ))
}

fn explain(causes: &str, dns: bool, place: &str) -> String {
    let lower = causes.to_ascii_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|needle| lower.contains(needle));
    if dns || has(&["dns error", "failed to lookup"]) {
        return format!("no address is known for {place}: check `url`, the network and DNS");
    }
    if has(&["connection refused"]) {
        return format!("{place} refuses connections: is it running, is the port right?");
    }
    if has(&["handshake eof"]) {
        return format!("{place} hung up before TLS was agreed on: does it speak https there?");
    }
    if has(&["unreachable"]) {
        return format!(
            "there is no way to {place} from this network: is a VPN or a proxy needed?"
        );
    }
    if has(&[
        "reset",
        "canceled",
        "closed",
        "broken pipe",
        "incomplete",
        "eof",
    ]) {
        return format!("{place} broke the connection before the answer was whole");
    }
    if has(&["invalid http", "parse", "header"]) {
        return format!("{place} answers what is no HTTP: does it speak https there?");
    }
    if has(&["decod", "gzip", "deflate"]) {
        return format!("{place} sent an answer that cannot be unpacked");
    }
    format!("no answer from {place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_causes_are_named_in_plain_words() {
        for (causes, word) in [
            ("dns error: failed to lookup address information", "DNS"),
            (
                "tcp connect error; Connection refused (os error 111)",
                "refuses",
            ),
            ("Network is unreachable (os error 101)", "VPN"),
            ("connection closed before message completed", "broke"),
            ("client error (Connect); tls handshake eof", "https"),
            ("invalid HTTP version parsed", "https"),
            ("something new", "no answer"),
        ] {
            let words = explain(causes, false, "vendor.example");
            assert!(words.contains(word), "{causes}: {words}");
        }
    }

    #[test]
    fn what_fails_at_the_proxy_names_the_proxy() {
        let proxies = Proxies::read(|name| {
            (name == "HTTPS_PROXY").then(|| "http://ana:canary@proxy.example:3128".to_owned())
        });
        let url = Url::parse("https://vendor.example/x").unwrap();
        let Way::Through(proxy) = proxies.way(&url) else {
            panic!("there is a proxy");
        };
        for (causes, dns, words) in [
            ("tunnel error: proxy authorization required", false, "407"),
            ("tunnel error: unsuccessful", false, "NO_PROXY"),
            ("tcp connect error; Connection refused", false, "refuses"),
            ("error", true, "no address is known for the proxy"),
            (
                "error connecting to socks proxy; SOCKS error: Connection refused",
                false,
                "through",
            ),
        ] {
            let said = at_the_proxy(causes, dns, None, &url, proxy).unwrap();
            assert!(
                said.contains(words) && said.contains("proxy.example:3128"),
                "{said}"
            );
            assert!(!said.contains("canary") && !said.contains("ana"), "{said}");
        }
        let expired = rustls::CertificateError::Expired.into();
        assert_eq!(
            at_the_proxy("tls", false, Some(&expired), &url, proxy),
            None
        );
    }
}
