//! What is wrong with a TLS connection, from the words of the library that
//! checks it: which certificate, since when, for which names, and who mends
//! it.

use chrono::DateTime;
use reqwest::Url;
use rustls::{AlertDescription, CertificateError, Error, pki_types::UnixTime};

use super::{Transport, clock, origin::origin_text, proxy::Proxy};
use crate::domain::Timestamp;

/// Most names of a certificate that are told.
const NAMES: usize = 3;
/// The longest of them, in characters.
const NAME: usize = 60;

/// The connection that was wanted.
pub(super) struct Wanted {
    place: String,
    host: String,
    /// The configured file of authorities.
    ca_file: Option<String>,
    /// The proxy in between.
    proxy: Option<String>,
}

impl Wanted {
    pub(super) fn new(url: &Url, transport: &Transport, proxy: Option<&Proxy>) -> Self {
        let ca_file = transport.ca_file();
        Self {
            place: origin_text(url),
            host: url.host_str().unwrap_or_default().to_owned(),
            ca_file: ca_file.map(|(file, _)| file.display().to_string()),
            proxy: proxy.map(Proxy::name),
        }
    }
}

/// The sentence: the cause, and after a colon how to mend it.
pub(super) fn words(error: &Error, wanted: &Wanted) -> String {
    let place = &wanted.place;
    match error {
        Error::InvalidCertificate(why) => {
            let (cause, mend) = certificate(why, wanted);
            format!("the TLS certificate of {place} {cause}: {mend}")
        }
        Error::InvalidMessage(_) => format!(
            "{place} speaks no TLS there: check port and scheme of `url` (http:// for plain HTTP)"
        ),
        Error::PeerIncompatible(_)
        | Error::AlertReceived(
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity,
        ) => {
            format!("{place} speaks no TLS that is safe: whoever runs it must offer TLS 1.2 or 1.3")
        }
        Error::AlertReceived(AlertDescription::CertificateRequired) => format!(
            "{place} wants a certificate from us (mTLS): tminus has none to give; is there an \
             address for tokens?"
        ),
        Error::AlertReceived(AlertDescription::UnrecognisedName) => {
            format!("{place} does not know that name: check `url`")
        }
        _ => format!("no TLS connection to {place}: does it speak https there?"),
    }
}

fn certificate(error: &CertificateError, wanted: &Wanted) -> (String, String) {
    let host = &wanted.host;
    let renew = || "whoever runs it must replace it".to_owned();
    match error {
        CertificateError::ExpiredContext { time, not_after } => {
            let (now, end) = (instant(*time), instant(*not_after));
            let days = (now - end).num_days();
            let ago = match days {
                0 => "today".to_owned(),
                1 => "1 day ago".to_owned(),
                days => format!("{days} days ago"),
            };
            (
                format!("expired on {} ({ago})", minute(end)),
                format!(
                    "whoever runs it must renew it; this machine's clock says {}",
                    minute(now)
                ),
            )
        }
        CertificateError::Expired => ("has expired".to_owned(), clock_or("renew it")),
        CertificateError::NotValidYetContext { time, not_before } => (
            format!("is valid only from {}", minute(instant(*not_before))),
            format!(
                "this machine's clock says {}; set it, if that is wrong",
                minute(instant(*time))
            ),
        ),
        CertificateError::NotValidYet => ("is not valid yet".to_owned(), clock_or("replace it")),
        CertificateError::NotValidForNameContext { presented, .. } => (
            of_names(presented),
            format!("check `url`, or whoever runs it must get one for {host}"),
        ),
        CertificateError::NotValidForName => (
            "is for another name".to_owned(),
            format!("check `url`, or whoever runs it must get one for {host}"),
        ),
        CertificateError::UnknownIssuer => unknown_authority(wanted),
        CertificateError::Revoked => ("was revoked".to_owned(), renew()),
        CertificateError::BadEncoding | CertificateError::BadSignature => {
            ("is broken".to_owned(), renew())
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
            "is signed in a way that is not safe any more".to_owned(),
            renew(),
        ),
        // The library has no name of its own for it.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => (
            "is one of an authority (CA:TRUE), which no host may show".to_owned(),
            "whoever runs it must make one with CA:FALSE, or let an authority sign it".to_owned(),
        ),
        _ => ("cannot be used".to_owned(), renew()),
    }
}

fn clock_or(deed: &str) -> String {
    format!(
        "whoever runs it must {deed}; this machine's clock says {}",
        minute(clock::now())
    )
}

