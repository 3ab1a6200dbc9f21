//! The journal from outside: filters, heads kept elsewhere, many processes at
//! once, and a disk that does not want.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use serde_json::Value;

use crate::{
    first_approval,
    world::{Said, World, said, tminus},
};

/// A world in which one deployment was approved and one service rolled back.
fn busy_day() -> World {
    let world = World::start("release-day");
    let id = first_approval(&world);
    let approved = world.run(&["approve", &id, "--reason", "green", "--yes"]);
    assert_eq!(approved.status, 0, "{}", approved.stderr);
    let rolled = world.run(&[
        "rollback",
        "checkout",
        "--env",
        "production",
        "--to",
        "4.11.3",
        "--reason",
        "errors",
        "--confirm",
        "checkout",
    ]);
    assert_eq!(rolled.status, 0, "{}", rolled.stderr);
    world
}

fn ids(said: &Said) -> Vec<String> {
    assert_eq!(said.status, 0, "{}", said.stderr);
    let json = said.json();
    let list = json.as_array().expect("a list of operations");
    list.iter()
        .map(|one| one["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn the_list_can_be_filtered() {
    let world = busy_day();
    let list = |filter: &[&str]| ids(&world.run(&[&["journal", "--json"], filter].concat()));
    let all = list(&[]);
    assert_eq!(all.len(), 2);
    let (approval, rollback) = (all[0].as_str(), all[1].as_str());
    for (filter, wanted) in [
        (vec!["--verb", "approve"], vec![approval]),
        (vec!["--verb", "roll-back"], vec![rollback]),
        (vec!["--service", "checkout"], vec![rollback]),
        (vec!["--service", "check"], vec![]),
        (
            vec!["--environment", "production"],
            vec![approval, rollback],
        ),
        (vec!["--environment", "staging"], vec![]),
        (vec!["--state", "observed"], vec![approval, rollback]),
        (vec!["--state", "unknown"], vec![]),
        (vec!["--limit", "1"], vec![rollback]),
        (vec!["--operation", approval], vec![approval]),
        (vec!["--since", "1h"], vec![approval, rollback]),
        (vec!["--until", "1h"], vec![]),
        (
            vec!["--since", "2020-01-01", "--until", "2099-01-01"],
            vec![approval, rollback],
        ),
        (vec!["--actor", "nobody"], vec![]),
    ] {
        assert_eq!(list(&filter), wanted, "{filter:?}");
    }
    let wrong = world.run(&["journal", "--state", "done"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("known: "), "{}", wrong.stderr);
    assert_eq!(world.run(&["journal", "--since", "soon"]).status, 2);
}

#[test]
fn everything_that_was_written_down_can_be_read_and_has_no_secret() {
    let world = busy_day();
    let full = world.run(&["journal", "--full", "--verb", "approve"]);
    let operation = full.json()[0].clone();
    assert!(
        !operation["confirmation"]["rules"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert!(operation["confirmation"]["facts"][0]["observed"].is_string());
    // Every answer that an entry names is there, under the digest of its bytes.
    let mut seen = 0;
    for list in [
        &operation["seen_before"],
        &operation["answers"][0]["seen"],
        &operation["outcomes"][0]["seen"],
    ] {
        for one in list.as_array().unwrap() {
            let name = one["sha256"].as_str().unwrap();
            let bytes = fs::read(world.data().join("answers").join(name)).expect("it was kept");
            assert_eq!(tminus::store::journal::digest(&bytes), name);
            assert_eq!(one["whole"], Value::Bool(true));
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen} answers");
    let token = world.token("github");
    for entry in fs::read_dir(world.data().join("answers")).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(&token));
    }
    assert!(!world.journal_file().contains(&token));
}

/// Copies a data directory, as a backup does.
fn copy(from: &Path, to: &Path) {
    for name in ["journal.jsonl", "journal.head"] {
        fs::copy(from.join(name), to.join(name)).expect("a copy");
    }
}

#[test]
fn yesterdays_backup_does_not_fit_a_head_that_was_kept_elsewhere() {
    let world = World::start("release-day");
    let note = |text: &str| assert_eq!(world.run(&["note", "--text", text]).status, 0);
    note("one");
    let backup = tempfile::tempdir().unwrap();
    copy(&world.data(), backup.path());
    note("two");
    let printed = world.run(&["journal", "head"]);
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    let head = printed.json();
    let kept = format!("{}:{}", head["seq"], head["hash"].as_str().unwrap());
    let file = backup.path().join("heads");
    fs::write(&file, &printed.stdout).unwrap();
    let against = |arguments: &[&str]| world.run(&[&["verify"], arguments].concat());

    let fits = against(&["--head", &kept]);
    assert_eq!(fits.status, 0, "{}", fits.stderr);
    assert!(fits.stdout.contains("fits"), "{}", fits.stdout);
    note("three");
    assert_eq!(against(&["--anchor", file.to_str().unwrap()]).status, 0);

    copy(backup.path(), &world.data());
    assert_eq!(against(&[]).status, 0, "alone it is whole");
    for arguments in [["--head", &kept], ["--anchor", file.to_str().unwrap()]] {
        let cut = against(&arguments);
        assert_eq!(cut.status, 1, "{}", cut.stdout);
        assert!(cut.stderr.contains("entry 2"), "{}", cut.stderr);
        assert!(cut.stderr.contains("cut off"), "{}", cut.stderr);
    }
    assert_eq!(against(&["--head", "7"]).status, 2);
}

#[test]
fn eight_processes_at_once_share_one_chain() {
    const EACH: usize = 6;
    let world = World::start("quiet-day");
    thread::scope(|scope| {
        for writer in 0..8 {
            let world = &world;
            scope.spawn(move || {
                for number in 0..EACH {
                    let text = format!("{writer}/{number}");
                    let noted = world.run(&["note", "--text", &text]);
                    assert_eq!(noted.status, 0, "{}", noted.stderr);
                    // Readers find it whole at any moment.
                    let verified = world.run(&["verify"]);
                    assert_eq!(verified.status, 0, "{}", verified.stderr);
                }
            });
        }
    });
    let journal = world.journal_file();
    assert_eq!(journal.lines().count(), 8 * EACH);
    for writer in 0..8 {
        for number in 0..EACH {
            assert!(journal.contains(&format!("\"{writer}/{number}\"")));
        }
    }
}

/// Acting is refused with a reason, nothing is sent but the `writes` before,
/// and looking goes on.
fn refused_and_readable(world: &World, refused: &Said, writes: u64, why: &str) {
    assert_eq!(refused.status, 1, "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
    assert_eq!(world.writes(), writes, "it was sent");
    let list = world.run(&["journal"]);
    assert_eq!(list.status, 0, "{}", list.stderr);
    assert_eq!(world.run(&["status"]).status, 0);
}

#[test]
fn a_full_disk_refuses_and_reading_goes_on() {
    let world = World::start("release-day");
    assert_eq!(world.run(&["note", "--text", "before"]).status, 0);
    // The first operation cannot keep the policy's files; of the second one the
    // journal's file, which is the largest, has no room for its entry.
    for (writes, why) in [
        (0, "the policy's files cannot be kept"),
        (1, "journal.jsonl: File too large"),
    ] {
        let id = first_approval(&world);
        let plain = world.command(&["approve", &id, "--reason", "green", "--yes"]);
        let room = match writes {
            0 => 0,
            _ => world.journal_file().len().div_ceil(1024),
        };
        // A limit on the size of files stands in for the full disk: writing
        // fails in the same place, and not even for root.
        let refused = Command::new("bash")
            .args([
                "-c",
                "trap '' XFSZ; ulimit -f $1; shift; exec \"$@\"",
                "full",
            ])
            .arg(room.to_string())
            .arg(plain.get_program())
            .args(plain.get_args())
            .stdin(Stdio::null())
            .output()
            .expect("bash runs");
        refused_and_readable(&world, &said(&refused), writes, why);
        assert_eq!(world.run(&["verify"]).status, 0);
        // With room again it goes on.
        let again = world.run(&["approve", &id, "--reason", "green", "--yes"]);
        assert_eq!(again.status, 0, "{}", again.stderr);
    }
}

#[test]
fn a_directory_that_cannot_be_written_refuses_and_reading_goes_on() {
    let world = World::start("release-day");
    let id = first_approval(&world);
    assert_eq!(world.run(&["note", "--text", "before"]).status, 0);
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    mode(&world.data().join("sessions"), 0o500);
    mode(&world.data().join("journal.jsonl"), 0o400);
    mode(&world.data(), 0o500);
    let plain = world.command(&["approve", &id, "--reason", "green", "--yes"]);
    // Permissions do not stop root, unless it gives that right away.
    let refused = Command::new("setpriv")
        .args([
            "--bounding-set",
            "-dac_override,-dac_read_search",
            "--inh-caps",
            "-all",
        ])
        .arg(plain.get_program())
        .args(plain.get_args())
        .stdin(Stdio::null())
        .output()
        .expect("setpriv runs: it is part of util-linux");
    let refused = said(&refused);
    let refused = if refused.stderr.contains("setpriv:") {
        // Not root: the permissions are enough.
        world.run(&["approve", &id, "--reason", "green", "--yes"])
    } else {
        refused
    };
    refused_and_readable(&world, &refused, 0, "ermission denied");
    mode(&world.data(), 0o700);
}

#[test]
fn a_lock_that_cannot_be_had_refuses_and_reading_goes_on() {
    let world = World::start("release-day");
    let id = first_approval(&world);
    assert_eq!(world.run(&["note", "--text", "before"]).status, 0);
    let file = fs::File::open(world.data().join("journal.jsonl")).expect("the journal");
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).expect("nobody else");
    let refused = world.run(&["approve", &id, "--reason", "green", "--yes"]);
    refused_and_readable(&world, &refused, 0, "holds the lock");
    drop(file);
    let again = world.run(&["approve", &id, "--reason", "green", "--yes"]);
    assert_eq!(again.status, 0, "{}", again.stderr);
}

/// What the other verifier says about a directory.
fn other_verifier(directory: &Path) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verify-journal.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(directory)
        .output()
        .expect("python3 runs: the other verifier is written in it");
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success(), text)
}

/// A journal that an earlier version wrote, in a directory of its own.
fn golden() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a directory");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/journal");
    copy(&source, place.path());
    for name in ["journal.jsonl", "journal.head"] {
        let path = place.path().join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    }
    place
}

