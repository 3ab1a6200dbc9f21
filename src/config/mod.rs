//! File, environment and flags, resolved into one value.
//!
//! `file` is the format as people write it, `load` finds and reads the
//! file and says what is wrong with it, `resolve` turns it into the nouns of
//! the house, `discover` makes the same from a checkout when there is no
//! file, `team` reads how a team works, `triage` the rules for logs, `windows` when
//! changes may go out, and `secret` fetches tokens from where the file says
//! they are.

mod canary;
mod discover;
mod file;
mod load;
mod releases;
mod resolve;
mod secret;
mod team;
mod trains;
mod triage;
mod windows;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

pub use self::{
    discover::{Checkout, Forge, checkout},
    file::{ConfirmProduction, File, OperationSettings, SigningSettings, UiSettings},
    load::{EXAMPLE, default_data_dir, default_path, parse, read},
    resolve::resolve,
    secret::fetch as fetch_secret,
    team::PolicyPlaces,
    triage::rules as triage_rules,
    windows::instant_of,
};
use crate::{
    domain::{Catalog, SourceId},
    error::Error,
    integrations::SystemSettings,
};

/// Everything that was configured, resolved once and never changed.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it came from.
    pub origin: ConfigOrigin,
    /// What the team declared about its services.
    pub catalog: Arc<Catalog>,
    /// The outside systems, by name.
    pub systems: BTreeMap<SourceId, SystemSettings>,
    /// The screen.
    pub ui: UiSettings,
    /// Keys by command id.
    pub keys: BTreeMap<String, Vec<String>>,
    /// How dangerous things are confirmed.
    pub operations: OperationSettings,
    /// Where the user's own rules are.
    pub policy: PolicyPlaces,
    /// Your key, and whose signatures count.
    pub signing: SigningSettings,
    /// Files of further rules of triage, and directories of such.
    pub triage_rules: Vec<PathBuf>,
    /// Where journal, notes and cache live, where the file says so.
    pub data_dir: Option<PathBuf>,
}

/// Where the configuration came from, for `config check` and messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigOrigin {
    /// A file.
    File(PathBuf),
    /// Found in a checkout: its remote and a token.
    Checkout(Checkout),
}

impl Config {
    /// The configuration of a file: the named one, else the default one, else
    /// what the checkout in the current directory tells.
    ///
    /// # Errors
    /// When the file cannot be read or understood, or when there is neither a
    /// file nor a checkout with a token; each says how to mend it.
    pub fn find(path: Option<PathBuf>) -> Result<Self, Error> {
        if let Some(path) = path {
            return Self::from_file(path);
        }
        match default_path() {
            Some(path) if path.exists() => Self::from_file(path),
            _ => Self::from_checkout(checkout()?),
        }
    }

    /// A configuration of nothing, for what needs no outside system.
    ///
    /// # Errors
    /// Never; the format can always say nothing.
    pub fn nothing() -> Result<Self, Error> {
        resolve(
            parse("version = 1", "")?,
            ConfigOrigin::File(PathBuf::new()),
        )
    }

    fn from_file(path: PathBuf) -> Result<Self, Error> {
        let text = read(&path)?;
        let file = parse(&text, &path.display().to_string())?;
        resolve(file, ConfigOrigin::File(path))
    }
}
