//! Two people, each with a key and a data directory of their own, and one
//! request at the vendor.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    first_approval,
    world::{Said, World, said},
};

/// What evidence is signed for.
pub const NAMESPACE: &str = "tminus-evidence-v1@tminus.dev";

/// A key pair that `ssh-keygen` made.
pub struct Key {
    path: PathBuf,
    name: String,
}

impl Key {
    pub fn new(place: &Path, name: &str) -> Self {
        let path = place.join(format!("{name}.key"));
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
            .arg(&path)
            .stdin(Stdio::null())
            .status()
            .expect("ssh-keygen runs: install OpenSSH's client programs");
        assert!(made.success());
        Self {
            path,
            name: name.to_owned(),
        }
    }

    pub fn private(&self) -> String {
        self.path.display().to_string()
    }

    /// Type and key, as a line has them.
    pub fn public(&self) -> String {
        let text = fs::read_to_string(format!("{}.pub", self.private())).expect("the public key");
        let words: Vec<&str> = text.split_whitespace().take(2).collect();
        words.join(" ")
    }

    /// A line that lets the key sign anything in somebody's name.
    pub fn line(&self, who: &str) -> String {
        format!("{who} {}\n", self.public())
    }

    /// A file that lets it sign for a namespace only.
    pub fn allowed(&self, namespace: &str) -> PathBuf {
        let path = self.path.with_extension("allowed");
        let line = format!(
            "{} namespaces=\"{namespace}\" {}\n",
            self.name,
            self.public()
        );
        fs::write(&path, line).expect("a file of signers");
        path
    }
}

/// A team of which some have keys, in a world that wants two for production.
struct Team {
    world: World,
}

impl Team {
    fn new(names: &[&str]) -> Self {
        let team = Self {
            world: World::start("release-day"),
        };
        let signers: String = names
            .iter()
            .map(|name| Key::new(team.world.place(), name).line(name))
            .collect();
        fs::write(team.world.place().join("signers"), signers).expect("a file");
        for name in names {
            team.configure(name, &format!("key = \"{name}.key\""));
        }
        team
    }

    /// Writes a person's configuration.
    fn configure(&self, name: &str, key: &str) {
        let common = fs::read_to_string(self.world.config()).expect("the configuration");
        let own = format!(
            "{common}\n[operations]\nconfirm_production = \"second-person\"\n\n\
             [signing]\nallowed_signers = \"signers\"\n{key}\n"
        );
        fs::write(self.world.place().join(format!("{name}.toml")), own).expect("a file");
    }

    fn data(&self, name: &str) -> PathBuf {
        self.world.place().join(format!("{name}-data"))
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tminus"));
        command
            .arg("--config")
            .arg(self.world.place().join(format!("{name}.toml")))
            .arg("--data-dir")
            .arg(self.data(name))
            .args(arguments)
            .env("USER", name)
            .env_remove("SSH_AUTH_SOCK")
            .stdin(Stdio::null());
        said(&command.output().expect("the binary runs"))
    }

    /// The only proposal that somebody made.
    fn proposal(&self, name: &str) -> PathBuf {
        let mut files: Vec<PathBuf> = fs::read_dir(self.data(name).join("proposals"))
            .expect("the proposals")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }

    fn only(&self, name: &str) -> Value {
        let journal = self.run(name, &["journal", "--json"]);
        assert_eq!(journal.status, 0, "{}", journal.stderr);
        let json = journal.json();
        assert_eq!(json.as_array().map(Vec::len), Some(1), "{}", journal.stdout);
        json[0].clone()
    }
}

