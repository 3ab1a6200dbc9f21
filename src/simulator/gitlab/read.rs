//! Reading.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::collections::BTreeSet;

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    domain::Timestamp,
    simulator::world::{
        OPERATOR, World,
        company::{Host, Service, ServiceIndex, TagPage},
        run::{Job, Run, run_of_job},
    },
};

use super::{
    GROUP,
    call::{Answer, Call},
    json::{self as objects, instant, page},
    report, tries,
};

/// Answers a GET.
pub fn read(world: &World, call: &Call) -> Answer {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["user"] => {
            let mut user = objects::person(world, OPERATOR);
            objects::merge(
                &mut user,
                json!({ "email": world.people[OPERATOR].email, "is_admin": false }),
            );
            Answer::ok(&user)
        }
        ["projects", name, rest @ ..] => match project(world, name) {
            Some(service) => in_project(world, call, service, rest),
            None => Answer::not_found("Project "),
        },
        _ => Answer::not_found(""),
    }
}

/// The project of a path or a number.
pub fn project(world: &World, name: &str) -> Option<ServiceIndex> {
    if let Ok(id) = name.parse::<u64>() {
        let all = world.services_of(Host::GitLab);
        return all
            .into_iter()
            .find(|service| objects::project_id(world, *service) == id);
    }
    let name = name.strip_prefix(GROUP)?.strip_prefix('/')?;
    world.hosted(Host::GitLab, name)
}

/// A pipeline of a project.
pub fn pipeline<'w>(world: &'w World, service: ServiceIndex, id: &str) -> Option<&'w Run> {
    let run = world.runs.get(&id.parse().ok()?)?;
    (run.service == service).then_some(run)
}

/// A job of a project, whichever try it is, and whether it was retried.
pub fn job<'w>(world: &'w World, service: ServiceIndex, id: &str) -> Option<(&'w Run, Job, bool)> {
    let id = id.parse().ok()?;
    let run = world.runs.get(&run_of_job(id))?;
    let found = tries::of(run).into_iter().find(|one| one.job.id == id)?;
    (run.service == service).then_some((run, found.job, found.retried))
}

fn in_project(world: &World, call: &Call, service: ServiceIndex, rest: &[&str]) -> Answer {
    match rest {
        [] => whole_project(world, service),
        ["pipelines", rest @ ..] => pipelines(world, call, service, rest),
        ["jobs", id, rest @ ..] => match (job(world, service, id), rest) {
            (Some((run, job, _)), []) => Answer::ok(&objects::job(world, run, &job)),
            // Ranges are not looked at: the answer is the whole, every time.
            (Some((run, job, _)), ["trace"]) => {
                Answer::text(StatusCode::OK, &world.trace(run, &job))
            }
            _ => Answer::not_found(""),
        },
        ["deployments", rest @ ..] => deployments(world, call, service, rest),
        ["environments"] => call.list(&[0, 1], |index| {
            let one = &world.services[service].environments[*index];
            json!({
                "id": one.id,
                "name": one.name,
                "slug": one.name,
                "external_url": format!("https://{}.larkspur.example", one.name),
                "created_at": "2021-02-01T12:00:00.000Z",
                "updated_at": "2021-02-01T12:00:00.000Z",
                "tier": one.name,
                "state": "available",
                "description": null,
                "auto_stop_at": null,
            })
        }),
        ["repository", rest @ ..] => repository(world, call, service, rest),
        _ => plan(world, call, service, rest),
    }
}

fn whole_project(world: &World, service: ServiceIndex) -> Answer {
    let one = &world.services[service];
    Answer::ok(&json!({
        "id": objects::project_id(world, service),
        "name": one.name,
        "path": one.name,
        "path_with_namespace": objects::project_path(world, service),
        "description": one.description,
        "default_branch": "main",
        "visibility": "private",
        "archived": false,
        "web_url": page(world, service),
        "created_at": "2021-02-01T10:00:00.000Z",
        "permissions": {
            "project_access": null,
            "group_access": { "access_level": 40, "notification_level": 3 },
        },
    }))
}

