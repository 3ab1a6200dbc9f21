//! The dialog's answers, played as events.

use chrono::TimeDelta;
use proptest::prelude::*;

use crate::{
    command::{Input, Key, KeyCode},
    domain::{
        Act, Body, Intent, OperationId, OperationRecord, OperationState, Origin, SourceId, Text,
        Transition,
    },
    model::NeedKind,
    operation::Strength,
    ui::{
        app::{DialogFocus, Overlay, Phase},
        testing::{Driver, fact, review},
        update::{Effect, Event, next_wakeup},
    },
};

fn toast(driver: &Driver) -> &str {
    let last = driver.app.toasts.last();
    last.map_or("", |toast| toast.text.as_str())
}

fn confirms(effects: &[Effect]) -> usize {
    effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Confirm { .. }))
        .count()
}

/// The dialog about an incident, ready to be answered.
fn asked(strength: Strength) -> Driver {
    let mut driver = Driver::new(120, 40);
    driver.keys(&["5"]);
    driver.flush();
    let effects = driver.keys(&["a"]);
    let Some(Effect::Check { ticket, intent, .. }) = effects.first() else {
        panic!("nothing is checked: {effects:?}");
    };
    let mut review = review(Intent::clone(intent), strength);
    review.needs_reason = false;
    let (ticket, at) = (*ticket, driver.now);
    let result = Ok(Box::new(review));
    let _ = driver.send(Event::Checked { ticket, result, at });
    driver.flush();
    driver.later(400);
    driver
}

fn press(driver: &mut Driver, key: KeyCode, after: i64) -> Vec<Effect> {
    driver.now += TimeDelta::milliseconds(after);
    driver.input(Input::Key(Key::plain(key)), false)
}

/// Holds a key down for a time on a usual keyboard.
fn hold(driver: &mut Driver, key: KeyCode, milliseconds: i64) -> Vec<Effect> {
    let mut effects = press(driver, key, 50);
    let mut held = 0;
    while held < milliseconds {
        let gap = if held == 0 { 500 } else { 33 };
        held += gap;
        if held <= milliseconds {
            effects.extend(press(driver, key, gap));
        }
    }
    effects
}

const Y: KeyCode = KeyCode::Char('y');

#[test]
fn a_key_that_is_held_for_a_second_confirms_once_and_says_so() {
    for key in [Y, KeyCode::Enter] {
        let mut driver = asked(Strength::Hold);
        if key == KeyCode::Enter {
            driver.keys(&["right"]);
        }
        let effects = hold(&mut driver, key, 3_000);
        assert_eq!(confirms(&effects), 1, "{key:?}");
        assert!(
            effects
                .iter()
                .any(|effect| matches!(effect, Effect::Confirm { answers, .. } if answers.held))
        );
        assert!(matches!(
            driver.app.dialog().unwrap().phase,
            Phase::Waiting(_)
        ));
    }
}

#[test]
fn a_tap_some_taps_and_a_release_before_the_time_do_nothing() {
    let mut driver = asked(Strength::Hold);
    assert_eq!(press(&mut driver, Y, 0), []);
    assert_eq!(hold(&mut driver, Y, 960), []);
    driver.later(160);
    assert_eq!(driver.app.dialog().unwrap().hold.steps(driver.now), 0);
    assert_eq!(press(&mut driver, Y, 10), []);
    assert_eq!(press(&mut driver, Y, 600), []);
    assert_eq!(press(&mut driver, Y, 600), []);
    assert!(matches!(
        driver.app.dialog().unwrap().phase,
        Phase::Prompting(_)
    ));
}

#[test]
fn a_burst_or_a_paste_never_holds_a_key_down() {
    let mut driver = asked(Strength::Hold);
    for _ in 0..40 {
        driver.now += TimeDelta::milliseconds(40);
        assert_eq!(driver.input(Input::Key(Key::char('y')), true), []);
    }
    // A burst in between breaks what was held.
    assert_eq!(hold(&mut driver, Y, 900), []);
    driver.input(Input::Key(Key::char('y')), true);
    let mut effects = Vec::new();
    for _ in 0..8 {
        effects.extend(press(&mut driver, Y, 40));
    }
    assert_eq!(effects, []);
    driver.input(Input::Paste("y".repeat(60)), false);
    assert_eq!(confirms(&hold(&mut driver, Y, 290)), 0);
}

