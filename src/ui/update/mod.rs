//! The only place where the state of the screen changes: an event gives the
//! next state and the effects that the runtime carries out. No await, no
//! clock but the event's own, so any bug is a list of events.

mod arming;
mod batch;
mod calendar;
mod compare;
mod dialog;
mod effect;
mod event;
mod input;
mod intent;
mod log;
mod mouse;
mod moves;
mod note;
mod palette;
mod pickers;
mod plan;
mod planner;
mod release;
mod rollout;
mod run;
mod settle;
mod text;
mod tree;
mod wakeup;
mod why_not;

use chrono::TimeDelta;

pub(in crate::ui) use self::{arming::left as armed_left, settle::is_filtered};
pub use self::{
    effect::Effect,
    event::{Event, Level},
    palette::{Entry, Verb, entries},
    release::{PUBLISH_CHOICES, event as step_event, page_notes},
    wakeup::{next_wakeup, ticks},
    why_not::why_not,
};
use super::app::{App, Overlay, Toast, ToastKind};
use crate::{
    command::{Item, Pane, View},
    domain::{Text, Timestamp},
    integrations::contract::Query,
};

/// Toasts that are kept at once.
const TOASTS: usize = 3;
/// How long after a paste no key is a command.
pub(crate) const QUIET: TimeDelta = TimeDelta::milliseconds(300);

/// Takes facts in without computing what follows from them; the next
/// [`update`] does. Vendors tell of hundreds of repositories one by one, and
/// lists that nobody sees in between need not be made. Any other event is given
/// back.
pub fn absorb(app: &mut App, event: Event) -> Option<Event> {
    let at = event.at();
    match event {
        Event::Facts { facts, .. } => {
            for fact in facts {
                app.model.apply(fact, at);
            }
        }
        Event::Recalled { facts, .. } => {
            for fact in facts {
                app.model.recall(fact, at);
            }
        }
        other => return Some(other),
    }
    app.now = app.now.max(at);
    app.stale.model = true;
    app.frame += 1;
    None
}

/// Takes one event in.
#[must_use]
pub fn update(app: &mut App, event: Event) -> Vec<Effect> {
    let mut effects = Vec::new();
    let before = wakeup::shown(app);
    app.now = app.now.max(event.at());
    let event = absorb(app, event).unwrap_or(Event::Tick(app.now));
    // What was absorbed changes lists, which the next frame shows.
    let only_time = !app.stale.model && matches!(event, Event::Tick(_) | Event::Flushed { .. });
    let by_hand = matches!(event, Event::Input { .. });
    match event {
        Event::Tick(_) | Event::Facts { .. } | Event::Recalled { .. } => {}
        Event::Flushed { frame, at } => flushed(app, frame, at),
        Event::Input { input, burst, .. } => input::take(app, input, burst, &mut effects),
        Event::Resize { width, height, .. } => {
            app.size = (width, height);
            app.stale.scroll = true;
        }
        Event::Checked { ticket, result, .. } => dialog::checked(app, ticket, result),
        Event::Previewed {
            ticket, request, ..
        } => dialog::previewed(app, ticket, request),
        Event::Confirmed { ticket, result, .. } => dialog::confirmed(app, ticket, result),
        Event::Batch {
            ticket, progress, ..
        } => batch::progressed(app, ticket, *progress),
        Event::Arming { result, .. } => arming::changed(app, result),
        Event::Situate { ticket, intent, .. } => effects.push(Effect::Situate { ticket, intent }),
        Event::FetchFailed { query, why, .. } => fetch_failed(app, &query, &why),
        Event::Log { ticket, told, .. } => log::answered(app, ticket, told, &mut effects),
        Event::LogRead { job, excerpt, .. } => compare::read(app, &job, &excerpt),
        Event::NoteSaved { id, result, .. } => note::saved(app, &id, result),
        Event::Notice { text, level, .. } => match level {
            Level::Info => info(app, text.as_str()),
            Level::Fault => toast(app, text.as_str(), ToastKind::Fault),
        },
        Event::Signal(_) => leave(app, &mut effects),
    }
    let now = app.now;
    app.toasts.retain(|toast| toast.until > now);
    note::autosave(app, &mut effects);
    arming::expire(app, &mut effects);
    settle::settle(app, &mut effects);
    log::look(app, &mut effects);
    settle::follow_cursor(app, by_hand);
    if !only_time || wakeup::shown(app) != before {
        app.frame += 1;
    }
    effects
}

