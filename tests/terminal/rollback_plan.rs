//! Three services go back by one plan, by keys alone: those that depend on
//! another first, one of them refused for its migration. The evidence of it is
//! checked by OpenSSH.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use super::harness::read_the_dialog;
use super::rehearsal::Rehearsal;
use super::two_people::key;

fn day(columns: u16, rows: u16) -> Rehearsal {
    Rehearsal::start_with(columns, rows, |command| {
        command.args(["--speed", "4"]);
    })
    .ready()
}

/// Lets the deployment of a service that waits go on; `keys` lead to its row.
fn approve(day: &mut Rehearsal, keys: &str, service: &str) {
    day.session.press(&format!("7g{keys}"));
    day.session.act("A", &format!("Approve {service} to"));
    day.session.wait_for("y do it");
    read_the_dialog();
    day.session.press("y");
    day.session
        .wait_for(&format!("approve {service}: observed"));
    day.session.press("<esc>");
}

/// Marks the first three services and asks for their way back.
fn plan_of_three(day: &mut Rehearsal) {
    day.session.press("7");
    day.session.wait_for("SERVICE");
    day.session.press("g   ");
    day.session.act("R", "Rollback plan");
}

/// Waits for a step of the plan to be on the screen like this.
fn wait_for_step(day: &Rehearsal, step: &str, from: &str, to: &str, state: &str) {
    day.session
        .wait_until(&format!("{step} {state}"), |screen| {
            screen.contents().lines().any(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let place = |wanted: &str| words.iter().position(|word| *word == wanted);
                line.contains(step)
                    && line.contains(state)
                    && place(from).is_some_and(|at| place(to) == Some(at + 1))
            })
        });
}

fn play(columns: u16, rows: u16) {
    let mut day = day(columns, rows);
    day.session.press("7");
    day.session.wait_for("1.88.0");
    day.session.wait_for("2.3.1");
    approve(&mut day, "j", "search");
    approve(&mut day, "jj", "billing");

    // The plan: checkout needs search and billing, so it goes first; billing
    // took a column away, so it stays.
    plan_of_three(&mut day);
    wait_for_step(&day, "1 checkout", "4.12.0", "4.11.3", "warnings");
    wait_for_step(&day, "2 search", "1.88.0", "1.87.2", "warnings");
    wait_for_step(&day, "billing", "2.3.1", "2.3.0", "refused");
    day.session.wait_for("checkout goes before search");
    day.session.press("j");
    day.session.wait_for("CVE-2026-31337");
    day.session.press("j");
    day.session.wait_for("fix forward");

    // A single enter in the dialog does no harm: it cancels.
    day.session.press("<enter>");
    day.session.wait_for("Roll back 2 services in");
    day.session.wait_for("tab next");
    read_the_dialog();
    day.session.press("<enter>");
    day.session
        .wait_until("the draft without a dialog", |screen| {
            !screen.contents().contains("Roll back 2 services in")
                && screen.contents().contains("leave out")
        });
    assert_eq!(day.writes(), 2, "only what was approved");

    // One yes: a reason, and the plan's name.
    day.session.press("<enter>");
    day.session.wait_for("type checkout+1 to confirm");
    day.session.wait_for("stays at 2.3.1");
    day.session.wait_for("tab next");
    read_the_dialog();
    day.session
        .press("<tab>error rate on the canary<tab>checkout+1<tab>");
    day.session.wait_for("error rate on the canary");
    day.session.press("<enter>");
    day.session.wait_for("Rollback plan checkout+1");
    wait_for_step(&day, "1 checkout", "4.12.0", "4.11.3", "observed");
    wait_for_step(&day, "2 search", "1.88.0", "1.87.2", "observed");
    wait_for_step(&day, "billing", "2.3.1", "2.3.0", "refused");
    day.session.wait_for("2 of 2 observed");

    // It can be looked at again from the journal.
    day.session.press("<esc>8");
    day.session.wait_for("plan: roll back checkout");
    day.session.press("/plan<enter>g<enter>");
    day.session.wait_for("Rollback plan checkout+1");
    day.session.press("<esc>");
    assert_eq!(day.writes(), 4, "each operation was sent once");
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
    day.said(&["verify"]);
    evidence_verifies(&day);
}

