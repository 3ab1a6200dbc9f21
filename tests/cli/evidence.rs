//! Evidence from outside: made by the binary, checked by it and by OpenSSH.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::{
    first_approval,
    people::{Key, NAMESPACE},
    world::{Said, World, said, until},
};

/// What `ssh-keygen -Y verify` says about a file and its signature.
pub fn ssh_verify(allowed: &Path, who: &str, file: &Path) -> Said {
    let mut signature = file.as_os_str().to_owned();
    signature.push(".sig");
    let mut child = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", NAMESPACE, "-I", who, "-f"])
        .arg(allowed)
        .arg("-s")
        .arg(signature)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ssh-keygen runs: install OpenSSH's client programs");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin
        .write_all(&fs::read(file).expect("the file"))
        .expect("it listens");
    drop(stdin);
    said(&child.wait_with_output().expect("it ends"))
}

fn found(summary: &Value, number: usize) -> &str {
    summary["questions"][number]["found"]
        .as_str()
        .expect("a word")
}

struct Day {
    world: World,
    key: Key,
    /// The id of an approval that was observed.
    operation: String,
}

impl Day {
    fn new() -> Self {
        let world = World::start("release-day");
        let id = first_approval(&world);
        let done = world.run(&[
            "approve",
            &id,
            "--reason",
            "tests are green",
            "--yes",
            "--json",
        ]);
        assert_eq!(done.status, 0, "{}", done.stderr);
        let operation = done.json()["id"].as_str().expect("an id").to_owned();
        let key = Key::new(world.place(), "ana");
        Self {
            world,
            key,
            operation,
        }
    }

    fn out(&self, name: &str) -> PathBuf {
        self.world.place().join(name)
    }

    fn evidence(&self, about: &str, out: &Path, more: &[&str]) -> Said {
        let base = [
            "evidence",
            about,
            "--out",
            out.to_str().expect("a path in UTF-8"),
        ];
        self.world.run(&[&base, more].concat())
    }

    fn verify(&self, package: &Path, more: &[&str]) -> Said {
        self.world.run(
            &[
                &["verify", package.to_str().expect("a path in UTF-8")],
                more,
            ]
            .concat(),
        )
    }
}

/// The files of the policy are there under their SHA-256, and stock programs
/// work out its digest from the list.
fn the_policy_is_in_it(summary: &Value, out: &Path) {
    assert_eq!(
        summary["missing"].as_array().expect("a list").len(),
        0,
        "{summary}"
    );
    let policies = summary["policies"].as_array().expect("a list");
    assert_eq!(policies.len(), 1);
    let files = policies[0]["files"].as_array().expect("a list");
    assert!(files.len() > 5, "{files:?}");
    let word = |file: &Value, name: &str| file[name].as_str().expect("a word").to_owned();
    for file in files {
        let bytes = fs::read(out.join("policy").join(word(file, "sha256"))).expect("the file");
        let shipped =
            fs::read(Path::new("assets/policy").join(word(file, "name"))).expect("a shipped file");
        assert_eq!(bytes, shipped);
    }
    // As docs/safety.md tells it.
    let digest = Command::new("sh")
        .args(["-c", "sha256sum $(ls *.rego | grep -v _test) | sha256sum"])
        .env("LC_ALL", "C")
        .current_dir("assets/policy")
        .output()
        .expect("sha256sum runs");
    let digest = String::from_utf8(digest.stdout).expect("digits");
    assert!(
        digest.starts_with(&word(&policies[0], "digest")),
        "{digest}"
    );
}

/// Whether a document has the members that its schema names: all that are
/// required and none besides, down to the last list and object.
fn fits_the_schema(document: &Value, name: &str) {
    let schema = crate::world::tminus(&["schema"]).json();
    let part = &schema["properties"][name];
    assert!(part.is_object(), "{name} is not in the schema");
    fits(document, part, &schema, name);
}

