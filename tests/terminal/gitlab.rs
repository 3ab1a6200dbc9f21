//! GitLab by keys alone: a failed job is seen, its log opened and its pipeline
//! retried; a deployment is approved, and its job played.

use super::harness::read_the_dialog;
use super::rehearsal::Rehearsal;

#[test]
fn a_failed_job_is_read_and_retried() {
    let mut day = Rehearsal::start_with(120, 40, |command| {
        command.args(["--speed", "4"]);
    })
    .ready();
    day.session.press("3/notifications failed<enter>g");
    day.session.wait_for("failed end-to-end (2/2)");

    // Why it failed stands beside the job, and the log says more.
    day.session.wait_for("script failure");
    day.session.press("l");
    day.session
        .wait_for("assertion `left == right` failed: the message is delivered once");
    // The filter goes first, then the log; the cursor stays where it was.
    day.session.press("<esc><esc>");
    day.session.wait_until("no log", |screen| {
        !screen.contents().contains("delivered once")
    });
    day.session.act("r", "y do it");
    read_the_dialog();
    day.session.press("y");
    day.session.wait_for("pipeline #13 is at attempt 2");
    day.session.press("<esc>");
    assert_eq!(day.writes(), 1, "it was sent once");
    // The second try is well.
    day.session
        .wait_until("a pipeline that succeeded", |screen| {
            let text = screen.contents();
            text.lines().any(|line| {
                line.contains("notifications") && line.contains("#13") && line.contains("ok")
            })
        });
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
}

#[test]
fn a_deployment_is_approved_and_its_job_played() {
    let mut day = Rehearsal::start_with(120, 40, |command| {
        command.args(["--speed", "4"]);
    })
    .ready();
    day.session.press("/approve identity<enter>g");
    day.session.wait_for("identity 7.15.0");
    day.session.act("A", "/approval");
    day.session.wait_for("y do it");
    read_the_dialog();
    day.session.press("y");
    // The approval alone starts nothing, and that is said.
    day.session.wait_for("its job waits to be played");
    day.session.press("<esc>");
    // Until the next look lists the job instead, the old approval is refused.
    loop {
        day.session.act("A", "sends POST");
        if day.session.contents().contains("/play") {
            break;
        }
        day.session.press("<esc>");
        day.session.wait_until("no dialog", |screen| {
            !screen.contents().contains("sends POST")
        });
    }
    day.session.wait_for("y do it");
    read_the_dialog();
    day.session.press("y");
    day.session.wait_for("the job deploy production is");
    day.session.press("<esc>");
    assert_eq!(day.writes(), 2, "each was sent once");
    day.session.press("<esc><esc>7/identity<enter>");
    day.session.wait_until("the new version served", |screen| {
        screen.contents().lines().any(|line| {
            line.contains("identity") && !line.contains("7.14.0") && line.contains("7.15.0")
        })
    });
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
}