#[test]
fn the_mouse_gives_the_focus_and_never_holds() {
    let mut driver = asked(Strength::Hold);
    let mut effects = Vec::new();
    for _ in 0..3 {
        super::press(&mut driver.app, DialogFocus::Action, &mut effects);
    }
    assert_eq!(effects, []);
    assert!(toast(&driver).contains("hold y"), "{}", toast(&driver));
}

#[test]
fn who_cannot_hold_a_key_types_four_letters() {
    let mut driver = asked(Strength::Hold);
    assert_eq!(press(&mut driver, Y, 0), []);
    driver.later(800);
    assert!(driver.app.dialog().unwrap().hold.was_in_vain(driver.now));
    driver.keys(&["tab", "tab", "tab"]);
    assert_eq!(driver.app.dialog().unwrap().focus, DialogFocus::Word);
    driver.text("kfr");
    assert_eq!(driver.keys(&["enter"]), []);
    driver.text("x");
    let effects = driver.keys(&["enter"]);
    let [Effect::Confirm { answers, .. }] = &effects[..] else {
        panic!("not confirmed: {effects:?}");
    };
    assert_eq!((answers.typed.as_str(), answers.held), ("kfrx", false));
}

#[test]
fn a_held_key_that_lacks_a_reason_is_no_reason() {
    let mut driver = asked(Strength::Hold);
    if let Some(Overlay::Dialog(dialog)) = driver.app.overlays.last_mut()
        && let Phase::Prompting(review) = &mut dialog.phase
    {
        review.needs_reason = true;
    }
    assert_eq!(hold(&mut driver, Y, 2_000), []);
    let dialog = driver.app.dialog().unwrap();
    assert_eq!(dialog.focus, DialogFocus::Reason);
    assert_eq!(dialog.reason, "");
    driver.later(1_000);
    driver.text("yes, it is");
    driver.keys(&["tab"]);
    assert_eq!(confirms(&hold(&mut driver, KeyCode::Enter, 1_500)), 1);
}

#[test]
fn the_bar_wakes_the_screen_while_it_fills_and_not_after() {
    let mut driver = asked(Strength::Hold);
    press(&mut driver, Y, 0);
    let frame = driver.app.frame;
    let next = next_wakeup(&driver.app).unwrap();
    assert!(next - driver.now <= TimeDelta::milliseconds(200));
    let mut wakes = 0;
    while let Some(next) = next_wakeup(&driver.app)
        && next - driver.now < TimeDelta::milliseconds(900)
    {
        driver.now = next;
        let _ = driver.send(Event::Tick(next));
        wakes += 1;
        assert!(wakes < 15, "it wakes for ever");
    }
    assert!(driver.app.frame - frame >= 6, "the bar did not move");
    assert_eq!(driver.app.dialog().unwrap().hold.steps(driver.now), 0);
}

/// Confirms, and lets the journal take it.
fn confirmed(driver: &mut Driver) -> OperationId {
    let effects = driver.keys(&["y"]);
    let Some(Effect::Confirm { ticket, .. }) = effects.first() else {
        panic!("not confirmed: {effects:?}");
    };
    let (ticket, at) = (*ticket, driver.now);
    let id = OperationId::new("01a21039-c2c6-796c-b22f-f9714978463f");
    let result = Ok(id.clone());
    let _ = driver.send(Event::Confirmed { ticket, result, at });
    id
}

fn record(id: &OperationId, intent: &Intent, states: &[OperationState]) -> OperationRecord {
    let history: Vec<Transition> = (0..)
        .zip(states)
        .map(|(second, state)| Transition {
            at: crate::ui::testing::start() + TimeDelta::seconds(second),
            state: *state,
            detail: Text::new("because"),
        })
        .collect();
    OperationRecord {
        id: id.clone(),
        intent: intent.clone(),
        actor: "ana@bridge".into(),
        summary: "acknowledge incident PD1".into(),
        request: Text::default(),
        state: history.last().unwrap().state,
        history,
        again_of: None,
        again_as: None,
        looked: None,
    }
}

fn becomes(driver: &mut Driver, id: &OperationId, states: &[OperationState]) {
    let intent = acknowledge();
    let at = driver.now;
    let facts = vec![fact(Body::Operation(record(id, &intent, states)), at)];
    let _ = driver.send(Event::Facts { facts, at });
}

