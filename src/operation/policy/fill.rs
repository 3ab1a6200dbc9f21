//! The input of one decision, from what is known.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, TimeDelta, Timelike as _, Weekday};

use super::input::{
    AtWork, Belongs, Canary, Change, Clock, ConnectionWord, Input, OpenIncident, Operation,
    Request, RiskInput, Seen, Settings, Span, Verb, Whoever, Windows,
};
use crate::{
    analysis::risk::Weighed,
    domain::{Act, Comparison, Connection, PolicySettings, Steer, Team, Text, Timestamp, Window},
    operation::{
        situation::{ChangeSeen, Situation},
        stage::Draft,
    },
    store::journal::{Actor, FactAge},
};

/// Files that a comparison lists at most.
const MOST_FILES: usize = 300;

impl Input {
    /// The input of a decision about a draft.
    #[must_use]
    pub fn of(
        draft: &Draft,
        situation: &Situation,
        actor: &Actor,
        weighed: Option<&Weighed>,
    ) -> Self {
        let team = &situation.team;
        Self {
            operation: operation(draft, situation),
            facts: seen(situation, &situation.facts),
            surroundings: seen(situation, &situation.surroundings),
            person: person(situation, actor),
            now: clock(team, situation.now),
            risk: risk(weighed),
            windows: Windows {
                freezes: spans(team, &situation.freezes),
                changes: spans(team, &situation.change_windows),
                change_windows_exist: situation.change_windows_exist,
                next_change: situation
                    .next_change_window
                    .as_ref()
                    .map(|window| span(team, window)),
                unknown: situation
                    .calendars_unknown
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
            },
            change: change(&situation.change),
            request: Request {
                known: situation.requested_by.is_some(),
                by: situation
                    .requested_by
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
            },
            canary: Canary {
                state: situation.canary.0,
                sentence: situation.canary.1.to_string(),
            },
            incidents: situation
                .incidents
                .iter()
                .map(|incident| OpenIncident {
                    id: incident.id.to_string(),
                    number: incident.number,
                    title: incident.title.to_string(),
                })
                .collect(),
            deployments: situation
                .deployments
                .iter()
                .map(|deployment| AtWork {
                    version: deployment.version.to_string(),
                    environment: deployment.environment.to_string(),
                    creator: deployment.creator.to_string(),
                    age_seconds: whole_seconds(situation.now - deployment.created),
                })
                .collect(),
            connection: connection(situation.connection),
            release: belongs(situation),
            settings: settings(team, draft),
        }
    }
}

fn operation(draft: &Draft, situation: &Situation) -> Operation {
    let intent = &draft.intent;
    let (verb, from) = match &intent.act {
        Act::Approve { .. } => (Verb::Approve, situation.serving.as_ref()),
        Act::Decline { .. } => (Verb::Decline, situation.serving.as_ref()),
        Act::RerunFailed { .. } => (Verb::RerunFailed, situation.serving.as_ref()),
        Act::CancelRun { .. } => (Verb::CancelRun, situation.serving.as_ref()),
        Act::RollBack { from, .. } | Act::RollBackByRerun { from, .. } | Act::Undo { from, .. } => {
            (Verb::RollBack, Some(from))
        }
        Act::Steer { how, .. } => (
            match how {
                Steer::Promote | Steer::PromoteFully | Steer::Resume | Steer::Retry => {
                    Verb::Promote
                }
                Steer::Hold => Verb::Hold,
                Steer::Abort => Verb::Abort,
            },
            situation.serving.as_ref(),
        ),
        Act::Acknowledge { .. } => (Verb::Acknowledge, None),
        Act::Resolve { .. } => (Verb::Resolve, None),
        Act::AddNote { .. } => (Verb::AddNote, None),
        Act::Publish { .. } => (Verb::Publish, None),
    };
    Operation {
        id: draft.id.to_string(),
        verb,
        source: intent.source.to_string(),
        service: intent.service.as_ref().map(ToString::to_string),
        tier: situation.tier,
        environment: intent.environment.as_ref().map(ToString::to_string),
        production: situation.production,
        from: from.map(ToString::to_string),
        to: situation.target.as_ref().map(ToString::to_string),
        reason: intent.reason.to_string(),
        again_of: draft.again_of.as_ref().map(ToString::to_string),
        in_plan: draft.plan.is_some(),
    }
}

