use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::{
    command::{Input, Key, KeyCode, Mouse, MouseKind},
    domain::{
        Body, Conclusion, IncidentStatus, Intent, Job, OperationId, OperationRecord,
        OperationState, RunState,
    },
    operation::Strength,
    ui::{
        app::{DialogFocus, Phase},
        testing::{Driver, approval, approvals, fact, incident, origin, run, start},
    },
};

fn confirms(effects: &[Effect]) -> usize {
    effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Confirm { .. }))
        .count()
}

fn toast(driver: &Driver) -> &str {
    driver
        .app
        .toasts
        .last()
        .map_or("", |toast| toast.text.as_str())
}

fn on_approval(driver: &mut Driver) {
    driver.keys(&["g"]);
    while !matches!(driver.app.selection(), Some(Item::Approval(_))) {
        let before = driver.app.selection().cloned();
        driver.keys(&["j"]);
        assert_ne!(
            driver.app.selection().cloned(),
            before,
            "no approval is listed"
        );
    }
}

#[test]
fn the_cursor_follows_the_item_when_the_list_changes() {
    let mut driver = Driver::new(120, 40);
    on_approval(&mut driver);
    assert_eq!(driver.app.selection(), Some(&Item::Approval(origin("a1"))));
    // A longer waiting one comes in above it.
    driver.later(1_000);
    let at = driver.now;
    let items = vec![approval("a0", 60), approval("a1", 9), approval("a2", 4)];
    let facts = vec![approvals(items, at)];
    let _ = driver.send(Event::Facts { facts, at });
    assert_eq!(driver.app.selection(), Some(&Item::Approval(origin("a1"))));
    // It goes away: what a key hits now is said, and not hit at once.
    driver.later(1_000);
    let at = driver.now;
    let facts = vec![approvals(vec![approval("a2", 4)], at)];
    let _ = driver.send(Event::Facts { facts, at });
    let effects = driver.keys(&["A"]);
    assert_eq!(effects, []);
    assert!(toast(&driver).contains("press again"));
    driver.flush();
    driver.later(1_000);
    on_approval(&mut driver);
    assert_eq!(driver.app.selection(), Some(&Item::Approval(origin("a2"))));
    let effects = driver.keys(&["A"]);
    assert!(matches!(effects[..], [Effect::Check { .. }]));
}

#[test]
fn a_dialog_takes_no_answer_before_it_could_be_read() {
    let mut driver = Driver::new(120, 40);
    on_approval(&mut driver);
    let effects = driver.keys(&["A"]);
    // While the target is read, keys are dropped.
    assert_eq!(driver.keys(&["y", "tab", "enter"]), []);
    driver.check(&effects, Strength::Key);
    assert_eq!(driver.keys(&["y"]), []);
    driver.later(1_000);
    assert_eq!(driver.keys(&["y"]), [], "the frame was not flushed yet");
    driver.flush();
    assert_eq!(driver.keys(&["y"]), [], "it was flushed only now");
    driver.later(300);
    let effects = driver.keys(&["y"]);
    assert_eq!(confirms(&effects), 1);
    assert_eq!(driver.keys(&["y"]), [], "once only");
    let dialog = driver.app.dialog().unwrap();
    assert!(matches!(dialog.phase, Phase::Waiting(_)));
}

#[test]
fn an_old_frame_does_not_count_as_read() {
    let mut driver = Driver::new(120, 40);
    on_approval(&mut driver);
    let effects = driver.keys(&["A"]);
    let old = driver.app.frame;
    driver.check(&effects, Strength::Key);
    let at = driver.now;
    let _ = driver.send(Event::Flushed { frame: old, at });
    driver.later(5_000);
    assert_eq!(driver.keys(&["y"]), []);
}

#[test]
fn a_single_enter_never_does_harm() {
    let mut driver = Driver::new(120, 40);
    on_approval(&mut driver);
    let effects = driver.keys(&["A"]);
    driver.check(&effects, Strength::Key);
    driver.flush();
    driver.later(400);
    let effects = driver.keys(&["enter"]);
    assert!(matches!(effects[..], [Effect::CancelDialog { .. }]));
    assert!(driver.app.overlays.is_empty());
}