fn acknowledge() -> Intent {
    Intent {
        source: SourceId::new("hub"),
        service: Some("checkout".into()),
        environment: None,
        act: Act::Acknowledge {
            incident: Origin::new(&SourceId::new("hub"), "PD1"),
        },
        reason: Text::default(),
    }
}

use OperationState::{Accepted, Confirmed, Failed, Observed, Proposed, Sent, Unknown};

#[test]
fn what_was_confirmed_is_followed_and_nobody_has_to_wait() {
    let mut driver = asked(Strength::Key);
    let id = confirmed(&mut driver);
    assert!(matches!(
        driver.app.dialog().unwrap().phase,
        Phase::Done(..)
    ));
    // The same key, still held down, means nothing.
    for _ in 0..20 {
        assert_eq!(press(&mut driver, Y, 40), []);
    }
    assert!(driver.app.dialog().is_some());
    becomes(&mut driver, &id, &[Confirmed, Sent, Accepted]);
    assert!(driver.app.dialog().is_some());
    // A key goes on with the work, and does what it does.
    driver.later(1_000);
    driver.keys(&["2"]);
    assert!(driver.app.overlays.is_empty());
    assert_eq!(driver.app.view, crate::command::View::Calendar);
}

#[test]
fn a_key_that_changes_something_outside_only_closes_the_message() {
    let mut driver = asked(Strength::Key);
    let id = confirmed(&mut driver);
    becomes(&mut driver, &id, &[Confirmed, Sent, Observed]);
    driver.flush();
    driver.later(2_000);
    assert_eq!(driver.keys(&["e"]), []);
    assert!(driver.app.overlays.is_empty(), "it stays");
    assert!(matches!(driver.keys(&["e"])[..], [Effect::Check { .. }]));
}

#[test]
fn bad_news_stay_until_they_are_left_on_purpose() {
    for state in [Failed, Unknown] {
        let mut driver = asked(Strength::Key);
        let id = confirmed(&mut driver);
        becomes(&mut driver, &id, &[Confirmed, Sent, state]);
        driver.later(60_000);
        driver.keys(&["2", "e", "j", "x"]);
        assert!(driver.app.dialog().is_some(), "{state:?}");
        driver.keys(&["esc"]);
        assert!(driver.app.overlays.is_empty());
    }
}

#[test]
fn quitting_asks_from_the_yes_until_there_is_an_outcome() {
    let mut driver = asked(Strength::Key);
    let effects = driver.keys(&["y"]);
    let Some(Effect::Confirm { ticket, .. }) = effects.first() else {
        panic!("not confirmed: {effects:?}");
    };
    let asks = |driver: &mut Driver| {
        let effects = driver.keys(&["ctrl-c"]);
        let asked = matches!(driver.app.overlays.last(), Some(Overlay::Quit));
        assert_eq!(asked, effects.is_empty());
        driver.keys(&["n"]);
        asked
    };
    let (ticket, at) = (*ticket, driver.now);
    assert!(asks(&mut driver), "while the journal is written");
    driver.keys(&["esc"]);
    assert!(asks(&mut driver), "while the dialog is hidden");
    let id = OperationId::new("01a21039");
    let result = Ok(id.clone());
    let _ = driver.send(Event::Confirmed { ticket, result, at });
    assert!(asks(&mut driver), "before the first receipt");
    becomes(&mut driver, &id, &[Confirmed]);
    assert!(asks(&mut driver), "while the target is read afresh");
    becomes(&mut driver, &id, &[Confirmed, Sent]);
    assert!(asks(&mut driver), "while it is sent");
    driver.keys(&["ctrl-c"]);
    assert_eq!(driver.keys(&["y"]), [Effect::Quit], "yes leaves");
    driver.app.quitting = false;
    becomes(&mut driver, &id, &[Confirmed, Sent, Observed]);
    assert!(!asks(&mut driver));
}

#[test]
fn a_refused_confirmation_does_not_keep_anybody() {
    let mut driver = asked(Strength::Key);
    let effects = driver.keys(&["y"]);
    let Some(Effect::Confirm { ticket, .. }) = effects.first() else {
        panic!("not confirmed: {effects:?}");
    };
    let (ticket, at) = (*ticket, driver.now);
    let result = Err(Text::new("the disk is full"));
    let _ = driver.send(Event::Confirmed { ticket, result, at });
    assert!(matches!(
        driver.app.dialog().unwrap().phase,
        Phase::Failed(_)
    ));
    assert_eq!(driver.keys(&["ctrl-c"]), [Effect::Quit]);
}

