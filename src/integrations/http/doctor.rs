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
    let fine = |title: &str, detail: String| Finding {
        title: Text::new(title),
        ok: Some(true),
        detail: Text::new(&detail),
        hint: Text::default(),
    };
    let mut findings = Vec::new();
    if let Way::Through(proxy) = transport.proxies().way(client.base()) {
        let (name, variable) = (proxy.name(), proxy.variable());
        findings.push(fine(
            "proxy",
            format!("requests go through {name}, as {variable} says"),
        ));
    }
    if let Some((file, count)) = transport.ca_file() {
        findings.push(fine(
            "ca_file",
            format!(
                "{}: {count} trusted besides this machine's own",
                file.display()
            ),
        ));
    }
    findings
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