fn fits(value: &Value, part: &Value, schema: &Value, place: &str) {
    if let Some(reference) = part["$ref"].as_str() {
        let target = schema.pointer(reference.trim_start_matches('#'));
        return fits(value, target.expect("what it refers to"), schema, place);
    }
    for choice in ["anyOf", "oneOf"] {
        let Some(parts) = part[choice].as_array() else {
            continue;
        };
        let tried = parts
            .iter()
            .any(|part| std::panic::catch_unwind(|| fits(value, part, schema, place)).is_ok());
        assert!(tried, "{place}: {value} is none of {parts:?}");
        return;
    }
    let kinds: Vec<&str> = match &part["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(
        kinds.is_empty() || kinds.contains(&kind) || (kind == "integer" && kinds == ["number"]),
        "{place}: {value} is no {kinds:?}"
    );
    if let Some(words) = part["enum"].as_array() {
        assert!(words.contains(value), "{place}: {value}");
    }
    if part.get("const").is_some() {
        assert_eq!(value, &part["const"], "{place}");
    }
    match value {
        Value::Array(items) => {
            for item in items {
                fits(item, &part["items"], schema, place);
            }
        }
        Value::Object(members) => {
            let known = part["properties"].as_object();
            for required in part["required"].as_array().into_iter().flatten() {
                let required = required.as_str().expect("a name");
                assert!(members.contains_key(required), "{place}: no {required}");
            }
            for (name, value) in members {
                let place = format!("{place}.{name}");
                match known.and_then(|known| known.get(name)) {
                    Some(part) => fits(value, part, schema, &place),
                    None => fits(value, &part["additionalProperties"], schema, &place),
                }
                assert!(
                    known.is_some_and(|known| known.contains_key(name))
                        || part["additionalProperties"].is_object(),
                    "{place} is not in the schema"
                );
            }
        }
        _ => {}
    }
}

#[test]
fn evidence_of_a_release_verifies_here_and_with_openssh() {
    let day = Day::new();
    let out = day.out("evidence");
    let key = day.key.private();
    let writes = day.world.writes();
    let made = day.evidence("train-47", &out, &["--key", &key, "--json"]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    assert_eq!(
        day.world.writes(),
        writes,
        "evidence changes nothing outside"
    );
    let summary = made.json();
    assert_eq!(summary["about"]["kind"], "release");
    assert_eq!(
        summary["operations"][0]["id"],
        Value::String(day.operation.clone())
    );
    // Each of the eleven things is there or named as missing.
    assert_eq!(summary["questions"].as_array().unwrap().len(), 12);
    for (number, wanted) in [
        (1, "present"),
        (3, "present"),
        // The reviews of the pull requests are read with the commits.
        (4, "present"),
        (5, "present"),
        (8, "present"),
    ] {
        assert_eq!(
            found(&summary, number),
            wanted,
            "{}",
            summary["questions"][number]
        );
    }
    let page = fs::read_to_string(out.join("README.md")).unwrap();
    assert!(
        page.contains("How could it have been taken back? (partly)"),
        "{page}"
    );
    the_policy_is_in_it(&summary, &out);
    fits_the_schema(&summary, "evidence");
    let full = day.world.run(&["journal", "--full"]).json();
    fits_the_schema(&full[0], "full");
    // What the policy was told is there too, to be evaluated again.
    let told = full[0]["confirmation"]["policy_input"].as_str().unwrap();
    let told = fs::read(out.join("policy").join(told)).unwrap();
    let told: Value = serde_json::from_slice(&told).unwrap();
    assert_eq!(told["operation"]["verb"], "approve");

    let allowed = day.key.allowed(NAMESPACE);
    let allowed = allowed.to_str().unwrap();
    let whole = day.verify(&out, &["--allowed-signers", allowed]);
    assert_eq!(whole.status, 0, "{}", whole.stderr);
    let told = day.verify(&out, &["--allowed-signers", allowed, "--json"]);
    fits_the_schema(&told.json(), "verified");
    assert!(whole.stdout.contains("signed by ana"), "{}", whole.stdout);
    let unnamed = day.verify(&out, &[]);
    assert_eq!(unnamed.status, 0, "{}", unnamed.stderr);
    assert!(
        unnamed.stdout.contains("was not checked"),
        "{}",
        unnamed.stdout
    );

    // The same with stock programs: the list of files, and each statement.
    let listed = Command::new("sha256sum")
        .args(["--quiet", "-c", "manifest.sha256"])
        .current_dir(&out)
        .output()
        .expect("sha256sum runs");
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let mut signed = vec![out.join("manifest.sha256")];
    for entry in fs::read_dir(out.join("statements")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "pae") {
            signed.push(path);
        }
    }
    assert_eq!(signed.len(), 3);
    for file in signed {
        let good = ssh_verify(Path::new(allowed), "ana", &file);
        assert_eq!(good.status, 0, "{}{}", good.stdout, good.stderr);
        assert_ne!(ssh_verify(Path::new(allowed), "ben", &file).status, 0);
    }

    // Anything that changes is found, by both.
    let entries = out.join("journal/entries.jsonl");
    let text = fs::read_to_string(&entries).unwrap();
    fs::write(&entries, text.replace("tests are green", "tests were red!")).unwrap();
    let changed = day.verify(&out, &["--allowed-signers", allowed]);
    assert_eq!(changed.status, 1);
    assert!(
        changed
            .stderr
            .contains("journal/entries.jsonl: the file was changed"),
        "{}",
        changed.stderr
    );
    fs::write(&entries, text).unwrap();
    assert_eq!(day.verify(&out, &[]).status, 0);
    fs::write(out.join("extra"), "x").unwrap();
    assert!(day.verify(&out, &[]).stderr.contains("does not belong"));
    fs::remove_file(out.join("extra")).unwrap();
    std::os::unix::fs::symlink("summary.json", out.join("link")).unwrap();
    assert_eq!(day.verify(&out, &[]).status, 1);
}

