//! The dialog in every phase and strength, as it is seen.

use chrono::TimeDelta;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::{
        Body, Intent, OperationId, OperationRecord, OperationState, Risk, RiskLevel, Text,
        Transition,
    },
    operation::{Rule, Strength, Verdict},
    ui::{
        app::{Phase, Refused, Review},
        testing::{Driver, fact, review},
        theme::Theme,
        update::{Effect, Event},
        views::Scene,
    },
};

fn drawn(driver: &Driver) -> String {
    let (width, height) = driver.app.size;
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let theme = Theme::dark();
    let scene = Scene {
        app: &driver.app,
        theme: &theme,
        now: driver.app.now,
    };
    super::super::draw(&scene, area, &mut buffer);
    (0..height)
        .map(|y| {
            let line: String = (0..width)
                .map(|x| buffer.cell((x, y)).map_or(" ", |cell| cell.symbol()))
                .collect();
            line.trim_end().to_owned() + "\n"
        })
        .collect()
}

/// What a policy of many rules says.
fn many_rules() -> Vec<Rule> {
    use Verdict::{NeedsReason, Pass, Warn};
    let mut rules = vec![
        Rule::new("fresh", Pass, "read afresh: it is as you see it"),
        Rule::new("journal", Pass, "it is written down before it is sent"),
        Rule::new("freshness", Pass, "4.12.0 is what serves: seen 4 s ago"),
        Rule::new("canary", Pass, "the canary is failing: this is its remedy"),
        Rule::new("freeze", Pass, "no freeze is in force"),
        Rule::new("conn", Pass, "ana holds the conn"),
    ];
    rules.push(Rule::new(
        "in flight",
        Warn,
        "a deployment of 4.12.1 to production is under way; whichever ends last will serve",
    ));
    rules.push(Rule::new(
        "reason",
        NeedsReason,
        "a rollback of production is recorded with its reason",
    ));
    rules
}

fn risk(level: RiskLevel) -> Risk {
    Risk {
        level,
        reasons: ["changes a migration", "Friday, 17:40 where the team sits"]
            .map(Text::new)
            .to_vec(),
    }
}

/// A dialog about a rollback that asks for this, ready to be answered.
fn asking(size: (u16, u16), strength: Strength, change: impl FnOnce(&mut Review)) -> Driver {
    let mut driver = Driver::new(size.0, size.1);
    driver.keys(&["g", "R"]);
    let effects = driver.keys(&["enter"]);
    let Some(Effect::Check { ticket, intent, .. }) = effects.first() else {
        panic!("nothing is checked: {effects:?}");
    };
    let mut review = review(Intent::clone(intent), strength);
    review.production = true;
    review.description = crate::operation::describe(intent, true);
    review.policy = "3f9ac1d2aa00".to_owned();
    review.risk = Some(risk(RiskLevel::High));
    review.rules = many_rules();
    change(&mut review);
    let (ticket, at) = (*ticket, driver.now);
    let result = Ok(Box::new(review));
    let _ = driver.send(Event::Checked { ticket, result, at });
    driver.flush();
    driver.later(400);
    driver
}

fn followed(size: (u16, u16), states: &[(OperationState, i64, &str)]) -> Driver {
    let mut driver = asking(size, Strength::Key, |review| review.needs_reason = false);
    let effects = driver.keys(&["y"]);
    let Some(Effect::Confirm { ticket, .. }) = effects.first() else {
        panic!("not confirmed: {effects:?}");
    };
    let (ticket, at) = (*ticket, driver.now);
    let id = OperationId::new("01a21039-c2c6-796c-b22f-f9714978463f");
    let result = Ok(id.clone());
    let _ = driver.send(Event::Confirmed { ticket, result, at });
    let history: Vec<Transition> = states
        .iter()
        .map(|(state, after, detail)| Transition {
            at: at + TimeDelta::milliseconds(*after),
            state: *state,
            detail: Text::new(detail),
        })
        .collect();
    let dialog = driver.app.dialog().unwrap();
    if let Some(last) = history.last() {
        let record = OperationRecord {
            id,
            intent: dialog.intent.clone(),
            actor: "ana@bridge".into(),
            summary: "roll back checkout".into(),
            request: Text::default(),
            state: last.state,
            history,
            again_of: None,
            again_as: None,
            looked: None,
        };
        let facts = vec![fact(Body::Operation(record), at)];
        let _ = driver.send(Event::Facts { facts, at });
    }
    driver
}

const SENT: [(OperationState, i64, &str); 3] = [
    (OperationState::Confirmed, 0, "error rate 5.6×"),
    (
        OperationState::Sent,
        40,
        "POST https://hub.example/dispatches",
    ),
    (
        OperationState::Accepted,
        310,
        "the request was taken; its effect is not seen yet",
    ),
];

