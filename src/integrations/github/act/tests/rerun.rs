//! The second way back: the run that deployed the old version runs again.

use super::{SERVES_411, SERVES_412, SUCCESS, TAGS, observe, precheck, run_again};
use crate::integrations::contract::{Observation, Precheck};

/// What GitHub answers about the old run, and about what serves.
fn old_run(
    run: &'static str,
    deployments: &'static str,
) -> &'static [(&'static str, &'static str)] {
    Box::leak(Box::new([
        ("/runs/8841", run),
        ("/tags", TAGS),
        ("/deployments", deployments),
        ("/statuses", SUCCESS),
    ]))
}

#[tokio::test]
async fn an_old_run_runs_again_only_as_it_was_seen_and_not_for_ever() {
    // Answers carry the time of now; the run was made just before it.
    let made = chrono::Utc::now() - chrono::TimeDelta::days(29);
    let of = |status: &str, attempt: u32, sha: &str, made: chrono::DateTime<chrono::Utc>| {
        let text = format!(
            r#"{{"id":8841,"run_number":88,"run_attempt":{attempt},"name":"release",
                "status":"{status}","conclusion":"success","head_sha":"{sha}",
                "created_at":"{}","updated_at":"{}","html_url":"x"}}"#,
            made.to_rfc3339(),
            made.to_rfc3339()
        );
        &*Box::leak(text.into_boxed_str())
    };
    let check = async |run: &'static str, deployments: &'static str| {
        precheck(old_run(run, deployments), run_again()).await
    };
    let fine = of("completed", 1, "abc", made);
    assert_eq!(check(fine, SERVES_412).await, Precheck::Ready);
    for (run, deployments, says) in [
        (of("completed", 2, "abc", made), SERVES_412, "attempt 2"),
        (of("in_progress", 1, "abc", made), SERVES_412, "at work"),
        (of("completed", 1, "def", made), SERVES_412, "not of abc"),
        (
            of("completed", 1, "abc", made - chrono::TimeDelta::days(2)),
            SERVES_412,
            "older than 30 days",
        ),
        (fine, SERVES_411, "serves 4.11.3 by now"),
    ] {
        let Precheck::Moved(why) = check(run, deployments).await else {
            panic!("{says}: it was ready");
        };
        assert!(why.contains(says), "{why}");
    }
}

#[tokio::test]
async fn a_run_that_ran_again_is_seen_only_with_its_deployment() {
    let look = async |run: &'static str, deployments: &'static str| {
        observe(old_run(run, deployments), run_again(), "8841").await
    };
    // The attempt that was seen proves nothing, however well it went.
    let before = look(run_json!("completed", "\"success\"", "1"), SERVES_411).await;
    assert!(matches!(before, Observation::Pending(_)), "{before:?}");
    let waiting = look(run_json!("waiting", "null", "2"), SERVES_412).await;
    assert!(
        matches!(&waiting, Observation::Pending(what) if what.contains("approvals anew")),
        "{waiting:?}"
    );
    let half = look(run_json!("completed", "\"success\"", "2"), SERVES_412).await;
    assert!(matches!(half, Observation::Pending(_)), "{half:?}");
    let whole = look(run_json!("completed", "\"success\"", "2"), SERVES_411).await;
    assert!(matches!(whole, Observation::Done(_)), "{whole:?}");
    let failed = look(run_json!("completed", "\"failure\"", "2"), SERVES_412).await;
    assert!(matches!(failed, Observation::Refuted(_)), "{failed:?}");
}
