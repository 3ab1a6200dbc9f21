use super::*;

fn job(text: &str) -> wire::Job {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_word_of_gitlab_has_its_place_and_others_are_kept() {
    for (word, state) in [
        ("created", RunState::Queued),
        ("waiting_for_resource", RunState::Queued),
        ("preparing", RunState::Queued),
        ("waiting_for_callback", RunState::Queued),
        ("pending", RunState::Queued),
        ("scheduled", RunState::Queued),
        ("running", RunState::Running),
        ("canceling", RunState::Running),
        ("manual", RunState::Waiting),
        ("success", RunState::Done(Conclusion::Success)),
        ("failed", RunState::Done(Conclusion::Failure)),
        ("canceled", RunState::Done(Conclusion::Cancelled)),
        ("skipped", RunState::Done(Conclusion::Skipped)),
        ("levitating", RunState::Other(Text::new("levitating"))),
        ("", RunState::Other(Text::new(""))),
    ] {
        assert_eq!(run_state(word), state, "{word}");
    }
}

#[test]
fn what_is_allowed_to_fail_or_to_wait_is_no_trouble() {
    let allowed = job(r#"{"id":1,"status":"failed","allow_failure":true}"#);
    assert_eq!(job_state(&allowed), RunState::Done(Conclusion::Neutral));
    let optional = job(r#"{"id":1,"status":"manual","allow_failure":true}"#);
    assert_eq!(job_state(&optional), RunState::Done(Conclusion::Skipped));
    let wanted = job(r#"{"id":1,"status":"manual","allow_failure":false}"#);
    assert_eq!(job_state(&wanted), RunState::Waiting);
    let slow = job(r#"{"id":1,"status":"failed","failure_reason":"job_execution_timeout"}"#);
    assert_eq!(job_state(&slow), RunState::Done(Conclusion::TimedOut));
}

#[test]
fn of_retried_jobs_the_newest_counts_in_the_place_of_the_first() {
    let jobs: Vec<wire::Job> = [
        (9, "test", "unit"),
        (8, "deploy", "unit"),
        (7, "test", "unit"),
        (6, "test", "lint"),
        (5, "test", "unit"),
    ]
    .into_iter()
    .map(|(id, stage, name)| {
        job(&format!(
            r#"{{"id":{id},"stage":"{stage}","name":"{name}"}}"#
        ))
    })
    .collect();
    let (newest, tries) = newest(&jobs);
    let ids: Vec<u64> = newest.iter().map(|job| job.id).collect();
    assert_eq!(ids, [9, 6, 8]);
    assert_eq!(tries, 3);
    assert_eq!(
        super::newest(&[]).1,
        1,
        "a pipeline without jobs was tried once"
    );
}

#[test]
fn a_merge_request_is_no_branch_name() {
    assert_eq!(
        branch("refs/merge-requests/7/head"),
        Text::new("merge request 7")
    );
    assert_eq!(branch("main"), Text::new("main"));
}

#[test]
fn outside_text_is_neutralised() {
    let source = SourceId::new("gitlab");
    let service = ServiceName::new("web");
    let tags = Tags::default();
    let place = Place {
        source: &source,
        service: &service,
        project: "larkspur/web",
        tags: &tags,
    };
    let one: wire::Pipeline = serde_json::from_str(
        "{\"id\":1,\"created_at\":\"2026-11-22T14:00:00Z\",\"name\":\"a\\u001b]0;x\\u0007\\nb\",\"ref\":\"\\u202emain\"}",
    )
    .unwrap();
    let run = run(&place, &one);
    assert!(!format!("{run:?}").contains('\u{1b}'));
    assert!(!run.branch.contains('\u{202e}'));
    assert!(!run.workflow.contains('b'), "one line only");
}
