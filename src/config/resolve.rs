//! From the file's words to the nouns of the house.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, NaiveDateTime, TimeZone as _, Utc};

use super::{
    Checkout, Config, ConfigOrigin, File, PolicyPlaces, canary, file, releases, team, trains,
    windows,
};
use crate::{
    domain::{
        Catalog, EnvironmentName, EnvironmentSpec, Origin, RollbackSpec, ServiceName, ServiceSpec,
        SourceId, Text, Timestamp, WatchedFiles, Window, WindowKind, WorkflowRollback,
    },
    error::{Error, Kind},
    integrations::SystemSettings,
    model::Model,
};

/// Resolves a file.
///
/// # Errors
/// Names the entry that refers to something that is not there, or a time or
/// duration that cannot be read.
pub fn resolve(file: File, origin: ConfigOrigin) -> Result<Config, Error> {
    let services = file
        .services
        .iter()
        .map(|service| resolve_service(service, &file))
        .collect::<Result<Vec<_>, Error>>()?;
    for (index, service) in services.iter().enumerate() {
        if services[..index]
            .iter()
            .any(|other| other.name == service.name)
        {
            return Err(wrong(format!(
                "the service `{}` is there twice",
                service.name
            )));
        }
    }
    for service in &services {
        if let Some(name) = service
            .depends_on
            .iter()
            .find(|name| !services.iter().any(|other| &other.name == *name))
        {
            return Err(wrong(format!(
                "the service `{}` depends on `{name}`, which is not there",
                service.name
            )));
        }
    }
    let team = Arc::new(team::resolve(&file)?);
    let review_hours = team.policy.hotfix_review_hours;
    let catalog = Catalog {
        services,
        environments: file
            .environments
            .iter()
            .map(|environment| EnvironmentSpec {
                name: EnvironmentName::new(&environment.name),
                production: environment.production,
            })
            .collect(),
        releases: file
            .releases
            .iter()
            .map(|release| releases::resolve(release, review_hours))
            .collect::<Result<_, _>>()?,
        windows: file
            .windows
            .iter()
            .map(resolve_window)
            .collect::<Result<_, _>>()?,
        declared: file
            .window
            .iter()
            .map(|entry| entry.declare().map_err(Error::from))
            .collect::<Result<_, _>>()?,
        calendars: windows::calendars(&file, home(&origin))?,
        trains: trains::trains(&file)?,
        team,
    };
    // Paths in a file are relative to it: where tminus was started says
    // nothing about whose rules hold.
    let policy = PolicyPlaces::of(&file.policy, home(&origin));
    let triage_rules = file.triage.rules.below(home(&origin));
    for zone in file.ui.zone.iter().chain(&file.ui.zones) {
        parse_zone(zone)?;
    }
    let signing = resolve_signing(file.signing, &origin);
    Ok(Config {
        origin,
        catalog: Arc::new(catalog),
        systems: systems(file.integrations)?,
        ui: file.ui,
        keys: file.keys,
        operations: file.operations,
        policy,
        signing,
        triage_rules,
        data_dir: file.data_dir,
    })
}

/// The directory that paths in the configuration are relative to.
fn home(origin: &ConfigOrigin) -> &Path {
    match origin {
        ConfigOrigin::File(path) => path.parent().unwrap_or(Path::new("")),
        ConfigOrigin::Checkout(_) => Path::new(""),
    }
}

fn systems(
    integrations: BTreeMap<String, SystemSettings>,
) -> Result<BTreeMap<SourceId, SystemSettings>, Error> {
    integrations
        .into_iter()
        .map(|(name, settings)| {
            let fine = !name.is_empty()
                && name != Model::declared_source().as_str()
                && name != Model::own_source().as_str()
                && name
                    .chars()
                    .all(|character| character.is_ascii_alphanumeric() || "_-".contains(character));
            if fine {
                Ok((SourceId::new(&name), settings))
            } else {
                Err(wrong(format!("`{name}` cannot be an integration's name"))
                    .hint("letters, digits, - and _; `config` and `own` are taken"))
            }
        })
        .collect()
}

/// Paths as a person means them: from home, or beside the file.
fn resolve_signing(signing: file::SigningSettings, origin: &ConfigOrigin) -> file::SigningSettings {
    let resolve = |path: PathBuf| {
        if let Ok(rest) = path.strip_prefix("~")
            && let Some(directories) = directories::BaseDirs::new()
        {
            return directories.home_dir().join(rest);
        }
        match origin {
            ConfigOrigin::File(file) => file
                .parent()
                .map_or(path.clone(), |beside| beside.join(&path)),
            ConfigOrigin::Checkout(_) => path,
        }
    };
    file::SigningSettings {
        key: signing.key.map(resolve),
        allowed_signers: signing.allowed_signers.map(resolve),
    }
}