#[test]
fn what_one_may_not_do_alone_two_people_do_once() {
    let team = Team::new(&["ana", "ben", "cy"]);
    let id = first_approval(&team.world);
    let proposed = team.run(
        "ana",
        &["approve", &id, "--reason", "tests are green", "--yes"],
    );
    assert_eq!(proposed.status, 3, "{}{}", proposed.stdout, proposed.stderr);
    assert!(
        proposed.stderr.contains("proposed, not sent"),
        "{}",
        proposed.stderr
    );
    assert_eq!(team.world.writes(), 0);
    let waiting = team.only("ana");
    assert_eq!(waiting["state"], "proposed");
    assert!(
        waiting["detail"]
            .as_str()
            .unwrap()
            .contains("tminus countersign"),
        "{waiting}"
    );
    // The same is not proposed twice.
    let again = team.run("ana", &["approve", &id, "--reason", "again", "--yes"]);
    assert_eq!(again.status, 1, "{}", again.stderr);
    assert!(again.stderr.contains("tminus withdraw"), "{}", again.stderr);

    let file = team.proposal("ana");
    let file = file.to_str().unwrap();
    let both = team.run("ana", &["countersign", file, "--yes"]);
    assert_eq!(both.status, 1);
    assert!(
        both.stderr.contains("one person cannot be both"),
        "{}",
        both.stderr
    );
    let dry = team.run("ben", &["countersign", file, "--dry-run"]);
    assert_eq!(dry.status, 0, "{}", dry.stderr);
    assert!(dry.stdout.contains("proposed by ana"), "{}", dry.stdout);
    assert!(dry.stdout.contains("tests are green"), "{}", dry.stdout);
    assert_eq!(team.world.writes(), 0);

    let agreed = team.run(
        "ben",
        &[
            "countersign",
            file,
            "--yes",
            "--reason",
            "I looked too",
            "--json",
        ],
    );
    assert_eq!(agreed.status, 0, "{}{}", agreed.stdout, agreed.stderr);
    assert_eq!(agreed.json()["state"], "observed");
    assert_eq!(agreed.json()["id"], waiting["id"]);
    assert_eq!(team.world.writes(), 1);

    // Nobody does it once more: not ben, not somebody else.
    let twice = team.run("ben", &["countersign", file, "--yes"]);
    assert_eq!(twice.status, 1, "{}", twice.stdout);
    assert!(
        twice.stderr.contains("confirmed already"),
        "{}",
        twice.stderr
    );
    let third = team.run("cy", &["countersign", file, "--yes"]);
    assert_eq!(third.status, 1, "{}", third.stdout);
    assert_eq!(team.world.writes(), 1);

    // Ana's tminus sees it, and by whom.
    let seen = team.run("ana", &["proposals", "--json"]);
    assert_eq!(seen.status, 0, "{}", seen.stderr);
    assert_eq!(seen.json()[0]["state"], "observed");
    let detail = seen.json()[0]["detail"].to_string();
    assert!(detail.contains("by ben (countersigned)"), "{detail}");
    assert_eq!(team.only("ana")["state"], "observed");
    assert_eq!(team.world.writes(), 1);
    for name in ["ana", "ben"] {
        assert_eq!(team.run(name, &["verify"]).status, 0);
    }

    // Ben's evidence names both, and verifies.
    let out = team.world.place().join("evidence");
    let operation = waiting["id"].as_str().unwrap();
    let made = team.run(
        "ben",
        &[
            "evidence",
            operation,
            "--offline",
            "--json",
            "--out",
            out.to_str().unwrap(),
        ],
    );
    assert_eq!(made.status, 0, "{}", made.stderr);
    let summary = made.json();
    let line = &summary["operations"][0];
    assert!(line["who"].as_str().unwrap().starts_with("ana@"), "{line}");
    assert!(
        line["second"].as_str().unwrap().starts_with("ben@"),
        "{line}"
    );
    assert_eq!(summary["questions"][6]["found"], "present");
    let checked = team.run("cy", &["verify", out.to_str().unwrap()]);
    assert_eq!(checked.status, 0, "{}", checked.stderr);
    assert!(
        checked.stdout.contains("signed by ben"),
        "{}",
        checked.stdout
    );
}

#[test]
fn the_other_persons_rules_are_told_the_change_and_whose_credential_it_is() {
    let team = Team::new(&["ana", "ben"]);
    let rules = team.world.place().join("rules");
    fs::create_dir(&rules).expect("a directory");
    fs::write(rules.join("seen.rego"), crate::policy::SEEN).expect("a file");
    let id = first_approval(&team.world);
    let propose = ["approve", &id, "--reason", "green", "--yes"];
    assert_eq!(team.run("ana", &propose).status, 3);
    // Only ben has the rule: what it says is his own look.
    team.world.replace_in_config(
        "version = 1\n",
        &format!("version = 1\n\n[policy]\ndir = \"{}\"\n", rules.display()),
    );
    team.configure("ben", "key = \"ben.key\"");
    let file = team.proposal("ana");
    let file = file.to_str().unwrap();
    let dry = team.run("ben", &["countersign", file, "--dry-run"]);
    assert_eq!(dry.status, 0, "{}{}", dry.stdout, dry.stderr);
    let seen = dry.stdout.lines().find(|line| line.contains("seen: "));
    let seen = seen.unwrap_or_else(|| panic!("{}", dry.stdout));
    // His login here, and that of the credential, which both have in this world.
    assert!(seen.contains("for ana+ben"), "{seen}");
    assert!(!seen.contains("seen: 0 commits"), "{seen}");
}

