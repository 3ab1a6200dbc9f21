//! When the screen changes by time alone. An unchanged screen wakes nothing:
//! clocks show minutes, and seconds only while they decide something.

use chrono::{DurationRound, TimeDelta};

use super::{arming, note, settle};
use crate::{
    domain::Timestamp,
    ui::{
        app::{App, Overlay},
        chrome,
    },
};

/// Whether the T-clock shows seconds at `now`: within an hour of the planned
/// start of the active release.
#[must_use]
pub fn ticks(app: &App) -> bool {
    if app.settings.still {
        return false;
    }
    app.model
        .followed_release(app.now)
        .and_then(|release| release.start)
        .is_some_and(|start| (app.now - start).abs() < TimeDelta::hours(1))
}

/// When the screen changes next by time alone; the runtime sends a
/// [`super::Event::Tick`] then.
#[must_use]
pub fn next_wakeup(app: &App) -> Option<Timestamp> {
    let unit = if ticks(app) {
        TimeDelta::seconds(1)
    } else {
        TimeDelta::minutes(1)
    };
    let next = app
        .now
        .duration_trunc(unit)
        .map_or(app.now + unit, |whole| whole + unit);
    let mut instants = vec![next];
    instants.extend(app.toasts.iter().map(|toast| toast.until));
    instants.extend(settle::rest_ends(app));
    instants.extend(app.follows.map(|(at, _)| at));
    instants.extend(chrome::chips::next_change(app));
    instants.extend(arming::left(app).map(|(_, until)| until));
    for overlay in &app.overlays {
        match overlay {
            Overlay::Note(editor) => instants.extend(note::due(editor)),
            Overlay::Dialog(dialog) if dialog.takes_answers(app.now) => {
                instants.extend(dialog.hold.next_change(app.now));
            }
            Overlay::Dialog(dialog) => {
                instants.extend(
                    dialog
                        .flushed_at
                        .map(|at| at + crate::ui::app::Dialog::DELAY)
                        .filter(|at| *at > app.now),
                );
            }
            _ => {}
        }
    }
    // What is overdue is due at once, never in the past.
    instants.into_iter().min().map(|at| at.max(app.now))
}

/// What of the screen depends on time alone: while this stays the same, a tick
/// draws nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    minute: i64,
    second: Option<i64>,
    toasts: usize,
    chips: usize,
    answers: bool,
    /// How full the bar of a held key is, and whether it was in vain.
    hold: Option<(i64, bool)>,
    /// Until when the time that is left of the arming reads as it does.
    armed: Option<Timestamp>,
    follows: bool,
}

pub(super) fn shown(app: &App) -> Shown {
    let seconds = app.now.timestamp();
    Shown {
        minute: seconds.div_euclid(60),
        second: ticks(app).then_some(seconds),
        toasts: app.toasts.len(),
        chips: chrome::chips::all(app).len(),
        answers: app
            .dialog()
            .is_some_and(|dialog| dialog.takes_answers(app.now)),
        hold: app
            .dialog()
            .map(|dialog| (dialog.hold.steps(app.now), dialog.hold.was_in_vain(app.now))),
        armed: arming::left(app).map(|(_, until)| until),
        follows: app.follows.is_some(),
    }
}