fn unknown_authority(wanted: &Wanted) -> (String, String) {
    let cause = "is from an authority that is not trusted here, or from itself".to_owned();
    let mut mend = match &wanted.ca_file {
        None => "put your company's authority, or this certificate, in PEM into a file and name \
                 it as `ca_file`"
            .to_owned(),
        Some(file) => format!(
            "`ca_file` {file} holds another one; is it the right file, does the server send its \
             intermediate certificates?"
        ),
    };
    if let Some(proxy) = &wanted.proxy {
        mend.push_str(&format!(
            "; the proxy {proxy} may have put a certificate of its own in its place"
        ));
    }
    (cause, mend)
}

/// The names that a certificate carries, as the library shows them:
/// `DnsName("a.example")`, `IpAddress(10.0.0.1)`.
fn of_names(presented: &[String]) -> String {
    if presented.is_empty() {
        return "names no host (a common name alone does not count)".to_owned();
    }
    let names: Vec<String> = presented
        .iter()
        .take(NAMES)
        .map(|name| {
            let inner = name
                .split_once('(')
                .and_then(|(_, rest)| rest.strip_suffix(')'))
                .unwrap_or(name);
            inner.trim_matches('"').chars().take(NAME).collect()
        })
        .collect();
    let mut text = format!("is for {}", names.join(", "));
    if presented.len() > NAMES {
        text.push_str(&format!(" and {} more", presented.len() - NAMES));
    }
    text
}

fn instant(time: UnixTime) -> Timestamp {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .unwrap_or_default()
}

fn minute(time: Timestamp) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::{AlertDescription, InvalidMessage, PeerIncompatible, pki_types::ServerName};

    use super::*;

    fn wanted(ca_file: Option<&str>, proxy: Option<&str>) -> Wanted {
        Wanted {
            place: "git.example:8443".to_owned(),
            host: "git.example".to_owned(),
            ca_file: ca_file.map(str::to_owned),
            proxy: proxy.map(str::to_owned),
        }
    }

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    fn said(error: impl Into<Error>) -> String {
        words(&error.into(), &wanted(None, None))
    }

    #[test]
    fn each_fault_names_its_cause_and_who_mends_it() {
        let noon = 1_795_348_800; // 2026-11-22 12:00 UTC
        let day = 86_400;
        let expired = |ago| CertificateError::ExpiredContext {
            time: at(noon),
            not_after: at(noon - ago),
        };
        let for_names = |names: &[&str]| CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("git.example").unwrap(),
            presented: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let early = CertificateError::NotValidYetContext {
            time: at(noon),
            not_before: at(noon + day),
        };
        for (error, cause, mend) in [
            (
                expired(12 * day),
                "expired on 2026-11-10 12:00 UTC (12 days ago)",
                "must renew it; this machine's clock says 2026-11-22 12:00 UTC",
            ),
            (expired(day), "(1 day ago)", "renew"),
            (expired(60), "(today)", "renew"),
            (
                early,
                "is valid only from 2026-11-23 12:00 UTC",
                "clock says 2026-11-22 12:00 UTC",
            ),
            (
                for_names(&["DnsName(\"a.example\")", "IpAddress(10.0.0.1)"]),
                "is for a.example, 10.0.0.1",
                "get one for git.example",
            ),
            (
                for_names(&[
                    "DnsName(\"a\")",
                    "DnsName(\"b\")",
                    "DnsName(\"c\")",
                    "DnsName(\"d\")",
                ]),
                "is for a, b, c and 1 more",
                "check `url`",
            ),
            (for_names(&[]), "names no host", "check `url`"),
            (CertificateError::UnknownIssuer, "authority", "`ca_file`"),
            (CertificateError::Revoked, "revoked", "replace"),
            (CertificateError::BadSignature, "broken", "replace"),
            (
                CertificateError::InvalidPurpose,
                "cannot be used",
                "replace",
            ),
        ] {
            let said = said(error);
            let (first, second) = said.split_once(": ").unwrap();
            assert!(first.starts_with("the TLS certificate of git.example:8443 "));
            assert!(first.contains(cause), "{said}");
            assert!(second.contains(mend), "{said}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_words_too() {
        for (error, words) in [
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                "speaks no TLS there",
            ),
            (
                Error::AlertReceived(AlertDescription::CertificateRequired),
                "mTLS",
            ),
            (
                Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13),
                "1.2 or 1.3",
            ),
            (Error::DecryptError, "https"),
        ] {
            let said = said(error);
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn the_file_and_the_proxy_are_named_where_an_authority_is_unknown() {
        let error = Error::from(CertificateError::UnknownIssuer);
        let said = words(
            &error,
            &wanted(Some("/etc/ca.pem"), Some("proxy.example:3128")),
        );
        assert!(said.contains("/etc/ca.pem holds another one"), "{said}");
        assert!(said.contains("proxy.example:3128"), "{said}");
    }
}
