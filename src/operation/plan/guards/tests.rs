use chrono::{TimeDelta, TimeZone, Utc};

use super::*;
use crate::{
    domain::{
        Act, Commit, Comparison, Deployment, Intent, OperationRecord, Origin, PullRequest,
        SourceId, TrackRecord, Transition, WatchedFiles,
    },
    operation::plan::Told,
};

fn now() -> Timestamp {
    Utc.timestamp_opt(1_800_000_000, 0).unwrap()
}

fn texts(all: &[&str]) -> Vec<Text> {
    all.iter().map(|one| Text::new(one)).collect()
}

fn comparison(files: &[&str], titles: &[&str]) -> Comparison {
    Comparison {
        service: "search".into(),
        base: "1.87.2".into(),
        head: "1.88.0".into(),
        commits: titles
            .iter()
            .map(|title| Commit {
                sha: "abc".into(),
                title: Text::new(title),
                author: "ana".into(),
                at: now(),
            })
            .collect(),
        ahead: u32::try_from(titles.len()).unwrap(),
        behind: 0,
        files: texts(files),
        pull_requests: Vec::new(),
    }
}

/// A way back that nothing speaks against.
fn fine() -> WayBack {
    WayBack {
        service: "search".into(),
        environment: "production".into(),
        from: "1.88.0".into(),
        to: "1.87.2".into(),
        mechanism: Mechanism::Workflow {
            workflow: "rollback.yml".into(),
        },
        serving: Some("1.88.0".into()),
        record: TrackRecord {
            served: Some(6 * 86_400),
            quality: Quality::Good,
            why: "nothing happened".into(),
            ..TrackRecord::default()
        },
        files: WatchedFiles {
            migrations: texts(&["migrations/**"]),
            contract: texts(&["**/*_contract_*"]),
            configuration: texts(&["config/**"]),
        },
        changes: Told::Known(comparison(&["src/rank.rs"], &["Rank by age"])),
        branch: Some("main".into()),
        later: Told::Known(comparison(&["src/later.rs"], &["Later"])),
        published: Published::Listed,
        ..WayBack::default()
    }
}

fn verdict(way: &WayBack, name: &str) -> (Verdict, String) {
    let guards = judge(way, now());
    let guard = guards
        .iter()
        .filter(|guard| guard.name.as_str() == name)
        .max_by_key(|guard| guard.verdict)
        .unwrap_or_else(|| panic!("no guard {name}: {guards:?}"));
    (guard.verdict, guard.sentence.to_string())
}

fn changed(files: &[&str]) -> WayBack {
    WayBack {
        changes: Told::Known(comparison(files, &["Rank by age"])),
        ..fine()
    }
}

fn titled(titles: &[&str]) -> WayBack {
    WayBack {
        changes: Told::Known(comparison(&["src/rank.rs"], titles)),
        ..fine()
    }
}

fn deployment(version: &str, state: DeploymentState, hours: i64) -> Deployment {
    Deployment {
        id: Origin::new(&SourceId::new("hub"), version),
        service: "search".into(),
        environment: "production".into(),
        version: version.into(),
        commit: "abc".into(),
        digest: None,
        state,
        creator: "ana".into(),
        created: now() - TimeDelta::hours(hours),
        updated: now() - TimeDelta::hours(hours),
        run: None,
        url: Text::default(),
    }
}

#[test]
fn where_nothing_speaks_against_it_every_guard_is_content() {
    let guards = judge(&fine(), now());
    assert!(
        guards.iter().all(|guard| guard.verdict == Verdict::Ok),
        "{guards:?}"
    );
    let names: Vec<&str> = guards.iter().map(|guard| guard.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "version",
            "target",
            "in flight",
            "schema",
            "fixes",
            "configuration",
            "dependents",
            "artifact"
        ]
    );
}

