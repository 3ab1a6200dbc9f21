use std::sync::Arc;

use proptest::prelude::*;

use super::*;

fn state(schedule: &Schedule, when: &str) -> State {
    schedule.answer(&target(), at(when)).state
}

fn next(schedule: &Schedule, when: &str) -> Option<String> {
    schedule
        .next_transition(&target(), at(when))
        .map(|(at, _)| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[test]
fn without_windows_it_is_open_and_stays_so() {
    let none = schedule(Vec::new());
    assert_eq!(state(&none, "2026-11-25T00:00:00Z"), State::Open);
    assert_eq!(next(&none, "2026-11-25T00:00:00Z"), None);
}

#[test]
fn a_freeze_holds_its_first_instant_and_not_its_last() {
    let freeze = schedule(vec![deny(once(
        "2026-12-20T18:00:00Z",
        "2027-01-04T08:00:00Z",
    ))]);
    assert_eq!(state(&freeze, "2026-12-20T17:59:59Z"), State::Open);
    assert_eq!(state(&freeze, "2026-12-20T18:00:00Z"), State::Frozen);
    assert_eq!(state(&freeze, "2027-01-04T07:59:59Z"), State::Frozen);
    assert_eq!(state(&freeze, "2027-01-04T08:00:00Z"), State::Open);
    assert_eq!(
        next(&freeze, "2026-12-20T17:59:59Z").unwrap(),
        "2026-12-20T18:00:00Z"
    );
    assert_eq!(
        next(&freeze, "2026-12-20T18:00:00Z").unwrap(),
        "2027-01-04T08:00:00Z"
    );
    assert_eq!(next(&freeze, "2027-01-04T08:00:00Z"), None);
}

#[test]
fn a_freeze_beats_an_allowance_and_outside_of_all_allowances_it_is_shut() {
    let both = schedule(vec![
        allow(once("2026-12-01T08:00:00Z", "2026-12-01T16:00:00Z")),
        deny(once("2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z")),
    ]);
    for (when, wanted) in [
        ("2026-12-01T07:00:00Z", State::Frozen),
        ("2026-12-01T08:00:00Z", State::Open),
        ("2026-12-01T10:30:00Z", State::Frozen),
        ("2026-12-01T11:00:00Z", State::Open),
        ("2026-12-01T16:00:00Z", State::Frozen),
        ("2030-01-01T00:00:00Z", State::Frozen),
    ] {
        assert_eq!(state(&both, when), wanted, "{when}");
    }
    let answer = both.answer(&target(), at("2026-12-01T07:00:00Z"));
    assert_eq!(answer.because[0].window.effect, Effect::Allow);
    assert_eq!(
        answer.because[0].span,
        Some(span("2026-12-01T08:00:00Z", "2026-12-01T16:00:00Z"))
    );
    assert_eq!(next(&both, "2026-12-01T16:00:00Z"), None);
}

#[test]
fn seams_are_no_transitions() {
    let seams = schedule(vec![
        deny(once("2026-12-01T08:00:00Z", "2026-12-01T10:00:00Z")),
        deny(once("2026-12-01T10:00:00Z", "2026-12-01T12:00:00Z")),
        deny(once("2026-12-01T11:00:00Z", "2026-12-01T13:00:00Z")),
    ]);
    assert_eq!(
        next(&seams, "2026-12-01T08:30:00Z").unwrap(),
        "2026-12-01T13:00:00Z"
    );
    let daily = schedule(vec![deny(When::Cron(pair(
        "0 0 * * *",
        "0 0 * * 1",
        "Europe/Berlin",
    )))]);
    assert_eq!(next(&daily, "2026-12-01T08:30:00Z"), None);
    let whole_days = repeated(
        "DTSTART;TZID=Europe/Berlin:20260101T000000\nRRULE:FREQ=DAILY",
        "25h",
    );
    assert_eq!(
        next(
            &schedule(vec![deny(When::Repeated(whole_days))]),
            "2026-03-01T08:30:00Z"
        ),
        None
    );
}

#[test]
fn a_transition_is_found_more_than_five_years_ahead() {
    let far = schedule(vec![deny(once(
        "2032-06-01T00:00:00Z",
        "2032-06-02T00:00:00Z",
    ))]);
    assert_eq!(
        next(&far, "2026-11-25T00:00:00Z").unwrap(),
        "2032-06-01T00:00:00Z"
    );
    let leap = schedule(vec![deny(When::Cron(pair(
        "0 0 29 2 *",
        "0 0 1 3 *",
        "UTC",
    )))]);
    assert_eq!(
        next(&leap, "2028-03-01T00:00:00Z").unwrap(),
        "2032-02-29T00:00:00Z"
    );
    let always = schedule(vec![deny(When::Cron(pair(
        "0 0 * * *",
        "0 0 * * *",
        "UTC",
    )))]);
    assert_eq!(state(&always, "2026-11-25T00:00:00Z"), State::Frozen);
    assert_eq!(next(&always, "2026-11-25T00:00:00Z"), None);
}

fn scoped(mut window: Window, selectors: Selectors<'_, &str>) -> Window {
    window.scope = Arc::new(Scope::new(&selectors).unwrap());
    window
}

#[test]
fn selectors_choose_by_glob_and_an_allowance_binds_only_whom_it_selects() {
    let narrow = scoped(
        allow(once("2026-12-01T08:00:00Z", "2026-12-01T16:00:00Z")),
        Selectors {
            services: &["pay*", "checkout"],
            environments: &["prod*"],
            ..Selectors::default()
        },
    );
    let all = schedule(vec![narrow]);
    let ask = |service, environment| {
        let target = Target {
            service,
            environment: Some(environment),
            ..Target::default()
        };
        all.answer(&target, at("2026-12-01T20:00:00Z")).state
    };
    assert_eq!(ask("payments", "production"), State::Frozen);
    assert_eq!(ask("checkout", "prod"), State::Frozen);
    assert_eq!(ask("search", "production"), State::Open);
    assert_eq!(ask("payments", "staging"), State::Open);
    assert!(
        Scope::new(&Selectors {
            services: &["a["],
            ..Selectors::default()
        })
        .is_err()
    );
}

#[test]
fn what_was_not_said_is_taken_the_careful_way() {
    let team = |name| Target {
        team: name,
        ..target()
    };
    let freeze = schedule(vec![scoped(
        deny(once("2026-12-01T08:00:00Z", "2026-12-01T16:00:00Z")),
        Selectors {
            teams: &["payments"],
            ..Selectors::default()
        },
    )]);
    let ask = |schedule: &Schedule, name, when: &str| schedule.answer(&team(name), at(when)).state;
    assert_eq!(
        ask(&freeze, Some("payments"), "2026-12-01T09:00:00Z"),
        State::Frozen
    );
    assert_eq!(
        ask(&freeze, Some("search"), "2026-12-01T09:00:00Z"),
        State::Open
    );
    assert_eq!(ask(&freeze, None, "2026-12-01T09:00:00Z"), State::Frozen);
    assert!(
        freeze
            .answer(&team(None), at("2026-12-01T09:00:00Z"))
            .because[0]
            .perhaps
    );
    // Two teams, each with its hours: unsaid, it is open in neither's alone.
    let hours = |name, start, end| {
        scoped(
            allow(once(start, end)),
            Selectors {
                teams: &[name],
                ..Selectors::default()
            },
        )
    };
    let two = schedule(vec![
        hours("payments", "2026-12-01T08:00:00Z", "2026-12-01T12:00:00Z"),
        hours("search", "2026-12-01T10:00:00Z", "2026-12-01T14:00:00Z"),
    ]);
    assert_eq!(ask(&two, None, "2026-12-01T09:00:00Z"), State::Frozen);
    assert_eq!(ask(&two, None, "2026-12-01T11:00:00Z"), State::Open);
    assert_eq!(
        ask(&two, Some("payments"), "2026-12-01T09:00:00Z"),
        State::Open
    );
    assert_eq!(
        ask(&two, Some("other"), "2026-12-01T20:00:00Z"),
        State::Open
    );
}

fn unread(effect: Effect, known: bool) -> Unread {
    Unread {
        name: Text::new("feed"),
        effect,
        scope: Arc::default(),
        why: Text::new("it does not answer"),
        known_since: known.then(|| at("2026-11-01T00:00:00Z")),
    }
}

#[test]
fn an_unread_source_never_opens() {
    let when = "2026-12-01T09:00:00Z";
    let freeze = || deny(once("2026-12-01T08:00:00Z", "2026-12-01T16:00:00Z"));
    let open = || allow(once("2026-12-01T08:00:00Z", "2026-12-01T16:00:00Z"));
    let shut = || allow(once("2026-12-02T08:00:00Z", "2026-12-02T16:00:00Z"));
    for (windows, source, wanted) in [
        (vec![], unread(Effect::Deny, false), State::Unknown),
        (vec![], unread(Effect::Allow, false), State::Unknown),
        (vec![], unread(Effect::Note, false), State::Open),
        (vec![freeze()], unread(Effect::Deny, false), State::Frozen),
        (vec![open()], unread(Effect::Allow, false), State::Open),
        (vec![open()], unread(Effect::Deny, false), State::Unknown),
        (vec![shut()], unread(Effect::Allow, false), State::Unknown),
        (vec![shut()], unread(Effect::Deny, false), State::Frozen),
        // Its last known windows are in force.
        (vec![], unread(Effect::Deny, true), State::Open),
        (vec![freeze()], unread(Effect::Deny, true), State::Frozen),
    ] {
        let all = Schedule {
            windows,
            unread: vec![source.clone()],
        };
        assert_eq!(state(&all, when), wanted, "{source:?}");
    }
    let all = Schedule {
        windows: vec![freeze()],
        unread: vec![unread(Effect::Deny, false)],
    };
    let (at, then) = all.next_transition(&target(), self::at(when)).unwrap();
    assert_eq!(
        (at, then),
        (self::at("2026-12-01T16:00:00Z"), State::Unknown)
    );
}

#[test]
fn a_deployment_fits_with_its_rollback_or_says_until_when_it_would_be_open() {
    let all = schedule(vec![
        allow(once("2026-12-01T08:00:00Z", "2026-12-01T12:00:00Z")),
        allow(once("2026-12-01T12:00:00Z", "2026-12-01T16:00:00Z")),
    ]);
    let fits = |start: &str, takes, rollback| {
        all.fits(
            &target(),
            at(start),
            TimeDelta::minutes(takes),
            TimeDelta::minutes(rollback),
        )
    };
    assert_eq!(fits("2026-12-01T15:00:00Z", 40, 20), Fit::Fits);
    assert_eq!(fits("2026-12-01T11:30:00Z", 40, 20), Fit::Fits);
    assert_eq!(
        fits("2026-12-01T15:00:01Z", 40, 20),
        Fit::Until(at("2026-12-01T16:00:00Z"), State::Frozen)
    );
    assert_eq!(fits("2026-12-01T07:00:00Z", 1, 1), Fit::Shut(State::Frozen));
    assert_eq!(fits("2026-12-01T16:00:00Z", 0, 0), Fit::Shut(State::Frozen));
}

fn any_when(zone: &'static str) -> impl Strategy<Value = When> {
    let hour = 0u32..24;
    let minute = prop::sample::select(vec![0u32, 15, 30, 45]);
    let cron = (
        hour.clone(),
        minute.clone(),
        hour.clone(),
        minute.clone(),
        0usize..4,
    )
        .prop_map(move |(h1, m1, h2, m2, days)| {
            let days = ["*", "0", "5-7", "1-5"][days];
            When::Cron(pair(
                &format!("{m1} {h1} * * {days}"),
                &format!("{m2} {h2} * * *"),
                zone,
            ))
        });
    let rule =
        (hour, minute, 1i64..3000, 0usize..4).prop_map(move |(hour, minute, lasts, rule)| {
            let rule = [
                "FREQ=DAILY",
                "FREQ=WEEKLY;BYDAY=SU",
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU",
                "FREQ=MONTHLY;BYDAY=-1SU",
            ][rule];
            let text = format!("DTSTART;TZID={zone}:20260103T{hour:02}{minute:02}00\nRRULE:{rule}");
            When::Repeated(repeated(&text, &format!("{lasts}m")))
        });
    prop_oneof![cron, rule]
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    let zones = prop::sample::select(vec![
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Kolkata",
    ]);
    let one = (zones, any::<bool>()).prop_flat_map(|(zone, is_deny)| {
        any_when(zone).prop_map(move |when| if is_deny { deny(when) } else { allow(when) })
    });
    prop::collection::vec(one, 1..5)
}

/// The state from the spans alone.
fn slow_state(windows: &[Window], when: Timestamp) -> State {
    let inside = |window: &&Window| {
        let reading = window.effect.reading();
        let near = window
            .when
            .intervals(reading, when - days(9), when + days(9));
        near.iter()
            .any(|span| span.start <= when && when < span.end)
    };
    let frozen = windows
        .iter()
        .filter(|one| one.effect == Effect::Deny)
        .any(|one| inside(&one));
    let mut allows = windows
        .iter()
        .filter(|one| one.effect == Effect::Allow)
        .peekable();
    let open = allows.peek().is_none() || allows.any(|one| inside(&one));
    if frozen || !open {
        State::Frozen
    } else {
        State::Open
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_next_transition_is_the_first_minute_that_differs(windows in windows(), minute in 0i64..540_000) {
        let all = schedule(windows);
        let from = at("2026-01-05T00:00:00Z") + TimeDelta::minutes(minute);
        let now = all.answer(&target(), from).state;
        prop_assert_eq!(now, slow_state(&all.windows, from));
        let found = all.next_transition(&target(), from);
        let limit = from + days(4);
        let mut place = from + TimeDelta::minutes(1);
        while place < limit && found.is_none_or(|(at, _)| place < at) {
            prop_assert_eq!(slow_state(&all.windows, place), now, "at {}", place);
            place += TimeDelta::minutes(15);
        }
        if let Some((at, then)) = found {
            prop_assert!(at > from);
            prop_assert_ne!(then, now);
            prop_assert_eq!(slow_state(&all.windows, at), then);
            prop_assert_eq!(slow_state(&all.windows, at - TimeDelta::seconds(1)), now);
        }
    }
}