fn seen(situation: &Situation, facts: &[FactAge]) -> Vec<Seen> {
    facts
        .iter()
        .map(|fact| Seen {
            what: fact.what.to_string(),
            age_seconds: situation.age(fact).map(whole_seconds),
        })
        .collect()
}

fn person(situation: &Situation, actor: &Actor) -> Whoever {
    let mut called: Vec<Text> = vec![actor.login.clone()];
    called.extend(situation.vendor_names.iter().cloned());
    let person = situation.team.person(&called);
    let names: BTreeSet<String> = called
        .iter()
        .chain(
            person
                .iter()
                .flat_map(|person| std::iter::once(&person.name).chain(&person.names)),
        )
        .map(|name| name.to_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    Whoever {
        login: actor.login.to_string(),
        host: actor.host.to_string(),
        known: person.is_some() || !situation.vendor_names.is_empty(),
        names: names.into_iter().collect(),
        groups: person
            .iter()
            .flat_map(|person| &person.groups)
            .map(ToString::to_string)
            .collect(),
    }
}

fn clock(team: &Team, now: Timestamp) -> Clock {
    let local = now.with_timezone(&team.zone);
    Clock {
        seconds: now.timestamp(),
        zone: team.zone.name().to_owned(),
        time: local.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        date: local.date_naive().to_string(),
        weekday: match local.weekday() {
            Weekday::Mon => "monday",
            Weekday::Tue => "tuesday",
            Weekday::Wed => "wednesday",
            Weekday::Thu => "thursday",
            Weekday::Fri => "friday",
            Weekday::Sat => "saturday",
            Weekday::Sun => "sunday",
        }
        .to_owned(),
        hour: local.hour(),
        minute: local.minute(),
    }
}

fn risk(weighed: Option<&Weighed>) -> RiskInput {
    let known = weighed.cloned().unwrap_or_default();
    RiskInput {
        weighed: weighed.is_some(),
        level: known.risk.level,
        points: known.points,
        reasons: known.risk.reasons.iter().map(ToString::to_string).collect(),
    }
}

fn spans(team: &Team, windows: &[Window]) -> Vec<Span> {
    windows.iter().map(|window| span(team, window)).collect()
}

fn span(team: &Team, window: &Window) -> Span {
    let words = |at: DateTime<_>| {
        at.with_timezone(&team.zone)
            .format("%Y-%m-%d %H:%M %Z")
            .to_string()
    };
    Span {
        id: window.id.to_string(),
        title: window.title.to_string(),
        start: window.start.timestamp(),
        end: window.end.timestamp(),
        start_text: words(window.start),
        end_text: words(window.end),
    }
}

fn change(seen: &ChangeSeen) -> Change {
    let unknown = |why: &str| Change {
        known: false,
        complete: false,
        why: why.to_owned(),
        commits: 0,
        authors: Vec::new(),
        pull_request_authors: Vec::new(),
        files_known: false,
        files: Vec::new(),
    };
    match seen {
        ChangeSeen::None => unknown("the operation changes no version"),
        ChangeSeen::Wanted(_) => unknown("the commits were not read"),
        ChangeSeen::Unknown(why) => unknown(why),
        ChangeSeen::Known(comparison) => read(comparison),
    }
}

fn read(comparison: &Comparison) -> Change {
    // What a rollback takes back is on the newer side, what goes out too: the
    // older side's own commits would be lost, so they are part of the change.
    let commits = comparison.ahead.saturating_add(comparison.behind);
    let listed = comparison.commits.len() as u64 >= u64::from(comparison.ahead);
    let authors: BTreeSet<&Text> = comparison
        .commits
        .iter()
        .map(|commit| &commit.author)
        .collect();
    let pull_request_authors: BTreeSet<&Text> = comparison
        .pull_requests
        .iter()
        .map(|request| &request.author)
        .filter(|author| !author.is_empty())
        .collect();
    let complete =
        listed && comparison.behind == 0 && authors.iter().all(|author| !author.is_empty());
    let why = if complete {
        ""
    } else if comparison.behind > 0 {
        "the versions are on two lines, and only one of them is listed"
    } else if listed {
        "a commit names no author"
    } else {
        "not all commits are listed"
    };
    Change {
        known: true,
        complete,
        why: why.to_owned(),
        commits,
        authors: words(authors.into_iter().filter(|author| !author.is_empty())),
        pull_request_authors: words(pull_request_authors),
        files_known: files_known(comparison),
        files: words(&comparison.files),
    }
}

/// Whether the files of a comparison are all there: commits without a single
/// file mean that nobody listed them.
pub(in crate::operation) fn files_known(comparison: &Comparison) -> bool {
    comparison.files.len() < MOST_FILES && (comparison.ahead == 0 || !comparison.files.is_empty())
}

fn words<'a>(texts: impl IntoIterator<Item = &'a Text>) -> Vec<String> {
    texts.into_iter().map(ToString::to_string).collect()
}

