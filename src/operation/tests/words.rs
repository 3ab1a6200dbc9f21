//! Intents and the sentences about them.

use crate::{
    domain::{
        Act, Conclusion, IncidentStatus, Intent, OperationId, Origin, Page, Run, RunState,
        SourceId, Text, Timestamp, VersionPage,
    },
    operation::{
        describe, intent,
        testing::{acknowledge, checkout, incident},
    },
};

fn run(state: RunState) -> Run {
    Run {
        id: Origin::new(&SourceId::new("hub"), "larkspur/checkout/runs/8841"),
        service: "checkout".into(),
        number: 8841,
        attempt: 2,
        workflow: "release".into(),
        title: Text::default(),
        branch: "main".into(),
        commit: Text::default(),
        version: None,
        environment: None,
        event: "push".into(),
        actor: "bo".into(),
        state,
        created: Timestamp::default(),
        started: None,
        updated: Timestamp::default(),
        url: Text::default(),
    }
}

fn roll_back() -> Intent {
    intent::roll_back(
        &checkout(),
        &"production".into(),
        &"4.12.0".into(),
        &"4.11.3".into(),
        &OperationId::new("op-1"),
    )
    .unwrap()
}

#[test]
fn a_rollback_names_both_versions_and_fills_its_inputs_once() {
    let Act::RollBack {
        inputs, from, to, ..
    } = roll_back().act
    else {
        panic!("it is a rollback");
    };
    assert_eq!((from.as_str(), to.as_str()), ("4.12.0", "4.11.3"));
    let filled: Vec<(&str, &str)> = inputs
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        filled,
        [
            ("environment", "production"),
            ("note", "from 4.12.0 {"),
            ("request_id", "op-1"),
            ("service", "checkout"),
            ("version", "4.11.3"),
        ]
    );
}

#[test]
fn what_was_filled_in_is_not_filled_again() {
    let mut service = checkout();
    service.name = "{version}".into();
    let made = intent::roll_back(
        &service,
        &"production".into(),
        &"2".into(),
        &"1".into(),
        &OperationId::new("op-1"),
    );
    let Act::RollBack { inputs, .. } = made.unwrap().act else {
        panic!("it is a rollback");
    };
    assert_eq!(inputs["service"].as_str(), "{version}");
}

#[test]
fn a_rollback_that_lacks_something_names_the_key_to_set() {
    let roll = |service| {
        let (from, to) = ("2".into(), "1".into());
        let id = OperationId::new("op-1");
        intent::roll_back(&service, &"production".into(), &from, &to, &id)
    };
    let mut bare = checkout();
    bare.rollback = None;
    assert!(roll(bare).unwrap_err().hint.contains("rollback = {"));
    let mut bare = checkout();
    bare.host = None;
    assert!(roll(bare).unwrap_err().hint.contains("`host`"));
    let mut bare = checkout();
    bare.repository = None;
    assert!(roll(bare).unwrap_err().hint.contains("`repository`"));
    let mut odd = checkout();
    if let Some(crate::domain::RollbackSpec::Workflow(rollback)) = &mut odd.rollback {
        rollback.inputs.insert("x".into(), "{verison}".into());
    }
    let error = roll(odd).unwrap_err();
    assert!(error.message.contains("{verison}"), "{error}");
    let same = intent::roll_back(
        &checkout(),
        &"production".into(),
        &"2".into(),
        &"2".into(),
        &OperationId::new("op-1"),
    );
    assert!(same.unwrap_err().message.contains("already at 2"));
}

#[test]
fn what_makes_no_sense_now_is_refused_in_words() {
    let done = run(RunState::Done(Conclusion::Failure));
    let live = run(RunState::Running);
    assert!(intent::rerun(&done).is_ok() && intent::cancel(&live).is_ok());
    assert!(intent::rerun(&live).unwrap_err().message.contains("#8841"));
    assert!(intent::cancel(&done).unwrap_err().message.contains("ended"));
    let error = intent::acknowledge(&incident(IncidentStatus::Acknowledged)).unwrap_err();
    assert!(error.message.contains("by bo"), "{error}");
    let over = incident(IncidentStatus::Resolved);
    assert!(intent::acknowledge(&over).is_err() && intent::resolve(&over).is_err());
    assert!(intent::add_note(&over, &["post-mortem".into()]).is_ok());
    assert!(intent::add_note(&over, &["  ".into(), Text::default()]).is_err());
}

