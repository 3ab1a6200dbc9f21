//! `tminus journal`: what was done, and the head to keep elsewhere.

use std::{path::Path, sync::Arc};

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{
    args::{Global, JournalArgs, JournalCommand, Signing},
    context::data_directory,
    people, print,
    report::OperationReport,
};
use crate::{
    config::Config,
    domain::{OperationRecord, OperationState, ServiceName, Timestamp},
    error::{Error, Kind},
    evidence::{
        operation::Operation,
        sshsig,
        statement::{self, Statement, Subject},
    },
    operation::{Desk, People, Setup},
    runtime::{actor, now},
    store::journal::Verdict,
    ui::theme::operation_word,
};

/// `tminus journal`.
///
/// # Errors
/// When the journal cannot be read, or a filter cannot be understood.
pub fn run(global: &Global, what: &JournalArgs) -> Result<(), Error> {
    if let Some(JournalCommand::Head { sign, signing }) = &what.command {
        return head(global, *sign, signing);
    }
    let filter = Filter::of(what, now())?;
    let desk = reading_desk(global, config(global)?.as_ref())?;
    let mut records = desk.records()?;
    records.retain(|record| filter.takes(record));
    if let Some(limit) = what.limit {
        records.drain(..records.len().saturating_sub(limit));
    }
    if what.full {
        return full(&desk, &records);
    }
    let reports: Vec<OperationReport> = records.iter().map(OperationReport::from).collect();
    if global.json {
        return print::json(&reports);
    }
    if reports.is_empty() {
        return print::line(if filter.is_all() {
            "nothing was done yet"
        } else {
            "nothing fits"
        });
    }
    for report in &reports {
        let at = report.history.first().map_or_else(String::new, |first| {
            first.at.format("%Y-%m-%d %H:%M:%SZ").to_string()
        });
        print::line(&format!(
            "{at}  {:9}  {}  by {}",
            operation_word(report.state),
            report.summary,
            report.actor
        ))?;
        if !report.detail.is_empty() {
            print::line(&format!("                      {}", report.detail))?;
        }
        if report.state == OperationState::Unknown && report.again_as.is_none() {
            print::line(&format!(
                "                      `tminus look {id}` looks for its effect, `tminus again {id}` \
                 sends it again",
                id = report.id
            ))?;
        }
    }
    Ok(())
}

/// Everything that is written down about operations.
fn full(desk: &Desk, records: &[OperationRecord]) -> Result<(), Error> {
    let excerpt = desk.journal().excerpt(|entry| {
        entry
            .body
            .operation()
            .is_some_and(|id| records.iter().any(|record| &record.id == id))
    })?;
    print::json(&Operation::all(&excerpt.entries))
}

/// The configuration, where there is one: the journal can be read without. A
/// wrong one that was named is said.
///
/// # Errors
/// When it was named and is wrong.
pub fn config(global: &Global) -> Result<Option<Config>, Error> {
    match Config::find(global.config.clone()) {
        Ok(config) => Ok(Some(config)),
        Err(error) if global.config.is_some() => Err(error),
        Err(_) => Ok(None),
    }
}

/// A desk that only reads: no integration is set up.
///
/// # Errors
/// When there is no data directory.
pub fn reading_desk(global: &Global, config: Option<&Config>) -> Result<Arc<Desk>, Error> {
    Ok(desk(&data_directory(global, config)?, true))
}

/// A desk without integrations: nothing is sent from it.
pub fn desk(directory: &Path, read_only: bool) -> Arc<Desk> {
    Desk::open(
        directory,
        Setup {
            integrations: Vec::new(),
            read_only,
            arm: false,
            policy: Err(Error::new(Kind::Refused, "nothing is sent from here")),
            actor: actor(),
            people: People::default(),
            clock: Arc::new(now),
        },
    )
}

/// A head of the journal, as it is printed and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PrintedHead {
    /// The journal.
    pub chain: String,
    /// How many entries it has.
    pub seq: u64,
    /// The hash of the newest one.
    pub hash: String,
    /// When the head was printed.
    pub at: Timestamp,
}

fn head(global: &Global, sign: bool, signing: &Signing) -> Result<(), Error> {
    let config = config(global)?;
    let desk = reading_desk(global, config.as_ref())?;
    let head = match desk.journal().verify()? {
        Verdict::Whole {
            entries,
            chain,
            hash,
            ..
        } if entries > 0 => PrintedHead {
            chain,
            seq: entries,
            hash,
            at: now(),
        },
        Verdict::Whole { .. } => {
            return Err(Error::new(Kind::Unknown, "the journal has no entry yet"));
        }
        Verdict::Broken(broken) => return Err(super::verify::broken(&broken)),
    };
    if !sign {
        return one_line(&head);
    }
    let data = data_directory(global, config.as_ref())?;
    let key = people::signer(signing, config.as_ref(), &data)?;
    let subject = Subject::new(
        format!("journal {} entry {}", head.chain, head.seq),
        &head.hash,
    );
    let statement = Statement::new(statement::HEAD, vec![subject], &head)?;
    one_line(&statement.seal(sshsig::HEAD, &key)?.envelope)
}

