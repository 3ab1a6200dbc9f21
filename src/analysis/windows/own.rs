//! Windows that people made here, for the evaluator.

use super::{
    Effect, Schedule, Scope, Unread, Window,
    declared::{Fault, compile},
};
use crate::domain::{OwnBook, OwnCourse, OwnKind, OwnTime, OwnWindow, Text, Timestamp};

/// The name under which they are known.
pub const SOURCE: &str = "own";

/// What a window of a kind does.
#[must_use]
pub fn effect(kind: OwnKind) -> Effect {
    match kind {
        OwnKind::Deny => Effect::Deny,
        OwnKind::Allow => Effect::Allow,
        OwnKind::Maintenance | OwnKind::Info => Effect::Note,
    }
}

/// A window that is not made yet, or was made by `owner` for `reason`.
///
/// # Errors
/// Which part is wrong, and what is expected.
pub fn planned(plan: &OwnWindow, reason: Text, owner: Text) -> Result<Window, Fault> {
    let declared = plan.declared(reason, owner).map_err(|why| Fault {
        key: "timezone",
        why,
        example: "such as Europe/Berlin or America/New_York",
    })?;
    let window = compile(&declared, &Text::new(SOURCE))?;
    Ok(Window {
        effect: effect(plan.kind),
        ..window
    })
}

/// A window that was made.
///
/// # Errors
/// As for [`planned`].
pub fn made(course: &OwnCourse) -> Result<Window, Fault> {
    let owner = course.changed.as_ref().unwrap_or(&course.made).by.clone();
    planned(&course.window, course.made.why.clone(), owner)
}

/// The occurrence of a rule that begins at `start`, at another time or left
/// out.
///
/// # Errors
/// When no occurrence begins then, or none would at the other time.
pub fn without(
    course: &OwnCourse,
    start: Timestamp,
    to: Option<Timestamp>,
) -> Result<OwnTime, String> {
    let begins = |plan: &OwnWindow, at: Timestamp| {
        let window = planned(plan, Text::default(), Text::default()).map_err(|fault| fault.why)?;
        let until = super::civil::plus(at, chrono::TimeDelta::seconds(1));
        let spans = window.when.intervals(window.effect.reading(), at, until);
        Ok::<bool, String>(spans.iter().any(|span| span.start == at))
    };
    if !begins(&course.window, start)? {
        return Err("no occurrence begins then".to_owned());
    }
    let when = course.window.when.without(start, to);
    let plan = OwnWindow {
        when: when.clone(),
        ..course.window.clone()
    };
    match to {
        Some(to) if !begins(&plan, to)? => Err("its rule leaves that time out".to_owned()),
        _ if begins(&plan, start)? && to != Some(start) => {
            Err("its rule has that time in another way: change the rule".to_owned())
        }
        _ => Ok(when),
    }
}

/// All that were made and not cancelled, and what of them is not known:
/// `unread` is why not all of them could be read.
#[must_use]
pub fn schedule(book: &OwnBook, unread: Option<&Text>) -> Schedule {
    let mut schedule = Schedule::default();
    let mut missing = |why: Text| {
        schedule.unread.push(Unread {
            name: Text::new(SOURCE),
            // A freeze may be among them.
            effect: Effect::Deny,
            scope: std::sync::Arc::new(Scope::default()),
            why,
            known_since: None,
        });
    };
    if let Some(why) = unread {
        missing(why.clone());
    }
    for course in book.standing() {
        match made(course) {
            Ok(window) => schedule.windows.push(window),
            // An older tminus reads what a newer one wrote.
            Err(fault) if effect(course.window.kind) != Effect::Note => {
                missing(Text::from(format!(
                    "the window `{}`: {}",
                    course.id, fault.why
                )));
            }
            Err(_) => {}
        }
    }
    schedule
}