impl Config {
    /// The configuration that a checkout tells: one repository and its host.
    ///
    /// # Errors
    /// When the host's settings are refused, such as a URL without TLS.
    pub fn from_checkout(checkout: Checkout) -> Result<Self, Error> {
        let source = SourceId::new(checkout.forge.kind());
        let name = checkout
            .repository
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let service = ServiceSpec {
            name: ServiceName::new(&name),
            host: Some(source.clone()),
            repository: Some(Text::new(&checkout.repository)),
            ..ServiceSpec::default()
        };
        let settings = hosted(&checkout)?;
        Ok(Self {
            origin: ConfigOrigin::Checkout(checkout),
            catalog: Arc::new(Catalog {
                services: vec![service],
                team: Arc::new(team::alone()),
                ..Catalog::default()
            }),
            systems: BTreeMap::from([(source, settings)]),
            ui: file::UiSettings::default(),
            keys: BTreeMap::new(),
            operations: file::OperationSettings::default(),
            policy: PolicyPlaces::default(),
            signing: file::SigningSettings::default(),
            triage_rules: Vec::new(),
            data_dir: None,
        })
    }
}

/// The host's settings, from the same words that a file would use.
fn hosted(checkout: &Checkout) -> Result<SystemSettings, Error> {
    #[derive(serde::Serialize)]
    struct Words<'a> {
        kind: &'a str,
        url: String,
        token: &'a crate::domain::TokenSource,
    }
    let words = Words {
        kind: checkout.forge.kind(),
        url: checkout.api_url(),
        token: &checkout.token,
    };
    toml::Value::try_from(words)
        .map_err(|error| error.to_string())
        .and_then(|words| {
            words
                .try_into()
                .map_err(|error: toml::de::Error| error.to_string())
        })
        .map_err(|error| wrong(format!("the host {}: {error}", checkout.host)))
}

pub(super) fn wrong(message: String) -> Error {
    Error::new(Kind::Usage, message)
}

fn resolve_service(service: &file::Service, file: &File) -> Result<ServiceSpec, Error> {
    let about = |what: &str| format!("the service `{}`: {what}", service.name);
    if service.name.trim().is_empty() {
        return Err(wrong("a service has no name".to_owned()));
    }
    let host = service.host.as_ref().or(file.defaults.host.as_ref());
    if let Some(host) = host
        && !file.integrations.contains_key(host)
    {
        return Err(
            wrong(about(&format!("its host `{host}` is no integration")))
                .hint(format!("add [integrations.{host}]")),
        );
    }
    let profile = match &service.canary {
        Some(file::CanaryChoice::Profile(name)) => Some(name),
        Some(file::CanaryChoice::Switch(false)) => None,
        Some(file::CanaryChoice::Switch(true)) | None => file.defaults.canary.as_ref(),
    };
    let canary = match profile {
        None => None,
        Some(name) => {
            let profile = file.profiles.get(name).ok_or_else(|| {
                wrong(about(&format!("its canary profile `{name}` is not there")))
            })?;
            Some(canary::resolve(name, profile, service, file)?)
        }
    };
    Ok(ServiceSpec {
        name: ServiceName::new(&service.name),
        tier: service.tier,
        host: host.map(|host| SourceId::new(host)),
        repository: service.repository.as_deref().map(Text::new),
        path: service.path.as_deref().map(Text::new),
        rollback: service
            .rollback
            .as_ref()
            .or(file.defaults.rollback.as_ref())
            .map(|rollback| resolve_rollback(rollback).map_err(|why| wrong(about(&why))))
            .transpose()?,
        incident_services: service
            .incident_services
            .iter()
            .map(|id| Text::new(id))
            .collect(),
        canary,
        depends_on: service
            .depends_on
            .iter()
            .map(|name| ServiceName::new(name))
            .collect(),
        files: watched_files(service, &file.defaults).map_err(|why| wrong(about(&why)))?,
        gitops: service.gitops.as_deref().map(Text::new),
        takes_seconds: service
            .takes
            .as_ref()
            .or(file.defaults.takes.as_ref())
            .map(|text| lasting("takes", text).map_err(|why| wrong(about(&why))))
            .transpose()?,
        rollback_seconds: service
            .rollback_takes
            .as_ref()
            .or(file.defaults.rollback_takes.as_ref())
            .map(|text| lasting("rollback_takes", text).map_err(|why| wrong(about(&why))))
            .transpose()?,
    })
}

