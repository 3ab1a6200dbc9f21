//! What `tminus doctor` says about PagerDuty. Nothing is changed.

use super::PagerDuty;
use crate::{
    domain::{Connection, Text},
    integrations::{
        contract::{Fault, Finding},
        http::{
            Priority,
            doctor::{failed, way},
        },
    },
};

/// A clock that is further off than this is worth saying, in seconds.
const SKEW: i64 = 60;

/// Checks one after the other; each says how to mend it.
pub async fn examine(duty: &PagerDuty) -> Vec<Finding> {
    let mut findings = way(&duty.client.http);
    let services = duty.client.services(Priority::Person).await;
    if let Some(failure) = &services.fault {
        let fault = &failure.fault;
        findings.push(failed("PagerDuty answers", fault, hint(fault)));
        return findings;
    }
    findings.push(finding(
        "PagerDuty answers",
        Some(true),
        &format!(
            "{}: {} services",
            duty.client.http.base(),
            services.items.len()
        ),
        "",
    ));
    let missing: Vec<&str> = duty
        .services
        .ids()
        .filter(|id| !services.items.iter().any(|one| one.id == **id))
        .map(Text::as_str)
        .collect();
    findings.push(if missing.is_empty() {
        let count = duty.services.ids().count();
        finding("services are mapped", Some(count > 0), &format!("{count} of ours page through PagerDuty"), if count == 0 {
            "set `incident_services` of your services to the ids in the URLs of PagerDuty's service pages"
        } else {
            ""
        })
    } else {
        finding(
            "services are mapped",
            Some(false),
            &format!("PagerDuty shows no service {} to this key", missing.join(", ")),
            "compare `incident_services` with the ids in the URLs of PagerDuty's service pages",
        )
    });
    let incidents = duty.client.open_incidents(Priority::Person).await;
    findings.push(match &incidents.fault {
        Some(failure) => failed(
            "incidents can be read",
            &failure.fault,
            hint(&failure.fault),
        ),
        None => finding(
            "incidents can be read",
            Some(true),
            &format!("{} are open", incidents.items.len()),
            "",
        ),
    });
    let duties = duty.client.on_calls(Priority::Person).await;
    findings.push(match &duties.fault {
        Some(failure) => failed("duties can be read", &failure.fault, hint(&failure.fault)),
        None => finding(
            "duties can be read",
            Some(true),
            &format!("{} entries", duties.items.len()),
            "",
        ),
    });
    findings.push(match &duty.from {
        Some(from) => finding("who acts", Some(true), from, ""),
        None => finding(
            "who acts",
            Some(false),
            "`from` is not set: incidents can be seen, not changed",
            "set `from` to the e-mail address that you log into PagerDuty with",
        ),
    });
    findings.push(finding(
        "rights to act",
        None,
        "PagerDuty does not tell the rights of a key; a read-only key answers 403 to the first change",
        "use a person's own key for `act_token`, so that PagerDuty records who acted",
    ));
    if let Some(skew) = duty.client.http.skew() {
        findings.push(finding(
            "clocks agree",
            Some(skew.abs() <= SKEW),
            &format!("PagerDuty's clock is {skew} s ahead of this machine's"),
            if skew.abs() <= SKEW {
                ""
            } else {
                "set this machine's clock: countdowns and ages depend on it"
            },
        ));
    }
    findings
}

fn finding(title: &str, ok: Option<bool>, detail: &str, hint: &str) -> Finding {
    Finding {
        title: Text::new(title),
        ok,
        detail: Text::new(detail),
        hint: Text::new(hint),
    }
}

fn hint(fault: &Fault) -> &'static str {
    match fault.connection {
        Connection::Unauthorised => {
            "check the key and the region: a key of the US is unknown in the EU and the other way round"
        }
        Connection::Forbidden => "the key needs the right to read incidents, services and on-calls",
        Connection::RateLimited => "wait; lower `requests_per_minute` if this comes back",
        _ => "",
    }
}
