//! From a configuration to integrations that can be asked.

use std::{collections::BTreeMap, process::Command, sync::Arc};

use crate::{
    config::{Config, fetch_secret},
    domain::{Connection, Health, SourceId, Text},
    integrations::{contract::Integration, http::Access},
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

/// Sets up every configured integration. One that fails (a token that is not
/// there) costs only itself. Token commands may take seconds.
#[must_use]
pub fn connect(config: &Config, read_only: bool) -> Connected {
    let access = if read_only {
        Access::ReadOnly
    } else {
        Access::ReadWrite
    };
    let mut connected = Connected::default();
    for (id, settings) in &config.systems {
        let result = settings.connect(id.clone(), &fetch_secret, &config.catalog, access);
        match result {
            Ok(integration) => connected.integrations.push(integration),
            Err(error) => {
                let detail = if error.hint.is_empty() {
                    error.message
                } else {
                    format!("{} ({})", error.message, error.hint)
                };
                connected.failed.insert(
                    id.clone(),
                    Health {
                        connection: Connection::Unauthorised,
                        detail: Text::new(&detail),
                        last_ok: None,
                        next_try: None,
                        budget: None,
                        clock_skew_seconds: None,
                    },
                );
            }
        }
    }
    connected
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

    #[test]
    fn a_user_is_known_by_the_number_not_by_the_group() {
        let users = "root:x:0:0:root:/root:/bin/sh\nana:x:1000:7::/home/ana:\nodd\nben:x:7:1000:::";
        assert_eq!(name_of(users, 0).as_deref(), Some("root"));
        assert_eq!(name_of(users, 7).as_deref(), Some("ben"));
        assert_eq!(name_of(users, 1000).as_deref(), Some("ana"));
        assert_eq!(name_of(users, 1), None);
    }
}
