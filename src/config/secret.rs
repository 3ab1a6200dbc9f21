//! Fetching a secret from where the configuration says it is. The secret goes
//! straight into a box that cannot be printed.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use secrecy::SecretString;

use crate::{
    domain::{ExecPlugin, TokenSource},
    error::{Error, Kind},
};

/// A token command or a keyring that takes longer is not going to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Fetches the secret of a source.
///
/// # Errors
/// When the source has none, may be read by others, or does not answer within
/// 10 s. The message never holds the secret.
pub fn fetch(source: &TokenSource) -> Result<SecretString, Error> {
    let text = match source {
        TokenSource::Env(name) => from_environment(name),
        TokenSource::File(path) => from_file(Path::new(path)),
        TokenSource::Command(words) => {
            let words = words.clone();
            patiently("the token command", move || from_command(&words))
        }
        TokenSource::Exec(plugin) => {
            let plugin = plugin.clone();
            patiently("the exec plug-in", move || from_plugin(&plugin))
        }
        TokenSource::Keyring(entry) => {
            let entry = entry.clone();
            patiently("the keyring", move || from_keyring(&entry))
        }
    }?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return Err(refuse(format!(
            "the token of {} is empty",
            describe(source)
        )));
    }
    if line.chars().any(|character| !character.is_ascii_graphic()) {
        return Err(refuse(format!(
            "the token of {} holds a character that no token has",
            describe(source)
        )));
    }
    Ok(SecretString::from(line.to_owned()))
}

/// Where the secret comes from, for people.
fn describe(source: &TokenSource) -> String {
    match source {
        TokenSource::Env(name) => format!("the environment variable {name}"),
        TokenSource::File(path) => format!("the file {path}"),
        TokenSource::Command(words) => {
            format!("the command {}", words.first().map_or("", String::as_str))
        }
        TokenSource::Exec(plugin) => format!("the exec plug-in {}", plugin.command),
        TokenSource::Keyring(entry) => format!("the keyring entry {entry}"),
    }
}

fn refuse(message: String) -> Error {
    Error::new(Kind::Usage, message)
}

fn from_environment(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| {
        refuse(format!("the environment variable {name} is not set")).hint(format!(
            "export {name}=…, or name another source in the configuration"
        ))
    })
}

fn from_file(path: &Path) -> Result<String, Error> {
    let fail = |why: String| {
        refuse(format!(
            "cannot use the token file {}: {why}",
            path.display()
        ))
    };
    let metadata = fs::metadata(path).map_err(|error| fail(error.to_string()))?;
    if !metadata.is_file() || metadata.len() > 64 * 1024 {
        return Err(fail("it is no small regular file".to_owned()));
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(fail(format!("others may read it (mode {mode:o})"))
            .hint(format!("chmod 600 {}", path.display())));
    }
    let owner = metadata.uid();
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Err(fail("it belongs to somebody else".to_owned()));
    }
    fs::read_to_string(path).map_err(|error| fail(error.to_string()))
}

fn from_command(words: &[String]) -> Result<String, Error> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(refuse("the token command is empty".to_owned()));
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .map_err(|error| refuse(format!("cannot run the token command `{program}`: {error}")))?;
    if !output.status.success() {
        return Err(refuse(format!(
            "the token command `{program}` ended with {}",
            output.status
        ))
        .hint("run it by hand to see why; its output is not shown here"));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| refuse(format!("the token command `{program}` printed no text")))
}

/// What a plug-in of a kubeconfig prints, as far as it is read.
#[derive(serde::Deserialize)]
struct ExecCredential {
    status: Option<ExecStatus>,
}

#[derive(serde::Deserialize)]
struct ExecStatus {
    token: Option<String>,
}

