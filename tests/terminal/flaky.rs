//! A flaky test, seen in a terminal: beside the failure, in the list of what is
//! flaky, and by the command line from what was written down, also by one that
//! was killed.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    process::Command,
};

use rustix::process::Signal;
use tminus::{
    domain::{Ended, Origin, Outcome, Subject, Text},
    store::history::History,
};

use super::{
    crash::{command, screen},
    harness::Session,
    rehearsal::Rehearsal,
    world::{World, until},
};

#[test]
fn a_flaky_test_is_marked_and_listed_and_kept() {
    let mut day = Rehearsal::start(120, 40).ready();
    day.session.press("3/web failed<enter>g");
    day.session.wait_for("failed end-to-end (2/2)");
    // How often comes with the history, which is read little by little.
    day.session.wait_until("the mark of the job", |screen| {
        screen
            .contents()
            .lines()
            .any(|line| line.contains("end-to-end (2/2)") && line.contains("flaky "))
    });
    day.session.press("l");
    day.session
        .wait_until("the sentence above the log", |screen| {
            let text = screen.contents();
            text.lines()
                .any(|line| line.contains("Log") && line.contains("flaky: "))
        });
    day.session.press("<esc><esc>:flaky<enter>");
    day.session.wait_for("TEST OR JOB");
    day.session.wait_for("checkout.spec.ts guest pays by card");
    // Enter leads to the run in which it failed last.
    day.session.press("<enter>");
    day.session.wait_for("#1659 CI · web");
    let said = Command::new(env!("CARGO_BIN_EXE_tminus"))
        .args(["flaky", "--service", "web", "--data-dir"])
        .arg(day.data())
        .env("HOME", day.data())
        .current_dir(day.data())
        .output()
        .unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(
        said.contains("checkout.spec.ts guest pays by card"),
        "{said}"
    );
    assert!(said.contains("flaky: "), "{said}");
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
}

/// How long the history may become while it is written, in bytes: where a write
/// ends in its middle.
const LIMIT: usize = 4 * 1024 * 1024;

fn outcome(attempt: u32, ended: Ended) -> Outcome {
    Outcome {
        subject: Subject {
            service: "web".into(),
            workflow: "CI".into(),
            job: Text::default(),
            test: "PayTest.pays".into(),
        },
        at: chrono::Utc::now() - chrono::TimeDelta::hours(3),
        run: Origin::new(&"ci".into(), "runs/1"),
        number: 1,
        attempt,
        commit: "c1".into(),
        ended,
        class: Text::default(),
    }
}

#[test]
fn killed_in_the_middle_of_a_write_it_loses_that_line_alone() {
    let world = World::start("release-day");
    let file = world.data().join("history.jsonl");
    let before = [outcome(1, Ended::Failed), outcome(2, Ended::Passed)];
    let mut history = History::open(&world.data()).unwrap();
    history.add(&before, |all| all).unwrap();
    // A line that nobody understands leaves room for one outcome or two.
    let known = fs::read(&file).unwrap().len();
    let filler = "x".repeat(LIMIT - 500 - known - 1) + "\n";
    let mut open = OpenOptions::new().append(true).open(&file).unwrap();
    open.write_all(filler.as_bytes()).unwrap();
    let mut limited = command(&world, &[]);
    let limit = format!("ulimit -f {} && exec \"$@\"", LIMIT / 512);
    let shell = ["sh", "-c", &limit, "sh"].map(Into::into);
    limited.get_argv_mut().splice(0..0, shell);
    let mut session = Session::start(limited, 120, 40);
    until("half a line", || fs::read(&file).unwrap().len() == LIMIT);
    session.signal(Signal::KILL);
    session.wait_for_end();
    let torn = fs::read(&file).unwrap();
    assert!(!torn.ends_with(b"\n"), "no line was cut in two");
    // The next one ends the half line and goes on below it.
    let mut session = screen(&world, 120, 40, &[]);
    until("more lines", || {
        let now = fs::read(&file).unwrap();
        now.len() > LIMIT + 1 && now.ends_with(b"\n")
    });
    session.signal(Signal::KILL);
    session.wait_for_end();
    let now = fs::read(&file).unwrap();
    assert!(now.starts_with(&torn) && now[LIMIT] == b'\n');
    let below = String::from_utf8(now[LIMIT + 1..].to_vec()).unwrap();
    for line in below.lines() {
        assert!(serde_json::from_str::<Outcome>(line).is_ok(), "{line}");
    }
    let said = world.run(&["flaky"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(said.stdout.contains("PayTest.pays"), "{}", said.stdout);
}
