//! Signs with a person's SSH key by running `ssh-keygen -Y sign`, which knows
//! agents, security keys and every format of keys (decisions/0008). The child
//! gets no terminal: it must never ask for a passphrase in the middle of the
//! screen.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use ssh_key::{PrivateKey, PublicKey, public::KeyData};

use crate::{
    domain::Text,
    error::{Error, Kind},
    evidence::{Sign, sshsig},
};

/// How long a signature may take: somebody may have to touch a security key.
const PATIENCE: Duration = Duration::from_secs(60);

/// A person's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshKey {
    /// The private file, or the public one of a key that is elsewhere.
    path: PathBuf,
    /// Only the agent may sign.
    agent_only: bool,
}

impl SshKey {
    /// The key of a file: the private one, or the `.pub` file of a key that
    /// the agent or a security key holds.
    #[must_use]
    pub fn file(path: PathBuf) -> Self {
        Self {
            path,
            agent_only: false,
        }
    }

    /// The same key, but only the agent may sign with it.
    #[must_use]
    pub fn only_by_agent(self) -> Self {
        Self {
            agent_only: true,
            ..self
        }
    }

    /// The public key of the file, or of the one beside it.
    fn read_public(&self) -> Result<KeyData, Error> {
        let beside = self.path.with_extension(match self.path.extension() {
            Some(extension) => format!("{}.pub", extension.to_string_lossy()),
            None => "pub".to_owned(),
        });
        let mut why = format!("cannot read {}", self.path.display());
        for path in [&self.path, &beside] {
            match fs::read_to_string(path) {
                Ok(text) => {
                    if let Some(key) = public_part(&text) {
                        return Ok(key);
                    }
                    why = format!("{} is no SSH key", path.display());
                }
                Err(error) if path == &self.path => {
                    why = format!("cannot read {}: {error}", path.display());
                }
                Err(_) => {}
            }
        }
        Err(Error::new(Kind::Usage, why)
            .hint("name a key made by ssh-keygen, as `key` in [signing] or with --key"))
    }

    fn run(&self, namespace: &str, message: &[u8]) -> Result<String, Error> {
        let mut command = Command::new("ssh-keygen");
        command.args(["-Y", "sign", "-n", namespace, "-f"]);
        command.arg(&self.path);
        if self.agent_only {
            command.arg("-U");
        }
        only_what_it_needs(&mut command);
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                Error::new(Kind::Refused, format!("cannot run ssh-keygen: {error}"))
                    .hint("install OpenSSH's client programs")
            })?;
        let (ended, said, complained) = talk(child, message)?;
        if ended {
            return Ok(said);
        }
        let complained = complained.trim();
        let mended = if complained.contains("passphrase") || complained.contains("decrypt") {
            format!("give the key to the agent: ssh-add {}", self.path.display())
        } else if complained.contains("agent") {
            "start ssh-agent and give it the key with ssh-add".to_owned()
        } else {
            "try it by hand: ssh-keygen -Y sign -n test -f KEY FILE".to_owned()
        };
        let last = complained.lines().last().unwrap_or("it said nothing");
        Err(Error::new(
            Kind::Refused,
            format!("{} cannot sign: {}", self.path.display(), Text::new(last)),
        )
        .hint(mended))
    }
}

impl Sign for SshKey {
    fn public(&self) -> Result<KeyData, Error> {
        self.read_public()
    }

    fn sign(&self, namespace: &str, message: &[u8]) -> Result<String, Error> {
        let public = self.public()?;
        let wrong = |why: &str| {
            Error::new(
                Kind::Refused,
                format!(
                    "the signature of {} is not usable: {why}",
                    self.path.display()
                ),
            )
        };
        let signature = sshsig::bare(&self.run(namespace, message)?)
            .map_err(|flaw| wrong(&flaw.to_string()))?;
        // What others will refuse is better refused here.
        let signer = sshsig::verify(&signature, namespace, message)
            .map_err(|flaw| wrong(&flaw.to_string()))?;
        if signer.key == public {
            Ok(signature)
        } else {
            Err(wrong("another key made it"))
        }
    }
}

/// The keys that the agent holds, as lines of public keys.
///
/// # Errors
/// When there is no agent, or it holds none.
pub fn keys_of_the_agent() -> Result<Vec<String>, Error> {
    let none = |why: String| {
        Error::new(Kind::Usage, why).hint("start ssh-agent and give it a key with ssh-add")
    };
    let mut command = Command::new("ssh-add");
    command.arg("-L");
    only_what_it_needs(&mut command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| none(format!("cannot run ssh-add: {error}")))?;
    let keys: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| PublicKey::from_openssh(line).is_ok())
        .map(str::to_owned)
        .collect();
    if keys.is_empty() {
        return Err(none("there is no agent, or it holds no key".to_owned()));
    }
    Ok(keys)
}

/// The public part of a key file, also of an encrypted private one.
fn public_part(text: &str) -> Option<KeyData> {
    PublicKey::from_openssh(text.trim())
        .map(|key| key.key_data().clone())
        .or_else(|_| PrivateKey::from_openssh(text).map(|key| key.public_key().key_data().clone()))
        .ok()
}

