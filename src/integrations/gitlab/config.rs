//! The settings of one GitLab integration, as the configuration file has them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::TokenSource,
    error::{Error, Kind},
    integrations::connecting::check_pace,
};

/// `[integrations.NAME]` with `kind = "gitlab"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// GitLab's address, with or without `/api/v4`. An instance of one's own:
    /// `https://HOST`, or `https://HOST/PATH` where it lives below a path.
    pub url: String,
    /// Where the token for reading comes from; also for acting, unless
    /// `act_token` says otherwise. Reading needs the scope `read_api`, acting
    /// `api`.
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
    /// Projects (`group/project`) to watch besides those of the services.
    pub projects: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: "https://gitlab.com".to_owned(),
            token: None,
            act_token: None,
            requests_per_minute: 120,
            poll_seconds: 15,
            insecure: false,
            ca_file: None,
            projects: Vec::new(),
        }
    }
}

impl Settings {
    /// The base of the REST API, `…/api/v4`.
    #[must_use]
    pub fn rest_url(&self) -> String {
        let url = self.url.trim().trim_end_matches('/');
        if url.ends_with("/api/v4") {
            url.to_owned()
        } else {
            format!("{url}/api/v4")
        }
    }

    /// Refuses what cannot work, before anything is sent.
    ///
    /// # Errors
    /// For people, with a hint.
    pub fn check(&self) -> Result<(), Error> {
        check_pace(
            "gitlab",
            self.requests_per_minute,
            self.poll_seconds,
            (120, 15),
        )?;
        for project in &self.projects {
            if !is_project(project) {
                return Err(Error::new(
                    Kind::Usage,
                    format!("gitlab: {project:?} is not the path of a project"),
                )
                .hint("write it as \"group/project\" or \"group/subgroup/project\""));
            }
        }
        Ok(())
    }
}

/// Whether the text is the path of a project: two or more names with slashes
/// between. GitLab keeps the name `-` for itself, which is what divides a
/// project from its objects in our keys, too.
#[must_use]
pub fn is_project(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['-', '.'])
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    text.contains('/') && text.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_found_below_any_address() {
        for (url, api) in [
            ("https://gitlab.com", "https://gitlab.com/api/v4"),
            ("https://git.example/", "https://git.example/api/v4"),
            ("https://git.example/api/v4/", "https://git.example/api/v4"),
            (
                "https://x.example/gitlab",
                "https://x.example/gitlab/api/v4",
            ),
        ] {
            let settings = Settings {
                url: url.to_owned(),
                ..Settings::default()
            };
            assert_eq!(settings.rest_url(), api, "{url}");
        }
    }

    #[test]
    fn projects_may_lie_in_subgroups_and_never_hold_the_divider() {
        for fine in ["larkspur/web", "a/b/c/d", "a.b/c-d_e"] {
            assert!(is_project(fine), "{fine}");
        }
        for wrong in [
            "web", "a//b", "/a/b", "a/b/", "a/-/b", "a/..", "a/b c", "a/b?c",
        ] {
            assert!(!is_project(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(serde_json::from_str::<Settings>(r#"{"urll":"x"}"#).is_err());
    }

    #[test]
    fn what_cannot_work_is_refused_with_a_hint() {
        let mut settings = Settings::default();
        assert!(settings.check().is_ok());
        settings.projects = vec!["web".to_owned()];
        assert!(settings.check().is_err_and(|error| !error.hint.is_empty()));
        settings.projects.clear();
        settings.poll_seconds = 0;
        assert!(settings.check().is_err_and(|error| !error.hint.is_empty()));
    }
}
