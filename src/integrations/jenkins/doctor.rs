//! What `tminus doctor` finds out about Jenkins: only reads.

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

use super::look::Eyes;

/// Places that are looked into; more would cost the controller.
const PLACES: usize = 5;

/// Checks account, jobs, stages, rules and clock.
pub async fn doctor(eyes: &Eyes) -> Vec<Finding> {
    let mut findings = way(eyes.client.read());
    match eyes.client.me().await {
        Ok((me, version)) => {
            let version =
                version.map_or_else(String::new, |version| format!(" (Jenkins {version})"));
            findings.push(judged(
                "token",
                !me.anonymous,
                &if me.anonymous {
                    format!("nobody is logged in{version}")
                } else {
                    format!("belongs to {}{version}", me.name)
                },
                "set `user` and `token`: an API token of that account",
            ));
        }
        Err(failure) => {
            let fault = &failure.fault;
            if fault.connection == Connection::Unreachable {
                findings.push(failed("Jenkins answers", fault, hint(fault)));
                return findings;
            }
            findings.push(failed("token", fault, hint(fault)));
        }
    }
    let names = eyes.names();
    if names.is_empty() {
        findings.push(Finding {
            title: Text::new("jobs"),
            ok: Some(false),
            detail: Text::new("no service names a job here"),
            hint: Text::new("give a service `repository = \"FOLDER/JOB\"`, the job's full name"),
        });
    }
    for name in names.iter().take(PLACES) {
        findings.push(place(eyes, name).await);
    }
    if names.len() > PLACES {
        findings.push(Finding {
            title: Text::new("jobs"),
            ok: None,
            detail: Text::new(&format!(
                "{} more were not looked into",
                names.len() - PLACES
            )),
            hint: Text::default(),
        });
    }
    if eyes.rules.is_empty() {
        findings.push(Finding {
            title: Text::new("deployments"),
            ok: None,
            detail: Text::new("no job is said to deploy, so no version is known to serve"),
            hint: Text::new("say which jobs deploy: [[integrations.NAME.deploys]]"),
        });
    }
    findings.extend(told(eyes.client.read(), "Jenkins"));
    findings
}

async fn place(eyes: &Eyes, name: &str) -> Finding {
    let title = format!("job {name}");
    let item = match eyes.client.item(name, Need::Person).await {
        Ok(seen) => seen.value,
        Err(failure) => {
            let hint = if failure.status == Some(404) {
                "check the full name; Jenkins says the same of a job that the account may not see"
            } else {
                hint(&failure.fault)
            };
            return failed(&title, &failure.fault, hint);
        }
    };
    let (jobs, pipeline) = counted(name, &item);
    let Some((job, number)) = pipeline else {
        return good(&title, &format!("{jobs} jobs, no pipeline has run yet"));
    };
    match eyes.client.stages(&job, number, Need::Person).await {
        Ok(found) => judged(
            &title,
            found.is_some(),
            &if found.is_some() {
                format!("{jobs} jobs; stages and inputs are told")
            } else {
                format!("{jobs} jobs; stages and inputs are not told")
            },
            "install the plugin `Pipeline: REST API`: without it a build is one job, and no input \
             can be answered",
        ),
        Err(failure) => failed(&title, &failure.fault, hint(&failure.fault)),
    }
}

/// How many jobs there are, and a build of a pipeline among them.
fn counted(name: &str, item: &super::wire::Item) -> (usize, Option<(String, u64)>) {
    let mut count = 0;
    let mut pipeline = None;
    let job = if item.full_name.is_empty() {
        name
    } else {
        &item.full_name
    };
    if let Some(builds) = &item.builds {
        count += 1;
        let found = builds
            .items
            .iter()
            .find(|build| super::map::is_pipeline(build));
        pipeline = found.map(|build| (job.to_owned(), build.number));
    }
    for below in item.jobs.iter().flat_map(|jobs| &jobs.items) {
        let (more, found) = counted(&format!("{job}/{}", below.name), below);
        count += more;
        pipeline = pipeline.or(found);
    }
    (count, pipeline)
}

fn hint(fault: &Fault) -> &'static str {
    match fault.connection {
        Connection::Unauthorised => {
            "make a new API token (your account, Security) and put it where `token` points; `user` \
             is the account's id"
        }
        Connection::Forbidden => {
            "the account needs Overall/Read and Job/Read, and Job/Build and Job/Cancel to act"
        }
        Connection::RateLimited => "wait, or lower requests_per_minute",
        _ => "",
    }
}