fn found(tag: Option<&str>, page: Option<Page>) -> VersionPage {
    VersionPage {
        service: "checkout".into(),
        version: "4.12.0".into(),
        repository: "larkspur/checkout".into(),
        tag: tag.map(Text::new),
        commit: "4f2a91c0d7b8".into(),
        page,
    }
}

#[test]
fn notes_are_published_where_a_tag_is_and_over_no_page_but_a_draft() {
    let (title, lines) = (Text::new("checkout 4.12.0"), [Text::new("- pay later")]);
    let publish = |found: &VersionPage, draft: bool| {
        intent::publish(&checkout(), found, (&title, &lines), draft)
    };
    let page = |draft: bool, title: &str| Page {
        draft,
        title: title.into(),
        lines: lines.to_vec(),
        ..Page::default()
    };
    let tag = Some("v4.12.0");
    let made = publish(&found(tag, None), false).unwrap();
    let described = describe(&made, false);
    assert!(
        described.summary.contains("checkout 4.12.0"),
        "{described:?}"
    );
    assert!(
        described
            .consequence
            .contains("v4.12.0 (4f2a91c) in larkspur/checkout")
    );
    assert!(described.consequence.ends_with("nothing is deployed."));
    // A draft is taken over, as it was seen.
    let drafted = page(true, "checkout 4.12.0");
    let over = publish(&found(tag, Some(drafted.clone())), false).unwrap();
    let Act::Publish { over, draft, .. } = over.act else {
        panic!("{over:?}");
    };
    assert_eq!((over.as_deref(), draft), (Some(&drafted), false));
    for (found, draft, says) in [
        (found(None, None), false, "has no tag of 4.12.0"),
        (found(tag, Some(drafted)), true, "says that already"),
        (
            found(tag, Some(page(false, "checkout 4.12.0"))),
            false,
            "with these notes already",
        ),
        (
            found(tag, Some(page(false, "Winter"))),
            false,
            "with other notes",
        ),
        (
            found(tag, Some(page(false, "Winter"))),
            true,
            "with other notes",
        ),
    ] {
        let error = publish(&found, draft).unwrap_err();
        assert!(error.message.contains(says), "{says}: {error}");
    }
    let empty = intent::publish(
        &checkout(),
        &found(tag, None),
        (&title, &[Text::default()]),
        false,
    );
    assert!(empty.unwrap_err().message.contains("empty"));
    let mut homeless = checkout();
    homeless.host = None;
    let error = intent::publish(&homeless, &found(tag, None), (&title, &lines), false);
    assert!(error.unwrap_err().hint.contains("`host`"));
}

#[test]
fn production_is_written_in_capitals_and_every_act_says_how_it_is_undone() {
    let described = describe(&roll_back(), true);
    assert_eq!(described.title, "Roll back checkout in PRODUCTION");
    assert!(described.consequence.contains("from 4.12.0 to 4.11.3"));
    assert_eq!(
        describe(&roll_back(), false).title,
        "Roll back checkout in production"
    );
    let all = [
        acknowledge(),
        roll_back(),
        intent::rerun(&run(RunState::Done(Conclusion::Failure))).unwrap(),
        intent::cancel(&run(RunState::Running)).unwrap(),
        intent::resolve(&incident(IncidentStatus::Triggered)).unwrap(),
        intent::add_note(
            &incident(IncidentStatus::Triggered),
            &["a".into(), "b".into()],
        )
        .unwrap(),
    ];
    for intent in all {
        let described = describe(&intent, true);
        assert!(described.summary.contains("checkout"), "{described:?}");
        assert!(!described.undo.is_empty() && described.consequence.ends_with('.'));
    }
}