#[test]
fn an_unknown_operation_is_looked_for_and_sent_again_from_the_inbox() {
    let mut driver = Driver::new(120, 40);
    let id = OperationId::new("01a21039-c2c6-796c-b22f-f9714978463f");
    driver.later(1_000);
    becomes(&mut driver, &id, &[Confirmed, Sent, Unknown]);
    driver.flush();
    driver.later(1_000);
    driver.keys(&["1", "g"]);
    assert_eq!(
        driver.app.selection(),
        Some(&crate::command::Item::Operation(id.clone()))
    );
    assert_eq!(driver.keys(&["v"]), [Effect::Look(id.clone())]);
    let effects = driver.keys(&["S"]);
    let [
        Effect::Check {
            again_of, intent, ..
        },
    ] = &effects[..]
    else {
        panic!("nothing is checked: {effects:?}");
    };
    assert_eq!(again_of.as_ref(), Some(&id));
    assert_eq!(intent.reason.as_str(), "");
    driver.check(&effects, Strength::Key);
    let dialog = driver.app.dialog().unwrap();
    let said = dialog.review().unwrap().again.join(" ");
    assert!(said.contains("may happen twice"), "{said}");
    assert!(said.contains("ana@bridge"), "{said}");
    // Once it was sent again it waits for nobody any more.
    driver.keys(&["esc"]);
    let mut old = record(&id, &acknowledge(), &[Confirmed, Sent, Unknown, Unknown]);
    old.again_as = Some(OperationId::new("2"));
    let at = driver.now;
    let facts = vec![fact(Body::Operation(old), at)];
    let _ = driver.send(Event::Facts { facts, at });
    assert!(
        driver
            .app
            .needs
            .iter()
            .all(|need| !matches!(need.kind, NeedKind::Unknown(_)))
    );
}

#[test]
fn what_waits_for_another_person_is_in_the_inbox_until_that_person_answered() {
    let mut driver = Driver::new(160, 40);
    let id = OperationId::new("01a21039-c2c6-796c-b22f-f9714978463f");
    driver.later(1_000);
    let proposals = |driver: &Driver| {
        let needs = driver.app.needs.iter();
        let is = |need: &&crate::model::Need| need.kind == NeedKind::Proposal(id.clone());
        needs.filter(is).count()
    };
    becomes(&mut driver, &id, &[Proposed]);
    assert_eq!(proposals(&driver), 1);
    // Enter leads to the operation, where the command for the other one is.
    driver.flush();
    driver.later(1_000);
    let needs = driver.app.needs.iter();
    let above = needs.take_while(|need| need.kind != NeedKind::Proposal(id.clone()));
    let down = vec!["j"; above.count()];
    driver.keys(&["1", "g"]);
    driver.keys(&down);
    assert_eq!(
        driver.app.selection(),
        Some(&crate::command::Item::Operation(id.clone()))
    );
    becomes(&mut driver, &id, &[Proposed, Observed]);
    assert_eq!(proposals(&driver), 0);
    // One that nobody answered in a day is over.
    becomes(&mut driver, &id, &[Proposed]);
    driver.later(86_500_000);
    let at = driver.now;
    let _ = driver.send(Event::Facts {
        facts: Vec::new(),
        at,
    });
    assert_eq!(proposals(&driver), 0);
}

#[test]
fn what_is_not_unknown_is_neither_looked_for_nor_sent_again() {
    let mut driver = Driver::new(120, 40);
    let id = OperationId::new("01a21039");
    becomes(&mut driver, &id, &[Confirmed, Sent, Observed]);
    driver.flush();
    driver.later(1_000);
    driver.keys(&["8", "g"]);
    driver.flush();
    assert_eq!(driver.keys(&["v", "S"]), []);
    assert!(
        toast(&driver).contains("outcome is known"),
        "{}",
        toast(&driver)
    );
}

fn unarmed() -> Driver {
    let mut driver = Driver::new(120, 40);
    driver.app.settings.arm = true;
    driver.keys(&["5"]);
    driver.flush();
    driver
}