#[test]
fn nothing_that_is_not_known_passes() {
    let way = WayBack {
        service: "search".into(),
        from: "1.88.0".into(),
        to: "1.87.2".into(),
        ..WayBack::default()
    };
    for guard in judge(&way, now()) {
        let empty = ["in flight", "dependents"].contains(&guard.name.as_str());
        assert_eq!(guard.verdict == Verdict::Ok, empty, "{guard:?}");
    }
    let unread = WayBack {
        changes: Told::Unreadable("502".into()),
        ..fine()
    };
    for name in ["schema", "fixes", "configuration"] {
        let (verdict, sentence) = verdict(&unread, name);
        assert_eq!(verdict, Verdict::NotKnown, "{name}");
        assert!(sentence.contains("502"), "{sentence}");
    }
}

#[test]
fn what_took_something_away_cannot_be_undone_by_going_back() {
    let (refused, sentence) = verdict(&changed(&["migrations/7_contract_drop.sql"]), "schema");
    assert_eq!(refused, Verdict::Refused);
    assert!(sentence.starts_with("fix forward"), "{sentence}");
    // The glob of the contract speaks of migrations, not of any file.
    let (passes, _) = verdict(&changed(&["src/a_contract_b.rs"]), "schema");
    assert_eq!(passes, Verdict::Ok);
    let (warns, sentence) = verdict(&changed(&["migrations/7_expand.sql"]), "schema");
    assert_eq!(warns, Verdict::Warn);
    assert!(sentence.contains("7_expand.sql"), "{sentence}");
    let only_contract = WayBack {
        files: WatchedFiles {
            migrations: Vec::new(),
            ..fine().files
        },
        ..changed(&["db/7_contract_drop.sql"])
    };
    assert_eq!(verdict(&only_contract, "schema").0, Verdict::Refused);
}

