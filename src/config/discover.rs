//! A configuration from a checkout: its remote, and a token from the
//! environment or from the host's own command-line client.

use std::process::{Command, Stdio};

use crate::{
    domain::TokenSource,
    error::{Error, Kind},
};

/// What a checkout tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// The host, such as `github.com`.
    pub host: String,
    /// `owner/name`.
    pub repository: String,
    /// Where the token comes from.
    pub token: TokenSource,
}

impl Checkout {
    /// The API's base URL: GitHub's own, or an Enterprise server's `/api/v3`.
    #[must_use]
    pub fn api_url(&self) -> String {
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
    let (host, repository) = parse_remote(&url).ok_or_else(|| {
        Error::new(
            Kind::Usage,
            "the remote `origin` names no owner and repository",
        )
        .hint(advice)
    })?;
    let token = token(&host).ok_or_else(|| {
        Error::new(Kind::Usage, format!("there is no token for {host}")).hint(
            "export GITHUB_TOKEN=…, or log in with `gh auth login`; `tminus demo` needs neither",
        )
    })?;
    Ok(Checkout {
        host,
        repository,
        token,
    })
}

fn token(host: &str) -> Option<TokenSource> {
    for name in ["GITHUB_TOKEN", "GH_TOKEN"] {
        if std::env::var(name).is_ok_and(|value| !value.is_empty()) {
            return Some(TokenSource::Env(name.to_owned()));
        }
    }
    let words = ["gh", "auth", "token", "--hostname", host];
    output(words[0], &words[1..])?;
    Some(TokenSource::Command(words.map(str::to_owned).to_vec()))
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

/// Host and `owner/name` of a remote: `https://host/owner/name.git`,
/// `ssh://git@host:22/owner/name` and `git@host:owner/name.git`.
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
    let mut parts = path.split('/');
    let (owner, name) = (parts.next()?, parts.next()?);
    let fine = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && part
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "._-".contains(character))
    };
    (parts.next().is_none() && fine(owner) && fine(name) && !host.is_empty())
        .then(|| (host, format!("{owner}/{name}")))
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
            "https://h/a/b/c",
        ] {
            assert_eq!(parse_remote(url), None, "{url}");
        }
    }
}