/// How long something takes, in seconds.
fn lasting(key: &str, text: &str) -> Result<u32, String> {
    let seconds = crate::analysis::windows::duration::elapsed(text)
        .map_err(|why| format!("`{key}`: {why}"))?
        .num_seconds();
    u32::try_from(seconds).map_err(|_| format!("`{key}`: `{text}` is too long"))
}

/// How a service is rolled back, or what is wrong with what was said.
fn resolve_rollback(rollback: &file::Rollback) -> Result<RollbackSpec, String> {
    match (rollback.mechanism, &rollback.workflow) {
        (file::RollbackMechanism::Workflow, Some(workflow)) => {
            Ok(RollbackSpec::Workflow(WorkflowRollback {
                workflow: Text::new(workflow),
                reference: Text::new(&rollback.reference),
                inputs: rollback
                    .inputs
                    .iter()
                    .map(|(name, value)| (Text::new(name), Text::new(value)))
                    .collect(),
            }))
        }
        (file::RollbackMechanism::Workflow, None) => {
            Err("its rollback names no workflow: `workflow = \"rollback.yml\"`".to_owned())
        }
        (file::RollbackMechanism::Rerun, Some(_)) => Err(
            "its rollback re-runs the old run, which takes no workflow: leave `workflow` out"
                .to_owned(),
        ),
        (file::RollbackMechanism::Rerun, None) if !rollback.inputs.is_empty() => Err(
            "its rollback re-runs the old run, which takes no inputs: leave `inputs` out"
                .to_owned(),
        ),
        (file::RollbackMechanism::Rerun, None) => Ok(RollbackSpec::Rerun),
        (file::RollbackMechanism::Undo, None) if rollback.inputs.is_empty() => {
            Ok(RollbackSpec::Undo)
        }
        (file::RollbackMechanism::Undo, _) => Err(
            "its rollback is undone in the cluster, which takes no workflow and no inputs: leave them out"
                .to_owned(),
        ),
    }
}

/// The globs of a service, or of the defaults; every one can be read.
fn watched_files(
    service: &file::Service,
    defaults: &file::Defaults,
) -> Result<WatchedFiles, String> {
    let globs = |own: &Option<Vec<String>>, default: &[String]| -> Result<Vec<Text>, String> {
        own.as_deref()
            .unwrap_or(default)
            .iter()
            .map(|glob| match globset::Glob::new(glob) {
                Ok(_) => Ok(Text::new(glob)),
                Err(error) => Err(format!("`{glob}` is no glob: {error}")),
            })
            .collect()
    };
    Ok(WatchedFiles {
        migrations: globs(&service.migrations, &defaults.migrations)?,
        contract: globs(&service.contract, &defaults.contract)?,
        configuration: globs(&service.config_files, &defaults.config_files)?,
    })
}

fn resolve_window(window: &file::Window) -> Result<Window, Error> {
    // Where a local time is ambiguous or does not exist, a freeze takes the
    // longer reading and a change window the shorter one: both fail closed.
    let (first, last) = match window.kind {
        file::DeclaredWindow::Freeze => (Fold::Earliest, Fold::Latest),
        file::DeclaredWindow::Change => (Fold::Latest, Fold::Earliest),
    };
    let start = parse_time(&window.start, window.zone.as_deref(), first)?;
    let end = parse_time(&window.end, window.zone.as_deref(), last)?;
    if end <= start {
        return Err(wrong(format!(
            "the window `{}` ends before it begins",
            window.id
        )));
    }
    Ok(Window {
        id: Origin::new(&Model::declared_source(), &window.id),
        kind: match window.kind {
            file::DeclaredWindow::Freeze => WindowKind::Freeze,
            file::DeclaredWindow::Change => WindowKind::Change,
        },
        title: Text::new(window.title.as_deref().unwrap_or(&window.id)),
        start,
        end,
        services: window
            .services
            .iter()
            .map(|name| ServiceName::new(name))
            .collect(),
        detail: Text::new(&window.reason),
        url: Text::default(),
    })
}

/// Which reading of a local time that a clock change makes ambiguous or skips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    Earliest,
    Latest,
}

pub(super) fn parse_time(text: &str, zone: Option<&str>, fold: Fold) -> Result<Timestamp, Error> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    let local = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let (Some(local), Some(zone)) = (local, zone) else {
        return Err(wrong(format!("`{text}` is no time"))
            .hint("write 2026-11-22T14:00:00Z, or a local time with zone = \"Europe/Berlin\""));
    };
    let zone = parse_zone(zone)?;
    let resolved = match zone.from_local_datetime(&local) {
        chrono::LocalResult::Single(time) => time,
        chrono::LocalResult::Ambiguous(early, late) => match fold {
            Fold::Earliest => early,
            Fold::Latest => late,
        },
        chrono::LocalResult::None => {
            // Skipped by a clock change: the instants one hour before and
            // after on the wall are the two ends of the gap.
            let step = chrono::TimeDelta::hours(1);
            let other = match fold {
                Fold::Earliest => zone.from_local_datetime(&(local - step)).earliest(),
                Fold::Latest => zone.from_local_datetime(&(local + step)).latest(),
            };
            other.ok_or_else(|| wrong(format!("`{text}` does not exist in {zone}")))?
        }
    };
    Ok(resolved.with_timezone(&Utc))
}

