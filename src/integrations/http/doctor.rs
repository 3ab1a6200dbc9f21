//! What `tminus doctor` says about the way to any vendor.

use super::{ReadClient, Way};
use crate::{
    domain::{Text, cause_and_mend},
    integrations::contract::{Fault, Finding},
};

/// The proxy and the authorities that this client uses, where there are any
/// beyond the usual.
#[must_use]
pub fn way(client: &ReadClient) -> Vec<Finding> {
    let transport = client.transport();
    let mut findings = Vec::new();
    if let Way::Through(proxy) = transport.proxies().way(client.base()) {
        let (name, variable) = (proxy.name(), proxy.variable());
        findings.push(good(
            "proxy",
            &format!("requests go through {name}, as {variable} says"),
        ));
    }
    if let Some((file, count)) = transport.ca_file() {
        findings.push(good(
            "ca_file",
            &format!(
                "{}: {count} trusted besides this machine's own",
                file.display()
            ),
        ));
    }
    findings
}

/// A clock that is further off than this is worth saying, in seconds.
const SKEW: i64 = 60;

/// What the vendor's answers told beside what was asked: the requests that are
/// left, and its clock, where it said so.
#[must_use]
pub fn told(client: &ReadClient, vendor: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(budget) = client.budget() {
        findings.push(judged(
            "request budget",
            budget.remaining * 10 > budget.limit,
            &format!(
                "{} of {} left until {} UTC",
                budget.remaining,
                budget.limit,
                budget.resets.format("%H:%M")
            ),
            "tminus asks more seldom until then; if something else uses this token, give tminus its \
             own",
        ));
    }
    if let Some(skew) = client.skew() {
        findings.push(judged(
            "clock",
            skew.abs() <= SKEW,
            &format!("{vendor}'s clock is {skew} s ahead of this one"),
            "set this machine's clock: ages and the T-clock would be wrong",
        ));
    }
    findings
}

/// A check that went well.
#[must_use]
pub fn good(title: &str, detail: &str) -> Finding {
    judged(title, true, detail, "")
}

/// A check and how to mend what it found, which is said only where it failed.
#[must_use]
pub fn judged(title: &str, fine: bool, detail: &str, hint: &str) -> Finding {
    Finding {
        title: Text::new(title),
        ok: Some(fine),
        detail: Text::new(detail),
        hint: Text::new(if fine { "" } else { hint }),
    }
}

/// A check that failed. `hint` is the vendor's way to mend it; where it is
/// empty, the fault's own sentence tells.
#[must_use]
pub fn failed(title: &str, fault: &Fault, hint: &str) -> Finding {
    let (detail, hint) = match (hint, cause_and_mend(&fault.detail)) {
        ("", (cause, "")) => (cause, "check `url`, the network and the proxy"),
        ("", parts) => parts,
        (hint, _) => (fault.detail.as_str(), hint),
    };
    Finding {
        title: Text::new(title),
        ok: Some(false),
        detail: Text::new(detail),
        hint: Text::new(hint),
    }
}