fn connection(connection: Option<Connection>) -> ConnectionWord {
    match connection {
        None => ConnectionWord::NotKnown,
        Some(Connection::Connecting) => ConnectionWord::Connecting,
        Some(Connection::Ok) => ConnectionWord::Ok,
        Some(Connection::Degraded) => ConnectionWord::Degraded,
        Some(Connection::Unreachable) => ConnectionWord::Unreachable,
        Some(Connection::Unauthorised) => ConnectionWord::Unauthorised,
        Some(Connection::Forbidden) => ConnectionWord::Forbidden,
        Some(Connection::RateLimited) => ConnectionWord::RateLimited,
    }
}

fn belongs(situation: &Situation) -> Belongs {
    situation
        .release
        .as_ref()
        .map(|release| Belongs {
            id: release.id.to_string(),
            kind: release.kind.word().to_owned(),
            captain: release
                .captain
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
        })
        .unwrap_or_default()
}

fn settings(team: &Team, draft: &Draft) -> Settings {
    let lower = |name: &Text| name.to_lowercase();
    let PolicySettings {
        stale_seconds,
        bots,
        approvals,
        freeze,
        hotfix_review_hours,
        outside_change_window,
        own_change,
        own_request,
        unknown_change,
        canary_failing,
        open_incident,
        in_flight,
        unknown_health,
        rollback,
        confirm,
    } = &team.policy;
    let holder = team
        .conn
        .as_ref()
        .and_then(|conn| team.person(std::slice::from_ref(conn)));
    Settings {
        stale_seconds: *stale_seconds,
        bots: bots.iter().map(lower).collect(),
        approvals: *approvals,
        conn: team.conn.as_ref().map(ToString::to_string),
        conn_names: team
            .conn
            .iter()
            .chain(
                holder
                    .iter()
                    .flat_map(|person| std::iter::once(&person.name).chain(&person.names)),
            )
            .map(lower)
            .collect::<BTreeSet<String>>()
            .into_iter()
            .collect(),
        hotfix_review_hours: *hotfix_review_hours,
        confirm: draft
            .intent
            .environment
            .as_ref()
            .and_then(|environment| confirm.get(environment))
            .copied(),
        rollback: *rollback,
        freeze: *freeze,
        outside_change_window: *outside_change_window,
        own_change: *own_change,
        own_request: *own_request,
        unknown_change: *unknown_change,
        canary_failing: *canary_failing,
        open_incident: *open_incident,
        in_flight: *in_flight,
        unknown_health: *unknown_health,
    }
}

fn whole_seconds(span: TimeDelta) -> u64 {
    u64::try_from(span.num_seconds()).unwrap_or(0)
}
