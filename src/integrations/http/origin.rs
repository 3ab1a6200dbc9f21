//! Base URLs and origins: where a credential may go.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::{Error, Kind};

/// Reads a base URL and refuses one that would send a credential in clear
/// text: `http://` is only for loopback, for bases without a credential, and
/// for those who ask for it (`insecure`).
///
/// # Errors
/// When it is no http(s) URL, names a user, or would leak; for people.
pub fn parse_base(text: &str, has_credential: bool, insecure: bool) -> Result<Url, Error> {
    let url = Url::parse(text.trim()).map_err(|why| {
        Error::new(Kind::Usage, format!("`url` is not a URL: {why}"))
            .hint("write it as https://host or https://host/path")
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(Error::new(
            Kind::Usage,
            format!("`url` has the scheme `{}`", url.scheme()),
        )
        .hint("only http and https are spoken"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::new(Kind::Usage, "`url` holds a user or a password")
            .hint("take them out and use `user` and `token`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Error::new(Kind::Usage, "`url` holds a query or a fragment")
            .hint("only the host and the path belong there"));
    }
    if has_credential && !insecure && url.scheme() == "http" && !is_loopback(&url) {
        return Err(Error::new(
            Kind::Usage,
            format!(
                "http://{} would carry the token in clear text",
                url.host_str().unwrap_or_default()
            ),
        )
        .hint("use https, or set `insecure = true` if the network between is yours"));
    }
    Ok(url)
}

/// Whether the URL stays on this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.trim_end_matches('.');
    if let Ok(address) = host.parse::<IpAddr>() {
        // An IPv4 address may come in the clothes of IPv6.
        return address.to_canonical().is_loopback();
    }
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether both have scheme, host and port in common.
pub(super) fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// The origin as people write it.
pub(super) fn origin_text(url: &Url) -> String {
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

/// `path` below `base`, keeping the path of the base. An absolute URL stays
/// as it is.
pub(super) fn join(base: &Url, path: &str, query: &[(&str, &str)]) -> Url {
    let mut url = if path.starts_with("http://") || path.starts_with("https://") {
        Url::parse(path).unwrap_or_else(|_| base.clone())
    } else {
        let mut url = base.clone();
        let (path, inline) = path.split_once('?').unwrap_or((path, ""));
        let joined = format!(
            "{}/{}",
            base.path().trim_end_matches('/'),
            path.trim_start_matches('/')
        );
        url.set_path(&joined);
        if !inline.is_empty() {
            url.set_query(Some(inline));
        }
        url
    };
    if !query.is_empty() {
        let mut pairs = url.query_pairs_mut();
        for (name, value) in query {
            pairs.append_pair(name, value);
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_goes_out_in_clear_text() {
        assert!(parse_base("http://vendor.example", true, false).is_err());
        assert!(parse_base("http://10.0.0.7:9090", true, false).is_err());
        assert!(parse_base("http://localhost.evil.example", true, false).is_err());
        assert!(parse_base("http://127.0.0.1:9090", true, false).is_ok());
        assert!(parse_base("http://[::1]:9090", true, false).is_ok());
        assert!(parse_base("http://localhost:9090", true, false).is_ok());
        assert!(parse_base("http://localhost.:9090", true, false).is_ok());
        assert!(parse_base("http://[::ffff:127.0.0.1]:9090", true, false).is_ok());
        assert!(parse_base("http://vendor.example", false, false).is_ok());
        assert!(parse_base("http://vendor.example", true, true).is_ok());
    }

    #[test]
    fn odd_bases_are_refused() {
        for bad in [
            "vendor.example",
            "file:///etc/passwd",
            "https://ana:pw@vendor.example",
            "https://vendor.example/?token=1",
            "",
        ] {
            let error = parse_base(bad, false, false).unwrap_err();
            assert!(!error.hint.is_empty(), "{bad}: {error}");
            assert!(!error.to_string().contains("pw"), "{error}");
        }
    }

    #[test]
    fn the_base_path_is_kept() {
        let base = Url::parse("https://host/select/0/prometheus").unwrap();
        let url = join(&base, "/api/v1/query", &[("a", "b c")]);
        assert_eq!(
            url.as_str(),
            "https://host/select/0/prometheus/api/v1/query?a=b+c"
        );
        let base = Url::parse("https://host/").unwrap();
        assert_eq!(join(&base, "x?y=1", &[]).as_str(), "https://host/x?y=1");
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let url = |text: &str| Url::parse(text).unwrap();
        let base = url("https://host/x");
        assert!(same_origin(&base, &url("https://host:443/y")));
        for other in ["http://host/x", "https://host:444/x", "https://hosts/x"] {
            assert!(!same_origin(&base, &url(other)), "{other}");
        }
    }
}
