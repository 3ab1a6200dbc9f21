//! Reading one calendar, and the copy of what was last read well.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use reqwest::Url;
use sha2::{Digest as _, Sha256};

use crate::{
    analysis::windows::{
        Unread, When, Window, declared,
        ical::{Calendar, read},
        schedule::Effect,
    },
    domain::{CalendarPlace, CalendarSpec, Connection, Text, Timestamp},
    integrations::{
        contract::Fault,
        http::{Expect, Priority, ReadClient, ReadSettings, fault::fault},
    },
};

/// Larger files are no calendars of releases.
const LARGEST: usize = 16 * 1024 * 1024;

/// What reading brought.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What is known: as it was read now, or as it was last known; none when
    /// nothing is.
    pub calendar: Option<Calendar>,
    /// When that was read; none when what is known may lack something.
    pub read: Option<Timestamp>,
    /// Why it could not be read now.
    pub fault: Option<Fault>,
}

/// Reads one calendar.
pub struct Loader {
    /// The calendar.
    pub spec: CalendarSpec,
    copy: Option<PathBuf>,
    client: Option<(ReadClient, String)>,
}

impl Loader {
    /// A reader that keeps copies below `directory`, where there is one.
    /// Nothing is sent.
    #[must_use]
    pub fn new(spec: CalendarSpec, directory: Option<&Path>) -> Self {
        let place = match &spec.place {
            CalendarPlace::File(path) => std::path::absolute(path)
                .unwrap_or_else(|_| path.clone())
                .to_string_lossy()
                .into_owned(),
            CalendarPlace::Url(url) => url.clone(),
        };
        let mut name = String::new();
        for byte in &Sha256::digest(place.as_bytes())[..12] {
            let _ = write!(name, "{byte:02x}");
        }
        let client = match &spec.place {
            CalendarPlace::Url(url) => Url::parse(url).ok().map(|base| {
                (
                    ReadClient::new(ReadSettings {
                        body_cap: LARGEST,
                        ..ReadSettings::new(base, None, 30)
                    }),
                    url.clone(),
                )
            }),
            CalendarPlace::File(_) => None,
        };
        Self {
            copy: directory
                .map(|directory| directory.join("calendars").join(format!("{name}.ics"))),
            client,
            spec,
        }
    }

    /// Reads it; where that fails, what was last known.
    pub async fn load(&self, now: Timestamp) -> Loaded {
        let read = match self.bytes().await {
            Ok(bytes) => match read(&bytes) {
                Ok(calendar) => Ok((calendar, bytes)),
                Err(why) => Err(fault(Connection::Unreachable, &why)),
            },
            Err(fault) => Err(fault),
        };
        let stops = declared::effect_of(self.spec.events) != Effect::Note;
        match read {
            Ok((calendar, bytes)) if !(stops && calendar.hides()) => {
                // A copy that cannot be kept is missed when it is needed, and
                // that is said then.
                if let Some(copy) = &self.copy {
                    let _ = keep(copy, &bytes).await;
                }
                Loaded {
                    calendar: Some(calendar),
                    read: Some(now),
                    fault: None,
                }
            }
            Ok((calendar, _)) => {
                let why = calendar
                    .problems
                    .iter()
                    .find(|problem| problem.hides)
                    .map_or_else(String::new, |problem| {
                        format!("line {}: {}", problem.line, problem.what)
                    });
                let fault = fault(
                    Connection::Degraded,
                    &format!("an event of it cannot be read: {why}"),
                );
                self.fall_back(fault, Some(calendar)).await
            }
            Err(fault) => self.fall_back(fault, None).await,
        }
    }

    /// What was last known, with what could be read now.
    async fn fall_back(&self, fault: Fault, some: Option<Calendar>) -> Loaded {
        let known = self.known().await;
        let kept = known.as_ref().map(|(_, read)| *read);
        let calendar = match (known, some) {
            (Some((mut known, _)), Some(some)) => {
                // Twice the same freeze is one freeze.
                known.events.extend(some.events);
                Some(known)
            }
            (Some((known, _)), None) => Some(known),
            (None, some) => some,
        };
        Loaded {
            calendar,
            read: kept,
            fault: Some(fault),
        }
    }