fn pipelines(world: &World, call: &Call, service: ServiceIndex, rest: &[&str]) -> Answer {
    let [id, rest @ ..] = rest else {
        return listed(world, call, service);
    };
    let Some(run) = pipeline(world, service, id) else {
        return Answer::not_found("");
    };
    match rest {
        [] => Answer::ok(&objects::whole_pipeline(world, run)),
        ["jobs"] => {
            let retried = call.parameter("include_retried") == Some("true");
            let mut jobs: Vec<Job> = tries::of(run)
                .into_iter()
                .filter(|one| retried || !one.retried)
                .map(|one| one.job)
                .collect();
            // The newest first, whatever the order in which they run.
            jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
            call.list(&jobs, |job| objects::job(world, run, job))
        }
        ["test_report"] => Answer::ok(&report::of(world, run)),
        ["bridges"] => call.list(&[], |(): &()| Value::Null),
        _ => Answer::not_found(""),
    }
}

fn listed(world: &World, call: &Call, service: ServiceIndex) -> Answer {
    let wanted =
        |name: &str, value: &str| call.parameter(name).is_none_or(|wanted| wanted == value);
    let mut all: Vec<&Run> = world
        .runs_of(service)
        .filter(|run| {
            wanted("status", objects::pipeline_status(run))
                && wanted("ref", &run.branch)
                && wanted("sha", &world.services[service].commits[run.commit].sha())
        })
        .collect();
    if call.parameter("sort") != Some("asc") {
        all.reverse();
    }
    call.list(&all, |run| objects::pipeline(world, run))
}

fn deployments(world: &World, call: &Call, service: ServiceIndex, rest: &[&str]) -> Answer {
    let one = &world.services[service];
    let found = |id: &str| {
        let id: u64 = id.parse().ok()?;
        world
            .deployments
            .get(&id)
            .filter(|deployment| deployment.service == service)
    };
    match rest {
        [] => {
            let wanted =
                |name: &str, value: &str| call.parameter(name).is_none_or(|wanted| wanted == value);
            let mut all: Vec<_> = world
                .deployments_of(service)
                .filter(|deployment| {
                    wanted("environment", one.environments[deployment.environment].name)
                })
                .collect();
            // The oldest first, unless it is asked for otherwise.
            if call.parameter("sort") == Some("desc") {
                all.reverse();
            }
            call.list(&all, |one| objects::deployment(world, one))
        }
        [id] => found(id).map_or_else(
            || Answer::not_found("Deployment "),
            |one| Answer::ok(&objects::whole_deployment(world, one)),
        ),
        [id, "merge_requests"] => match found(id) {
            Some(deployment) => {
                let before = one
                    .tags
                    .iter()
                    .rev()
                    .find(|tag| tag.commit < deployment.commit)
                    .map_or(0, |tag| tag.commit + 1);
                let commits: Vec<usize> = (before..=deployment.commit).rev().collect();
                call.list(&commits, |index| {
                    objects::merge_request(world, service, *index)
                })
            }
            None => Answer::not_found("Deployment "),
        },
        _ => Answer::not_found(""),
    }
}

fn repository(world: &World, call: &Call, service: ServiceIndex, rest: &[&str]) -> Answer {
    let one = &world.services[service];
    match rest {
        ["commits"] => {
            let all: Vec<usize> = (0..one.commits.len()).rev().collect();
            call.list(&all, |index| objects::commit(world, service, *index))
        }
        ["tags"] => {
            let all: Vec<usize> = (0..one.tags.len()).rev().collect();
            call.list(&all, |index| tag(world, service, *index))
        }
        ["tags", name] => match one.tag_named(name) {
            Some(index) => Answer::ok(&tag(world, service, index)),
            None => Answer::not_found("Tag "),
        },
        ["compare"] => {
            let side = |name: &str| one.resolve(call.parameter(name)?);
            let (Some(from), Some(to)) = (side("from"), side("to")) else {
                return Answer::not_found("Ref ");
            };
            compare(world, service, from, to)
        }
        ["files", path @ "CODEOWNERS"] => {
            let (text, newest) = (one.code_owners(), one.commits.last());
            let newest = newest.map(crate::simulator::world::company::Commit::sha);
            Answer::ok(&json!({
                "file_name": path,
                "file_path": path,
                "size": text.len(),
                "encoding": "base64",
                "content": STANDARD.encode(&text),
                "content_sha256": "",
                "ref": "HEAD",
                "blob_id": newest,
                "commit_id": newest,
                "last_commit_id": newest,
                "execute_filemode": false,
            }))
        }
        ["commits", name, "diff"] => match one.resolve(name) {
            Some(index) => call.list(&one.commits[index].paths(), |path| diff(path)),
            None => Answer::not_found("Commit "),
        },
        _ => Answer::not_found(""),
    }
}

