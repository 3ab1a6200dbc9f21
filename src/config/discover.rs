//! A configuration from a checkout: its remote, and a token from the
//! environment or from the host's own command-line client.
//!
//! Which system hosts it is told by the host's name: `github.com` and
//! `gitlab.com`, a name with `gitlab` among its parts, or the host that
//! `GITLAB_HOST` or, in a pipeline, `CI_SERVER_HOST` names; any other host is
//! taken for GitHub Enterprise Server.

use std::process::{Command, Stdio};

use crate::{
    domain::TokenSource,
    error::{Error, Kind},
};

/// The system that hosts a checkout's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forge {
    /// GitHub or GitHub Enterprise Server.
    GitHub,
    /// gitlab.com or a GitLab of one's own.
    GitLab,
}

impl Forge {
    /// The kind of its integration, which is also what it is called by in a
    /// configuration made of a checkout.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
        }
    }

    fn of(host: &str, variable: impl Fn(&str) -> Option<String>) -> Self {
        let named = ["GITLAB_HOST", "CI_SERVER_HOST"]
            .iter()
            .filter_map(|name| variable(name))
            .any(|value| host_of(&value) == host);
        if named || (host != "github.com" && host.split('.').any(|part| part == "gitlab")) {
            Self::GitLab
        } else {
            Self::GitHub
        }
    }

    /// Variables that may hold a token.
    fn token_variables(self) -> &'static [&'static str] {
        match self {
            Self::GitHub => &["GITHUB_TOKEN", "GH_TOKEN"],
            Self::GitLab => &["GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN"],
        }
    }

    /// The call of the host's own client that prints a token.
    fn token_command(self, host: &str) -> Vec<String> {
        let words: &[&str] = match self {
            Self::GitHub => &["gh", "auth", "token", "--hostname", host],
            Self::GitLab => &["glab", "config", "get", "token", "--host", host],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }
}

/// The host of `https://HOST:PORT/…` or of `HOST`.
fn host_of(text: &str) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', ':'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// What a checkout tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// Which system hosts it.
    pub forge: Forge,
    /// The host, such as `github.com`.
    pub host: String,
    /// `owner/name`; at GitLab with all groups above it.
    pub repository: String,
    /// Where the token comes from.
    pub token: TokenSource,
}

impl Checkout {
    /// The API's base URL: GitHub's own, an Enterprise server's `/api/v3`, or
    /// the address of a GitLab.
    #[must_use]
    pub fn api_url(&self) -> String {
        if self.forge == Forge::GitLab {
            return format!("https://{}", self.host);
        }
        if let Ok(url) = std::env::var("GITHUB_API_URL")
            && !url.is_empty()
        {
            return url;
        }
        if self.host == "github.com" {
            "https://api.github.com".to_owned()
        } else {
            format!("https://{}/api/v3", self.host)
        }
    }
}

/// What the checkout in the current directory tells.
///
/// # Errors
/// When there is no checkout, no remote, or no token; each says what to do.
pub fn checkout() -> Result<Checkout, Error> {
    let advice =
        "`tminus demo` shows a rehearsal without any account; `tminus init` writes a configuration";
    let url = output("git", &["remote", "get-url", "origin"]).ok_or_else(|| {
        Error::new(
            Kind::Usage,
            "there is no configuration, and the current directory is no Git checkout with a remote `origin`",
        )
        .hint(advice)
    })?;
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (host, repository) = parse_remote(&url)
        .filter(|(host, repository)| {
            // Only GitLab has groups in groups.
            Forge::of(host, variable) == Forge::GitLab || repository.matches('/').count() == 1
        })
        .ok_or_else(|| {
            Error::new(
                Kind::Usage,
                "the remote `origin` names no owner and repository",
            )
            .hint(advice)
        })?;
    let forge = Forge::of(&host, variable);
    let token = token(forge, &host).ok_or_else(|| {
        Error::new(Kind::Usage, format!("there is no token for {host}")).hint(match forge {
            Forge::GitHub => {
                "export GITHUB_TOKEN=…, or log in with `gh auth login`; `tminus demo` needs neither"
            }
            Forge::GitLab => {
                "export GITLAB_TOKEN=…, or log in with `glab auth login`; `tminus demo` needs neither"
            }
        })
    })?;
    Ok(Checkout {
        forge,
        host,
        repository,
        token,
    })
}

fn token(forge: Forge, host: &str) -> Option<TokenSource> {
    for name in forge.token_variables() {
        if std::env::var(name).is_ok_and(|value| !value.is_empty()) {
            return Some(TokenSource::Env((*name).to_owned()));
        }
    }
    let words = forge.token_command(host);
    let (program, arguments) = words.split_first()?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    output(program, &arguments)?;
    Some(TokenSource::Command(words))
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next()?.trim().to_owned();
    (output.status.success() && !line.is_empty()).then_some(line)
}

/// Host and path of a remote: `https://host/owner/name.git`,
/// `ssh://git@host:22/owner/name` and `git@host:group/subgroup/name.git`.
fn parse_remote(url: &str) -> Option<(String, String)> {
    let rest = match url.split_once("://") {
        Some((_, rest)) => rest.to_owned(),
        // The scp form has a colon where a URL has a slash.
        None => url.replacen(':', "/", 1),
    };
    let rest = rest
        .rsplit_once('@')
        .map_or(rest.as_str(), |(_, rest)| rest);
    let (host, path) = rest.split_once('/')?;
    let host = host.split(':').next()?.to_ascii_lowercase();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let fine = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && part
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "._-".contains(character))
    };
    (path.contains('/') && path.split('/').all(fine) && !host.is_empty())
        .then(|| (host, path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_of_all_forms_are_read() {
        let wanted = Some(("github.com".to_owned(), "larkspur/checkout".to_owned()));
        for url in [
            "https://github.com/larkspur/checkout.git",
            "https://github.com/larkspur/checkout/",
            "https://user:secret@github.com/larkspur/checkout",
            "git@github.com:larkspur/checkout.git",
            "ssh://git@GitHub.com:22/larkspur/checkout.git",
        ] {
            assert_eq!(parse_remote(url), wanted, "{url}");
        }
        for url in [
            "",
            "nonsense",
            "https://github.com/only",
            "https://h/-x/y",
            "https://h/a//c",
        ] {
            assert_eq!(parse_remote(url), None, "{url}");
        }
        assert_eq!(
            parse_remote("git@gitlab.com:larkspur/shop/web.git"),
            Some(("gitlab.com".to_owned(), "larkspur/shop/web".to_owned()))
        );
    }

    #[test]
    fn the_name_of_the_host_tells_the_system_unless_a_variable_does() {
        let none = |_: &str| None;
        for (host, forge) in [
            ("github.com", Forge::GitHub),
            ("github.corp.example", Forge::GitHub),
            ("gitlab.com", Forge::GitLab),
            ("gitlab.corp.example", Forge::GitLab),
            ("git.corp.example", Forge::GitHub),
            ("notgitlab.example", Forge::GitHub),
        ] {
            assert_eq!(Forge::of(host, none), forge, "{host}");
        }
        for value in ["git.corp.example", "https://git.corp.example:8443/gitlab"] {
            let named = |name: &str| (name == "GITLAB_HOST").then(|| value.to_owned());
            assert_eq!(Forge::of("git.corp.example", named), Forge::GitLab);
            assert_eq!(Forge::of("other.example", named), Forge::GitHub);
        }
    }
}