#[test]
fn every_strength_and_phase_looks_as_it_did() {
    for size in [(80, 24), (120, 40)] {
        let mut pictures: Vec<(&str, Driver)> = vec![
            (
                "key",
                asking(size, Strength::Key, |review| review.needs_reason = false),
            ),
            (
                "type",
                asking(size, Strength::TypeName("checkout".to_owned()), |_| ()),
            ),
            (
                "second",
                asking(size, Strength::Key, |review| {
                    review.needs_second = true;
                    review.rules.push(Rule::new(
                        "segregation",
                        Verdict::NeedsSecondPerson,
                        "you wrote commit 9f3c1e2, so another person has to agree",
                    ));
                }),
            ),
            (
                "again",
                asking(size, Strength::Key, |review| {
                    review.rules.truncate(2);
                }),
            ),
        ];
        if let Some((_, driver)) = pictures.last_mut()
            && let Some(crate::ui::app::Overlay::Dialog(dialog)) = driver.app.overlays.last_mut()
            && let Phase::Prompting(review) = &mut dialog.phase
        {
            dialog.again_of = Some(OperationId::new("1"));
            review.again = [
                "ana@bridge confirmed the same on 2027-01-15 at 08:00:00Z; confirmed, sent, unknown.",
                "Last seen of it: sent, but its effect was not seen in time; last: no run of it.",
                "Nobody knows whether it happened. If it did, or still does, it may happen twice.",
            ]
            .map(str::to_owned)
            .to_vec();
        }
        let mut held = asking(size, Strength::Hold, |review| review.needs_reason = false);
        for _ in 0..4 {
            held.now += TimeDelta::milliseconds(120);
            held.input(
                crate::command::Input::Key(crate::command::Key::char('y')),
                false,
            );
        }
        pictures.push(("hold", held));
        let mut vain = asking(size, Strength::Hold, |review| review.needs_reason = false);
        vain.keys(&["y"]);
        vain.later(900);
        pictures.push(("hold-in-vain", vain));
        let mut refused = asking(size, Strength::Key, |_| ());
        if let Some(crate::ui::app::Overlay::Dialog(dialog)) = refused.app.overlays.last_mut() {
            let mut rules = many_rules();
            let mut wait = Rule::new(
                "bake",
                Verdict::NeedsWait,
                "the canary bakes for 10 minutes",
            );
            wait.until = Some(refused.app.now + TimeDelta::minutes(4));
            rules.push(wait);
            rules.push(Rule::new(
                "version",
                Verdict::Refuse,
                "4.12.1 serves now, not 4.12.0: look again and decide anew",
            ));
            dialog.phase = Phase::Failed(Refused {
                sentence: "4.12.1 serves now, not 4.12.0: look again and decide anew".into(),
                rules,
            });
        }
        pictures.push(("refused", refused));
        pictures.push(("written-down", followed(size, &[])));
        pictures.push(("sent", followed(size, &SENT)));
        let seen = (OperationState::Observed, 1_840, "production serves 4.11.3");
        pictures.push(("observed", followed(size, &[&SENT[..], &[seen]].concat())));
        let lost = (
            OperationState::Unknown,
            600_400,
            "sent, but its effect was not seen in time; last: no run carries this operation",
        );
        pictures.push(("unknown", followed(size, &[&SENT[..2], &[lost]].concat())));
        for (name, driver) in pictures {
            let (width, height) = size;
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), drawn(&driver));
        }
    }
}

#[test]
fn the_whole_request_is_reached_at_80x24_and_everything_fits_its_box() {
    let mut driver = asking(
        (80, 24),
        Strength::TypeName("checkout".to_owned()),
        |review| {
            let body = (0..60).map(|line| Text::from(format!("  \"line\": {line},")));
            review.request = std::iter::once(Text::new("POST https://hub.example/dispatches"))
                .chain(body)
                .collect();
        },
    );
    driver.keys(&["u"]);
    let picture = drawn(&driver);
    assert!(picture.contains("\"line\": 59"), "{picture}");
    for line in 0..60 {
        let wanted = format!("\"line\": {},", 59 - line);
        let mut steps = 0;
        while !drawn(&driver).contains(&wanted) {
            driver.keys(&["up"]);
            steps += 1;
            assert!(steps < 40, "{wanted} is never shown");
        }
    }
    driver.keys(&["u"]);
    assert!(!drawn(&driver).contains("\"line\": 59"));
}

#[test]
fn what_stops_and_what_asks_stands_above_what_speaks_for_it() {
    let driver = asking((80, 24), Strength::Key, |review| {
        review.rules.push(Rule::new("x", Verdict::Refuse, "STOPS"));
        review
            .rules
            .insert(2, Rule::new("y", Verdict::NeedsSecondPerson, "ASKS"));
    });
    let picture = drawn(&driver);
    let place = |words: &str| {
        picture
            .find(words)
            .unwrap_or_else(|| panic!("{words}:\n{picture}"))
    };
    assert!(place("STOPS") < place("ASKS"));
    assert!(place("ASKS") < place("a rollback of production is recorded"));
    assert!(place("a rollback of production is recorded") < place("is under way"));
    assert!(place("is under way") < place("no freeze is in force"));
}

#[test]
fn a_long_address_is_shortened_at_its_front() {
    use super::body::shortened;
    let line = "POST https://hub.example/repos/larkspur/search/actions/runs/1/approve";
    assert_eq!(shortened(line, 100), line);
    assert_eq!(shortened(line, 40), "POST …/search/actions/runs/1/approve");
    assert_eq!(shortened(line, 12), "POST …pprove");
    for room in 0..80 {
        assert!(shortened(line, room).starts_with("POST"), "{room}");
    }
}