fn arm(driver: &mut Driver, words: &str) -> Vec<Effect> {
    driver.keys(&[":"]);
    driver.text(words);
    let effects = driver.keys(&["enter"]);
    if let Some(Effect::Arm(span)) = effects.first() {
        let at = driver.now;
        let result = Ok(Some(at + *span));
        let _ = driver.send(Event::Arming { result, at });
        driver.flush();
    }
    effects
}

#[test]
fn unarmed_it_only_looks_and_says_how_to_arm() {
    let mut driver = unarmed();
    assert_eq!(driver.keys(&["a", "e"]), []);
    assert!(toast(&driver).contains(":arm 10m"), "{}", toast(&driver));
    assert_eq!(arm(&mut driver, "arm 90m"), []);
    driver.keys(&["esc", "esc"]);
    assert_eq!(
        arm(&mut driver, "arm 5m"),
        [Effect::Arm(TimeDelta::minutes(5))]
    );
    assert!(matches!(driver.keys(&["a"])[..], [Effect::Check { .. }]));
}

#[test]
fn without_a_time_it_is_armed_for_ten_minutes_and_disarm_ends_it() {
    let mut driver = unarmed();
    assert_eq!(
        arm(&mut driver, "arm"),
        [Effect::Arm(TimeDelta::minutes(10))]
    );
    driver.keys(&[":"]);
    driver.text("disarm");
    assert_eq!(driver.keys(&["enter"]), [Effect::Disarm]);
    let at = driver.now;
    let _ = driver.send(Event::Arming {
        result: Ok(None),
        at,
    });
    assert_eq!(driver.keys(&["a"]), []);
}

#[test]
fn when_the_time_is_over_an_open_dialog_refuses_with_the_reason() {
    let mut driver = unarmed();
    arm(&mut driver, "arm 1m");
    let effects = driver.keys(&["a"]);
    let ticket = driver.check(&effects, Strength::Key);
    driver.flush();
    driver.later(400);
    let effects = driver.later(60_000);
    assert!(effects.contains(&Effect::CancelDialog { ticket }));
    let Phase::Failed(refused) = &driver.app.dialog().unwrap().phase else {
        panic!("still open");
    };
    assert!(refused.sentence.contains("armed"), "{}", refused.sentence);
    assert_eq!(driver.keys(&["y"]), []);
}

#[test]
fn the_time_that_is_left_is_counted_in_minutes_and_in_seconds_at_the_end() {
    let mut driver = unarmed();
    arm(&mut driver, "arm 3m");
    let mut wakes = 0;
    let mut shown = Vec::new();
    while let Some((left, _)) = crate::ui::update::armed_left(&driver.app) {
        if shown.last() != Some(&left) {
            shown.push(left);
        }
        driver.now = next_wakeup(&driver.app).unwrap();
        let now = driver.now;
        let _ = driver.send(Event::Tick(now));
        wakes += 1;
        assert!(wakes < 90, "it wakes too often: {shown:?}");
    }
    assert_eq!(shown[..3], ["3 m", "2 m", "60 s"]);
    assert_eq!(shown.len(), 62);
    assert!(!driver.app.is_armed());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever keys come at whatever times: a dialog that asks for a held key
    /// is confirmed only by a key that was held, or by its four letters.
    #[test]
    fn nothing_but_a_held_key_or_the_code_confirms(
        presses in prop::collection::vec(
            (0usize..7, 0i64..900, prop::bool::weighted(0.05)), 1..120,
        ),
    ) {
        let keys = [
            Y, KeyCode::Enter, KeyCode::Tab, KeyCode::Right,
            KeyCode::Char('k'), KeyCode::Char('f'), Y,
        ];
        let mut driver = asked(Strength::Hold);
        let mut times: Vec<(KeyCode, crate::domain::Timestamp, bool)> = Vec::new();
        for (which, after, burst) in presses {
            driver.now += TimeDelta::milliseconds(if which == 6 { after / 10 } else { after });
            let key = keys[which];
            let effects = driver.input(Input::Key(Key::plain(key)), burst);
            times.push((key, driver.now, burst));
            for effect in effects {
                if let Effect::Confirm { answers, .. } = effect {
                    prop_assert!(answers.held);
                    let held = times.iter().rev()
                        .take_while(|(other, _, burst)| *other == key && !burst)
                        .count();
                    let began = times[times.len() - held].1;
                    prop_assert!(held >= 5 && driver.now - began >= TimeDelta::seconds(1));
                }
            }
        }
    }
}