/// Whether stock OpenSSH takes a file's signature for one of `who`.
fn openssh_verifies(allowed: &Path, who: &str, file: &Path) -> bool {
    let mut signature = file.as_os_str().to_owned();
    signature.push(".sig");
    Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", "tminus-evidence-v1@tminus.dev"])
        .args(["-I", who, "-f"])
        .arg(allowed)
        .arg("-s")
        .arg(signature)
        .stdin(fs::File::open(file).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("ssh-keygen runs: install OpenSSH's client programs")
        .success()
}

/// The evidence of the plan: what went back and what was refused is in it, and
/// it verifies here and with stock programs.
fn evidence_verifies(day: &Rehearsal) {
    let place = tempfile::tempdir().unwrap();
    let (private, public) = key(place.path(), "ana");
    let allowed = place.path().join("signers");
    fs::write(&allowed, format!("ana {public}")).unwrap();
    let full: Value = serde_json::from_str(&day.said(&["journal", "--full"])).unwrap();
    let plan = full
        .as_array()
        .unwrap()
        .iter()
        .find_map(|operation| operation["confirmation"]["plan"]["plan"].as_str())
        .expect("an operation that is a step of a plan");
    let out = place.path().join("evidence");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let made = day.said(&[
        "evidence",
        plan,
        "--json",
        "--out",
        &text(&out),
        "--key",
        &text(&private),
    ]);
    let summary: Value = serde_json::from_str(&made).unwrap();
    assert_eq!(summary["about"]["kind"], "plan", "{summary}");
    let steps: Vec<(&str, &str)> = summary["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            let word = |name: &str| line[name].as_str().unwrap();
            (word("summary"), word("state"))
        })
        .collect();
    assert_eq!(steps.len(), 2, "{steps:?}");
    for ((summary, state), service) in steps.iter().zip(["checkout", "search"]) {
        assert!(summary.contains(service), "{summary}");
        assert_eq!(*state, "observed");
    }
    // What was refused, and why, is in the plan's own entry.
    let entries = fs::read_to_string(out.join("journal/entries.jsonl")).unwrap();
    let confirmed = entries.lines().next().unwrap();
    assert!(confirmed.contains("\"kind\":\"plan\""), "{confirmed}");
    assert!(confirmed.contains("fix forward"), "{confirmed}");
    // Nothing of it is missing, the policy's files neither.
    assert_eq!(summary["missing"].as_array().unwrap().len(), 0, "{summary}");
    assert!(fs::read_dir(out.join("policy")).unwrap().count() > 5);

    let verified = day.said(&["verify", &text(&out), "--allowed-signers", &text(&allowed)]);
    assert!(verified.contains("signed by ana"), "{verified}");
    let mut signed: Vec<PathBuf> = fs::read_dir(out.join("statements"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "pae"))
        .collect();
    assert_eq!(signed.len(), 3, "two operations and the package");
    signed.push(out.join("manifest.sha256"));
    for file in &signed {
        assert!(
            openssh_verifies(&allowed, "ana", file),
            "{}",
            file.display()
        );
        assert!(
            !openssh_verifies(&allowed, "ben", file),
            "{}",
            file.display()
        );
    }
    // It can fail: one more byte, and nobody signed it.
    let last = signed.last().unwrap();
    let mut bytes = fs::read(last).unwrap();
    bytes.push(b'\n');
    fs::write(last, bytes).unwrap();
    assert!(!openssh_verifies(&allowed, "ana", last));
}

#[test]
fn three_go_back_in_order_and_one_is_refused_for_its_migration() {
    play(120, 40);
}

#[test]
fn it_is_played_over_ssh_in_80_columns() {
    play(80, 24);
}

#[test]
fn it_is_stopped_between_two_steps_and_the_rest_is_planned_anew() {
    let mut day = day(120, 40);
    plan_of_three(&mut day);
    day.session.wait_for("1 checkout");
    // Billing is left out by hand.
    day.session.press("jjx");
    day.session.wait_until("two steps", |screen| {
        !screen.contents().contains("3 billing")
    });
    wait_for_step(&day, "2 search", "1.87.2", "1.87.1", "warning");
    day.session.press("<enter>");
    day.session.wait_for("type checkout+1 to confirm");
    day.session.wait_for("tab next");
    read_the_dialog();
    day.session.press("<tab>bad<tab>checkout+1<tab><enter>");
    wait_for_step(&day, "1 checkout", "4.12.0", "4.11.3", "running");
    day.session.press("s");
    day.session.wait_for("stopped · 1 of 2 observed");
    wait_for_step(&day, "1 checkout", "4.12.0", "4.11.3", "observed");
    wait_for_step(&day, "2 search", "1.87.2", "1.87.1", "not started");
    assert_eq!(day.writes(), 1, "the second step was not sent");
    // What is left becomes a plan of its own.
    day.session.press("p");
    day.session.wait_for("Rollback plan · draft");
    day.session.wait_for("1 search");
    day.session.press("<esc>");
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.said(&["verify"]);
    assert_eq!(day.journal_kinds("plan_ended"), 1);
}
