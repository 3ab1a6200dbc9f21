//! `tminus init`: a configuration from what a checkout tells.

use std::{fs, os::unix::fs::OpenOptionsExt as _, path::Path};

use super::{args::Global, print};
use crate::{
    config::{Checkout, Forge, checkout, default_path, parse},
    domain::TokenSource,
    error::{Error, Kind},
};

/// Writes the configuration.
///
/// # Errors
/// When nothing is found, or a file is there and `force` is not given.
pub fn run(global: &Global, force: bool) -> Result<(), Error> {
    let found = checkout()?;
    let path = global.config.clone().or_else(default_path).ok_or_else(|| {
        Error::new(Kind::Usage, "there is no home directory").hint("use --config FILE")
    })?;
    if path.exists() && !force {
        return Err(
            Error::new(Kind::Usage, format!("{} is already there", path.display()))
                .hint("--force overwrites it"),
        );
    }
    let text = configuration(&found);
    parse(&text, "the new configuration")?;
    write(&path, &text).map_err(|error| {
        Error::new(
            Kind::Usage,
            format!("cannot write {}: {error}", path.display()),
        )
    })?;
    print::line(&format!(
        "wrote {}: {} on {}\nnext: `tminus doctor` tries it, `tminus` opens it",
        path.display(),
        found.repository,
        found.host
    ))
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

fn configuration(found: &Checkout) -> String {
    let token = match &found.token {
        TokenSource::Env(name) => format!("{{ env = {} }}", quoted(name)),
        TokenSource::File(path) => format!("{{ file = {} }}", quoted(path)),
        TokenSource::Exec(plugin) => format!("{{ command = [{}] }}", quoted(&plugin.command)),
        TokenSource::Keyring(entry) => format!("{{ keyring = {} }}", quoted(entry)),
        TokenSource::Command(words) => format!(
            "{{ command = [{}] }}",
            words
                .iter()
                .map(|word| quoted(word))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    let name = found.repository.rsplit('/').next().unwrap_or_default();
    let rollback = match found.forge {
        Forge::GitHub => {
            "# rollback = { workflow = \"rollback.yml\", ref = \"main\", inputs = { version = \"{version}\" } }"
        }
        // The job that deployed a version before runs again.
        Forge::GitLab => "rollback = { mechanism = \"rerun\" }",
    };
    format!(
        "# tminus.toml, written by `tminus init`. config.example.toml documents every setting.\n\
         version = 1\n\n\
         [integrations.{kind}]\nkind = \"{kind}\"\nurl = {url}\ntoken = {token}\n\n\
         [[environments]]\nname = \"staging\"\n\n\
         [[environments]]\nname = \"production\"\nproduction = true\n\n\
         [defaults]\nhost = \"{kind}\"\n\n\
         [[services]]\nname = {name}\nrepository = {repository}\n\
         {rollback}\n",
        kind = found.forge.kind(),
        url = quoted(&found.api_url()),
        name = quoted(name),
        repository = quoted(&found.repository),
    )
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_writes_is_a_configuration() {
        for token in [
            TokenSource::Env("GITHUB_TOKEN".into()),
            TokenSource::Command(vec!["gh".into(), "auth".into(), "token".into()]),
            TokenSource::File("/home/a \"b\"/t".into()),
            TokenSource::Keyring("tminus/github".into()),
        ] {
            for (forge, host, repository) in [
                (Forge::GitHub, "github.com", "larkspur/checkout"),
                (Forge::GitLab, "gitlab.com", "larkspur/shop/checkout"),
            ] {
                let found = Checkout {
                    forge,
                    host: host.into(),
                    repository: repository.into(),
                    token: token.clone(),
                };
                let file = parse(&configuration(&found), "x").unwrap();
                assert_eq!(file.services[0].name, "checkout");
                assert_eq!(file.defaults.host.as_deref(), Some(forge.kind()));
                assert!(file.integrations.contains_key(forge.kind()));
            }
        }
    }
}