pub(super) fn parse_zone(name: &str) -> Result<chrono_tz::Tz, Error> {
    name.parse().map_err(|_| {
        wrong(format!("`{name}` is no time zone")).hint("such as Europe/Berlin or America/New_York")
    })
}

/// Seconds of a duration such as `90s`, `10m` or `2h`.
pub(super) fn parse_duration(text: &str) -> Option<u32> {
    let text = text.trim();
    let (digits, unit) = text.split_at(text.find(|character: char| !character.is_ascii_digit())?);
    let factor = match unit.trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        _ => return None,
    };
    digits.parse::<u32>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str, fold: Fold) -> String {
        parse_time(text, Some("Europe/Berlin"), fold)
            .unwrap()
            .to_rfc3339()
    }

    #[test]
    fn clock_changes_fail_closed() {
        // 2026-03-29 02:30 does not exist in Berlin, 2026-10-25 02:30 is there twice.
        assert_eq!(
            time("2026-03-29T02:30", Fold::Earliest),
            "2026-03-29T00:30:00+00:00"
        );
        assert_eq!(
            time("2026-03-29T02:30", Fold::Latest),
            "2026-03-29T01:30:00+00:00"
        );
        assert_eq!(
            time("2026-10-25T02:30", Fold::Earliest),
            "2026-10-25T00:30:00+00:00"
        );
        assert_eq!(
            time("2026-10-25T02:30", Fold::Latest),
            "2026-10-25T01:30:00+00:00"
        );
        assert_eq!(
            time("2026-11-22T14:00:00+01:00", Fold::Latest),
            "2026-11-22T13:00:00+00:00"
        );
    }

    fn read(text: &str) -> Result<Config, Error> {
        let file: File = toml::from_str(text).unwrap();
        resolve(file, ConfigOrigin::File("tminus.toml".into()))
    }

    #[test]
    fn the_ways_back_are_told_apart() {
        let with = |rollback: &str| {
            let text = format!("version = 1\n[[services]]\nname = \"a\"\nrollback = {rollback}\n");
            read(&text).map(|config| config.catalog.services[0].rollback.clone().unwrap())
        };
        assert_eq!(
            with("{ mechanism = \"rerun\" }").unwrap(),
            RollbackSpec::Rerun
        );
        let RollbackSpec::Workflow(workflow) = with("{ workflow = \"back.yml\" }").unwrap() else {
            panic!("a workflow");
        };
        assert_eq!(workflow.workflow.as_str(), "back.yml");
        for (wrong, says) in [
            ("{}", "names no workflow"),
            (
                "{ mechanism = \"rerun\", workflow = \"back.yml\" }",
                "leave `workflow` out",
            ),
            (
                "{ mechanism = \"rerun\", inputs = { a = \"b\" } }",
                "leave `inputs` out",
            ),
        ] {
            let error = with(wrong).unwrap_err();
            assert!(error.message.contains(says), "{error}");
        }
    }

    #[test]
    fn watched_files_come_from_the_service_or_from_the_defaults() {
        let config = read(
            "version = 1\n[defaults]\nmigrations = [\"migrations/**\"]\n\
             [[services]]\nname = \"a\"\n\
             [[services]]\nname = \"b\"\nmigrations = []\ncontract = [\"**/*drop*\"]\n",
        )
        .unwrap();
        let [a, b] = &config.catalog.services[..] else {
            panic!("two services");
        };
        assert_eq!(a.files.migrations, [Text::new("migrations/**")]);
        assert!(b.files.migrations.is_empty());
        assert_eq!(b.files.contract, [Text::new("**/*drop*")]);
        let error =
            read("version = 1\n[[services]]\nname = \"a\"\nmigrations = [\"a/[\"]\n").unwrap_err();
        assert!(
            error.message.contains("`a/[` is no glob"),
            "{}",
            error.message
        );
    }

    #[test]
    fn durations_are_read() {
        assert_eq!(parse_duration("90s"), Some(90));
        assert_eq!(parse_duration("10m"), Some(600));
        assert_eq!(parse_duration("2 h"), Some(7200));
        assert_eq!(parse_duration("10"), None);
        assert_eq!(parse_duration("9999999h"), None);
    }
}
