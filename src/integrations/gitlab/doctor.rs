//! What `tminus doctor` finds out about GitLab: only reads.

use crate::{
    domain::{Connection, Text},
    integrations::{
        contract::{Fault, Finding},
        http::doctor::{failed, way},
    },
};

use super::{client::Need, look::Eyes};

/// Projects that are looked into; more would cost a budget's worth.
const PROJECTS: usize = 5;
/// A skew beyond this is worth saying, in seconds.
const SKEW: i64 = 60;
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
    if let Some(budget) = eyes.client.read().budget() {
        let fine = budget.remaining * 10 > budget.limit;
        findings.push(Finding {
            title: Text::new("request budget"),
            ok: Some(fine),
            detail: Text::new(&format!(
                "{} of {} left until {} UTC",
                budget.remaining,
                budget.limit,
                budget.resets.format("%H:%M")
            )),
            hint: if fine {
                Text::default()
            } else {
                Text::new("something else uses this token: give tminus its own")
            },
        });
    }
    if let Some(skew) = eyes.client.read().skew() {
        let fine = skew.abs() <= SKEW;
        findings.push(Finding {
            title: Text::new("clock"),
            ok: Some(fine),
            detail: Text::new(&format!("GitLab's clock is {skew} s ahead of this one")),
            hint: if fine {
                Text::default()
            } else {
                Text::new("set this machine's clock: ages and the T-clock would be wrong")
            },
        });
    }
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

fn good(title: &str, detail: &str) -> Finding {
    Finding {
        title: Text::new(title),
        ok: Some(true),
        detail: Text::new(detail),
        hint: Text::default(),
    }
}
