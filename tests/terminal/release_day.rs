//! The release day, by keys alone: from a waiting approval over a bad canary
//! and an incident to a rollback that is seen to have worked.

use super::harness::read_the_dialog;
use super::rehearsal::Rehearsal;

/// Plays the day in a terminal of this size.
fn play(columns: u16, rows: u16) {
    let mut day = Rehearsal::start_with(columns, rows, |command| {
        command.args(["--speed", "4"]);
    })
    .ready();

    // An approval waits.
    day.session.press("/approve search<enter>g");
    day.session.wait_for("1.88.0");
    day.session.act("A", "Approve search to");
    day.session.wait_for("y do it");
    read_the_dialog();
    // A single enter does no harm: it cancels.
    day.session.press("<enter>");
    day.session.wait_until("no dialog", |screen| {
        !screen.contents().contains("Approve search to")
    });
    day.assert_nothing_done();
    day.session.act("A", "y do it");
    read_the_dialog();
    day.session.press("y");
    day.session.wait_for("approve search: observed");
    // The message first, then the filter.
    day.session.press("<esc><esc>");

    // The canary goes bad, and is looked at.
    day.session.wait_for("step 2/4");
    day.session.wait_for("not yet");
    day.session.wait_for("canary failing");
    day.session.press("4");
    day.session.wait_for("error rate is worse on the canary");

    // An incident is acknowledged.
    day.session.press("5");
    day.session.wait_for("not acked");
    day.session.press("g");
    day.session.act("a", "y do it");
    read_the_dialog();
    day.session.press("y");
    day.session.wait_for("observed");
    day.session.wait_for("acknowledged");

    // A note is written.
    day.session
        .press("wonly the canary fails, going back<ctrl-s>");
    day.session.wait_for("Send it to the incident too");
    day.session.press("n");
    day.session.wait_for("only the canary fails, going back");

    // The service is rolled back: version, reason, name.
    day.session.act("R", "enter choose");
    day.session.wait_for("4.11.3");
    day.session.press("<enter>");
    day.session.wait_for("Roll back checkout in");
    day.session.wait_for("tab next");
    read_the_dialog();
    day.session
        .press("<tab>error rate on the canary<tab>checkout<tab>");
    day.session.wait_for("error rate on the canary");
    day.session.press("<enter>");
    day.session.wait_for("roll back checkout: observed");

    // The error rate recovers: no canary is failing any more.
    day.session.press("1");
    day.session
        .wait_until("a deck without a failing canary", |screen| {
            !screen.contents().contains("canary failing")
        });

    // All of it is in the journal.
    day.session.press("8");
    for line in ["roll back checkout", "acknowledge", "approve search"] {
        day.session.wait_for(line);
    }
    assert_eq!(day.writes(), 3, "each operation was sent once");
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
}

#[test]
fn it_is_played_by_keys_alone() {
    play(120, 40);
}

#[test]
fn it_is_played_over_ssh_in_80_columns() {
    play(80, 24);
}