/// One line of JSON, so that heads can be collected in one file.
fn one_line(value: &impl Serialize) -> Result<(), Error> {
    let json = serde_json::to_string(value)
        .map_err(|error| Error::new(Kind::Unknown, format!("cannot write JSON: {error}")))?;
    print::line(&json)
}

/// Which operations are wanted.
struct Filter {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    service: Option<ServiceName>,
    environment: Option<String>,
    actor: Option<String>,
    verb: Option<String>,
    state: Option<String>,
    operation: Option<String>,
}

/// The words for where an operation can stand.
const STATES: [&str; 7] = [
    "proposed",
    "confirmed",
    "sent",
    "accepted",
    "observed",
    "failed",
    "unknown",
];

impl Filter {
    fn of(what: &JournalArgs, now: Timestamp) -> Result<Self, Error> {
        if let Some(state) = &what.state
            && !STATES.contains(&state.as_str())
        {
            return Err(Error::new(
                Kind::Usage,
                format!("`{state}` is no state of an operation"),
            )
            .hint(format!("known: {}", STATES.join(", "))));
        }
        let time =
            |text: &Option<String>| text.as_deref().map(|text| moment(text, now)).transpose();
        Ok(Self {
            since: time(&what.since)?,
            until: time(&what.until)?,
            service: what.service.as_deref().map(ServiceName::new),
            environment: what.environment.clone(),
            actor: what.actor.clone(),
            verb: what
                .verb
                .as_deref()
                .map(|verb| verb.replace(['-', '_'], " ")),
            state: what.state.clone(),
            operation: what.operation.clone(),
        })
    }

    fn is_all(&self) -> bool {
        self.since.is_none()
            && self.until.is_none()
            && self.service.is_none()
            && self.environment.is_none()
            && self.actor.is_none()
            && self.verb.is_none()
            && self.state.is_none()
            && self.operation.is_none()
    }

    fn takes(&self, record: &OperationRecord) -> bool {
        let begun = record.history.first().map(|first| first.at);
        let intent = &record.intent;
        let place = intent.environment.as_ref();
        self.since.is_none_or(|since| begun >= Some(since))
            && self
                .until
                .is_none_or(|until| begun.is_some_and(|begun| begun < until))
            && (self.service.is_none() || self.service == intent.service)
            && self
                .environment
                .as_ref()
                .is_none_or(|wanted| place.is_some_and(|place| place.as_str() == wanted))
            && self
                .actor
                .as_ref()
                .is_none_or(|who| record.actor.contains(who.as_str()))
            && self.verb.as_ref().is_none_or(|verb| {
                intent
                    .act
                    .verb()
                    .replace('-', " ")
                    .starts_with(verb.as_str())
            })
            && self
                .state
                .as_ref()
                .is_none_or(|state| operation_word(record.state) == state)
            && self
                .operation
                .as_ref()
                .is_none_or(|id| record.id.as_str().starts_with(id.as_str()))
    }
}

/// A moment as a person writes it: RFC 3339, a day in UTC, or an age.
///
/// # Errors
/// When it is none of these.
pub fn moment(text: &str, now: Timestamp) -> Result<Timestamp, Error> {
    if let Ok(at) = chrono::DateTime::parse_from_rfc3339(text) {
        return Ok(at.to_utc());
    }
    if let Some(start) = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .and_then(|day| day.and_hms_opt(0, 0, 0))
    {
        return Ok(start.and_utc());
    }
    let age = text
        .split_at_checked(text.len().saturating_sub(1))
        .and_then(|(number, unit)| {
            let number: i64 = number.parse().ok()?;
            match unit {
                "m" => TimeDelta::try_minutes(number),
                "h" => TimeDelta::try_hours(number),
                "d" => TimeDelta::try_days(number),
                _ => None,
            }
        });
    age.filter(|age| *age >= TimeDelta::zero())
        .and_then(|age| now.checked_sub_signed(age))
        .ok_or_else(|| {
            Error::new(Kind::Usage, format!("`{text}` is no time"))
                .hint("write 2026-11-22T14:00:00Z, 2026-11-22, or an age such as 30m, 2h, 7d")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_a_day_or_an_age() {
        let now = moment("2026-11-22T14:00:00Z", Timestamp::default()).unwrap();
        let hour = |text: &str| moment(text, now).unwrap().format("%dT%H:%M").to_string();
        assert_eq!(hour("2026-11-22T14:00:00+02:00"), "22T12:00");
        assert_eq!(hour("2026-11-21"), "21T00:00");
        assert_eq!(hour("90m"), "22T12:30");
        assert_eq!(hour("2d"), "20T14:00");
        for wrong in ["", "h", "-1h", "yesterday", "9999999999999d", "1é"] {
            assert!(moment(wrong, now).is_err(), "{wrong}");
        }
    }
}
