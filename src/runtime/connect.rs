//! From a configuration to integrations that can be asked.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::ssh::SshKey;
use crate::{
    config::{Config, fetch_secret},
    domain::{Connection, Health, SourceId, Text, TokenSource},
    error::{Error, Kind},
    evidence::{Sign, signers::AllowedSigners},
    integrations::{calendar::Feed, contract::Integration, http::Access},
    operation::{People, Policy, policy::load::gather},
    store::journal::Actor,
};

/// The integrations that could be set up, and why the others could not.
#[derive(Default)]
pub struct Connected {
    /// Those that can be asked.
    pub integrations: Vec<Arc<dyn Integration>>,
    /// Those that cannot, with their health for the screen.
    pub failed: BTreeMap<SourceId, Health>,
}

/// Sets up every configured integration, and one for each calendar; copies of
/// calendars are kept below `directory`. One that fails (a token that is not
/// there) costs only itself. Token commands may take seconds.
#[must_use]
pub fn connect(config: &Config, directory: &Path, read_only: bool) -> Connected {
    let access = if read_only {
        Access::ReadOnly
    } else {
        Access::ReadWrite
    };
    let mut connected = Connected::default();
    let calendars = config.catalog.calendars.iter();
    connected
        .integrations
        .extend(calendars.map(|spec| Feed::connect(spec.clone(), directory)));
    for (id, settings) in &config.systems {
        let no_token = AtomicBool::new(false);
        let secrets = |source: &TokenSource| {
            fetch_secret(source).inspect_err(|_| no_token.store(true, Ordering::Relaxed))
        };
        let result = settings.connect(id.clone(), &secrets, &config.catalog, access);
        match result {
            Ok(integration) => connected.integrations.push(integration),
            Err(error) => {
                let connection = if no_token.load(Ordering::Relaxed) {
                    Connection::Unauthorised
                } else {
                    Connection::Unreachable
                };
                let health = Health {
                    connection,
                    detail: Text::new(&sentence(id, settings.kind(), &error)),
                    last_ok: None,
                    next_try: None,
                    budget: None,
                    clock_skew_seconds: None,
                };
                connected.failed.insert(id.clone(), health);
            }
        }
    }
    connected
}

/// The error as a sentence of the health: the cause, a colon, how to mend it.
/// Which integration it is, stands beside it everywhere.
fn sentence(id: &SourceId, kind: &str, error: &Error) -> String {
    let mut message = error.message.as_str();
    for place in [format!("integrations.{id}: "), format!("{kind}: ")] {
        message = message.strip_prefix(&place).unwrap_or(message);
    }
    match (error.hint.as_str(), message.contains(": ")) {
        ("", _) => message.to_owned(),
        (hint, false) => format!("{message}: {hint}"),
        (hint, true) => format!("{message}; {hint}"),
    }
}

/// The policy: the files that ship with those of the configuration.
///
/// # Errors
/// Why it cannot be used, with file and line: then nothing can be sent.
pub fn policy(config: &Config) -> Result<Arc<Policy>, Error> {
    let sources = gather(config.policy.dir.as_deref(), &config.policy.files)?;
    Policy::compile(&sources, config.catalog.team.risk.clone()).map(Arc::new)
}

/// Who a person is to others, and whose signatures they believe.
#[must_use]
pub fn people(config: &Config) -> People {
    let settings = &config.signing;
    let allowed = settings.allowed_signers.as_ref().map(|path| {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
        text.map_err(|why| Error::new(Kind::Usage, why))
            .and_then(|text| AllowedSigners::parse(&text))
            .map_err(|error| {
                let place = format!("the allowed signers {}", path.display());
                Error::new(error.kind, format!("{place}: {}", error.message)).hint(error.hint)
            })
    });
    People {
        signer: settings
            .key
            .clone()
            .map(|key| Arc::new(SshKey::file(key)) as Arc<dyn Sign>),
        allowed,
    }
}

/// The login name: what the environment says, else what the system knows of
/// the user that this process runs as. A program is only started for it when
/// there is no other way: the first screen waits.
#[must_use]
pub fn login() -> Text {
    let name = variable("USER")
        .or_else(|| variable("LOGNAME"))
        .or_else(|| {
            let users = std::fs::read_to_string("/etc/passwd").ok()?;
            name_of(&users, rustix::process::geteuid().as_raw())
        })
        .or_else(|| said("id", &["-un"]))
        .unwrap_or_else(|| "unknown".to_owned());
    Text::new(&name)
}

/// The name of a user in the text of `/etc/passwd`.
fn name_of(users: &str, id: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    })
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next()?.trim().to_owned();
    (!line.is_empty()).then_some(line)
}

/// Who acts: login name, host, and where an SSH link comes from.
#[must_use]
pub fn actor() -> Actor {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .map(|name| name.trim().to_owned())
        .or_else(|| said("uname", &["-n"]))
        .unwrap_or_else(|| "unknown".to_owned());
    let ssh_client = variable("SSH_CONNECTION")
        .and_then(|connection| connection.split(' ').next().map(Text::new));
    Actor {
        login: login(),
        host: Text::new(&host),
        ssh_client,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn the_sentence_is_cause_colon_mend_without_the_place() {
        let id = SourceId::new("gh");
        for (message, hint, sentence) in [
            (
                "integrations.gh: github: `token` is not set",
                "set it",
                "`token` is not set: set it",
            ),
            (
                "integrations.gh: it cannot be read: no file",
                "name it",
                "it cannot be read: no file; name it",
            ),
            ("it is odd", "", "it is odd"),
        ] {
            let error = Error::new(Kind::Usage, message).hint(hint);
            assert_eq!(super::sentence(&id, "github", &error), sentence);
        }
    }

    #[test]
    fn a_user_is_known_by_the_number_not_by_the_group() {
        let users = "root:x:0:0:root:/root:/bin/sh\nana:x:1000:7::/home/ana:\nodd\nben:x:7:1000:::";
        assert_eq!(name_of(users, 0).as_deref(), Some("root"));
        assert_eq!(name_of(users, 7).as_deref(), Some("ben"));
        assert_eq!(name_of(users, 1000).as_deref(), Some("ana"));
        assert_eq!(name_of(users, 1), None);
    }
}