#[test]
fn a_rollback_asks_for_version_reason_and_name() {
    let mut driver = Driver::new(120, 40);
    driver.keys(&["g"]);
    assert_eq!(
        driver.app.selection(),
        Some(&Item::Canary("checkout".into()))
    );
    assert_eq!(driver.keys(&["R"]), []);
    assert!(matches!(
        driver.app.overlays.last(),
        Some(Overlay::Rollback(_))
    ));
    let effects = driver.keys(&["enter"]);
    let Some(Effect::Check { intent, .. }) = effects.first() else {
        panic!("nothing is checked: {effects:?}");
    };
    assert!(matches!(
        &intent.act,
        crate::domain::Act::RollBack { from, to, .. }
            if from.as_str() == "4.12.0" && to.as_str() == "4.11.3"
    ));
    driver.check(&effects, Strength::TypeName("checkout".to_owned()));
    driver.flush();
    driver.later(400);
    // Straight to the button: it says what is missing and does nothing.
    assert_eq!(driver.keys(&["right", "enter"]), []);
    assert_eq!(driver.app.dialog().unwrap().focus, DialogFocus::Reason);
    driver.text("error rate up");
    driver.keys(&["tab"]);
    driver.text("check");
    assert_eq!(driver.keys(&["enter"]), []);
    // A paste is no typing.
    driver.input(Input::Paste("out".to_owned()), false);
    driver.later(400);
    assert_eq!(driver.app.dialog().unwrap().word, "check");
    driver.text("out");
    let effects = driver.keys(&["enter"]);
    let [Effect::Confirm { answers, .. }] = &effects[..] else {
        panic!("not confirmed: {effects:?}");
    };
    assert_eq!(answers.typed, "checkout");
    assert_eq!(answers.reason, "error rate up");
}

#[test]
fn bursts_and_pastes_never_become_commands() {
    for view in ["1", "2", "3", "4", "5", "7", "8"] {
        let mut driver = Driver::new(120, 40);
        driver.keys(&[view]);
        for key in "ARXDPHraeEqw:?/tmo".chars() {
            let effects = driver.input(Input::Key(Key::char(key)), true);
            assert_eq!(effects, [], "{key} in view {view}");
            assert!(driver.app.overlays.is_empty(), "{key} in view {view}");
        }
        driver.input(Input::Paste("Rcheckout\r".to_owned()), false);
        // What breaks out of the paste comes at once after it.
        for key in "Rcheckout".chars() {
            assert_eq!(driver.input(Input::Key(Key::char(key)), false), []);
        }
        assert!(driver.app.overlays.is_empty());
    }
}

#[test]
fn movement_is_taken_from_a_burst() {
    let mut driver = Driver::new(120, 40);
    driver.keys(&["g"]);
    let before = driver.app.selection().cloned();
    driver.input(Input::Key(Key::char('j')), true);
    assert_ne!(driver.app.selection().cloned(), before);
}

#[test]
fn read_only_starts_nothing_and_says_so() {
    let mut driver = Driver::new(120, 40);
    driver.app.settings.read_only = true;
    on_approval(&mut driver);
    assert_eq!(driver.keys(&["A", "D", "R", "a", "X", "r", "e"]), []);
    assert!(driver.app.overlays.is_empty());
    assert!(driver.app.toasts.last().unwrap().text.contains("read-only"));
}

#[test]
fn notes_are_stored_at_each_pause_and_when_left() {
    let mut driver = Driver::new(80, 24);
    let at = driver.now;
    let facts = vec![fact(
        Body::Incidents(vec![incident(IncidentStatus::Triggered)]),
        at,
    )];
    let _ = driver.send(Event::Facts { facts, at });
    driver.keys(&["5", "w"]);
    driver.text("pausing at 25 %");
    let due = next_wakeup(&driver.app).unwrap();
    assert!(due <= driver.now + TimeDelta::milliseconds(500));
    let effects = driver.later(500);
    let [Effect::SaveNote(note), ..] = &effects[..] else {
        panic!("not stored: {effects:?}");
    };
    assert_eq!(note.lines[0].as_str(), "pausing at 25 %");
    assert!(!note.finished);
    assert!(driver.later(500).is_empty(), "stored once");
    driver.text("!");
    let effects = driver.keys(&["esc"]);
    assert!(matches!(&effects[..], [Effect::SaveNote(again)] if again.id == note.id));
    let id = note.id.clone();
    assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 7);
}

