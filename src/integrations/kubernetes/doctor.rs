//! What `tminus doctor` finds out about a cluster: only questions, of which the
//! API server keeps nothing.

use crate::{
    domain::{Connection, Text},
    integrations::{
        contract::{Fault, Finding},
        http::{
            Need,
            doctor::{failed, good, judged, told, way},
        },
    },
};

use super::{client::Kind, look::Eyes};

/// Namespaces that are looked into.
const NAMESPACES: usize = 5;

/// What tminus does there: verb, group and resource. The first are reads.
const READS: [(&str, &str, &str); 6] = [
    ("list", "argoproj.io", "rollouts"),
    ("get", "argoproj.io", "rollouts"),
    ("list", "apps", "deployments"),
    ("get", "apps", "deployments"),
    ("list", "apps", "replicasets"),
    ("get", "apps", "replicasets"),
];
const WRITES: [(&str, &str, &str); 3] = [
    ("patch", "argoproj.io", "rollouts"),
    ("patch", "argoproj.io", "rollouts/status"),
    ("patch", "apps", "deployments"),
];

/// Checks credential, rights, workloads and clock.
pub async fn doctor(eyes: &Eyes) -> Vec<Finding> {
    let mut findings = way(eyes.client.read());
    match eyes.client.version().await {
        Ok(version) => findings.push(good("API server answers", &version.git_version)),
        Err(failure) => {
            findings.push(failed(
                "API server answers",
                &failure.fault,
                hint(&failure.fault),
            ));
            if failure.fault.connection == Connection::Unreachable {
                return findings;
            }
        }
    }
    match eyes.client.who().await {
        Ok(name) if name.is_empty() => findings.push(Finding {
            title: Text::new("credential"),
            ok: None,
            detail: Text::new("the API server is too old to say whose it is"),
            hint: Text::default(),
        }),
        Ok(name) => findings.push(good("credential", &format!("belongs to {name}"))),
        Err(failure) => {
            findings.push(failed("credential", &failure.fault, hint(&failure.fault)));
            return findings;
        }
    }
    for namespace in eyes.namespaces.keys().take(NAMESPACES) {
        findings.push(rights(eyes, namespace, "read", &READS).await);
        findings.push(rights(eyes, namespace, "act", &WRITES).await);
        findings.push(workloads(eyes, namespace).await);
    }
    findings.extend(told(eyes.client.read(), "the cluster"));
    findings
}

/// Names each right that is missing in a namespace.
async fn rights(
    eyes: &Eyes,
    namespace: &str,
    what: &str,
    wanted: &[(&str, &str, &str)],
) -> Finding {
    let title = format!("may {what} in {namespace}");
    let mut missing = Vec::new();
    for (verb, group, resource) in wanted {
        match eyes.client.may(namespace, verb, group, resource).await {
            Ok(true) => {}
            Ok(false) => missing.push(format!("{verb} {resource}.{group}")),
            Err(failure) => return failed(&title, &failure.fault, hint(&failure.fault)),
        }
    }
    judged(
        &title,
        missing.is_empty(),
        &if missing.is_empty() {
            "all that tminus does there is allowed".to_owned()
        } else {
            format!("not allowed: {}", missing.join(", "))
        },
        "bind a Role with these verbs to the credential's user",
    )
}

async fn workloads(eyes: &Eyes, namespace: &str) -> Finding {
    let title = format!("namespace {namespace}");
    let mut counts = Vec::new();
    for kind in [Kind::Rollout, Kind::Deployment] {
        match eyes.client.workloads(kind, namespace, Need::Person).await {
            Ok(found) => counts.push(format!("{} {}", found.value.0.len(), kind.resource())),
            Err(failure) => return failed(&title, &failure.fault, hint(&failure.fault)),
        }
    }
    good(&title, &counts.join(", "))
}

fn hint(fault: &Fault) -> &'static str {
    match fault.connection {
        Connection::Unauthorised => {
            "the credential is wrong or has expired: log in anew (`kubectl get pods` tells), or \
             renew the token"
        }
        Connection::Forbidden => {
            "bind a Role with the verb and the resource that the message names to the user"
        }
        Connection::RateLimited => "wait, or lower requests_per_minute",
        _ => "",
    }
}