/// One changed file.
fn diff(path: &str) -> Value {
    json!({
        "diff": "@@ -1 +1 @@\n",
        "new_path": path,
        "old_path": path,
        "a_mode": "100644",
        "b_mode": "100644",
        "new_file": false,
        "renamed_file": false,
        "deleted_file": false,
    })
}

fn compare(world: &World, service: ServiceIndex, from: usize, to: usize) -> Answer {
    let one = &world.services[service];
    let between = (from + 1).min(to + 1)..to + 1;
    let files: BTreeSet<String> = one.commits[between.clone()]
        .iter()
        .flat_map(crate::simulator::world::company::Commit::paths)
        .collect();
    let commits: Vec<Value> = between
        .map(|index| objects::commit(world, service, index))
        .collect();
    let diffs: Vec<Value> = files.iter().map(|path| diff(path)).collect();
    Answer::ok(&json!({
        "commit": commits.last(),
        "commits": commits,
        "diffs": diffs,
        "compare_timeout": false,
        "compare_same_ref": from == to,
        "web_url": format!("{}/-/compare", page(world, service)),
    }))
}

/// Milestones, freezes and releases.
fn plan(world: &World, call: &Call, service: ServiceIndex, rest: &[&str]) -> Answer {
    let one = &world.services[service];
    match rest {
        ["milestones"] => {
            let created = world.clock.start() - TimeDelta::days(21);
            call.list(&one.milestones, |milestone| {
                json!({
                    "id": objects::project_id(world, service) + u64::from(milestone.number),
                    "iid": milestone.number,
                    "project_id": objects::project_id(world, service),
                    "title": milestone.title,
                    "description": "",
                    "state": "active",
                    "created_at": instant(created),
                    "updated_at": instant(created),
                    "due_date": milestone.due.map(|due| due.format("%Y-%m-%d").to_string()),
                    "start_date": null,
                    "expired": false,
                    "web_url": format!("{}/-/milestones/{}", page(world, service), milestone.number),
                })
            })
        }
        ["freeze_periods"] => call.list(&[1], |number| {
            json!({
                "id": objects::project_id(world, service) * 10 + number,
                "freeze_start": "0 17 * * 5",
                "freeze_end": "0 7 * * 1",
                "cron_timezone": "Europe/Berlin",
                "created_at": "2024-02-01T10:00:00.000Z",
                "updated_at": "2024-02-01T10:00:00.000Z",
            })
        }),
        ["releases"] => call.list(&one.pages(), |index| release(world, service, *index)),
        ["releases", name] => match one.tag_named(name).filter(|tag| one.tags[*tag].has_page()) {
            Some(tag) => Answer::ok(&release(world, service, tag)),
            None => Answer::not_found(""),
        },
        _ => Answer::not_found(""),
    }
}

/// A tag.
fn tag(world: &World, service: ServiceIndex, index: usize) -> Value {
    let one = &world.services[service];
    let tag = &one.tags[index];
    let release = tag
        .has_page()
        .then(|| json!({ "tag_name": tag.name(), "description": page_of(one, index).1 }));
    json!({
        "name": tag.name(),
        "message": "",
        "target": one.commits[tag.commit].sha(),
        "commit": objects::commit(world, service, tag.commit),
        "release": release,
        "protected": true,
        "created_at": instant(tag.at),
    })
}

/// Title and text of the page of a tag, and when it was made.
fn page_of(one: &Service, index: usize) -> (String, String, Timestamp) {
    let tag = &one.tags[index];
    match &tag.page {
        TagPage::Written(page) => (page.title.clone(), page.body.clone(), page.created_at),
        TagPage::Automatic | TagPage::Nothing => {
            let title = format!("{} {}", one.name, tag.version);
            (title, String::new(), tag.at)
        }
    }
}

/// The release of a tag.
pub fn release(world: &World, service: ServiceIndex, index: usize) -> Value {
    let one = &world.services[service];
    let tag = &one.tags[index];
    let (title, text, at) = page_of(one, index);
    let author = match &tag.page {
        TagPage::Written(page) => page.author,
        TagPage::Automatic | TagPage::Nothing => one.commits[tag.commit].author,
    };
    json!({
        "name": title,
        "tag_name": tag.name(),
        "description": text,
        "created_at": instant(at),
        "released_at": instant(at),
        "upcoming_release": false,
        "author": objects::person(world, author),
        "commit": objects::commit(world, service, tag.commit),
        "milestones": [],
        "assets": { "count": 0, "sources": [], "links": [] },
        "evidences": [],
        "_links": { "self": format!("{}/-/releases/{}", page(world, service), tag.name()) },
    })
}
