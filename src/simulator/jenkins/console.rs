//! What the log of a build says: one text for all stages, with Jenkins' own
//! marks of the pipeline, without times, and growing while the build works. In
//! what Jenkins keeps there are notes that it hides from readers of plain text.

use crate::simulator::world::{
    World,
    run::{Conclusion, Job, Review, Run, Status, Trigger, Workflow},
};

use super::{objects, stages};

/// What a hidden note begins and ends with.
const NOTE: [&str; 2] = ["\u{1b}[8mha:////", "\u{1b}[0m"];

/// The log as Jenkins keeps it.
pub fn kept(world: &World, run: &Run) -> String {
    let mut log = Log(String::new());
    let by = &world.people[run.latest.actor];
    match (run.trigger, run.workflow) {
        (Trigger::Again(number), _) => {
            log.line(&format!("Started by user {}", person(by.name)));
            log.line(&format!("Replayed #{number}"));
        }
        (_, Workflow::Ci) => log.line(&format!("Push event to branch {}", run.branch)),
        _ => log.line(&format!("Started by user {}", person(by.name))),
    }
    log.mark("Start of Pipeline");
    log.mark("node");
    let name = &world.services[run.service].name;
    log.line(&format!(
        "Running on agent-{} in /home/jenkins/workspace/larkspur_{name}",
        run.id % 40
    ));
    log.mark("{");
    for job in run.jobs(&run.latest) {
        stage(world, run, &job, &mut log);
    }
    if run.latest.status == Status::Completed {
        log.mark("}");
        log.mark("// node");
        log.mark("End of Pipeline");
        match run.latest.conclusion {
            Some(Conclusion::Failure) => log.line("ERROR: script returned exit code 1"),
            Some(Conclusion::Cancelled) => {
                let answer = run.reviews.last().filter(|review| !review.approved);
                let said = answer.map_or_else(
                    || format!("Aborted by {}", world.people[0].name),
                    |review| format!("Rejected by {}", world.people[review.person].name),
                );
                log.line(&said);
            }
            _ => {}
        }
        let result = objects::result(run).unwrap_or("SUCCESS");
        log.line(&format!("Finished: {result}"));
    }
    log.0
}

/// What readers of plain text get of it from an offset on.
pub fn shown(kept: &str, start: usize) -> String {
    let mut rest = kept.get(start..).unwrap_or_default();
    let mut shown = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once(NOTE[0]) {
        shown.push_str(before);
        rest = after.split_once(NOTE[1]).map_or("", |(_, after)| after);
    }
    shown.push_str(rest);
    shown
}

struct Log(String);

impl Log {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn mark(&mut self, what: &str) {
        self.line(&format!(
            "{}AAAAfx+LCAAAAAAAAP9b85aBtbiIQT==={}[Pipeline] {what}",
            NOTE[0], NOTE[1]
        ));
    }
}

/// A name as Jenkins links it to the account.
fn person(name: &str) -> String {
    format!("{}AAAAmB+LCAAAAAAAAP9b85aBtbi==={}{name}", NOTE[0], NOTE[1])
}

fn stage(world: &World, run: &Run, job: &Job, log: &mut Log) {
    let mark = job.mark;
    let skipped = mark.conclusion == Some(Conclusion::Skipped);
    if mark.status == Status::Queued || skipped {
        return;
    }
    log.mark("stage");
    log.mark(&format!("{{ ({})", job.plan.name));
    let reviews: Vec<&Review> = run
        .reviews
        .iter()
        .filter(|review| Some(review.environment) == job.plan.environment)
        .collect();
    if mark.status == Status::Waiting || !reviews.is_empty() {
        log.mark("input");
        if stages::asked(world, run)
            .as_array()
            .is_some_and(Vec::is_empty)
        {
            let name = &world.services[run.service].name;
            log.line(&format!("Deploy {name} {} to production?", run.branch));
            log.line("Deploy or Abort");
        } else {
            log.line("Input requested");
        }
        for review in reviews.iter().filter(|review| review.approved) {
            log.line(&format!(
                "Approved by {}",
                person(world.people[review.person].name)
            ));
        }
        if mark.status == Status::Waiting {
            return;
        }
    }
    let lines = lines(world, run, job);
    let begun = mark.started_at.unwrap_or(run.created_at);
    let written = if mark.status == Status::Completed {
        lines.len()
    } else {
        let length = f64::from(job.plan.seconds).max(1.0) / world.clock.speed();
        let passed = (world.now() - begun).num_milliseconds() as f64 / 1000.0;
        let share = (passed / length).clamp(0.0, 1.0);
        ((share * lines.len() as f64) as usize + 1).min(lines.len().saturating_sub(1))
    };
    for line in &lines[..written] {
        if let Some(what) = line.strip_prefix("[Pipeline] ") {
            log.mark(what);
        } else {
            log.line(line);
        }
    }
    if mark.status == Status::Completed {
        log.mark("}");
        log.mark("// stage");
    }
}

fn lines(world: &World, run: &Run, job: &Job) -> Vec<String> {
    let failed = (job.mark.conclusion == Some(Conclusion::Failure)).then(|| job.failed_step());
    let mut lines = Vec::new();
    for (name, number) in job.plan.steps.iter().zip(1..) {
        lines.push("[Pipeline] sh".to_owned());
        if failed == Some(number) {
            lines.extend(failure(world, run, job));
            return lines;
        }
        let script = name.to_lowercase().replace(' ', "-");
        lines.push(format!("+ ./ci/{script}.sh"));
        lines.extend((1..=6).map(|part| format!("{name}: {part} of 6 done")));
    }
    lines
}

/// What tools say when they fail: a chart that refers to a secret that is not
/// there, or a test.
fn failure(world: &World, run: &Run, job: &Job) -> Vec<String> {
    let name = &world.services[run.service].name;
    if let Some(environment) = job.plan.environment {
        let place = world.services[run.service].environments[environment].name;
        let version = run.branch.trim_start_matches('v');
        return [
            format!("+ helm upgrade --install {name} ./chart --namespace {place} --set image.tag={version} --wait --timeout 2m"),
            "history.go:56: [debug] getting history for release".to_owned(),
            format!("upgrade.go:164: [debug] preparing upgrade for {name}"),
            format!("+ kubectl --namespace {place} rollout status deployment/{name} --timeout=60s"),
            format!("Error from server (NotFound): secrets \"{name}-ledger\" not found"),
            format!("Error: UPGRADE FAILED: {name}: secret \"{name}-ledger\" not found"),
            format!("chart/templates/deployment.yaml:31: asks for the secret \"{name}-ledger\""),
        ]
        .into_iter()
        .collect();
    }
    [
        "+ ./ci/run-tests.sh",
        "Running 48 tests using 4 workers",
        "  47 passed",
        "thread 'points::are_counted_once' panicked at tests/points.rs:41:5:",
        "assertion `left == right` failed: points are counted once",
        "  left: 20",
        " right: 10",
        "test result: FAILED. 47 passed; 1 failed; 0 ignored",
    ]
    .iter()
    .map(|line| (*line).to_owned())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_hidden_and_counted() {
        let mut log = Log(String::new());
        log.line("one");
        log.mark("sh");
        log.line(&format!("Approved by {}", person("Ana")));
        assert_eq!(shown(&log.0, 0), "one\n[Pipeline] sh\nApproved by Ana\n");
        assert_eq!(shown(&log.0, 4), "[Pipeline] sh\nApproved by Ana\n");
        assert!(log.0.len() > shown(&log.0, 0).len());
    }
}
