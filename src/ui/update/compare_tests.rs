//! What changed since the last good run, and who may have broken it.

use super::{
    runs_tests::{FAILED, OK, company, of, select, tell},
    *,
};
use crate::{
    domain::{
        Body, Commit, CommitFiles, Comparison, Deployment, DeploymentState, JobLog, LogState, Run,
    },
    ui::{
        app::Named,
        testing::{Driver, origin, start},
    },
};

fn commit(sha: &str, author: &str, title: &str) -> Commit {
    Commit {
        sha: sha.into(),
        title: title.into(),
        author: author.into(),
        at: start(),
    }
}

/// Opens the comparison of the failed run of checkout.
pub(crate) fn compare(driver: &mut Driver) -> Vec<Effect> {
    select(driver, &Item::Run(origin("c30")));
    driver.keys(&["c"])
}

/// The commits between the two sides arrive, and the log of the failed job.
pub(crate) fn compared(driver: &mut Driver, files: &[&str]) -> Vec<Effect> {
    let Some(Overlay::Compare(view)) = driver.app.overlays.last() else {
        panic!("no comparison is open");
    };
    let comparison = Comparison {
        service: view.service.clone(),
        base: view.base.clone(),
        head: view.head.clone(),
        commits: vec![
            commit("aaaaaaaa11", "mira", "Round totals"),
            commit("bbbbbbbb22", "deniz", "Deliver each message once"),
            commit("cccccccc33", "mira", "Bump the TLS library"),
        ],
        ahead: 3,
        behind: 0,
        files: files.iter().copied().map(Text::new).collect(),
        pull_requests: Vec::new(),
    };
    let lines = [
        "running 48 tests",
        "thread 'delivery::once' panicked at tests/delivery.rs:88:5:",
        "assertion `left == right` failed: the message is delivered once",
        "test result: FAILED. 47 passed; 1 failed; 0 ignored",
    ];
    driver.log = lines.join("\n").into_bytes();
    let log = JobLog {
        job: origin("c30/2"),
        state: LogState::Stored {
            edition: 1,
            bytes: driver.log.len() as u64,
            complete: true,
        },
    };
    let owners = Body::CodeOwners {
        service: "checkout".into(),
        lines: ["* @acme/checkout", "/migrations/ @acme/databases"]
            .map(Text::new)
            .to_vec(),
    };
    let mut effects = tell(
        driver,
        vec![Body::Comparison(comparison), Body::Log(log), owners],
    );
    effects.extend(driver.later(1));
    effects
}

/// The files of the commits arrive.
pub(crate) fn touched(driver: &mut Driver) {
    let of = |sha: &str, files: &[&str]| {
        Body::CommitFiles(CommitFiles {
            service: "checkout".into(),
            sha: sha.into(),
            files: files.iter().copied().map(Text::new).collect(),
        })
    };
    let bodies = vec![
        of("aaaaaaaa11", &["src/money.rs", "src/delivery.rs"]),
        of("bbbbbbbb22", &["tests/delivery.rs", "src/queue.rs"]),
        of("cccccccc33", &["Cargo.lock", "migrations/7_expand.sql"]),
    ];
    let _ = tell(driver, bodies);
}

pub(crate) const FILES: [&str; 6] = [
    "src/money.rs",
    "src/delivery.rs",
    "tests/delivery.rs",
    "src/queue.rs",
    "Cargo.lock",
    "migrations/7_expand.sql",
];

fn asked(effects: &[Effect]) -> Vec<String> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Fetch { query, .. } => Some(match query {
                Query::Compare { .. } => "compare".to_owned(),
                Query::Log(job) => format!("log {}", job.key),
                Query::Jobs(run) => format!("jobs {}", run.key),
                Query::CodeOwners(service) => format!("owners of {service}"),
                Query::CommitFiles { commits, .. } => format!("files of {}", commits.len()),
                other => format!("{other:?}"),
            }),
            _ => None,
        })
        .collect()
}

#[test]
fn a_failed_run_is_compared_with_the_last_good_one_and_suspects_are_named() {
    let mut driver = company(120, 40);
    assert_eq!(
        asked(&compare(&mut driver)),
        ["compare", "owners of checkout", "log c30/2"]
    );
    let Some(Overlay::Compare(view)) = driver.app.overlays.last() else {
        panic!("no comparison is open");
    };
    assert!(
        view.good.contains("last good run is #22 on main"),
        "{}",
        view.good
    );
    assert_eq!(asked(&compared(&mut driver, &FILES)), ["files of 3"]);
    touched(&mut driver);
    let Some(Overlay::Compare(view)) = driver.app.overlays.last() else {
        panic!("no comparison is open");
    };
    let suspects: Vec<&str> = view
        .evidence
        .as_ref()
        .unwrap()
        .suspects
        .iter()
        .map(|suspect| suspect.sha.as_str())
        .collect();
    assert_eq!(suspects, ["bbbbbbbb22", "aaaaaaaa11"]);
}

