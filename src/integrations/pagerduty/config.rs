//! The settings of one PagerDuty integration, as the configuration file has
//! them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::TokenSource,
    error::{Error, Kind},
};

/// `[integrations.NAME]` with `kind = "pagerduty"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Base of the REST API; derived from `region` when not given.
    pub url: Option<String>,
    /// Where the account lives.
    pub region: Region,
    /// Where the key for reading comes from; also for acting, unless
    /// `act_token` says otherwise. An account's or a person's API key.
    pub token: Option<TokenSource>,
    /// Where the key for acting comes from, where it is another one.
    pub act_token: Option<TokenSource>,
    /// The e-mail address of the PagerDuty user who acts. PagerDuty wants it
    /// for each change and records it as the actor.
    pub from: Option<String>,
    /// The most requests that are sent in a minute, on the average.
    pub requests_per_minute: u32,
    /// Seconds between two looks at the open incidents.
    pub poll_seconds: u32,
    /// Sends the key to an `http://` address that is not this machine.
    pub insecure: bool,
    /// Certificates (PEM) of authorities that are trusted besides those of this
    /// machine: a company's own.
    pub ca_file: Option<PathBuf>,
}

/// Where a PagerDuty account lives. A key of one region is unknown in the
/// other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// `api.pagerduty.com`.
    #[default]
    Us,
    /// `api.eu.pagerduty.com`.
    Eu,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: None,
            region: Region::Us,
            token: None,
            act_token: None,
            from: None,
            requests_per_minute: 60,
            poll_seconds: 15,
            insecure: false,
            ca_file: None,
        }
    }
}

impl Settings {
    /// The base of the REST API.
    #[must_use]
    pub fn base(&self) -> &str {
        match (&self.url, self.region) {
            (Some(url), _) => url,
            (None, Region::Us) => "https://api.pagerduty.com",
            (None, Region::Eu) => "https://api.eu.pagerduty.com",
        }
    }

    /// Refuses what cannot work, before anything is sent.
    ///
    /// # Errors
    /// For people, with a hint.
    pub fn check(&self) -> Result<(), Error> {
        if self.requests_per_minute == 0 || self.poll_seconds == 0 {
            return Err(Error::new(
                Kind::Usage,
                "pagerduty: requests_per_minute and poll_seconds must be at least 1",
            )
            .hint("leave them out for 60 requests a minute and a look every 15 seconds"));
        }
        if let Some(from) = &self.from
            && (!from.contains('@') || from.chars().any(|c| c.is_control() || c.is_whitespace()))
        {
            return Err(Error::new(
                Kind::Usage,
                format!("pagerduty: from = {from:?} is no e-mail address"),
            )
            .hint("write the address that you log into PagerDuty with"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_decides_unless_a_url_does() {
        let base = |text: &str| toml::from_str::<Settings>(text).unwrap().base().to_owned();
        assert_eq!(base(""), "https://api.pagerduty.com");
        assert_eq!(base("region = 'eu'"), "https://api.eu.pagerduty.com");
        assert_eq!(base("url = 'http://x'\nregion = 'eu'"), "http://x");
        assert!(toml::from_str::<Settings>("regoin = 'eu'").is_err());
    }

    #[test]
    fn an_odd_address_is_refused() {
        for from in ["ana", "ana@x y", "ana@x\nb"] {
            let settings = Settings {
                from: Some(from.to_owned()),
                ..Settings::default()
            };
            assert!(settings.check().is_err(), "{from:?}");
        }
    }
}
