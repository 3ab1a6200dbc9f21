//! Whose key signs, and whose signatures are believed.

use std::path::{Path, PathBuf};

use super::args::Signing;
use crate::{
    config::Config,
    error::{Error, Kind},
    evidence::signers::AllowedSigners,
    runtime::ssh::{SshKey, keys_of_the_agent},
    store::{Directory, Durability},
};

/// Where the public key of an agent is put for `ssh-keygen`.
const AGENT_KEY: &str = "agent-key.pub";

/// The key to sign with: the one that is named, else the configured one, else
/// the agent's only one.
///
/// # Errors
/// When there is none, or the agent holds several.
pub fn signer(signing: &Signing, config: Option<&Config>, data: &Path) -> Result<SshKey, Error> {
    let configured = config.and_then(|config| config.signing.key.clone());
    match signing.key.clone().or(configured) {
        Some(path) if signing.agent => Ok(SshKey::file(path).only_by_agent()),
        Some(path) => Ok(SshKey::file(path)),
        None if signing.agent => only_key_of_the_agent(data),
        None => Err(
            Error::new(Kind::Usage, "there is no key to sign with").hint(
                "name one with --key FILE, use the agent's with --agent, or set `key` in [signing]",
            ),
        ),
    }
}

fn only_key_of_the_agent(data: &Path) -> Result<SshKey, Error> {
    let keys = keys_of_the_agent()?;
    let [key] = keys.as_slice() else {
        return Err(
            Error::new(Kind::Usage, format!("the agent holds {} keys", keys.len()))
                .hint("say which one: --key FILE.pub --agent"),
        );
    };
    let data = Directory::open(data)?;
    data.replace(AGENT_KEY, format!("{key}\n").as_bytes(), Durability::Cached)?;
    Ok(SshKey::file(data.path().join(AGENT_KEY)).only_by_agent())
}

/// Who may sign what: by the file that is named, else by the configured one;
/// none when there is neither.
///
/// # Errors
/// When the file cannot be read or understood.
pub fn allowed(
    named: Option<&PathBuf>,
    config: Option<&Config>,
) -> Result<Option<AllowedSigners>, Error> {
    let configured = config.and_then(|config| config.signing.allowed_signers.as_ref());
    named
        .or(configured)
        .map(|path| read_allowed(path))
        .transpose()
}

fn read_allowed(path: &Path) -> Result<AllowedSigners, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::new(
            Kind::Usage,
            format!(
                "cannot read the allowed signers {}: {error}",
                path.display()
            ),
        )
    })?;
    AllowedSigners::parse(&text).map_err(|error| {
        Error::new(error.kind, format!("{}: {}", path.display(), error.message)).hint(error.hint)
    })
}
