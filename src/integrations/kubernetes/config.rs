//! The settings of one Kubernetes integration, as the configuration file has
//! them.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::TokenSource,
    error::{Error, Kind},
    integrations::connecting::check_pace,
};

/// `[integrations.NAME]` with `kind = "kubernetes"`. Where the cluster is, one
/// of `url`, `in_cluster` and the kubeconfig says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The address of the API server, for a cluster without a kubeconfig.
    pub url: Option<String>,
    /// Where the token comes from, with `url`.
    pub token: Option<TokenSource>,
    /// Where the token for acting comes from, where it is another one.
    pub act_token: Option<TokenSource>,
    /// The kubeconfig; without it `KUBECONFIG` and `~/.kube/config` say.
    pub kubeconfig: Option<PathBuf>,
    /// The context in the kubeconfig; without it the current one.
    pub context: Option<String>,
    /// Uses the service account of the pod that tminus runs in.
    pub in_cluster: bool,
    /// The namespaces to look at, each with the environment that it is.
    pub namespaces: BTreeMap<String, String>,
    /// The service of each workload that is not called as its service is, as
    /// `"NAMESPACE/WORKLOAD" = "SERVICE"`.
    pub workloads: BTreeMap<String, String>,
    /// The most requests that are sent in a minute, on the average.
    pub requests_per_minute: u32,
    /// Seconds between two looks at what is live.
    pub poll_seconds: u32,
    /// Allows `http://` to another machine, which shows the token to everybody
    /// on the way.
    pub insecure: bool,
    /// Certificates (PEM) of authorities that are trusted besides those of this
    /// machine, with `url`.
    pub ca_file: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: None,
            token: None,
            act_token: None,
            kubeconfig: None,
            context: None,
            in_cluster: false,
            namespaces: BTreeMap::new(),
            workloads: BTreeMap::new(),
            requests_per_minute: 120,
            poll_seconds: 5,
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
        let wrong = |what: &str, hint: &str| Err(Error::new(Kind::Usage, what).hint(hint));
        let by_file = self.kubeconfig.is_some() || self.context.is_some();
        if [self.url.is_some(), self.in_cluster, by_file]
            .iter()
            .filter(|given| **given)
            .count()
            > 1
        {
            return wrong(
                "kubernetes: several things say where the cluster is",
                "give one of `url`, `in_cluster = true`, and `kubeconfig` with `context`",
            );
        }
        if self.url.is_none() && (self.token.is_some() || self.ca_file.is_some()) {
            return wrong(
                "kubernetes: `token` and `ca_file` belong to `url`",
                "leave them out: the kubeconfig has its own",
            );
        }
        if self.namespaces.is_empty() {
            return wrong(
                "kubernetes: no namespace is named",
                "say which namespace is which environment: namespaces = { shop = \"production\" }",
            );
        }
        if let Some(name) = self.namespaces.keys().find(|name| !is_name(name)) {
            return wrong(
                &format!("kubernetes: {name:?} is no name of a namespace"),
                "a name is lower-case letters, digits and `-`",
            );
        }
        let is_workload = |key: &str| {
            key.split_once('/')
                .is_some_and(|(namespace, name)| is_name(namespace) && is_name(name))
        };
        if let Some(key) = self.workloads.keys().find(|key| !is_workload(key)) {
            return wrong(
                &format!("kubernetes: {key:?} names no workload"),
                "write it as \"NAMESPACE/WORKLOAD\"",
            );
        }
        check_pace(
            "kubernetes",
            self.requests_per_minute,
            self.poll_seconds,
            (120, 5),
        )
    }
}

/// Whether it is a name of Kubernetes' (RFC 1123 subdomain): nothing of it
/// needs to be encoded in an address.
#[must_use]
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
        && !text.starts_with(['-', '.'])
        && !text.ends_with(['-', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            namespaces: BTreeMap::from([("shop".to_owned(), "production".to_owned())]),
            ..Settings::default()
        }
    }

    #[test]
    fn what_cannot_work_is_refused_with_a_hint() {
        assert!(settings().check().is_ok());
        for wrong in [
            Settings::default(),
            Settings {
                url: Some("https://h".to_owned()),
                in_cluster: true,
                ..settings()
            },
            Settings {
                token: Some(TokenSource::Env("X".to_owned())),
                ..settings()
            },
            Settings {
                poll_seconds: 0,
                ..settings()
            },
            Settings {
                namespaces: BTreeMap::from([("a/b".to_owned(), "x".to_owned())]),
                ..settings()
            },
            Settings {
                workloads: BTreeMap::from([("web".to_owned(), "web".to_owned())]),
                ..settings()
            },
        ] {
            let error = wrong.check().expect_err("refused");
            assert!(!error.hint.is_empty(), "{error}");
        }
    }

    #[test]
    fn names_need_no_encoding() {
        for fine in ["shop", "shop-2", "a.b"] {
            assert!(is_name(fine), "{fine}");
        }
        for wrong in ["", "Shop", "a/b", "..", "-a", "a b", "a%2f"] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }
}
