//! What `tminus doctor` finds out about GitLab: only reads.

use crate::{
    domain::{Connection, Text},
    integrations::{
        contract::{Fault, Finding},
        http::{
            Need,
            doctor::{failed, good, told, way},
        },
    },
};

use super::look::Eyes;

/// Projects that are looked into; more would cost a budget's worth.
const PROJECTS: usize = 5;
/// The role that may act: developer.
const DEVELOPER: u32 = 30;

/// Checks token, rights, projects, budget and clock.
pub async fn doctor(eyes: &Eyes) -> Vec<Finding> {
    let mut findings = way(eyes.client.read());
    match eyes.client.user().await {
        Ok(user) => findings.push(good("token", &format!("belongs to {}", user.username))),
        Err(failure) => {
            let fault = &failure.fault;
            if fault.connection == Connection::Unreachable {
                findings.push(failed("GitLab answers", fault, hint(fault)));
                return findings;
            }
            findings.push(failed("token", fault, hint(fault)));
        }
    }
    let names = eyes.names();
    if names.is_empty() {
        findings.push(Finding {
            title: Text::new("projects"),
            ok: Some(false),
            detail: Text::new("no service names a project here"),
            hint: Text::new("give a service `repository = \"group/project\"`"),
        });
    }
    for name in names.iter().take(PROJECTS) {
        findings.push(project(eyes, name).await);
    }
    if names.len() > PROJECTS {
        findings.push(Finding {
            title: Text::new("projects"),
            ok: None,
            detail: Text::new(&format!(
                "{} more were not looked into",
                names.len() - PROJECTS
            )),
            hint: Text::default(),
        });
    }
    findings.extend(told(eyes.client.read(), "GitLab"));
    findings
}

async fn project(eyes: &Eyes, name: &str) -> Finding {
    let title = format!("project {name}");
    let answer = match eyes.client.project(name).await {
        Ok(answer) => answer,
        Err(failure) => {
            let hint = if failure.status == Some(404) {
                "check the path; GitLab says the same of a private project that the token may not see"
            } else {
                hint(&failure.fault)
            };
            return failed(&title, &failure.fault, hint);
        }
    };
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
            let rights = if answer.permissions.level() >= DEVELOPER {
                "may act"
            } else {
                "may only read"
            };
            good(
                &title,
                &format!("{environments}; the owner of the token {rights}"),
            )
        }
        Err(failure) => failed(
            &title,
            &failure.fault,
            "the owner of the token needs the role of a reporter, and of a developer to act",
        ),
    }
}

fn hint(fault: &Fault) -> &'static str {
    match fault.connection {
        Connection::Unauthorised => {
            "make a new token (User settings, Access tokens) and put it where `token` points"
        }
        Connection::Forbidden => {
            "the token needs the scope `read_api`, and `api` to act; an instance can also refuse \
             this machine's address"
        }
        Connection::RateLimited => "wait, or lower requests_per_minute",
        _ => "",
    }
}