#[test]
fn no_commit_is_looked_at_when_nothing_that_changed_overlaps() {
    let mut driver = company(120, 40);
    compare(&mut driver);
    assert_eq!(asked(&compared(&mut driver, &["docs/a.md"])), [""; 0]);
    let Some(Overlay::Compare(view)) = driver.app.overlays.last() else {
        panic!("no comparison is open");
    };
    let evidence = view.evidence.as_ref().unwrap();
    assert!(matches!(&evidence.named, Named::These(named) if !named.is_empty()));
    assert!(evidence.suspects.is_empty());
}

#[test]
fn the_last_good_run_is_one_of_the_branch_else_of_the_default_branch() {
    let mut driver = company(120, 40);
    let of_branch = |key: &str, number, branch: &str, state| {
        Body::Run(Run {
            workflow: "ci".into(),
            branch: branch.into(),
            ..of("checkout", key, number, state)
        })
    };
    let _ = tell(
        &mut driver,
        vec![
            of_branch("b24", 24, "fix/other", OK),
            of_branch("b41", 41, "fix/totals", FAILED),
        ],
    );
    let good = |driver: &mut Driver| {
        driver.keys(&["esc"]);
        select(driver, &Item::Run(origin("b41")));
        driver.keys(&["c"]);
        let Some(Overlay::Compare(view)) = driver.app.overlays.last() else {
            panic!("no comparison is open");
        };
        view.good.clone()
    };
    let said = good(&mut driver);
    assert!(said.contains("#22 on main"), "{said}");
    assert!(said.contains("none is known on fix/totals"), "{said}");
    let _ = tell(&mut driver, vec![of_branch("b25", 25, "fix/totals", OK)]);
    let said = good(&mut driver);
    assert!(said.contains("#25 on fix/totals"), "{said}");
}

#[test]
fn a_run_that_failed_with_a_deployment_is_compared_with_what_served_there() {
    let mut driver = company(120, 40);
    let deployment = |key: &str, minutes: i64, state, commit: &str| Deployment {
        id: origin(key),
        service: "checkout".into(),
        environment: "staging".into(),
        version: crate::domain::Version::new(key.trim_start_matches("to-")),
        commit: commit.into(),
        digest: None,
        state,
        creator: "ana".into(),
        created: start() - chrono::TimeDelta::minutes(minutes),
        updated: start() - chrono::TimeDelta::minutes(minutes),
        run: (minutes == 20).then(|| origin("c30")),
        url: Text::default(),
    };
    let _ = tell(
        &mut driver,
        vec![
            Body::Deployment(deployment(
                "to-4.11.3",
                90,
                DeploymentState::Success,
                "aa11",
            )),
            Body::Deployment(deployment(
                "to-4.12.0",
                20,
                DeploymentState::Failure,
                "bb22",
            )),
            // What came later is not what served before.
            Body::Deployment(deployment("to-4.12.1", 5, DeploymentState::Success, "cc33")),
        ],
    );
    let effects = compare(&mut driver);
    let Some(Overlay::Compare(view)) = driver.app.overlays.last() else {
        panic!("no comparison is open");
    };
    assert_eq!((view.base.as_str(), view.head.as_str()), ("aa11", "bb22"));
    assert!(
        view.good.starts_with("4.11.3 served staging before, until"),
        "{}",
        view.good
    );
    assert_eq!(view.evidence.as_ref().unwrap().run, origin("c30"));
    assert!(asked(&effects).contains(&"log c30/2".to_owned()));
}

#[test]
fn why_a_log_cannot_be_read_is_told_instead_of_suspects() {
    let mut driver = company(120, 40);
    compare(&mut driver);
    let query = Query::Log(origin("c30/2"));
    let _ = driver.send(Event::FetchFailed {
        query,
        why: "410 Gone".into(),
        at: driver.now,
    });
    let Some(Overlay::Compare(view)) = driver.app.overlays.last() else {
        panic!("no comparison is open");
    };
    let evidence = view.evidence.as_ref().unwrap();
    assert_eq!(evidence.named, Named::NoLog("410 Gone".into()));
}