#[test]
fn another_language_comes_to_the_same_verdicts() {
    let verify = |place: &Path| {
        let said = tminus(&["--data-dir", place.to_str().unwrap(), "verify"]);
        let whole = said.status == 0;
        let (other_whole, text) = other_verifier(place);
        assert_eq!(
            whole, other_whole,
            "{}{} and {text}",
            said.stdout, said.stderr
        );
        if whole {
            assert_eq!(said.stdout.trim(), text);
        }
        whole
    };
    let place = golden();
    assert!(verify(place.path()));
    let lines = fs::read(place.path().join("journal.jsonl")).unwrap();
    let each: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(each.len(), 6);
    let spoil = |bytes: Vec<u8>| {
        let place = golden();
        fs::write(place.path().join("journal.jsonl"), bytes).unwrap();
        assert!(!verify(place.path()));
    };
    spoil(each[..5].concat());
    spoil([each[0], each[2], each[1], each[3], each[4], each[5]].concat());
    spoil(
        [
            each[0], each[0], each[1], each[2], each[3], each[4], each[5],
        ]
        .concat(),
    );
    spoil([each[1], each[2], each[3], each[4], each[5]].concat());
    for place in (0..lines.len()).step_by(lines.len() / 24) {
        let mut bytes = lines.clone();
        bytes[place] ^= 1;
        spoil(bytes);
    }
    let place = golden();
    let head = fs::read_to_string(place.path().join("journal.head")).unwrap();
    fs::write(
        place.path().join("journal.head"),
        head.replace("\"seq\":6", "\"seq\":5"),
    )
    .unwrap();
    assert!(!verify(place.path()));
}
