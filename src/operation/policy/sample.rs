//! An input with something in every field: the names that rules may ask for
//! are looked up in it, and each rule is tried with it at the start.

use super::input::{
    AtWork, Belongs, Canary, CanaryWord, Change, Clock, ConnectionWord, Input, OpenIncident,
    Operation, Request, RiskInput, Seen, Settings, Span, Verb, Whoever, Windows,
};
use crate::domain::{Approvals, Demand, RiskLevel};

impl Input {
    /// A made-up approval in which every list has an item and nothing is null.
    #[must_use]
    pub fn sample() -> Self {
        let text = str::to_owned;
        let seen = |what: &str| Seen {
            what: text(what),
            age_seconds: Some(12),
        };
        let span = |title: &str| Span {
            id: text("config:spring"),
            title: text(title),
            start: 1_795_000_000,
            end: 1_795_020_000,
            start_text: text("2026-11-18 11:26 UTC"),
            end_text: text("2026-11-18 17:00 UTC"),
        };
        Self {
            operation: Operation {
                id: text("0199aaaa-0000-7000-8000-000000000001"),
                verb: Verb::Approve,
                source: text("github"),
                service: Some(text("search")),
                tier: Some(1),
                environment: Some(text("production")),
                production: true,
                from: Some(text("1.87.2")),
                to: Some(text("1.88.0")),
                reason: text("planned"),
                again_of: Some(text("0199aaaa-0000-7000-8000-000000000000")),
                in_plan: false,
            },
            facts: vec![seen("the waiting approval")],
            surroundings: vec![seen("the list of open incidents")],
            person: Whoever {
                login: text("ana"),
                host: text("bridge"),
                known: true,
                names: vec![text("ana")],
                groups: vec![text("captains")],
            },
            now: Clock {
                seconds: 1_795_010_000,
                zone: text("UTC"),
                time: text("2026-11-18T14:13:20Z"),
                date: text("2026-11-18"),
                weekday: text("wednesday"),
                hour: 14,
                minute: 13,
            },
            risk: RiskInput {
                weighed: true,
                level: RiskLevel::Medium,
                points: 3,
                reasons: vec![text("migrations touched: db/migrations/0042.sql (+3)")],
            },
            windows: Windows {
                freezes: vec![span("Evening freeze")],
                changes: vec![span("Train window")],
                change_windows_exist: true,
                next_change: Some(span("Train window")),
                unknown: vec!["the calendar `freezes`: it does not answer".to_owned()],
            },
            change: Change {
                known: true,
                complete: true,
                why: text("-"),
                commits: 2,
                authors: vec![text("bo")],
                pull_request_authors: vec![text("bo")],
                files_known: true,
                files: vec![text("db/migrations/0042.sql")],
            },
            request: Request {
                known: true,
                by: text("chen"),
            },
            canary: Canary {
                state: CanaryWord::Failing,
                sentence: text("error rate is worse on the canary"),
            },
            incidents: vec![OpenIncident {
                id: text("pagerduty:Q1"),
                number: 4821,
                title: text("search is slow"),
            }],
            deployments: vec![AtWork {
                version: text("1.87.9"),
                environment: text("production"),
                creator: text("bo"),
                age_seconds: 90,
            }],
            connection: ConnectionWord::Ok,
            release: Belongs {
                id: text("train-47"),
                kind: text("train"),
                captain: text("ana"),
            },
            settings: Settings {
                stale_seconds: 300,
                bots: vec![text("dependabot[bot]")],
                approvals: Approvals::default(),
                conn: Some(text("ana")),
                conn_names: vec![text("ana")],
                hotfix_review_hours: 24,
                confirm: Some(Demand::NeedsHold),
                rollback: Demand::NeedsTyping,
                freeze: Demand::NeedsReason,
                outside_change_window: Demand::NeedsReason,
                own_change: Demand::NeedsSecondPerson,
                own_request: Demand::NeedsSecondPerson,
                unknown_change: Demand::NeedsSecondPerson,
                canary_failing: Demand::Deny,
                open_incident: Demand::NeedsReason,
                in_flight: Demand::NeedsReason,
                unknown_health: Demand::Warn,
            },
        }
    }
}