#[test]
fn a_list_of_files_that_is_not_whole_proves_no_absence() {
    let many: Vec<String> = (0..300).map(|number| format!("src/{number}.rs")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(verdict(&changed(&many), "schema").0, Verdict::NotKnown);
    assert_eq!(verdict(&changed(&[]), "schema").0, Verdict::NotKnown);
    let newer = WayBack {
        changes: Told::Known(Comparison {
            ahead: 0,
            behind: 3,
            ..comparison(&[], &[])
        }),
        ..fine()
    };
    let (warns, sentence) = verdict(&newer, "schema");
    assert_eq!(warns, Verdict::Warn);
    assert!(sentence.contains("forward"), "{sentence}");
}

#[test]
fn fixes_that_go_away_are_named_and_holes_first() {
    let way = titled(&[
        "Prefix every line",
        "fix(rank): sort stably (#7)",
        "Escape titles (CVE-2026-31337)",
        "Bugfix: empty page",
        "Hotfix the index",
        "Revert \"Rank by age\"",
    ]);
    let said: Vec<String> = judge(&way, now())
        .iter()
        .filter(|guard| guard.name.as_str() == "fixes")
        .map(|guard| guard.sentence.to_string())
        .collect();
    assert_eq!(said.len(), 2);
    assert!(said[0].contains("CVE-2026-31337"), "{said:?}");
    assert!(said[1].starts_with("it takes 4 fixes away"), "{said:?}");
    assert!(said[1].ends_with("and 1 more"), "{said:?}");
    assert!(!said[1].contains("Prefix"), "{said:?}");
}

#[test]
fn a_pull_request_speaks_where_no_commit_does() {
    let mut changes = comparison(&["src/rank.rs"], &["Rank by age (#7)"]);
    changes.pull_requests = [(7, "Fix the ranking"), (8, "Fix the sorting")]
        .map(|(number, title)| PullRequest {
            number,
            title: title.into(),
            author: "ana".into(),
            labels: Vec::new(),
            reviews: None,
            url: Text::default(),
        })
        .to_vec();
    let way = WayBack {
        changes: Told::Known(changes),
        ..fine()
    };
    let (warns, sentence) = verdict(&way, "fixes");
    assert_eq!(warns, Verdict::Warn);
    // A squashed pull request has its commit's title.
    assert_eq!(sentence, "it takes a fix away: 'Fix the sorting'");
}

#[test]
fn a_label_speaks_where_no_title_does() {
    let labelled = |label: &str| {
        let mut changes = comparison(&["src/rank.rs"], &["Tidy up (#7)"]);
        changes.pull_requests = vec![PullRequest {
            number: 7,
            title: "Tidy up".into(),
            author: "ana".into(),
            labels: texts(&["area/rank", label]),
            reviews: None,
            url: Text::default(),
        }];
        WayBack {
            changes: Told::Known(changes),
            ..fine()
        }
    };
    assert_eq!(verdict(&labelled("docs"), "fixes").0, Verdict::Ok);
    let (_, sentence) = verdict(&labelled("bug"), "fixes");
    assert_eq!(sentence, "it takes a fix away: 'Tidy up (#7)'");
    let (_, sentence) = verdict(&labelled("type: security"), "fixes");
    assert!(sentence.contains("security fix"), "{sentence}");
}

#[test]
fn commits_that_are_not_told_are_not_free_of_fixes() {
    let way = WayBack {
        changes: Told::Known(Comparison {
            ahead: 300,
            ..comparison(&["src/rank.rs"], &["Rank by age"])
        }),
        ..fine()
    };
    assert_eq!(verdict(&way, "fixes").0, Verdict::NotKnown);
}

#[test]
fn configuration_is_looked_for_with_the_code_and_after_it() {
    let (warns, sentence) = verdict(&changed(&["config/limits.toml"]), "configuration");
    assert_eq!(warns, Verdict::Warn);
    assert!(sentence.contains("with the code"), "{sentence}");
    let after = WayBack {
        later: Told::Known(comparison(&["config/limits.toml"], &["Tune"])),
        ..fine()
    };
    let (warns, sentence) = verdict(&after, "configuration");
    assert_eq!(warns, Verdict::Warn);
    assert!(sentence.contains("never ran with that"), "{sentence}");
    let blind = WayBack {
        branch: None,
        ..fine()
    };
    assert_eq!(verdict(&blind, "configuration").0, Verdict::NotKnown);
}

#[test]
fn what_is_not_at_the_version_to_leave_is_left_alone() {
    for (serving, says) in [("1.87.2", "nothing to roll back"), ("1.89.0", "not 1.88.0")] {
        let way = WayBack {
            serving: Some(serving.into()),
            ..fine()
        };
        let (refused, sentence) = verdict(&way, "version");
        assert_eq!(refused, Verdict::Refused);
        assert!(sentence.contains(says), "{sentence}");
    }
}

fn went_back(from: &str, to: &str, state: OperationState) -> WayBack {
    let act = Act::RollBack {
        from: from.into(),
        to: to.into(),
        repository: "larkspur/search".into(),
        workflow: "rollback.yml".into(),
        reference: "main".into(),
        inputs: std::collections::BTreeMap::new(),
    };
    WayBack {
        operations: vec![OperationRecord {
            id: "1".into(),
            intent: Intent {
                source: SourceId::new("hub"),
                service: Some("search".into()),
                environment: Some("production".into()),
                act,
                reason: Text::default(),
            },
            actor: "bo@bridge".into(),
            summary: Text::default(),
            request: Text::default(),
            looked: None,
            again_of: None,
            again_as: None,
            state,
            history: vec![Transition {
                at: now() - TimeDelta::minutes(5),
                state,
                detail: Text::default(),
            }],
        }],
        ..fine()
    }
}

#[test]
fn a_rollback_that_is_under_way_refuses_every_other_of_the_place() {
    for to in ["1.87.2", "1.86.0"] {
        let under_way = went_back("1.88.0", to, OperationState::Accepted);
        assert_eq!(verdict(&under_way, "once").0, Verdict::Refused, "{to}");
    }
    let unknown = went_back("1.88.0", "1.87.2", OperationState::Unknown);
    assert!(verdict(&unknown, "once").1.contains("look first"));
    let same = went_back("1.88.0", "1.87.2", OperationState::Observed);
    assert!(verdict(&same, "once").1.contains("did the same"));
    // A rollback of a rollback brings back what somebody left.
    let again = went_back("1.87.2", "1.88.0", OperationState::Observed);
    assert!(verdict(&again, "once").1.contains("brings it again"));
}

#[test]
fn a_deployment_under_way_is_waited_for_unless_it_is_stuck() {
    let with = |version: &str, state, hours| WayBack {
        moving: vec![deployment(version, state, hours)],
        ..fine()
    };
    let other = with("1.89.0", DeploymentState::InProgress, 0);
    assert_eq!(verdict(&other, "in flight").0, Verdict::Refused);
    let stuck = with("1.89.0", DeploymentState::InProgress, 7);
    assert_eq!(verdict(&stuck, "in flight").0, Verdict::Warn);
    let waiting = with("1.89.0", DeploymentState::Waiting, 0);
    assert_eq!(verdict(&waiting, "in flight").0, Verdict::Warn);
    // The canary that goes back is at work itself.
    let canary = with("1.88.0", DeploymentState::InProgress, 0);
    assert_eq!(verdict(&canary, "in flight").0, Verdict::Warn);
}

#[test]
fn dependents_that_came_later_go_back_first_or_are_said() {
    let dependent = |later, goes| WayBack {
        dependents: vec![Dependent {
            service: "web".into(),
            version: "12.4.0".into(),
            later,
            goes,
        }],
        ..fine()
    };
    for (later, goes, expected) in [
        (false, Goes::Stays, Verdict::Ok),
        (false, Goes::Cannot, Verdict::Ok),
        (true, Goes::Before, Verdict::Ok),
        (true, Goes::Stays, Verdict::Warn),
        (true, Goes::Cannot, Verdict::Refused),
    ] {
        let (said, sentence) = verdict(&dependent(later, goes), "dependents");
        assert_eq!(said, expected, "{sentence}");
    }
}

#[test]
fn a_rerun_has_traps_and_an_age() {
    let way = |days: Option<i64>| WayBack {
        mechanism: Mechanism::Rerun {
            run: Origin::new(&SourceId::new("hub"), "runs/7"),
            number: 7,
            attempt: 1,
        },
        run_made: days.map(|days| now() - TimeDelta::days(days)),
        ..fine()
    };
    assert_eq!(verdict(&way(None), "mechanism").0, Verdict::NotKnown);
    assert_eq!(verdict(&way(Some(3)), "mechanism").0, Verdict::Warn);
    assert_eq!(verdict(&way(Some(30)), "mechanism").0, Verdict::Refused);
    let missing = WayBack {
        mechanism: Mechanism::Missing {
            why: "nobody said how".into(),
        },
        ..fine()
    };
    assert_eq!(
        verdict(&missing, "mechanism"),
        (Verdict::Refused, "nobody said how".to_owned())
    );
}

#[test]
fn a_system_that_deploys_by_itself_is_said_only_where_there_is_one() {
    let way = WayBack {
        gitops: Some("argo".into()),
        freezes: vec!["EU evening".into()],
        ..fine()
    };
    assert_eq!(verdict(&way, "gitops").0, Verdict::NotKnown);
    let (allowed, sentence) = verdict(&way, "freeze");
    assert_eq!(allowed, Verdict::Ok);
    assert!(sentence.contains("EU evening"), "{sentence}");
    let gone = WayBack {
        published: Published::Gone,
        ..fine()
    };
    assert_eq!(verdict(&gone, "artifact").0, Verdict::Warn);
}

#[test]
fn spans_are_told_in_one_unit() {
    assert_eq!(span(-3), "0 s");
    assert_eq!(span(90), "90 s");
    assert_eq!(span(900), "15 min");
    assert_eq!(span(7_200), "2 h");
    assert_eq!(span(6 * 86_400 + 5), "6 d");
}