    async fn known(&self) -> Option<(Calendar, Timestamp)> {
        let copy = self.copy.as_ref()?;
        let bytes = tokio::fs::read(copy).await.ok()?;
        let kept = tokio::fs::metadata(copy).await.ok()?.modified().ok()?;
        Some((read(&bytes).ok()?, kept.into()))
    }

    async fn bytes(&self) -> Result<Vec<u8>, Fault> {
        match (&self.spec.place, &self.client) {
            (CalendarPlace::File(path), _) => file(path).await,
            (CalendarPlace::Url(_), Some((client, url))) => {
                let request = client
                    .get(url, &[])
                    .expect(Expect::Any)
                    .accept("text/calendar")
                    .priority(Priority::Person);
                let reply = client
                    .send(request)
                    .await
                    .map_err(|failure| without_address(failure.into(), client.base()))?;
                Ok(reply.body.to_vec())
            }
            (CalendarPlace::Url(_), None) => {
                Err(fault(Connection::Unreachable, "its address is no URL"))
            }
        }
    }

    /// The windows of what was read, for the evaluator, and what has to be
    /// known of a source that could not be read.
    #[must_use]
    pub fn windows(&self, loaded: &Loaded) -> (Vec<Window>, Option<Unread>) {
        let scope = declared::scope_of(&self.spec);
        let effect = declared::effect_of(self.spec.events);
        let windows = loaded
            .calendar
            .iter()
            .flat_map(|calendar| calendar.events.iter().map(move |event| (calendar, event)))
            .map(|(calendar, event)| Window {
                name: if event.summary.is_empty() {
                    calendar.name.clone()
                } else {
                    event.summary.clone()
                },
                effect,
                scope: std::sync::Arc::clone(&scope),
                reason: event.description.clone(),
                owner: if event.organizer.is_empty() {
                    self.spec.owner.clone()
                } else {
                    event.organizer.clone()
                },
                source: self.spec.source.0.clone(),
                when: When::Event(Box::new(event.clone())),
            })
            .collect();
        let unread = loaded.fault.as_ref().map(|fault| Unread {
            name: self.spec.source.0.clone(),
            effect,
            scope,
            why: fault.detail.clone(),
            known_since: loaded.read,
        });
        (windows, unread)
    }
}

async fn file(path: &Path) -> Result<Vec<u8>, Fault> {
    let wrong = |why: String| {
        fault(
            Connection::Unreachable,
            &format!("cannot read {}: {why}", path.display()),
        )
    };
    let about = tokio::fs::metadata(path)
        .await
        .map_err(|error| wrong(error.to_string()))?;
    // A FIFO or a device would never end.
    if !about.is_file() {
        return Err(wrong("it is not a regular file".to_owned()));
    }
    if about.len() > LARGEST as u64 {
        return Err(wrong("it is larger than 16 MiB".to_owned()));
    }
    tokio::fs::read(path)
        .await
        .map_err(|error| wrong(error.to_string()))
}

/// The fault without the address, which may be as good as a password.
fn without_address(mut fault: Fault, url: &Url) -> Fault {
    let mut detail = fault.detail.to_string();
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    for secret in [path.as_str(), url.path()] {
        if secret.len() > 1 {
            detail = detail.replace(secret, "/…");
        }
    }
    fault.detail = Text::new(&detail);
    fault
}

async fn keep(copy: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(directory) = copy.parent() {
        tokio::fs::create_dir_all(directory).await?;
    }
    // In one step, so that no reader sees half of it. Two writers at a time
    // write the same.
    let beside = copy.with_extension(format!("{}.new", std::process::id()));
    tokio::fs::write(&beside, bytes).await?;
    tokio::fs::rename(&beside, copy).await
}
