//! Calendars that others keep: iCalendar files and HTTPS feeds. Nothing can
//! be changed through them.
//!
//! Whatever was read well is kept as a copy; when a calendar cannot be read,
//! its last known windows stay in force, and it says so.

mod load;

use std::{path::Path, sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use reqwest::Url;
use tokio::sync::watch as channel;
use tokio_util::sync::CancellationToken;

pub use self::load::{Loaded, Loader};
use super::{
    contract::{Attention, Capability, FactSink, Fault, Finding, Integration, Query},
    http::{
        clock,
        fault::fault,
        is_loopback,
        pace::{self, Pace, Woken},
    },
};
use crate::{
    analysis::windows::declared,
    domain::{
        Body, CalendarSpec, Connection, Health, Origin, ServiceName, SourceId, Text, Timestamp,
        Window,
    },
    error::{Error, Kind},
};

/// How often a calendar is read again.
const POLL: Duration = Duration::from_secs(300);
/// Spans are told this far back and ahead.
const BACK: TimeDelta = TimeDelta::days(35);
const AHEAD: TimeDelta = TimeDelta::days(400);
/// And no more of them, the earliest first.
const MOST_SPANS: usize = 20_000;

/// One calendar.
pub struct Feed {
    loader: Loader,
}

impl Feed {
    /// Makes the integration of a calendar; copies are kept below `directory`.
    /// Nothing is sent.
    #[must_use]
    pub fn connect(spec: CalendarSpec, directory: &Path) -> Arc<dyn Integration> {
        Arc::new(Self {
            loader: Loader::new(spec, Some(directory)),
        })
    }

    /// Reads it, tells what it holds, and how it is.
    async fn round(&self, facts: &FactSink, next_try: Option<Timestamp>) -> Option<Fault> {
        let now = clock::now();
        let loaded = self.loader.load(now).await;
        let spec = &self.loader.spec;
        if let (Some(calendar), Some(read)) = (&loaded.calendar, loaded.read) {
            let items = spans(spec, calendar, now);
            let scope = Text::new("calendar");
            facts.emit(read, [Body::Windows { scope, items }]);
        }
        let health = Health {
            connection: loaded
                .fault
                .as_ref()
                .map_or(Connection::Ok, |fault| fault.connection),
            detail: loaded
                .fault
                .as_ref()
                .map_or_else(Text::default, |fault| fault.detail.clone()),
            last_ok: loaded.read,
            next_try: loaded.fault.as_ref().and(next_try),
            budget: None,
            clock_skew_seconds: None,
        };
        facts.emit(now, [Body::Health(health)]);
        loaded.fault
    }
}

/// The spans of a calendar around `now`.
#[must_use]
pub fn spans(
    spec: &CalendarSpec,
    calendar: &crate::analysis::windows::ical::Calendar,
    now: Timestamp,
) -> Vec<Window> {
    let reading = declared::effect_of(spec.events).reading();
    let services: Vec<ServiceName> = spec
        .selectors
        .services
        .iter()
        .map(|glob| ServiceName::new(glob))
        .collect();
    let mut spans: Vec<Window> = calendar
        .intervals(reading, now - BACK, now + AHEAD)
        .map(|(event, span)| Window {
            id: Origin::new(
                &spec.source,
                &format!("{}/{}", event.uid, span.start.timestamp()),
            ),
            kind: spec.events.kind(),
            title: if event.summary.is_empty() {
                calendar.name.clone()
            } else {
                event.summary.clone()
            },
            start: span.start,
            end: span.end,
            services: services.clone(),
            detail: event.description.clone(),
            url: event.url.clone(),
        })
        .collect();
    spans.sort_by(|one, other| (one.start, &one.id).cmp(&(other.start, &other.id)));
    spans.truncate(MOST_SPANS);
    spans
}

/// The host of a calendar's address, which is fit to be shown; the rest of it
/// may be as good as a password.
///
/// # Errors
/// When it is no address that may be asked; for people.
pub fn host_of(address: &str) -> Result<String, Error> {
    let url = Url::parse(address).map_err(|why| {
        Error::new(Kind::Usage, format!("`url` is not a URL: {why}"))
            .hint("write it as https://host/path.ics")
    })?;
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
        return Err(Error::new(Kind::Usage, "`url` names no host")
            .hint("write it as https://host/path.ics"));
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err(Error::new(
            Kind::Usage,
            format!("`url` has the scheme `{}`", url.scheme()),
        )
        .hint("a calendar is read by https only: who can change it can open a freeze"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::new(Kind::Usage, "`url` holds a user or a password")
            .hint("take the calendar's private address, which needs neither"));
    }
    Ok(host.to_owned())
}

impl Integration for Feed {
    fn id(&self) -> &SourceId {
        &self.loader.spec.source
    }

    fn kind(&self) -> &'static str {
        "calendar"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[Capability::Calendar]
    }

    fn watch(
        self: Arc<Self>,
        facts: FactSink,
        mut attention: channel::Receiver<Attention>,
        stop: CancellationToken,
    ) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let mut pace = Pace::new(POLL);
            loop {
                attention.borrow_and_update();
                let found = tokio::select! {
                    () = stop.cancelled() => return,
                    found = self.round(&facts, Some(pace::due(POLL))) => found,
                };
                let pause = pace.after(found.as_ref());
                let asked = |attention: &Attention| attention.refresh;
                if pace::rest(pause, &mut attention, asked, &stop).await == Woken::Stop {
                    return;
                }
            }
        })
    }

    fn sweep<'a>(&'a self, facts: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move { self.round(facts, None).await.map_or(Ok(()), Err) })
    }

    fn fetch<'a>(&'a self, _: Query, _: &'a FactSink) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async {
            let detail = "a calendar has nothing that is loaded on demand";
            Err(fault(Connection::Degraded, detail))
        })
    }

    fn doctor(&self) -> BoxFuture<'_, Vec<Finding>> {
        Box::pin(async {
            let loaded = self.loader.load(clock::now()).await;
            let title = Text::new("the calendar can be read");
            let mut findings = vec![match (&loaded.fault, &loaded.calendar) {
                (None, calendar) => Finding {
                    title,
                    ok: Some(true),
                    detail: Text::from(format!(
                        "{} events",
                        calendar
                            .as_ref()
                            .map_or(0, |calendar| calendar.events.len())
                    )),
                    hint: Text::default(),
                },
                (Some(fault), _) => Finding {
                    title,
                    ok: Some(false),
                    detail: fault.detail.clone(),
                    hint: Text::new(
                        "its last known windows stay in force; without any, `tminus freeze` says that it does not know",
                    ),
                },
            }];
            let remarks = loaded
                .calendar
                .iter()
                .flat_map(|calendar| &calendar.problems)
                .filter(|problem| !problem.hides);
            findings.extend(remarks.take(5).map(|problem| Finding {
                title: Text::from(format!("line {}", problem.line)),
                ok: None,
                detail: problem.what.clone(),
                hint: Text::new("mend it where the calendar is kept"),
            }));
            findings
        })
    }
}

#[cfg(test)]
mod tests;
