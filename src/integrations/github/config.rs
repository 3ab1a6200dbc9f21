//! The settings of one GitHub integration, as the configuration file has them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::TokenSource,
    error::{Error, Kind},
    integrations::connecting::check_pace,
};

/// `[integrations.NAME]` with `kind = "github"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Base of the REST API. GitHub Enterprise Server: `https://HOST/api/v3`.
    pub url: String,
    /// Where the token for reading comes from; also for acting, unless
    /// `act_token` says otherwise.
    pub token: Option<TokenSource>,
    /// Where the token for acting comes from, where it is another one.
    pub act_token: Option<TokenSource>,
    /// The most requests that are sent in a minute, on the average.
    pub requests_per_minute: u32,
    /// Seconds between two looks at what is live.
    pub poll_seconds: u32,
    /// Allows `http://` to another machine, which shows the token to everybody
    /// on the way.
    pub insecure: bool,
    /// Certificates (PEM) of authorities that are trusted besides those of this
    /// machine: a company's own.
    pub ca_file: Option<PathBuf>,
    /// Repositories (`owner/name`) to watch besides those of the services.
    pub repositories: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: "https://api.github.com".to_owned(),
            token: None,
            act_token: None,
            requests_per_minute: 30,
            poll_seconds: 15,
            insecure: false,
            ca_file: None,
            repositories: Vec::new(),
        }
    }
}

impl Settings {
    /// The REST base without a slash at its end: GitHub answers 404 to a path
    /// that ends in one.
    #[must_use]
    pub fn rest_url(&self) -> &str {
        self.url.trim_end_matches('/')
    }

    /// Where GraphQL queries go: `/api/graphql` beside GitHub Enterprise
    /// Server's `/api/v3`, else `/graphql` under the base.
    #[must_use]
    pub fn graphql_url(&self) -> String {
        let base = self.rest_url();
        base.strip_suffix("/api/v3").map_or_else(
            || format!("{base}/graphql"),
            |host| format!("{host}/api/graphql"),
        )
    }

    /// Refuses what cannot work, before anything is sent.
    ///
    /// # Errors
    /// For people, with a hint.
    pub fn check(&self) -> Result<(), Error> {
        check_pace(
            "github",
            self.requests_per_minute,
            self.poll_seconds,
            (30, 15),
        )?;
        for repository in &self.repositories {
            if !is_repository(repository) {
                return Err(Error::new(
                    Kind::Usage,
                    format!("github: {repository:?} is not the name of a repository"),
                )
                .hint("write it as \"owner/name\""));
            }
        }
        Ok(())
    }
}

/// Whether the text is `owner/name` in the characters that GitHub allows, so
/// that it can stand in a path or a query as it is.
#[must_use]
pub fn is_repository(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    text.split_once('/')
        .is_some_and(|(owner, name)| part(owner) && part(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphql_stands_beside_v3_on_enterprise_server() {
        let at = |url: &str| Settings {
            url: url.to_owned(),
            ..Settings::default()
        };
        assert_eq!(
            Settings::default().graphql_url(),
            "https://api.github.com/graphql"
        );
        assert_eq!(
            at("https://git.example/api/v3/").graphql_url(),
            "https://git.example/api/graphql"
        );
        assert_eq!(
            at("http://127.0.0.1:8001/").graphql_url(),
            "http://127.0.0.1:8001/graphql"
        );
    }

    #[test]
    fn only_names_that_can_stand_in_a_path_are_repositories() {
        assert!(is_repository("larkspur/checkout"));
        assert!(is_repository("a/b.c-d_e"));
        for wrong in ["checkout", "a/b/c", "a/..", "/b", "a/", "a/b?c", "a/\"b"] {
            assert!(!is_repository(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(serde_json::from_str::<Settings>(r#"{"urll":"x"}"#).is_err());
    }

    #[test]
    fn zero_budgets_are_refused_with_a_hint() {
        let mut settings = Settings::default();
        assert!(settings.check().is_ok());
        settings.requests_per_minute = 0;
        assert!(settings.check().is_err_and(|error| !error.hint.is_empty()));
    }
}
