//! Acting: pipelines, jobs and approvals.

use axum::http::StatusCode;
use serde_json::json;

use crate::simulator::world::{
    Again, OPERATOR, Refusal, World,
    company::ServiceIndex,
    delivery::DeploymentState,
    pages::Wanted,
    run::{Conclusion, Job, Status},
};

use super::{
    call::{Answer, Call},
    json as objects,
    read::{self, project},
    tries,
};

/// Answers a POST.
pub fn write(world: &mut World, call: &Call) -> Answer {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let ["projects", name, rest @ ..] = path.as_slice() else {
        return Answer::not_found("");
    };
    let Some(service) = project(world, name) else {
        return Answer::not_found("Project ");
    };
    match rest {
        ["pipelines", id, act] => on_pipeline(world, service, id, act),
        ["jobs", id, act] => on_job(world, service, id, act),
        ["deployments", id, "approval"] => approval(world, call, service, id),
        ["releases"] => publish(world, call, service),
        _ => Answer::not_found(""),
    }
}

fn on_pipeline(world: &mut World, service: ServiceIndex, id: &str, act: &str) -> Answer {
    let Some(run) = read::pipeline(world, service, id).map(|run| run.id) else {
        return Answer::not_found("");
    };
    let status = match act {
        "retry" => {
            // What cannot be retried is answered as if it were.
            let _ = world.rerun(run, OPERATOR, Again::Failed);
            StatusCode::CREATED
        }
        "cancel" => {
            // The same goes for what cannot be cancelled.
            let _ = world.cancel(run);
            StatusCode::OK
        }
        _ => return Answer::not_found(""),
    };
    world.runs.get(&run).map_or_else(
        || Answer::not_found(""),
        |run| Answer::new(status, &objects::whole_pipeline(world, run)),
    )
}

fn on_job(world: &mut World, service: ServiceIndex, id: &str, act: &str) -> Answer {
    let Some((run, job, retried)) = read::job(world, service, id) else {
        return Answer::not_found("");
    };
    let run = run.id;
    let index = usize::from(job.index);
    let status = job.mark.status;
    match act {
        "play" => {
            if status == Status::Waiting {
                return match world.play_job(run, index) {
                    Ok(()) => answer(world, run, index, StatusCode::OK),
                    Err(_) => {
                        Answer::refused(StatusCode::BAD_REQUEST, "400 Bad request - Unplayable Job")
                    }
                };
            }
            // A job that has run counts as playable: it runs again.
            retry(world, run, &job, retried, StatusCode::OK)
        }
        "retry" => retry(world, run, &job, retried, StatusCode::CREATED),
        "cancel" => {
            let _ = world.cancel(run);
            answer(world, run, index, StatusCode::CREATED)
        }
        _ => Answer::not_found(""),
    }
}

fn retry(world: &mut World, run: u64, job: &Job, retried: bool, status: StatusCode) -> Answer {
    let over = job.mark.status == Status::Completed;
    let ran = !matches!(job.mark.conclusion, Some(Conclusion::Skipped) | None);
    let index = usize::from(job.index);
    if retried || !over || !ran {
        return Answer::refused(
            StatusCode::FORBIDDEN,
            "403 Forbidden - Job is not retryable",
        );
    }
    match world.rerun(run, OPERATOR, Again::Job(index)) {
        Ok(()) => answer(world, run, index, status),
        Err(_) => Answer::refused(
            StatusCode::FORBIDDEN,
            "403 Forbidden - Job is not retryable",
        ),
    }
}

/// The newest try of a job.
fn answer(world: &World, run: u64, index: usize, status: StatusCode) -> Answer {
    let newest = world.runs.get(&run).and_then(|run| {
        let found = tries::of(run)
            .into_iter()
            .find(|one| usize::from(one.job.index) == index && !one.retried)?;
        Some(objects::job(world, run, &found.job))
    });
    newest.map_or_else(|| Answer::not_found(""), |job| Answer::new(status, &job))
}

/// `POST /projects/{id}/releases`.
fn publish(world: &mut World, call: &Call, service: ServiceIndex) -> Answer {
    let Some(name) = call.field("tag_name") else {
        let why = json!({ "error": "tag_name is missing" });
        return Answer::new(StatusCode::BAD_REQUEST, &why);
    };
    let Some(tag) = world.services[service].tag_named(name) else {
        return Answer::refused(StatusCode::UNPROCESSABLE_ENTITY, "Ref is not specified");
    };
    if world.services[service].tags[tag].has_page() {
        return Answer::refused(StatusCode::CONFLICT, "Release already exists");
    }
    let wanted = Wanted {
        title: call.field("name").unwrap_or(name).to_owned(),
        body: call.field("description").unwrap_or_default().to_owned(),
        draft: false,
        prerelease: false,
    };
    world.write_page(service, tag, wanted);
    Answer::new(StatusCode::CREATED, &read::release(world, service, tag))
}

fn approval(world: &mut World, call: &Call, service: ServiceIndex, id: &str) -> Answer {
    let found = id
        .parse()
        .ok()
        .and_then(|id: u64| world.deployments.get(&id))
        .filter(|deployment| deployment.service == service);
    let Some((run, state)) = found.and_then(|one| Some((one.run?, one.state()))) else {
        return Answer::not_found("Deployment ");
    };
    let approved = match call.field("status") {
        Some("approved") => true,
        Some("rejected") => false,
        Some(_) => {
            let why = json!({ "error": "status does not have a valid value" });
            return Answer::new(StatusCode::BAD_REQUEST, &why);
        }
        None => {
            let why = json!({ "error": "status is missing, status does not have a valid value" });
            return Answer::new(StatusCode::BAD_REQUEST, &why);
        }
    };
    if state != DeploymentState::Waiting {
        return Answer::refused(
            StatusCode::BAD_REQUEST,
            "This deployment is not waiting for approvals.",
        );
    }
    let comment = call.field("comment").unwrap_or_default().to_owned();
    let done = if approved {
        world.unblock(run, OPERATOR, &comment)
    } else {
        world.review(run, OPERATOR, false, &comment).map(|_| ())
    };
    match done {
        Ok(()) => Answer::new(
            StatusCode::CREATED,
            &json!({
                "user": objects::person(world, OPERATOR),
                "status": if approved { "approved" } else { "rejected" },
                "created_at": objects::instant(world.now()),
                "comment": comment,
            }),
        ),
        Err(Refusal::NotFound) => Answer::not_found("Deployment "),
        Err(_) => Answer::refused(
            StatusCode::BAD_REQUEST,
            "This deployment is not waiting for approvals.",
        ),
    }
}