#[test]
fn a_line_feed_is_a_new_line_and_takes_no_text_away() {
    let mut driver = Driver::new(80, 24);
    driver.keys(&["5", "w"]);
    driver.text("pausing at 25 %");
    driver.keys(&["ctrl-j"]);
    let effects = driver.later(500);
    let [Effect::SaveNote(note), ..] = &effects[..] else {
        panic!("not stored: {effects:?}");
    };
    let lines: Vec<&str> = note.lines.iter().map(crate::domain::Text::as_str).collect();
    assert_eq!(lines, ["pausing at 25 %", ""]);
}

#[test]
fn a_finished_note_can_go_to_the_incident_through_the_dialog() {
    let mut driver = Driver::new(80, 24);
    driver.keys(&["5", "w"]);
    driver.text("rolled back");
    let effects = driver.keys(&["ctrl-s"]);
    assert!(matches!(&effects[..], [Effect::SaveNote(note)] if note.finished));
    let effects = driver.keys(&["y"]);
    assert!(matches!(
        &effects[..],
        [Effect::Check { intent, .. }] if matches!(intent.act, crate::domain::Act::AddNote { .. })
    ));
}

#[test]
fn a_filter_narrows_and_esc_clears_it() {
    let mut driver = Driver::new(120, 40);
    driver.keys(&["3"]);
    assert_eq!(driver.app.list(Pane::Runs).rows.len(), 2);
    driver.keys(&["/"]);
    driver.text("failed");
    assert_eq!(driver.app.list(Pane::Runs).rows.len(), 1);
    assert_eq!(driver.app.list(Pane::Runs).total, 2);
    driver.keys(&["enter"]);
    driver.keys(&["esc"]);
    assert_eq!(driver.app.list(Pane::Runs).rows.len(), 2);
}

#[test]
fn the_palette_finds_views_and_themes_and_leaves() {
    let mut driver = Driver::new(120, 40);
    driver.keys(&[":"]);
    driver.text("canary");
    driver.keys(&["enter"]);
    assert_eq!(driver.app.view, View::Canary);
    driver.keys(&[":"]);
    driver.text("theme light");
    let effects = driver.keys(&["enter"]);
    assert_eq!(effects, [Effect::SaveTheme("light".to_owned())]);
    assert_eq!(driver.app.theme_name(), "light");
    driver.keys(&["1", ":"]);
    driver.text("q");
    assert_eq!(driver.keys(&["enter"]), [Effect::Quit]);
}

#[test]
fn leaving_with_an_operation_in_flight_is_asked_once() {
    let mut driver = Driver::new(80, 24);
    on_approval(&mut driver);
    let effects = driver.keys(&["A", "esc"]);
    let Some(Effect::Check { intent, .. }) = effects.first() else {
        panic!("{effects:?}");
    };
    let at = driver.now;
    let sent = OperationRecord {
        id: OperationId::new("o1"),
        intent: Intent::clone(intent),
        actor: Text::new("ana"),
        summary: Text::new("approve search to PRODUCTION"),
        request: Text::default(),
        state: OperationState::Sent,
        history: Vec::new(),
        again_of: None,
        again_as: None,
        looked: None,
    };
    let facts = vec![fact(Body::Operation(sent), at)];
    let _ = driver.send(Event::Facts { facts, at });
    let leaves = |effects: Vec<Effect>| effects.contains(&Effect::Quit);
    for stays in ["n", "esc", "enter"] {
        assert!(!leaves(driver.keys(&["ctrl-c", stays])), "{stays}");
        assert!(driver.app.overlays.is_empty(), "{stays}");
    }
    assert!(leaves(driver.keys(&["ctrl-c", "y"])));
    assert!(driver.app.quitting);
}

#[test]
fn a_refusal_is_kept_until_the_person_leaves() {
    let mut driver = Driver::new(80, 24);
    on_approval(&mut driver);
    let effects = driver.keys(&["A"]);
    let Some(Effect::Check { ticket, .. }) = effects.first() else {
        panic!("{effects:?}");
    };
    let (ticket, at) = (*ticket, driver.now);
    let result = Err(Text::new("it waits no more").into());
    let _ = driver.send(Event::Checked { ticket, result, at });
    driver.later(60_000);
    assert!(matches!(
        driver.app.dialog().unwrap().phase,
        Phase::Failed(_)
    ));
    driver.keys(&["esc"]);
    assert!(driver.app.overlays.is_empty());
}

