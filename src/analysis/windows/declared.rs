//! From what a team declared, and what others say, to windows that the
//! evaluator holds against a target.

use std::sync::Arc;

use super::{
    Cron, CronPair, Effect, Interval, Repeated, Scope, Selectors, When, Window, Zone, duration,
};
use crate::domain::{
    self, CalendarSpec, CalendarUse, DeclaredTime, DeclaredWindow, Text, WindowKind,
};

/// What is wrong with a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key of the configuration.
    pub key: &'static str,
    /// What is wrong, and what is expected.
    pub why: String,
    /// What it could look like.
    pub example: &'static str,
}

/// The window that was declared; `source` is who says it.
///
/// # Errors
/// Which key is wrong, and what is expected.
pub fn compile(declared: &DeclaredWindow, source: &Text) -> Result<Window, Fault> {
    let when = match &declared.when {
        DeclaredTime::Once { start, end } => {
            let span = Interval::new(*start, *end).ok_or_else(|| Fault {
                key: "to",
                why: "it ends before it begins".to_owned(),
                example: "`to` is an instant after `from`",
            })?;
            When::Once(span)
        }
        DeclaredTime::Cron { start, end, zone } => {
            let cron = |key: &'static str, text: &str, example: &'static str| {
                Cron::parse(text).map_err(|why| Fault { key, why, example })
            };
            When::Cron(CronPair {
                start: cron("start_cron", start, "start_cron = \"0 18 * * FRI\"")?,
                end: cron("end_cron", end, "end_cron = \"0 8 * * MON\"")?,
                zone: Zone::Named(*zone),
            })
        }
        DeclaredTime::Rule {
            rule,
            zone,
            duration: lasts,
        } => {
            let lasts = duration::elapsed(lasts).map_err(|why| Fault {
                key: "duration",
                why,
                example: "duration = \"62h\"",
            })?;
            let repeated =
                Repeated::parse(rule, &Zone::Named(*zone), lasts).map_err(|why| Fault {
                    key: "rrule",
                    why,
                    example: "rrule = \"DTSTART;TZID=Europe/Berlin:20260327T180000\\nRRULE:FREQ=WEEKLY;BYDAY=FR\"",
                })?;
            When::Repeated(repeated)
        }
    };
    Ok(Window {
        name: declared.name.clone(),
        effect: if declared.deny {
            Effect::Deny
        } else {
            Effect::Allow
        },
        scope: Arc::new(scope(&declared.selectors)?),
        reason: declared.reason.clone(),
        owner: declared.owner.clone(),
        source: source.clone(),
        when,
    })
}

/// The scope that selectors describe.
///
/// # Errors
/// Which of them holds something that is no glob.
pub fn scope(selectors: &domain::Selectors) -> Result<Scope, Fault> {
    fn words(globs: &[Text]) -> Vec<&str> {
        globs.iter().map(Text::as_str).collect()
    }
    Scope::new(&Selectors {
        services: &words(&selectors.services),
        environments: &words(&selectors.environments),
        teams: &words(&selectors.teams),
        changes: &words(&selectors.changes),
    })
    .map_err(|(key, why)| Fault {
        key,
        why,
        example: "globs such as [\"checkout\", \"pay*\"]",
    })
}

/// What the events of a calendar do.
#[must_use]
pub fn effect_of(events: CalendarUse) -> Effect {
    match events {
        CalendarUse::Freeze => Effect::Deny,
        CalendarUse::ChangeWindow => Effect::Allow,
        CalendarUse::Maintenance | CalendarUse::Release | CalendarUse::Info => Effect::Note,
    }
}

/// What a span that somebody told does.
#[must_use]
pub fn effect_of_kind(kind: &WindowKind) -> Effect {
    match kind {
        WindowKind::Freeze => Effect::Deny,
        WindowKind::Change => Effect::Allow,
        _ => Effect::Note,
    }
}

/// A span that somebody told, which concerns `scope`.
#[must_use]
pub fn told(span: &domain::Window, scope: Arc<Scope>, owner: &Text) -> Option<Window> {
    Some(Window {
        name: span.title.clone(),
        effect: effect_of_kind(&span.kind),
        scope,
        reason: span.detail.clone(),
        owner: owner.clone(),
        source: span.id.source.0.clone(),
        when: When::Once(Interval::new(span.start, span.end)?),
    })
}

/// The scope of a calendar; of one whose selectors cannot be read everything,
/// which is the careful way to be wrong.
#[must_use]
pub fn scope_of(calendar: &CalendarSpec) -> Arc<Scope> {
    Arc::new(scope(&calendar.selectors).unwrap_or_default())
}
