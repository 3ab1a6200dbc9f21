//! The environment's settings as a table.

use super::*;

/// Which proxy the variables lead a URL through: host, port and variable, or
/// `direct`, or `nowhere` and the variable.
fn way(variables: &[(&str, &str)], url: &str) -> String {
    let proxies = Proxies::read(|name| {
        variables
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    });
    let url = Url::parse(url).unwrap();
    match proxies.way(&url) {
        Way::Direct => "direct".to_owned(),
        Way::Through(proxy) => format!("{} {}", proxy.name(), proxy.variable()),
        Way::Nowhere(variable) => format!("nowhere {variable}"),
    }
}

const VENDOR: &str = "https://git.corp.example/api";
const PLAIN: &str = "http://metrics.corp.example:9090/api";

#[test]
fn the_variable_is_the_one_for_the_scheme() {
    let (http, https) = ("http://p:81", "http://p:82");
    for (variables, url, wanted) in [
        (vec![], VENDOR, "direct"),
        (vec![("HTTPS_PROXY", https)], VENDOR, "p:82 HTTPS_PROXY"),
        (vec![("https_proxy", https)], VENDOR, "p:82 https_proxy"),
        // Capitals win, as in Go; an empty value is none and hides nothing.
        (
            vec![("HTTPS_PROXY", https), ("https_proxy", http)],
            VENDOR,
            "p:82 HTTPS_PROXY",
        ),
        (
            vec![("HTTPS_PROXY", ""), ("https_proxy", http)],
            VENDOR,
            "p:81 https_proxy",
        ),
        (vec![("HTTPS_PROXY", " ")], VENDOR, "direct"),
        // One variable says nothing about the other scheme.
        (vec![("HTTP_PROXY", http)], VENDOR, "direct"),
        (vec![("HTTPS_PROXY", https)], PLAIN, "direct"),
        (vec![("HTTP_PROXY", http)], PLAIN, "p:81 HTTP_PROXY"),
        (vec![("http_proxy", http)], PLAIN, "p:81 http_proxy"),
        // ALL_PROXY is for what has no variable of its own.
        (vec![("ALL_PROXY", http)], VENDOR, "p:81 ALL_PROXY"),
        (vec![("all_proxy", http)], PLAIN, "p:81 all_proxy"),
        (
            vec![("ALL_PROXY", http), ("https_proxy", https)],
            VENDOR,
            "p:82 https_proxy",
        ),
    ] {
        assert_eq!(way(&variables, url), wanted, "{variables:?} {url}");
    }
}

#[test]
fn no_proxy_takes_names_addresses_blocks_and_ports() {
    for (list, url, wanted) in [
        ("git.corp.example", VENDOR, "direct"),
        // A name stands for all below it, a leading dot for them alone.
        ("corp.example", VENDOR, "direct"),
        (".corp.example", VENDOR, "direct"),
        ("*.corp.example", VENDOR, "direct"),
        (".corp.example", "https://corp.example/", "proxied"),
        ("*.corp.example", "https://corp.example/", "proxied"),
        ("corp.example", "https://notcorp.example/", "proxied"),
        ("example", "https://git.corp.example.com/", "proxied"),
        ("GIT.Corp.Example", VENDOR, "direct"),
        ("corp.example", "https://GIT.CORP.EXAMPLE/", "direct"),
        ("corp.example", "https://git.corp.example./", "direct"),
        ("bücher.example", "https://xn--bcher-kva.example/", "direct"),
        // Entries, blanks, and what is no entry.
        ("a.example, corp.example ,", VENDOR, "direct"),
        ("a.example corp.example", VENDOR, "proxied"),
        (", ,:443", VENDOR, "proxied"),
        ("*", VENDOR, "direct"),
        ("*", "https://10.1.2.3/", "direct"),
        ("a.example,*", "https://[fd00::7]/", "direct"),
        // Ports: with one, only that.
        ("git.corp.example:443", VENDOR, "direct"),
        ("git.corp.example:8443", VENDOR, "proxied"),
        (
            "corp.example:8443",
            "https://git.corp.example:8443/",
            "direct",
        ),
        ("corp.example:nonsense", VENDOR, "proxied"),
        // Addresses and blocks.
        ("10.1.2.3", "https://10.1.2.3/", "direct"),
        ("10.1.2.3", "https://10.1.2.30/", "proxied"),
        ("10.1.2.3:8443", "https://10.1.2.3/", "proxied"),
        ("10.0.0.0/8", "https://10.1.2.3:8443/", "direct"),
        ("10.0.0.0/8", "https://11.1.2.3/", "proxied"),
        ("10.0.0.0/8", "https://10.corp.example/", "proxied"),
        ("10.0.0.0/8", "https://[::ffff:10.1.2.3]/", "direct"),
        ("fd00::/8", "https://[fd00::7]/", "direct"),
        ("fd00::7", "https://[fd00::7]/", "direct"),
        ("[fd00::7]", "https://[fd00::7]/", "direct"),
        ("[fd00::7]:443", "https://[fd00::7]/", "direct"),
        ("[fd00::7]:80", "https://[fd00::7]/", "proxied"),
    ] {
        for name in ["NO_PROXY", "no_proxy"] {
            let variables = [("HTTPS_PROXY", "p:82"), (name, list)];
            let found = way(&variables, url).replace("p:82 HTTPS_PROXY", "proxied");
            assert_eq!(found, wanted, "{name}={list:?} {url}");
        }
    }
}

