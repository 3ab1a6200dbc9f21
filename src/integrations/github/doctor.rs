//! What `tminus doctor` finds out about GitHub: only reads.

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

use super::{graphql, look::Eyes};

/// Repositories that are looked into; more would cost a budget's worth.
const REPOSITORIES: usize = 5;

/// Checks token, rights, repositories, GraphQL, budget and clock.
pub async fn doctor(eyes: &Eyes) -> Vec<Finding> {
    let mut findings = way(eyes.client.read());
    let user = eyes.client.user().await;
    match &user {
        Ok((login, scopes)) => {
            findings.push(good("token", &format!("belongs to {login}")));
            if let Some(scopes) = scopes {
                findings.push(rights(scopes));
            }
        }
        Err(failure) => {
            let fault = &failure.fault;
            if fault.connection == Connection::Unreachable {
                findings.push(failed("GitHub answers", fault, hint(fault)));
                return findings;
            }
            findings.push(failed("token", fault, hint(fault)));
        }
    }
    findings.push(
        match eyes.client.graphql(graphql::PROBE, Need::Person).await {
            Ok(answered) => match answered.rate {
                Some(rate) => good(
                    "GraphQL",
                    &format!("{} of {} points left", rate.remaining, rate.limit),
                ),
                None => good("GraphQL", "answers"),
            },
            Err(failure) => Finding {
                title: Text::new("GraphQL"),
                ok: None,
                detail: failure.fault.detail,
                hint: Text::new("REST is used instead, which takes more requests"),
            },
        },
    );
    let names: Vec<String> = eyes
        .repositories()
        .iter()
        .map(|repository| repository.name.clone())
        .collect();
    if names.is_empty() {
        findings.push(Finding {
            title: Text::new("repositories"),
            ok: Some(false),
            detail: Text::new("no service names a repository here"),
            hint: Text::new("give a service `repository = \"owner/name\"`"),
        });
    }
    for name in names.iter().take(REPOSITORIES) {
        findings.push(repository(eyes, name).await);
    }
    if names.len() > REPOSITORIES {
        findings.push(Finding {
            title: Text::new("repositories"),
            ok: None,
            detail: Text::new(&format!(
                "{} more were not looked into",
                names.len() - REPOSITORIES
            )),
            hint: Text::default(),
        });
    }
    findings.extend(told(eyes.client.read(), "GitHub"));
    findings
}

async fn repository(eyes: &Eyes, name: &str) -> Finding {
    let title = format!("repository {name}");
    let answer = match eyes.client.repository(name).await {
        Ok(answer) => answer,
        Err(failure) => {
            let hint = if failure.status == Some(404) {
                "check the name; GitHub says the same of a private repository that the token may not see"
            } else {
                hint(&failure.fault)
            };
            return failed(&title, &failure.fault, hint);
        }
    };
    let push = answer
        .permissions
        .is_some_and(|permissions| permissions.push);
    match eyes.client.environments(name, Need::Person).await {
        Ok(seen) => {
            let names: Vec<&str> = seen
                .value
                .items
                .iter()
                .map(|environment| environment.name.as_str())
                .collect();
            let environments = if names.is_empty() {
                "no environments".to_owned()
            } else {
                format!("environments {}", names.join(", "))
            };
            let rights = if push { "may act" } else { "may only read" };
            Finding {
                title: Text::new(&title),
                ok: Some(true),
                detail: Text::new(&format!("{environments}; the token {rights}")),
                hint: Text::default(),
            }
        }
        Err(failure) => failed(
            &title,
            &failure.fault,
            "a fine-grained token needs Actions: read, Deployments: read and Environments: read",
        ),
    }
}

fn rights(scopes: &str) -> Finding {
    let has = scopes
        .split(',')
        .map(str::trim)
        .any(|scope| matches!(scope, "repo" | "public_repo"));
    let detail = if scopes.is_empty() { "none" } else { scopes };
    judged(
        "scopes",
        has,
        detail,
        "a classic token needs the scope `repo`",
    )
}

fn hint(fault: &Fault) -> &'static str {
    match fault.connection {
        Connection::Unauthorised => {
            "make a new token (github.com/settings/tokens) and put it where `token` points"
        }
        Connection::Forbidden => {
            "a classic token needs `repo`; a fine-grained one Actions: read and write, Deployments: \
             write, Contents: read (write, to publish notes)"
        }
        Connection::RateLimited => "wait, or lower requests_per_minute",
        _ => "",
    }
}