#[test]
fn a_quiet_screen_wakes_once_a_minute_and_draws_nothing_for_it() {
    let mut driver = Driver::new(120, 40);
    driver.later(5_000);
    let next = next_wakeup(&driver.app).unwrap();
    assert!(
        next - driver.now > TimeDelta::seconds(30),
        "{}",
        next - driver.now
    );
    let frame = driver.app.frame;
    driver.later(1_000);
    assert_eq!(driver.app.frame, frame);
}

#[test]
fn a_log_waits_for_its_jobs() {
    let mut driver = Driver::new(120, 40);
    driver.keys(&["3"]);
    let selected = driver.app.selection().cloned();
    assert!(matches!(selected, Some(Item::Run(_))));
    let effects = driver.keys(&["l"]);
    assert!(matches!(
        effects[..],
        [Effect::Fetch {
            query: Query::Jobs(_),
            ..
        }]
    ));
}

#[test]
fn the_mouse_hits_what_is_drawn() {
    let mut driver = Driver::new(120, 40);
    let places = moves::layout(&driver.app);
    let placed = places
        .iter()
        .find(|placed| placed.pane == Pane::Needs)
        .unwrap();
    let mouse = Mouse {
        kind: MouseKind::Press,
        column: placed.rows.x + 3,
        row: placed.rows.y + 1,
    };
    driver.input(Input::Mouse(mouse), false);
    let list = driver.app.list(Pane::Needs);
    assert_eq!(list.selected.as_ref(), list.rows.get(1 + list.offset));
}

fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        8 => prop::sample::select("jkhlgGARDXPHEraecwo/:?nNyYuzqtm 1234578[]xs!".chars().collect::<Vec<_>>())
            .prop_map(Key::char),
        3 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::Up, KeyCode::Down,
            KeyCode::Left, KeyCode::Right, KeyCode::Backspace, KeyCode::PageDown, KeyCode::End,
        ]).prop_map(Key::plain),
        1 => prop::sample::select(vec!['s', 'd', 'u', 'w', 'l']).prop_map(Key::ctrl),
    ]
}

#[derive(Clone, Debug)]
enum Move {
    Key(Key, bool),
    Paste(String),
    Mouse(u16, u16, u8),
    Later(i64),
    Flush,
    Stale,
    Check(bool),
    Facts(u8),
    Resize(u16, u16),
}

