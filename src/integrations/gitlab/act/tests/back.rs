//! Going back by the job of the old deployment.

use super::{DEPLOYMENTS, OLD, back, observe, precheck, says};
use crate::integrations::contract::{Observation, Precheck};

const JOB: &str = r#"{"id":310,"name":"deploy","status":"success"}"#;
const MOVED_ON: &str = r#"[
  {"id":33,"status":"success","ref":"v4.12.1","sha":"c121","created_at":"2026-11-22T13:30:00Z",
   "environment":{"id":4,"name":"production"},"deployable":{"id":330,"status":"success","pipeline":{"id":21}}},
  {"id":31,"status":"success","ref":"v4.11.3","sha":"c11","created_at":"2026-11-22T12:00:00Z",
   "environment":{"id":4,"name":"production"},"deployable":{"id":310,"status":"success","pipeline":{"id":19}}}]"#;
const AGAIN: &str = r#"[
  {"id":35,"status":"running","ref":"v4.11.3","sha":"c11","created_at":"2026-11-22T14:00:30Z",
   "environment":{"id":4,"name":"production"},"deployable":{"id":350,"status":"running","pipeline":{"id":19}}},
  {"id":32,"status":"success","ref":"v4.12.0","sha":"c12","created_at":"2026-11-22T13:00:00Z",
   "environment":{"id":4,"name":"production"},"deployable":{"id":320,"status":"success","pipeline":{"id":20}}}]"#;

#[tokio::test]
async fn a_rollback_runs_the_job_of_the_old_deployment_and_needs_what_was_seen() {
    let ready = precheck(
        &[
            ("deployments/31", OLD),
            ("jobs/310", JOB),
            ("deployments", DEPLOYMENTS),
        ],
        back(),
    )
    .await;
    assert_eq!(ready, Precheck::Ready);
    let moved = precheck(
        &[
            ("deployments/31", OLD),
            ("jobs/310", JOB),
            ("deployments", MOVED_ON),
        ],
        back(),
    )
    .await;
    assert!(
        says(&moved, "serves 4.12.1 by now, not 4.12.0"),
        "{moved:?}"
    );
    let again = precheck(
        &[
            ("deployments/31", OLD),
            ("jobs/310", JOB),
            ("deployments", AGAIN),
        ],
        back(),
    )
    .await;
    assert!(says(&again, "deployed again since"), "{again:?}");
    let archived = precheck(
        &[
            ("deployments/31", OLD),
            (
                "jobs/310",
                r#"{"id":310,"name":"deploy","status":"success","archived":true}"#,
            ),
            ("deployments", DEPLOYMENTS),
        ],
        back(),
    )
    .await;
    assert!(says(&archived, "archived"), "{archived:?}");
}

#[tokio::test]
async fn a_rollback_is_seen_only_with_a_new_deployment_that_arrived() {
    const PIPELINE: &str = r#"{"id":19,"status":"running","created_at":"2026-11-22T12:00:00Z"}"#;
    const ARRIVED: &str = r#"[{"id":35,"status":"success","ref":"v4.11.3","sha":"c11","created_at":"2026-11-22T14:00:30Z",
       "environment":{"id":4,"name":"production"},"deployable":{"id":350,"status":"success","pipeline":{"id":19}}}]"#;
    const BLOCKED: &str = r#"[{"id":35,"status":"blocked","ref":"v4.11.3","sha":"c11","created_at":"2026-11-22T14:00:30Z",
       "environment":{"id":4,"name":"production"},"deployable":{"id":350,"status":"manual","pipeline":{"id":19}}}]"#;
    const FAILED: &str = r#"[{"id":35,"status":"failed","ref":"v4.11.3","sha":"c11","created_at":"2026-11-22T14:00:30Z",
       "environment":{"id":4,"name":"production"},"deployable":{"id":350,"status":"failed","pipeline":{"id":19}}}]"#;
    let arrived = observe(
        &[("deployments", ARRIVED), ("pipelines/19", PIPELINE)],
        back(),
        "350",
    )
    .await;
    assert!(matches!(arrived, Observation::Done(_)), "{arrived:?}");
    let waits = observe(
        &[("deployments", BLOCKED), ("pipelines/19", PIPELINE)],
        back(),
        "350",
    )
    .await;
    assert!(
        matches!(&waits, Observation::Pending(what) if what.contains("waits for a yes")),
        "{waits:?}"
    );
    let failed = observe(
        &[("deployments", FAILED), ("pipelines/19", PIPELINE)],
        back(),
        "350",
    )
    .await;
    assert!(matches!(failed, Observation::Refuted(_)), "{failed:?}");
    // The deployment of then is no proof of now, whatever the job says.
    let old = observe(
        &[
            ("deployments", DEPLOYMENTS),
            ("pipelines/19", PIPELINE),
            (
                "jobs/350",
                r#"{"id":350,"name":"deploy","status":"success"}"#,
            ),
        ],
        back(),
        "350",
    )
    .await;
    assert!(matches!(old, Observation::Pending(_)), "{old:?}");
    // The answer was lost: the deployment is found without it.
    let lost = observe(
        &[("deployments", ARRIVED), ("pipelines/19", PIPELINE)],
        back(),
        "",
    )
    .await;
    assert!(matches!(lost, Observation::Done(_)), "{lost:?}");
}
