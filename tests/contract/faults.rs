//! Each fault of each vendor has a sentence that names who, what and how to
//! mend it, and costs that vendor alone.

use tminus::domain::{Body, Connection, Health};
use tminus::integrations::http::{Access, Proxies, Way};

use super::company::{Company, collect};

const VENDORS: [&str; 5] = ["github", "gitlab", "jenkins", "pagerduty", "prometheus"];

/// A fault, the state that it becomes, and words of cause and mend.
type Case = (&'static str, Connection, [&'static str; 2]);

const CASES: [Case; 8] = [
    (
        "html",
        Connection::Unreachable,
        [
            "answered with a web page instead of data",
            "a login page, or a wrong `url`?",
        ],
    ),
    (
        "truncate",
        Connection::Unreachable,
        ["sent half an answer", "something on the way cuts it off"],
    ),
    (
        "bad-gateway",
        Connection::Unreachable,
        ["is in trouble (502)", "it has to mend that itself"],
    ),
    (
        "server-error",
        Connection::Unreachable,
        [
            "is in trouble (500)",
            "it has to mend that itself; it says '",
        ],
    ),
    (
        "unauthorized",
        Connection::Unauthorised,
        [
            "does not accept the token (401)",
            "it is wrong, revoked or expired; it says '",
        ],
    ),
    (
        "forbidden",
        Connection::Forbidden,
        ["the token lacks a right at ", "; it says '"],
    ),
    (
        "reset",
        Connection::Unreachable,
        ["broke the connection before the answer was whole", ""],
    ),
    // Last, for the wait is obeyed.
    (
        "rate-limit",
        Connection::RateLimited,
        ["asks us to wait", "it is asked again at "],
    ),
];

fn health(bodies: &[Body]) -> Health {
    bodies
        .iter()
        .rev()
        .find_map(|body| match body {
            Body::Health(health) => Some(health.clone()),
            _ => None,
        })
        .unwrap()
}

#[tokio::test]
async fn each_fault_of_each_vendor_says_who_what_and_how_to_mend_it() {
    let company = Company::open("release-day", 1.0).await;
    for vendor in VENDORS {
        let place = company.url(vendor).replace("http://", "");
        let integration = company.connect(vendor);
        for (kind, connection, [cause, mend]) in CASES {
            // All that GitLab is asked again is unchanged: a 304 has no body
            // that could be cut off.
            if (vendor, kind) == ("gitlab", "truncate") {
                continue;
            }
            let (good, bodies) = collect(&integration).await;
            assert_eq!(good, Ok(()), "{vendor} before {kind}");
            let last_ok = health(&bodies).last_ok;
            assert!(last_ok.is_some(), "{vendor}");
            company.fault(vendor, kind).await;
            let (result, bodies) = collect(&integration).await;
            let fault = result.err().unwrap();
            assert_eq!(fault.connection, connection, "{vendor} {kind}: {fault}");
            let (first, second) = fault.detail.split_once(": ").unwrap_or((&fault.detail, ""));
            assert!(first.contains(&place), "{vendor} {kind}: {fault}");
            assert!(first.contains(cause), "{vendor} {kind}: {fault}");
            // Jenkins refuses with pages for people, which say nothing to us.
            let mend = match vendor {
                "jenkins" => mend.trim_end_matches("; it says '"),
                _ => mend,
            };
            assert!(second.contains(mend), "{vendor} {kind}: {fault}");
            assert_eq!(fault.retry_at.is_some(), kind == "rate-limit");
            let health = health(&bodies);
            assert_eq!(health.connection, connection, "{vendor} {kind}");
            assert_eq!(health.cause(), first, "{vendor} {kind}");
            assert_eq!(
                health.last_ok, last_ok,
                "{vendor} {kind}: the last good answer"
            );
            // Nothing that was known is taken back.
            assert!(
                bodies.iter().all(|body| matches!(body, Body::Health(_))),
                "{vendor} {kind}: {bodies:?}"
            );
            if kind == "rate-limit" {
                for other in VENDORS.into_iter().filter(|other| *other != vendor) {
                    let (result, _) = collect(&company.connect(other)).await;
                    assert_eq!(result, Ok(()), "{vendor} touches {other}");
                }
            }
            company.fault(vendor, "none").await;
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_and_the_doctor_says_what_to_do() {
    let company = Company::open("quiet-day", 1.0).await;
    for vendor in VENDORS {
        company.fault(vendor, "clock-skew").await;
        let integration = company.connect(vendor);
        let (result, bodies) = collect(&integration).await;
        assert_eq!(result, Ok(()), "{vendor}: the data is good");
        let health = health(&bodies);
        assert_eq!(health.connection, Connection::Ok);
        assert!(health.clock_skew_seconds.unwrap() > 3500, "{vendor}");
        let findings = integration.doctor().await;
        let clock = findings
            .iter()
            .find(|finding| finding.title.contains("clock"))
            .unwrap();
        assert_eq!(clock.ok, Some(false), "{vendor}: {clock:?}");
        assert!(clock.detail.contains(" s ahead of this"), "{clock:?}");
        assert!(clock.hint.contains("set this machine's clock"), "{clock:?}");
    }
}

#[tokio::test]
async fn a_host_that_nobody_knows_and_a_port_that_nobody_serves_are_told() {
    let company = Company::open("quiet-day", 1.0).await;
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    for vendor in VENDORS {
        for (url, words) in [
            (
                "https://nowhere.invalid".to_owned(),
                "no address is known for nowhere.invalid: check `url`, the network and DNS"
                    .to_owned(),
            ),
            (
                format!("http://{closed}"),
                format!("{closed} refuses connections: is it running, is the port right?"),
            ),
        ] {
            let target = url.parse().unwrap();
            if !matches!(Proxies::of_environment().way(&target), Way::Direct) {
                println!("skipped: a proxy is set, so that {url} is not this machine's to look up");
                continue;
            }
            let integration = company.connect_to(vendor, &url, Access::ReadOnly);
            let (result, bodies) = collect(&integration).await;
            assert_eq!(result.err().unwrap().detail.as_str(), words, "{vendor}");
            assert_eq!(health(&bodies).last_ok, None);
            let findings = integration.doctor().await;
            let [finding] = findings.as_slice() else {
                panic!("{vendor}: {findings:#?}");
            };
            let (cause, mend) = words.split_once(": ").unwrap();
            assert!(finding.title.ends_with(" answers"), "{finding:?}");
            assert_eq!(finding.detail.as_str(), cause, "{vendor}");
            assert_eq!(finding.hint.as_str(), mend, "{vendor}");
        }
    }
}