#[test]
fn a_rollback_is_typed_by_both() {
    let team = Team::new(&["ana", "ben"]);
    let proposed = team.run(
        "ana",
        &[
            "rollback",
            "checkout",
            "--env",
            "production",
            "--to",
            "4.11.3",
            "--reason",
            "error rate",
            "--confirm",
            "checkout",
        ],
    );
    assert_eq!(proposed.status, 3, "{}{}", proposed.stdout, proposed.stderr);
    let original = team.proposal("ana");
    // It is sent by mail, say: the copy is as good.
    let file = team.world.place().join("mailed.json");
    fs::copy(&original, &file).unwrap();
    let untyped = team.run("ben", &["countersign", file.to_str().unwrap(), "--yes"]);
    assert_eq!(untyped.status, 2, "{}", untyped.stderr);
    assert!(
        untyped.stderr.contains("--confirm checkout"),
        "{}",
        untyped.stderr
    );
    assert_eq!(team.world.writes(), 0);
    let typed = [
        "countersign",
        file.to_str().unwrap(),
        "--yes",
        "--confirm",
        "checkout",
    ];
    let agreed = team.run("ben", &typed);
    assert_eq!(agreed.status, 0, "{}{}", agreed.stdout, agreed.stderr);
    assert_eq!(team.world.writes(), 1);
    // Without the file that came back, nobody is claimed; with it, ben is.
    let back = team.world.place().join("mailed.countersigned.json");
    let seen = team.run(
        "ana",
        &["proposals", "--countersigned", back.to_str().unwrap()],
    );
    assert_eq!(seen.status, 0, "{}", seen.stderr);
    assert!(
        seen.stdout.contains("by ben (countersigned)"),
        "{}",
        seen.stdout
    );
}

#[test]
fn a_proposal_is_withdrawn_and_what_was_changed_is_refused() {
    let team = Team::new(&["ana", "ben"]);
    let id = first_approval(&team.world);
    let propose = ["approve", id.as_str(), "--reason", "green", "--yes"];
    assert_eq!(team.run("ana", &propose).status, 3);
    let file = team.proposal("ana");
    let spoilt = team.world.place().join("spoilt.json");
    let text = fs::read_to_string(&file).unwrap();
    let at = text.find("\"payload\": \"").unwrap() + 600;
    let mut bytes = text.into_bytes();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    fs::write(&spoilt, bytes).unwrap();
    let refused = team.run("ben", &["countersign", spoilt.to_str().unwrap(), "--yes"]);
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("does not fit"),
        "{}",
        refused.stderr
    );

    let operation = team.only("ana")["id"].as_str().unwrap().to_owned();
    let withdrawn = team.run("ana", &["withdraw", &operation]);
    assert_eq!(withdrawn.status, 0, "{}", withdrawn.stderr);
    assert!(
        withdrawn.stdout.contains("stays good until"),
        "{}",
        withdrawn.stdout
    );
    assert_eq!(team.only("ana")["state"], "failed");
    assert_eq!(team.run("ana", &["withdraw", &operation]).status, 2);
    assert_eq!(team.run("ana", &propose).status, 3);
    assert_eq!(team.world.writes(), 0);
}

#[test]
fn without_a_key_the_refusal_says_how_to_get_one() {
    let team = Team::new(&["ana"]);
    team.configure("dan", "");
    let id = first_approval(&team.world);
    let refused = team.run("dan", &["approve", &id, "--reason", "green", "--yes"]);
    assert_eq!(refused.status, 1, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("`key` in [signing]"),
        "{}",
        refused.stderr
    );
    assert_eq!(team.world.writes(), 0);
}
