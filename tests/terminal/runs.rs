//! Runs by keys alone: from a failure to who may have broken it, several run
//! again by one yes, and a tree that stays as it was folded.

use super::harness::read_the_dialog;
use super::rehearsal::Rehearsal;

/// From the deck to the suspects: the line that states the cause, its class,
/// and the commit that touches what it names, in fewer than ten keys.
fn from_a_failure_to_its_suspects(name: &str, service: &str, line: &str, file: &str) {
    let mut day = Rehearsal::start(120, 40).ready();
    day.session
        .wait_until("a failed run that needs a person", |screen| {
            let text = screen.contents();
            text.lines()
                .any(|line| line.contains("run failed") && line.contains(service))
        });
    // `/`, the name, enter, the log, the comparison.
    assert!(1 + name.len() + 1 + 1 + 1 < 10);
    day.session.press(&format!("/{name}<enter>"));
    day.session.wait_until("only that need", |screen| {
        !screen.contents().contains("approve")
    });
    day.session.press("l");
    day.session.wait_for(line);
    day.session.wait_for("test · ");
    day.session.press("c");
    day.session.wait_for("the last good run is #");
    day.session.wait_for("a guess, by what the error names");
    day.session
        .wait_for(&format!("changes {file}, which the error names"));
    assert_eq!(day.writes(), 0, "looking changes nothing");
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
}

#[test]
fn a_failure_at_github_leads_to_its_suspects() {
    from_a_failure_to_its_suspects(
        "web",
        "web",
        "Error: Timed out 30000ms waiting for expect",
        "e2e/checkout.spec.ts",
    );
}

#[test]
fn a_failure_at_gitlab_leads_to_its_suspects() {
    from_a_failure_to_its_suspects(
        "notif",
        "notifications",
        "panicked at tests/delivery.rs:88:5",
        "tests/delivery.rs",
    );
}

#[test]
fn two_failed_runs_are_run_again_by_one_yes() {
    let mut day = Rehearsal::start(120, 40).ready();
    day.session.press("3");
    day.session
        .press("/state:failed !age:>1h !service:loyalty<enter>g");
    day.session.wait_until("both failed runs", |screen| {
        let text = screen.contents();
        text.contains("web ") && text.contains("notifications") && text.contains("2 of ")
    });
    day.session.press("  ");
    day.session.act("r", "y do it");
    let text = day.session.contents();
    assert!(
        text.contains("Run the failed jobs of 2 runs again"),
        "{text}"
    );
    assert!(text.contains("web #1659"), "{text}");
    assert!(text.contains("notifications #13"), "{text}");
    read_the_dialog();
    day.session.press("y");
    day.session.wait_for("all had their turn");
    day.session.wait_for("run #1659 is at attempt 2");
    day.session.wait_for("pipeline #13 is at attempt 2");
    assert_eq!(day.writes(), 2, "each was sent once");
    day.session.press("<esc><ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
    // The journal has an entry of its own for each, and none for the whole.
    assert_eq!(day.journal_kinds("confirmed"), 2);
    assert_eq!(day.journal_kinds("plan"), 0);
}

#[test]
fn the_tree_stays_folded_when_everything_is_asked_anew() {
    let mut day = Rehearsal::start(120, 40).ready();
    day.session.press("3]");
    day.session.wait_for("Pipelines by release");
    // The cursor stays on its run, however far down the tree has it.
    day.session.press("g");
    day.session.wait_for("no release");
    day.session.wait_for("Release v4.12.0");
    day.session.press("g<left>");
    let folded = |screen: &vt100::Screen| {
        let text = screen.contents();
        text.contains("train-47") && !text.contains("Release v4.12.0")
    };
    day.session.wait_until("a folded release", folded);
    day.session.press("u");
    day.session.wait_for("asking every system now");
    day.session.wait_until("the answers", |screen| {
        !screen.contents().contains("asking every system now")
    });
    day.session.wait_until("a folded release", folded);
    day.session.press("<right>");
    day.session.wait_for("Release v4.12.0");
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
}
