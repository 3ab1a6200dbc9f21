//! The settings of one Prometheus integration, as the configuration file has
//! them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::TokenSource,
    error::{Error, Kind},
};

/// `[integrations.NAME]` with `kind = "prometheus"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Base of the server; its path is kept. Mimir: `https://HOST/prometheus`.
    pub url: String,
    /// Where the token comes from: a bearer token, or the password of `user`.
    pub token: Option<TokenSource>,
    /// User for basic authentication.
    pub user: Option<String>,
    /// Tenant for the `X-Scope-OrgID` header (Mimir, Cortex).
    pub tenant: Option<String>,
    /// Which server it is, where that matters.
    pub flavour: Flavour,
    /// The most requests that are sent in a minute, on the average.
    pub requests_per_minute: u32,
    /// Seconds between two looks while a canary runs; half as often otherwise.
    pub poll_seconds: u32,
    /// How far back the drawn series reach, in seconds.
    pub history_seconds: u32,
    /// How far before now queries are evaluated, in seconds: about two scrape
    /// intervals, for the newest points may still change.
    pub lag_seconds: u32,
    /// Sends the token to an `http://` address that is not this machine.
    pub insecure: bool,
    /// Certificates (PEM) of authorities that are trusted besides those of this
    /// machine: a company's own.
    pub ca_file: Option<PathBuf>,
}

/// Which server speaks the Prometheus query API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Flavour {
    /// Prometheus itself, Mimir, `VictoriaMetrics`.
    #[default]
    Plain,
    /// Thanos: asked for whole answers only (`partial_response=false`).
    Thanos,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:9090".to_owned(),
            token: None,
            user: None,
            tenant: None,
            flavour: Flavour::Plain,
            requests_per_minute: 60,
            poll_seconds: 15,
            history_seconds: 1800,
            lag_seconds: 5,
            insecure: false,
            ca_file: None,
        }
    }
}

impl Settings {
    /// Refuses what cannot work, before anything is sent.
    ///
    /// # Errors
    /// For people, with a hint.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |what: &str, hint: &str| {
            Err(Error::new(Kind::Usage, format!("prometheus: {what}")).hint(hint))
        };
        if self.requests_per_minute == 0 || self.poll_seconds == 0 {
            return wrong(
                "requests_per_minute and poll_seconds must be at least 1",
                "leave them out for 60 requests a minute and a look every 15 seconds",
            );
        }
        if self.history_seconds < 60 {
            return wrong(
                "history_seconds is below 60",
                "leave it out for half an hour",
            );
        }
        if self.user.is_some() && self.token.is_none() {
            return wrong(
                "`user` is set without `token`",
                "give the password's source as `token`",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_refused() {
        for (text, ok) in [
            ("", true),
            ("user = 'a'", false),
            ("user = 'a'\ntoken = { env = 'X' }", true),
            ("poll_seconds = 0", false),
            ("history_seconds = 5", false),
        ] {
            let settings: Settings = toml::from_str(text).unwrap();
            assert_eq!(settings.check().is_ok(), ok, "{text}");
        }
        assert!(toml::from_str::<Settings>("flavour = 'cortex'").is_err());
    }
}
