//! Windows that were made here, as they are printed.

use schemars::JsonSchema;
use serde::Serialize;

use super::ConflictReport;
use crate::{
    analysis::windows::own,
    cli::{
        freeze::{SourceReport, ends, said},
        report::VERSION,
    },
    domain::{Hand, OwnCourse, OwnKind, OwnTime, Text, Timestamp},
    model::Conflict,
};

/// Occurrences that are told, at most.
const NEXT: usize = 3;

/// `tminus calendar list --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OwnList {
    /// Version of this contract.
    pub version: u32,
    /// The windows that were made here, by their id.
    pub windows: Vec<OwnWindowReport>,
    /// What could not be read.
    pub sources: Vec<SourceReport>,
}

/// `tminus calendar add`, `move`, `cancel` and `duplicate` with `--json`, and
/// each window of `tminus calendar list --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OwnWindowReport {
    /// Version of this contract.
    pub version: u32,
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it does.
    pub kind: OwnKind,
    /// First instant; null where a rule says when.
    pub from: Option<Timestamp>,
    /// First instant after it; null where a rule says when.
    pub to: Option<Timestamp>,
    /// Its rule, a line each; null when it is once.
    pub rrule: Option<String>,
    /// The clock of the rule.
    pub timezone: Option<String>,
    /// How long it lasts each time.
    pub duration: Option<String>,
    /// The services concerned, as globs; all when empty.
    pub services: Vec<String>,
    /// The environments concerned.
    pub environments: Vec<String>,
    /// The teams concerned.
    pub teams: Vec<String>,
    /// The classes of change concerned.
    pub changes: Vec<String>,
    /// Who made it, when and why; null when it is not made yet (`--dry-run`).
    pub made: Option<HandReport>,
    /// Who changed it last; null when nobody did.
    pub changed: Option<HandReport>,
    /// Who took it back; null while it holds.
    pub cancelled: Option<HandReport>,
    /// Its next occurrences, the present one among them.
    pub next: Vec<SpanReport>,
    /// Conflicts of releases that this change brings.
    pub conflicts: Vec<ConflictReport>,
    /// Conflicts of releases that this change ends.
    pub ended: Vec<ConflictReport>,
}

/// Who did it, when and why.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HandReport {
    /// Who (login name).
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A span of instants.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SpanReport {
    /// First instant; null when it has always been.
    pub from: Option<Timestamp>,
    /// First instant after it; null when it has no end.
    pub to: Option<Timestamp>,
}

impl HandReport {
    fn of(hand: &Hand) -> Self {
        Self {
            by: hand.by.to_string(),
            at: hand.at,
            reason: hand.why.to_string(),
        }
    }
}

fn words(texts: &[Text]) -> Vec<String> {
    texts.iter().map(Text::to_string).collect()
}

impl ConflictReport {
    pub(super) fn of(release: &str, conflict: Conflict) -> Self {
        Self {
            release: release.to_owned(),
            kind: conflict.kind.word(),
            reason: conflict.sentence.to_string(),
            with: conflict.with.to_string(),
            service: conflict.service.map(|service| service.to_string()),
            from: conflict.from,
        }
    }
}

impl OwnWindowReport {
    /// A window as it is, its occurrences from `now` on.
    pub(super) fn of(course: &OwnCourse, now: Timestamp) -> Self {
        let window = &course.window;
        let (from, to, rule) = match &window.when {
            OwnTime::Once { start, end } => (Some(*start), Some(*end), None),
            OwnTime::Rule {
                rule,
                zone,
                duration,
            } => (None, None, Some((rule, zone, duration))),
        };
        let mut next = Vec::new();
        // What cannot be read is said by `tminus freeze`.
        if let Ok(window) = own::made(course) {
            let mut span = window.at(now).or_else(|| window.next(now));
            while let Some(one) = span.filter(|_| next.len() < NEXT) {
                let (from, to) = ends(Some(one));
                next.push(SpanReport { from, to });
                span = window.next(one.start);
            }
        }
        Self {
            version: VERSION,
            id: course.id.to_string(),
            name: window.name.to_string(),
            kind: window.kind,
            from,
            to,
            rrule: rule.map(|(rule, _, _)| rule.replace("\\n", "\n")),
            timezone: rule.map(|(_, zone, _)| zone.to_string()),
            duration: rule.map(|(_, _, duration)| duration.to_string()),
            services: words(&window.selectors.services),
            environments: words(&window.selectors.environments),
            teams: words(&window.selectors.teams),
            changes: words(&window.selectors.changes),
            made: Some(HandReport::of(&course.made)),
            changed: course.changed.as_ref().map(HandReport::of),
            cancelled: course.cancelled.as_ref().map(HandReport::of),
            next,
            conflicts: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// In words, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{}  {} · {}", self.id, self.name, self.kind.said())];
        let mut line = |name: &str, text: String| lines.push(format!("  {name:<9}{text}"));
        if let Some(rule) = &self.rrule {
            let duration = self.duration.as_deref().unwrap_or_default();
            let zone = self.timezone.as_deref().unwrap_or_default();
            line(
                "rule",
                format!("{}, {duration}, {zone}", rule.replace('\n', " ")),
            );
        }
        for span in &self.next {
            let time = |at: Option<Timestamp>| at.map_or_else(|| "always".to_owned(), said);
            line("when", format!("{} – {}", time(span.from), time(span.to)));
        }
        let selected = [
            ("services", &self.services),
            ("in", &self.environments),
            ("teams", &self.teams),
            ("changes", &self.changes),
        ];
        for (name, globs) in selected.iter().filter(|(_, globs)| !globs.is_empty()) {
            line(name, globs.join(", "));
        }
        for (name, hand) in [
            ("made", &self.made),
            ("changed", &self.changed),
            ("cancelled", &self.cancelled),
        ] {
            if let Some(hand) = hand {
                let (by, at) = (&hand.by, said(hand.at));
                line(name, format!("by {by}, {at}: {}", hand.reason));
            }
        }
        for conflict in &self.conflicts {
            line("conflict", conflict.reason.clone());
        }
        for conflict in &self.ended {
            line("no more", conflict.reason.clone());
        }
        lines
    }
}