/// The environment that OpenSSH needs, and no tokens of ours. A program that
/// asks nothing stands where a passphrase would be asked for, so that the
/// terminal is never opened (ssh(1), `SSH_ASKPASS_REQUIRE`).
fn only_what_it_needs(command: &mut Command) {
    command.env_clear();
    for name in [
        "PATH",
        "HOME",
        "SSH_AUTH_SOCK",
        "SSH_SK_PROVIDER",
        "SSH_SK_HELPER",
        "LD_LIBRARY_PATH",
    ] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("SSH_ASKPASS_REQUIRE", "force")
        .env("SSH_ASKPASS", "false")
        .env("LC_ALL", "C");
}

/// Hands the message over and hears what is said until the end, or ends it.
fn talk(mut child: Child, message: &[u8]) -> Result<(bool, String, String), Error> {
    let failed = |error: std::io::Error| {
        Error::new(Kind::Refused, format!("ssh-keygen went wrong: {error}"))
    };
    let mut hand = child.stdin.take();
    let message = message.to_vec();
    let handing = thread::spawn(move || {
        // A child that wants no more says why on its own.
        if let Some(hand) = &mut hand {
            let _ = hand.write_all(&message);
        }
    });
    let hear = |pipe: Option<Box<dyn std::io::Read + Send>>| {
        thread::spawn(move || {
            let mut heard = Vec::new();
            if let Some(mut pipe) = pipe {
                let _ = pipe.read_to_end(&mut heard);
            }
            String::from_utf8_lossy(&heard).into_owned()
        })
    };
    let said = hear(child.stdout.take().map(|pipe| Box::new(pipe) as _));
    let complained = hear(child.stderr.take().map(|pipe| Box::new(pipe) as _));
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Error::new(
                Kind::Refused,
                format!("nobody touched the key within {} s", PATIENCE.as_secs()),
            )
            .hint("touch the security key when it blinks, or confirm at the agent"));
        }
        thread::sleep(Duration::from_millis(5));
    };
    let _ = handing.join();
    Ok((
        status.success(),
        said.join().unwrap_or_default(),
        complained.join().unwrap_or_default(),
    ))
}

/// Makes a key pair without a passphrase, for tests.
#[cfg(test)]
pub(crate) fn make_key(directory: &std::path::Path, name: &str, kind: &[&str]) -> SshKey {
    let path = directory.join(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-N", "", "-C", name, "-t"])
        .args(kind)
        .arg("-f")
        .arg(&path)
        .stdin(Stdio::null())
        .status()
        .expect("ssh-keygen runs: these tests need OpenSSH's client programs");
    assert!(made.success());
    SshKey::file(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Flaw;

    #[test]
    fn every_kind_of_key_signs_and_is_checked_here_and_by_openssh() {
        let place = tempfile::tempdir().unwrap();
        let kinds: [&[&str]; 5] = [
            &["ed25519"],
            &["ecdsa", "-b", "256"],
            &["ecdsa", "-b", "384"],
            &["ecdsa", "-b", "521"],
            &["rsa", "-b", "2048"],
        ];
        for kind in kinds {
            let key = make_key(place.path(), &kind.join("-"), kind);
            let signature = key.sign(sshsig::EVIDENCE, b"message").unwrap();
            let signer = sshsig::verify(&signature, sshsig::EVIDENCE, b"message").unwrap();
            assert_eq!(signer.key, key.public().unwrap());
            assert_eq!(
                sshsig::verify(&signature, sshsig::EVIDENCE, b"another"),
                Err(Flaw::Signature)
            );
            assert_eq!(
                sshsig::verify(&signature, sshsig::HEAD, b"message"),
                Err(Flaw::Namespace(sshsig::EVIDENCE.to_owned()))
            );
            // The same text, armoured, is what OpenSSH makes.
            let armoured = key.run(sshsig::EVIDENCE, b"message").unwrap();
            assert_eq!(sshsig::armour(&sshsig::bare(&armoured).unwrap()), armoured);
        }
    }

    #[test]
    fn the_public_file_is_enough_where_the_private_one_is_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let key = make_key(place.path(), "id", &["ed25519"]);
        let public = SshKey::file(place.path().join("id.pub"));
        assert_eq!(public.public().unwrap(), key.public().unwrap());
        assert!(public.sign(sshsig::EVIDENCE, b"x").is_ok());
        std::fs::remove_file(place.path().join("id.pub")).unwrap();
        assert!(key.sign(sshsig::EVIDENCE, b"x").is_ok());
    }

    #[test]
    fn a_locked_key_is_refused_with_the_cure_and_nobody_is_asked() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("locked");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-N", "sesame", "-t", "ed25519", "-f"])
            .arg(&path)
            .status()
            .unwrap();
        assert!(made.success());
        let key = SshKey::file(path);
        assert!(key.public().is_ok());
        let error = key.sign(sshsig::EVIDENCE, b"x").unwrap_err();
        assert!(error.hint.contains("ssh-add"), "{error}");
    }

    #[test]
    fn what_is_no_key_is_said() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("note");
        std::fs::write(&path, "hello").unwrap();
        let error = SshKey::file(path).sign(sshsig::EVIDENCE, b"x").unwrap_err();
        assert!(error.message.contains("is no SSH key"), "{error}");
        let gone = SshKey::file(place.path().join("gone"));
        assert!(gone.public().unwrap_err().message.contains("cannot read"));
    }
}