/// The token that a plug-in makes. It gets no terminal, so one that has to ask a
/// person says so by failing.
fn from_plugin(plugin: &ExecPlugin) -> Result<String, Error> {
    let name = &plugin.command;
    let info = serde_json::json!({
        "apiVersion": plugin.api_version,
        "kind": "ExecCredential",
        "spec": {"interactive": false},
    });
    let output = Command::new(name)
        .args(&plugin.arguments)
        .envs(&plugin.environment)
        .env("KUBERNETES_EXEC_INFO", info.to_string())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| refuse(format!("cannot run the exec plug-in `{name}`: {error}")))?;
    if !output.status.success() {
        return Err(refuse(format!(
            "the exec plug-in `{name}` ended with {}",
            output.status
        ))
        .hint("run `kubectl get pods` by hand to see why: it may want you to log in"));
    }
    let answer: ExecCredential = serde_json::from_slice(&output.stdout).map_err(|_| {
        refuse(format!(
            "the exec plug-in `{name}` printed no ExecCredential"
        ))
    })?;
    answer
        .status
        .and_then(|status| status.token)
        .ok_or_else(|| refuse(format!("the exec plug-in `{name}` gave no token")))
}

/// The desktop's keyring is asked through its own command-line client, since
/// it is there wherever a Secret Service runs: `secret-tool` on Linux,
/// `security` on macOS.
fn from_keyring(entry: &str) -> Result<String, Error> {
    let Some((service, user)) = entry.split_once('/') else {
        return Err(refuse(format!("the keyring entry `{entry}` has no user"))
            .hint("write it as service/user"));
    };
    let words: Vec<String> = if cfg!(target_os = "macos") {
        [
            "security",
            "find-generic-password",
            "-w",
            "-s",
            service,
            "-a",
            user,
        ]
        .map(str::to_owned)
        .into()
    } else {
        [
            "secret-tool",
            "lookup",
            "service",
            service,
            "username",
            user,
        ]
        .map(str::to_owned)
        .into()
    };
    from_command(&words).map_err(|error| {
        refuse(format!("the keyring has no entry `{entry}`: {}", error.message)).hint(
            "over SSH the keyring is often locked: use an environment variable, a file of mode 600 or a command",
        )
    })
}

/// Runs `work` on a thread of its own and waits a limited time: a keyring may
/// be waiting for a prompt on a screen that nobody sees.
fn patiently(
    what: &str,
    work: impl FnOnce() -> Result<String, Error> + Send + 'static,
) -> Result<String, Error> {
    let (done, result) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more when the wait was given up.
        let _ = done.send(work());
    });
    result.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        Err(refuse(format!(
            "{what} did not answer within {} s",
            PATIENCE.as_secs()
        )))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"s3cret\n").unwrap();
        let source = TokenSource::File(file.path().display().to_string());
        let set =
            |mode| fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        set(0o644);
        let error = fetch(&source).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
        set(0o600);
        assert_eq!(fetch(&source).unwrap().expose_secret(), "s3cret");
    }

    #[test]
    fn a_command_gives_its_first_line() {
        let source =
            |script: &str| TokenSource::Command(vec!["sh".into(), "-c".into(), script.into()]);
        assert_eq!(
            fetch(&source("echo abc; echo def"))
                .unwrap()
                .expose_secret(),
            "abc"
        );
        assert!(
            fetch(&source("exit 3"))
                .unwrap_err()
                .message
                .contains("exit status: 3")
        );
        assert!(fetch(&source("printf 'a\\033b'")).is_err());
        assert!(
            fetch(&source("true"))
                .unwrap_err()
                .message
                .contains("empty")
        );
    }

    #[test]
    fn a_plug_in_of_a_kubeconfig_answers_with_a_credential() {
        let plugin = |script: &str| {
            TokenSource::Exec(ExecPlugin {
                command: "sh".to_owned(),
                arguments: vec!["-c".to_owned(), script.to_owned()],
                environment: [("WORD".to_owned(), "t0ken".to_owned())].into(),
                api_version: "client.authentication.k8s.io/v1".to_owned(),
            })
        };
        // It is told which answer is wanted, and may take several lines.
        let good = "case $KUBERNETES_EXEC_INFO in *ExecCredential*) \
                    printf '{\"status\":\\n {\"token\": \"%s\"}}' $WORD;; esac";
        let secret = fetch(&plugin(good)).unwrap();
        assert_eq!(secrecy::ExposeSecret::expose_secret(&secret), "t0ken");
        for wrong in ["echo no-json", "echo '{}'", "exit 3"] {
            assert!(fetch(&plugin(wrong)).is_err(), "{wrong}");
        }
    }
}
