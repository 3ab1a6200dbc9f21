mod civil;
mod cron;
mod dateutil;
mod evaluator;
mod ical;
mod reference;
mod what_goes_wrong;

use chrono::{NaiveDateTime, TimeDelta};

use super::*;
use crate::domain::{Text, Timestamp};

/// An instant such as `2026-03-29T00:30:00Z`.
fn at(text: &str) -> Timestamp {
    chrono::DateTime::parse_from_rfc3339(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .with_timezone(&chrono::Utc)
}

fn wall(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap()
}

fn span(start: &str, end: &str) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn pair(start: &str, end: &str, name: &str) -> CronPair {
    CronPair {
        start: Cron::parse(start).unwrap(),
        end: Cron::parse(end).unwrap(),
        zone: zone(name),
    }
}

fn repeated(rule: &str, duration: &str) -> Repeated {
    Repeated::parse(rule, &Zone::UTC, duration::elapsed(duration).unwrap()).unwrap()
}

fn window(effect: Effect, when: When) -> Window {
    Window {
        name: Text::new(effect.word()),
        effect,
        scope: std::sync::Arc::default(),
        reason: Text::default(),
        owner: Text::default(),
        source: Text::new("test"),
        when,
    }
}

fn deny(when: When) -> Window {
    window(Effect::Deny, when)
}

fn allow(when: When) -> Window {
    window(Effect::Allow, when)
}

fn once(start: &str, end: &str) -> When {
    When::Once(span(start, end))
}

fn schedule(windows: Vec<Window>) -> Schedule {
    Schedule {
        windows,
        unread: Vec::new(),
    }
}

fn target() -> Target<'static> {
    Target {
        service: "checkout",
        environment: Some("production"),
        ..Target::default()
    }
}

fn days(days: i64) -> TimeDelta {
    TimeDelta::days(days)
}