#[test]
fn what_stays_on_this_machine_is_never_proxied() {
    for url in [
        "http://127.0.0.1:20001/",
        "https://127.0.0.1/",
        "http://127.1.2.3/",
        "http://localhost:9090/",
        "http://LOCALHOST./",
        "http://sim.localhost/",
        "http://[::1]:9090/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
    ] {
        for value in ["http://p:82", "nonsense://"] {
            assert_eq!(way(&[("ALL_PROXY", value)], url), "direct", "{url}");
        }
    }
}

#[test]
fn a_proxy_is_named_in_several_ways() {
    for (value, wanted) in [
        ("http://p:82", "p:82 HTTPS_PROXY"),
        ("http://p", "p HTTPS_PROXY"),
        ("p:82", "p:82 HTTPS_PROXY"),
        ("p", "p HTTPS_PROXY"),
        (" http://p:82/ ", "p:82 HTTPS_PROXY"),
        ("https://p", "p HTTPS_PROXY"),
        ("socks5://p", "p:1080 HTTPS_PROXY"),
        ("socks5h://p:9", "p:9 HTTPS_PROXY"),
        ("[fd00::7]:82", "[fd00::7]:82 HTTPS_PROXY"),
        // What names none must not lead the straight way.
        ("ftp://p:82", "nowhere HTTPS_PROXY"),
        ("socks4://p", "nowhere HTTPS_PROXY"),
        ("http://", "nowhere HTTPS_PROXY"),
        ("http://p:port", "nowhere HTTPS_PROXY"),
        ("none", "none HTTPS_PROXY"),
    ] {
        assert_eq!(way(&[("HTTPS_PROXY", value)], VENDOR), wanted, "{value}");
    }
}

#[test]
fn user_and_password_are_read_and_never_shown() {
    let proxies = Proxies::read(|name| {
        let value = "http://ana:canary%40home/1@p:82";
        let other = "http://bob:two-canary@x@p:83";
        match name {
            "HTTPS_PROXY" => Some(value.to_owned()),
            "HTTP_PROXY" => Some(other.to_owned()),
            _ => None,
        }
    });
    // A slash in a password ends the host: that is no proxy.
    assert!(matches!(
        proxies.way(&Url::parse(VENDOR).unwrap()),
        Way::Nowhere("HTTPS_PROXY")
    ));
    let url = Url::parse(PLAIN).unwrap();
    let Way::Through(proxy) = proxies.way(&url) else {
        panic!("there is a proxy");
    };
    assert_eq!(proxy.name(), "p:83");
    assert!(proxy.has_user());
    let redactor = super::super::Redactor::new(&proxies.credentials());
    for form in ["two-canary@x", "two-canary%40x", "Ym9iOnR3by1jYW5hcnlAeA=="] {
        let clean = redactor.clean(&format!("Proxy-Authorization: {form}"));
        assert!(!clean.contains(form), "{clean}");
    }
}
