//! The list of systems. Adding one is a line here: the configuration, its
//! schema, the errors about it and the connection derive from that line.

use std::{fmt, sync::Arc};

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{contract::Integration, http::Access};
use crate::{
    domain::{Catalog, SourceId, TokenSource},
    error::Error,
};

/// Fetches a secret from where the configuration says that it is.
pub type Secrets<'a> = dyn Fn(&TokenSource) -> Result<SecretString, Error> + Send + Sync + 'a;

macro_rules! systems {
    ($($(#[$doc:meta])* $room:ident => $name:ident by $connect:path,)+) => {
        /// The settings of one configured system: a table `[integrations.NAME]`
        /// whose `kind` says which.
        #[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
        #[serde(tag = "kind", rename_all = "lowercase")]
        pub enum SystemSettings {
            $($(#[$doc])* $name(super::$room::config::Settings),)+
        }

        impl SystemSettings {
            /// The kinds that are known.
            pub const KINDS: &'static [&'static str] = &[$(stringify!($room)),+];

            /// Which system it is, such as `github`.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($room),)+
                }
            }

            /// Makes the integration. Nothing is sent.
            ///
            /// # Errors
            /// When the settings cannot work or a secret cannot be had; for
            /// people, naming the integration.
            pub fn connect(
                &self,
                id: SourceId,
                secrets: &Secrets<'_>,
                catalog: &Arc<Catalog>,
                access: Access,
            ) -> Result<Arc<dyn Integration>, Error> {
                let place = format!("integrations.{id}");
                match self {
                    $(Self::$name(settings) => {
                        $connect(id, settings, secrets, catalog, access)
                    })+
                }
                .map_err(|mut error| {
                    error.message = format!("{place}: {}", error.message);
                    error
                })
            }

            fn read<E: fmt::Display>(
                kind: &str,
                table: impl for<'de> Deserializer<'de, Error = E>,
            ) -> Result<Self, String> {
                match kind {
                    $(stringify!($room) => super::$room::config::Settings::deserialize(table)
                        .map(Self::$name)
                        .map_err(|error| error.to_string().trim().to_owned()),)+
                    other => Err(unknown_kind(other)),
                }
            }
        }
    };
}

systems! {
    /// Runs, deployments, approvals, changes, releases.
    github => GitHub by super::github::connect,
    /// Pipelines, deployments, approvals, changes, releases, freezes.
    gitlab => GitLab by super::gitlab::connect,
    /// Builds, stages, inputs, deployments by configuration.
    jenkins => Jenkins by super::jenkins::connect,
    /// Rollouts and Deployments in a cluster.
    kubernetes => Kubernetes by super::kubernetes::connect,
    /// Incidents, duties and maintenance.
    pagerduty => PagerDuty by super::pagerduty::connect,
    /// Canary metrics and alerts.
    prometheus => Prometheus by super::prometheus::connect,
}

impl SystemSettings {
    /// A GitHub with this base URL and token and nothing else set: what a
    /// checkout tells without a configuration.
    #[must_use]
    pub fn github(url: &str, token: TokenSource) -> Self {
        Self::GitHub(super::github::config::Settings {
            url: url.to_owned(),
            token: Some(token),
            ..super::github::config::Settings::default()
        })
    }
}

impl<'de> Deserialize<'de> for SystemSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = toml::Table::deserialize(deserializer)?;
        let kind = match table.remove("kind") {
            Some(toml::Value::String(kind)) => kind,
            Some(_) => return Err(D::Error::custom("`kind` is no text")),
            None => {
                return Err(D::Error::custom(format!(
                    "`kind` is missing; it is one of {}",
                    known()
                )));
            }
        };
        Self::read(&kind, table).map_err(D::Error::custom)
    }
}

fn known() -> String {
    SystemSettings::KINDS.join(", ")
}

fn unknown_kind(kind: &str) -> String {
    let nearest = SystemSettings::KINDS
        .iter()
        .map(|known| {
            (
                strsim::damerau_levenshtein(&kind.to_lowercase(), known),
                known,
            )
        })
        .min()
        .filter(|(distance, known)| *distance <= known.len() / 3 + 1);
    let guess = nearest
        .map(|(_, known)| format!(", did you mean `{known}`?"))
        .unwrap_or_default();
    format!(
        "the kind `{kind}` is not known{guess} Known are {}",
        known()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SystemSettings, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_kind_decides() {
        for kind in SystemSettings::KINDS {
            let settings = read(&format!("kind = '{kind}'")).unwrap();
            assert_eq!(settings.kind(), *kind);
        }
        let settings = read("kind = 'pagerduty'\nregion = 'eu'").unwrap();
        assert_eq!(settings.kind(), "pagerduty");
    }

    #[test]
    fn a_wrong_kind_names_the_nearest() {
        let error = read("kind = 'pagerdtuy'").unwrap_err();
        assert!(error.contains("did you mean `pagerduty`?"), "{error}");
        let error = read("kind = 'zebra'").unwrap_err();
        assert!(
            !error.contains("did you mean") && error.contains("pagerduty"),
            "{error}"
        );
        assert!(read("url = 'x'").unwrap_err().contains("`kind` is missing"));
        assert!(read("kind = 3").unwrap_err().contains("no text"));
    }

    #[test]
    fn a_wrong_key_is_named() {
        let error = read("kind = 'pagerduty'\nregoin = 'eu'").unwrap_err();
        assert!(
            error.contains("regoin") && error.contains("region"),
            "{error}"
        );
    }
}