#[test]
fn evidence_of_a_release_that_was_made_here_has_its_course() {
    let world = World::start("release-day");
    let key = Key::new(world.place(), "ana");
    let release = |arguments: &[&str]| {
        let said = world.run(&[&["release"], arguments].concat());
        assert_eq!(said.status, 0, "{arguments:?}: {}", said.stderr);
    };
    let first = world.run(&["approvals", "--json"]).json()["approvals"][0].clone();
    let id = first["id"].as_str().expect("an id");
    let service = first["service"].as_str().expect("a service");
    release(&["new", "train-48", "--awaiting"]);
    release(&["cut", "train-48", service, "--reason", "late"]);
    release(&["set-state", "train-48", "scheduled"]);
    let approve = ["approve", id, "--reason", "green", "--yes"];
    assert_eq!(world.run(&approve).status, 0);
    let out = world.place().join("evidence");
    let key = key.private();
    let made = world.run(&[
        "evidence",
        "train-48",
        "--out",
        out.to_str().expect("a path in UTF-8"),
        "--key",
        &key,
        "--offline",
        "--json",
    ]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    let summary = made.json();
    assert_eq!(summary["about"]["id"], "train-48");
    // What was cut from it belongs to it too.
    assert_eq!(summary["operations"].as_array().expect("a list").len(), 1);
    let entries = fs::read_to_string(out.join("journal/entries.jsonl")).expect("the entries");
    let did = entries
        .lines()
        .filter(|line| line.contains("\"kind\":\"release\""));
    assert_eq!(did.count(), 3, "{entries}");
    let unknown = world.run(&["evidence", "train-49", "--out", "x.tar", "--key", &key]);
    assert_eq!(unknown.status, 2, "{}", unknown.stderr);
}

#[test]
fn evidence_of_one_operation_fits_into_a_tar_and_needs_no_network() {
    let day = Day::new();
    let out = day.out("one.tar");
    let key = day.key.private();
    let made = day.evidence(
        &day.operation,
        &out,
        &["--key", &key, "--offline", "--json"],
    );
    assert_eq!(made.status, 0, "{}", made.stderr);
    let summary = made.json();
    assert_eq!(summary["about"]["kind"], "operation");
    // Nobody was asked, and that is said.
    assert_eq!(found(&summary, 3), "missing");
    assert_eq!(found(&summary, 8), "present");
    assert_eq!(day.verify(&out, &[]).status, 0);
    // It is not written over, and nobody is guessed.
    assert_eq!(
        day.evidence(&day.operation, &out, &["--key", &key]).status,
        2
    );
    let nobody = day.evidence("train-99", &day.out("none"), &["--key", &key]);
    assert_eq!(nobody.status, 2, "{}", nobody.stderr);
    let keyless = day.evidence(&day.operation, &day.out("none"), &[]);
    assert_eq!(keyless.status, 2);
    assert!(keyless.stderr.contains("--key"), "{}", keyless.stderr);
    assert!(!day.out("none").exists());
    // Any change to the archive is found.
    let mut bytes = fs::read(&out).unwrap();
    let place = bytes.windows(5).position(|five| five == b"green").unwrap();
    bytes[place] = b'G';
    fs::write(&out, bytes).unwrap();
    assert_eq!(day.verify(&out, &[]).status, 1);
}

#[test]
fn a_signer_who_may_not_is_told_apart() {
    let day = Day::new();
    let out = day.out("evidence");
    let key = day.key.private();
    assert_eq!(
        day.evidence("train-47", &out, &["--key", &key, "--offline"])
            .status,
        0
    );
    let check = |line: String, why: &str| {
        let file = day.out("signers");
        fs::write(&file, line).unwrap();
        let refused = day.verify(&out, &["--allowed-signers", file.to_str().unwrap()]);
        assert_eq!(refused.status, 1, "{why}");
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
        assert_ne!(
            ssh_verify(&file, "ana", &out.join("manifest.sha256")).status,
            0,
            "{why}"
        );
    };
    let public = day.key.public();
    check(Key::new(day.world.place(), "ben").line("ben"), "not among");
    check(
        format!("ana namespaces=\"git\" {public}\n"),
        "do not let this key sign",
    );
    check(
        format!("ana valid-before=\"20200101\" {public}\n"),
        "only until",
    );
    check(
        format!("ana valid-after=\"20990101\" {public}\n"),
        "only from",
    );
}

/// An agent that holds one key.
struct Agent {
    child: Child,
    socket: PathBuf,
}

impl Agent {
    fn with(key: &Key, place: &Path) -> Self {
        let socket = place.join("agent");
        let child = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .expect("ssh-agent runs: install OpenSSH's client programs");
        until("the agent", || socket.exists());
        let added = Command::new("ssh-add")
            .arg("-q")
            .arg(key.private())
            .env("SSH_AUTH_SOCK", &socket)
            .stdin(Stdio::null())
            .status()
            .expect("ssh-add runs");
        assert!(added.success());
        Self { child, socket }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_agent_signs_without_a_key_on_the_disk() {
    let day = Day::new();
    let agent = Agent::with(&day.key, day.world.place());
    fs::remove_file(day.key.private()).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = day.world.command(arguments);
        command.env("SSH_AUTH_SOCK", &agent.socket);
        said(&command.output().expect("the binary runs"))
    };
    let allowed = day.key.allowed(NAMESPACE);
    let public = format!("{}.pub", day.key.private());
    for (name, how) in [
        ("only", vec!["--agent"]),
        ("named", vec!["--agent", "--key", public.as_str()]),
        ("public", vec!["--key", public.as_str()]),
    ] {
        let out = day.out(name);
        let base = [
            "evidence",
            day.operation.as_str(),
            "--offline",
            "--out",
            out.to_str().unwrap(),
        ];
        let made = run(&[&base[..], &how].concat());
        assert_eq!(made.status, 0, "{name}: {}", made.stderr);
        let checked = day.verify(&out, &["--allowed-signers", allowed.to_str().unwrap()]);
        assert_eq!(checked.status, 0, "{name}: {}", checked.stderr);
    }
    let out = day.out("gone");
    let without = day.evidence(&day.operation, &out, &["--agent"]);
    assert_eq!(without.status, 2, "{}", without.stderr);
    assert!(without.stderr.contains("ssh-add"), "{}", without.stderr);
}

#[test]
fn a_signed_head_is_kept_elsewhere_and_believed_only_from_those_who_may() {
    let day = Day::new();
    let printed = day
        .world
        .run(&["journal", "head", "--sign", "--key", &day.key.private()]);
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    let file = day.out("heads");
    fs::write(&file, &printed.stdout).unwrap();
    let check = |allowed: &Path| {
        day.world.run(&[
            "verify",
            "--anchor",
            file.to_str().unwrap(),
            "--allowed-signers",
            allowed.to_str().unwrap(),
        ])
    };
    let good = check(&day.key.allowed("tminus-*"));
    assert_eq!(good.status, 0, "{}", good.stderr);
    assert!(good.stderr.contains("signed by ana"), "{}", good.stderr);
    let other = check(&day.key.allowed(NAMESPACE));
    assert_eq!(other.status, 1);
    assert!(other.stderr.contains("do not let"), "{}", other.stderr);
    // What it says cannot be changed.
    let text = fs::read_to_string(&file).unwrap();
    let at = text.find("payload\":\"").unwrap() + 40;
    let mut bytes = text.into_bytes();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    fs::write(&file, bytes).unwrap();
    assert_eq!(check(&day.key.allowed("tminus-*")).status, 1);
}