fn flushed(app: &mut App, frame: u64, at: Timestamp) {
    if app.flushed.is_some_and(|(newest, _)| newest >= frame) {
        return;
    }
    app.flushed = Some((frame, at));
    app.cursor.flushed(frame, at);
    if let Some(screen) = settle::screen(app) {
        for list in screen.lists.values_mut() {
            if let Some(change) = &mut list.changed
                && change.seen.is_none()
                && frame >= change.frame
            {
                change.seen = Some(at);
            }
        }
    }
    for overlay in &mut app.overlays {
        if let Overlay::Dialog(dialog) = overlay
            && dialog.flushed_at.is_none()
            && dialog.asked_in.is_some_and(|asked| frame >= asked)
        {
            dialog.flushed_at = Some(at);
        }
    }
}

fn fetch_failed(app: &mut App, query: &Query, why: &Text) {
    if plan::missed(app, query, why) {
        return;
    }
    if let Query::Tests(_) = query {
        // Nobody asked for them; where they are missing nothing is shown.
        return;
    }
    if compare::missed(app, query, why) || release::missed(app, query, why) {
        return;
    }
    if let Query::Jobs(run) = query
        && app.awaited_log.as_ref() == Some(run)
    {
        app.awaited_log = None;
    }
    toast(app, why.as_str(), ToastKind::Fault);
}

/// Ends the program; what was being written is stored first.
fn leave(app: &mut App, effects: &mut Vec<Effect>) {
    note::store_now(app, effects);
    app.quitting = true;
    effects.push(Effect::Quit);
}

/// Shows one file as a log, and nothing else: what the screen starts with when a
/// person named a file.
#[must_use]
pub fn open_file(app: &mut App, name: Text) -> Vec<Effect> {
    let mut effects = Vec::new();
    app.only_log = true;
    log::open_file(app, name, &mut effects);
    effects
}

/// Says something that is good to know.
fn info(app: &mut App, text: &str) {
    toast(app, text, ToastKind::Info);
}

/// Says why something was not done.
fn refuse(app: &mut App, text: &str) {
    toast(app, text, ToastKind::Refused);
}

fn toast(app: &mut App, text: &str, kind: ToastKind) {
    let lasts = match kind {
        ToastKind::Info => 4,
        ToastKind::Refused => 6,
        ToastKind::Fault => 12,
    };
    let text = Text::new(text);
    app.toasts.retain(|toast| toast.text != text);
    app.toasts.push(Toast {
        text,
        kind,
        until: app.now + TimeDelta::seconds(lasts),
    });
    if app.toasts.len() > TOASTS {
        app.toasts.remove(0);
    }
}

/// Shows a view, with the cursor of a pane on an item where one is named.
fn show(app: &mut App, view: View, on: Option<(Pane, Item)>) {
    if app.view != view {
        app.came_from = on.as_ref().map(|_| app.view);
        app.view = view;
    }
    if let Some((pane, item)) = on {
        if let Some(screen) = settle::screen(app) {
            screen.focus = pane;
        }
        if pane == Pane::Runs && app.is_tree() && !tree::reveal(app, &item) {
            app.stale.rows_from = Some(0);
            return;
        }
        if let Some(list) = settle::list(app, pane) {
            list.selected = Some(item.clone());
        }
        // What is hidden by a filter cannot be shown.
        let hidden = {
            let filter = app.filter();
            !filter.is_empty() && !filter.terms().shows(&app.model, &item, None, app.now)
        };
        if hidden && let Some(screen) = settle::screen(app) {
            screen.filter.text.clear();
        }
    }
    app.stale.rows_from = Some(0);
}

#[cfg(test)]
pub(in crate::ui) mod compare_tests;
#[cfg(test)]
mod cursor_tests;
#[cfg(test)]
pub(in crate::ui) mod runs_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(in crate::ui) use plan::tests as plan_tests;
