//! The settings of one Jenkins integration, as the configuration file has them.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::TokenSource,
    error::{Error, Kind},
    integrations::connecting::check_pace,
};

/// `[integrations.NAME]` with `kind = "jenkins"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Jenkins' address: `https://HOST`, or `https://HOST/PATH` where it lives
    /// below a path.
    pub url: String,
    /// The account that `token` belongs to.
    pub user: Option<String>,
    /// Where the account's API token comes from; also for acting, unless
    /// `act_token` says otherwise. Reading needs Overall/Read and Job/Read,
    /// acting Job/Build and Job/Cancel.
    pub token: Option<TokenSource>,
    /// Where the token for acting comes from, where it is another one of the
    /// same account.
    pub act_token: Option<TokenSource>,
    /// Fetches a crumb before each change: needed where `token` is a password
    /// and not an API token.
    pub crumb: bool,
    /// The most requests that are sent in a minute, on the average. Jenkins has
    /// no limit of its own, and every request costs its controller.
    pub requests_per_minute: u32,
    /// Seconds between two looks at what is live.
    pub poll_seconds: u32,
    /// Allows `http://` to another machine, which shows the token to everybody
    /// on the way.
    pub insecure: bool,
    /// Certificates (PEM) of authorities that are trusted besides those of this
    /// machine: a company's own.
    pub ca_file: Option<PathBuf>,
    /// Jobs and folders (full names) to watch besides those of the services.
    pub jobs: Vec<String>,
    /// Which jobs deploy what to where: Jenkins does not know.
    pub deploys: Vec<Deploys>,
}

/// What the builds of a job deploy. One of `environment`,
/// `environment_parameter` and `stages` says where to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Deploys {
    /// The job's full name, such as `larkspur/{service}/release`; jobs below it
    /// (the branches of a multibranch project) count as well. `{service}`
    /// stands for the name of each service.
    pub job: String,
    /// The parameter that names the service, of a job that deploys many.
    pub service_parameter: Option<String>,
    /// The parameter that names the version. Without it the version is the tag
    /// that was built, or what the build is called.
    pub version: Option<String>,
    /// The environment that every build deploys to.
    pub environment: Option<String>,
    /// The parameter that names the environment.
    pub environment_parameter: Option<String>,
    /// The stages that deploy, each with its environment.
    pub stages: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: String::new(),
            user: None,
            token: None,
            act_token: None,
            crumb: false,
            requests_per_minute: 120,
            poll_seconds: 10,
            insecure: false,
            ca_file: None,
            jobs: Vec::new(),
            deploys: Vec::new(),
        }
    }
}

impl Settings {
    /// Refuses what cannot work, before anything is sent.
    ///
    /// # Errors
    /// For people, with a hint.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |what: &str, hint: &str| Err(Error::new(Kind::Usage, what).hint(hint));
        if self.url.trim().is_empty() {
            return wrong(
                "jenkins: url is missing",
                "write the address of your Jenkins: url = \"https://HOST\"",
            );
        }
        if self.token.is_some() && self.user.as_deref().unwrap_or_default().is_empty() {
            return wrong(
                "jenkins: the token has no user",
                "an API token belongs to an account: user = \"NAME\"",
            );
        }
        check_pace(
            "jenkins",
            self.requests_per_minute,
            self.poll_seconds,
            (120, 10),
        )?;
        if let Some(job) = self.jobs.iter().find(|job| !is_job(job)) {
            return wrong(
                &format!("jenkins: {job:?} is not the full name of a job"),
                "write it as \"FOLDER/JOB\", without the `job/` of its address",
            );
        }
        self.deploys.iter().try_for_each(Deploys::check)
    }
}

impl Deploys {
    fn check(&self) -> Result<(), Error> {
        let job = &self.job;
        let wrong = |what: &str, hint: &str| {
            Err(Error::new(Kind::Usage, format!("jenkins: deploys of {job:?}: {what}")).hint(hint))
        };
        if !is_job(&job.replace("{service}", "service")) {
            return wrong(
                "that is not the full name of a job",
                "write it as \"FOLDER/{service}/JOB\", without the `job/` of its address",
            );
        }
        let places = usize::from(self.environment.is_some())
            + usize::from(self.environment_parameter.is_some())
            + usize::from(!self.stages.is_empty());
        if places != 1 {
            return wrong(
                "it has to say in one way where it deploys to",
                "give one of `environment`, `environment_parameter` and `stages`",
            );
        }
        Ok(())
    }
}

/// Whether the text is the full name of a job: names with slashes between, as
/// the API has them in `fullName`. Jenkins forbids most punctuation in names and
/// writes a slash in a branch as `%2F`; `#` divides a job from its build in our
/// keys.
#[must_use]
pub fn is_job(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && !part
                .chars()
                .any(|character| character.is_control() || "?*\\!@#$^&|<>[]:;".contains(character))
    };
    text.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            url: "https://jenkins.example".to_owned(),
            ..Settings::default()
        }
    }

    #[test]
    fn full_names_are_told_from_addresses() {
        for fine in ["web", "larkspur/web", "a b/c", "larkspur/web/feature%2Fx"] {
            assert!(is_job(fine), "{fine}");
        }
        for wrong in ["", "/a", "a/", "a//b", "a/../b", "a#1", "a?b", "a/b:c"] {
            assert!(!is_job(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(serde_json::from_str::<Settings>(r#"{"urll":"x"}"#).is_err());
    }

    #[test]
    fn what_cannot_work_is_refused_with_a_hint() {
        assert!(settings().check().is_ok());
        let deploys = |change: fn(&mut Deploys)| {
            let mut deploys = Deploys {
                job: "larkspur/{service}/release".to_owned(),
                environment: Some("production".to_owned()),
                ..Deploys::default()
            };
            change(&mut deploys);
            vec![deploys]
        };
        let fine = Settings {
            deploys: deploys(|_| ()),
            ..settings()
        };
        assert!(fine.check().is_ok());
        for wrong in [
            Settings::default(),
            Settings {
                token: Some(TokenSource::Env("X".to_owned())),
                ..settings()
            },
            Settings {
                poll_seconds: 0,
                ..settings()
            },
            Settings {
                requests_per_minute: 0,
                ..settings()
            },
            Settings {
                jobs: vec!["job/web?".to_owned()],
                ..settings()
            },
            Settings {
                deploys: deploys(|one| one.environment = None),
                ..settings()
            },
            Settings {
                deploys: deploys(|one| one.environment_parameter = Some("E".to_owned())),
                ..settings()
            },
            Settings {
                deploys: deploys(|one| one.job = String::new()),
                ..settings()
            },
        ] {
            let error = wrong.check().expect_err("refused");
            assert!(!error.hint.is_empty(), "{error}");
        }
    }
}