fn any_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        12 => (any_key(), prop::bool::weighted(0.1)).prop_map(|(key, burst)| Move::Key(key, burst)),
        1 => "[a-zR\r\n]{0,12}".prop_map(Move::Paste),
        1 => (0u16..130, 0u16..45, 0u8..3).prop_map(|(x, y, kind)| Move::Mouse(x, y, kind)),
        3 => (0i64..700).prop_map(Move::Later),
        3 => Just(Move::Flush),
        1 => Just(Move::Stale),
        3 => any::<bool>().prop_map(Move::Check),
        2 => (0u8..6).prop_map(Move::Facts),
        1 => (0u16..140, 0u16..50).prop_map(|(width, height)| Move::Resize(width, height)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: nothing fails, every frame can be
    /// drawn, and nothing is confirmed but by a dialog whose question was
    /// flushed at least 300 ms before.
    #[test]
    fn nothing_is_confirmed_that_was_not_read(moves in prop::collection::vec(any_move(), 1..80)) {
        let mut driver = Driver::new(100, 30);
        let theme = crate::ui::theme::Theme::dark();
        let mut waiting: Option<Vec<Effect>> = None;
        for step in moves {
            let before: Vec<(u64, Option<Timestamp>)> = driver.app.overlays.iter().filter_map(|overlay| {
                match overlay {
                    Overlay::Dialog(dialog) => Some((dialog.ticket, dialog.flushed_at)),
                    _ => None,
                }
            }).collect();
            let at = driver.now;
            let effects = match step {
                Move::Key(key, burst) => driver.input(Input::Key(key), burst),
                Move::Paste(text) => driver.input(Input::Paste(text), false),
                Move::Mouse(column, row, kind) => {
                    let kind = [MouseKind::Press, MouseKind::ScrollUp, MouseKind::ScrollDown][usize::from(kind)];
                    driver.input(Input::Mouse(Mouse { kind, column, row }), false)
                }
                Move::Later(by) => driver.later(by),
                Move::Flush => { driver.flush(); Vec::new() }
                Move::Stale => driver.send(Event::Flushed { frame: 1, at }),
                Move::Check(by_key) => match waiting.take() {
                    Some(effects) => {
                        let strength = if by_key { Strength::Key } else { Strength::TypeName("checkout".to_owned()) };
                        driver.check(&effects, strength);
                        Vec::new()
                    }
                    None => Vec::new(),
                },
                Move::Facts(which) => {
                    let facts = match which {
                        0 => vec![approvals(vec![], at)],
                        1 => vec![approvals(vec![approval("a2", 4), approval("a3", 70)], at)],
                        2 => vec![fact(Body::Incidents(vec![]), at)],
                        3 => vec![fact(Body::Run(run("r3", 3, RunState::Queued)), at)],
                        4 => vec![fact(Body::Run(run("r1", 1, RunState::Done(Conclusion::Success))), at)],
                        _ => vec![fact(Body::Incidents(vec![incident(IncidentStatus::Acknowledged)]), at)],
                    };
                    driver.send(Event::Facts { facts, at })
                }
                Move::Resize(width, height) => driver.send(Event::Resize { width, height, at }),
            };
            for effect in &effects {
                if let Effect::Confirm { ticket, .. } = effect {
                    let flushed = before.iter().find(|(open, _)| open == ticket).and_then(|(_, at)| *at);
                    prop_assert!(flushed.is_some_and(|flushed| at - flushed >= TimeDelta::milliseconds(300)));
                }
            }
            if effects.iter().any(|effect| matches!(effect, Effect::Check { .. })) {
                waiting = Some(effects);
            }
            let (width, height) = driver.app.size;
            let area = ratatui::layout::Rect::new(0, 0, width, height);
            let mut buffer = ratatui::buffer::Buffer::empty(area);
            crate::ui::draw(&driver.app, &theme, area, &mut buffer);
            prop_assert!(next_wakeup(&driver.app).is_none_or(|at| at >= driver.app.now && at >= start()));
        }
    }
}

#[test]
fn the_jobs_of_a_run_open_on_the_one_that_failed() {
    let job = |key: &str, conclusion| Job {
        id: origin(key),
        name: Text::new(key),
        state: RunState::Done(conclusion),
        created: None,
        started: None,
        finished: None,
        runner: None,
        steps: Vec::new(),
        url: Text::default(),
    };
    let mut driver = Driver::new(120, 40);
    driver.later(1_000);
    let at = driver.now;
    let failed = RunState::Done(Conclusion::Failure);
    let facts = vec![
        fact(Body::Run(run("r-red", 99, failed)), at),
        fact(
            Body::Jobs {
                run: origin("r-red"),
                attempt: 1,
                items: vec![
                    job("lint", Conclusion::Success),
                    job("end-to-end", Conclusion::Failure),
                    job("package", Conclusion::Success),
                ],
            },
            at,
        ),
    ];
    let _ = driver.send(Event::Facts { facts, at });
    driver.keys(&["3", "g"]);
    while driver.app.selected(Pane::Runs) != Some(&Item::Run(origin("r-red"))) {
        let before = driver.app.selection().cloned();
        driver.keys(&["j"]);
        assert_ne!(
            driver.app.selection().cloned(),
            before,
            "the run is not listed"
        );
    }
    let failed = Item::Job(origin("end-to-end"));
    assert_eq!(driver.app.selected(Pane::Jobs), Some(&failed));
    // Where a person moved to holds.
    driver.keys(&["tab", "k"]);
    let lint = Item::Job(origin("lint"));
    assert_eq!(driver.app.selected(Pane::Jobs), Some(&lint));
    driver.later(61_000);
    assert_eq!(driver.app.selected(Pane::Jobs), Some(&lint));
}

#[test]
fn an_approval_is_found_by_its_version() {
    let driver = Driver::new(120, 40);
    let words = crate::command::haystack(&driver.app.model, &Item::Approval(origin("a1")));
    let version = approval("a1", 9).version.expect("a version is known");
    assert!(words.contains(version.as_str()), "{words}");
}
