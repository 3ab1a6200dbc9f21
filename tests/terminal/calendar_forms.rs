//! The calendar's forms, by keys alone.

use super::rehearsal::Rehearsal;

#[test]
fn the_forms_go_round_and_each_shows_the_release_and_the_freeze() {
    let mut day = Rehearsal::start_with(120, 40, |command| {
        command.args(["--speed", "1"]);
    })
    .ready();
    // What comes next is in the header of every view.
    day.session.wait_for("window ends in");
    day.session.press("2");
    day.session.wait_for("· today");
    day.session.wait_for("] week");
    for (form, next) in [
        ("week ", "] month"),
        ("today", "] timeline"),
        (", week", "] agenda"),
    ] {
        day.session.press("]");
        day.session.wait_for(next);
        day.session.wait_for(form);
        // The cursor stays on today's release; the freeze is found from it.
        day.session.wait_for("release train-47");
        day.session.press("nn");
        day.session.wait_for("freeze Evening freeze");
        day.session.press("NN");
        day.session.wait_for("release train-47");
    }
    day.session.press("]");
    day.session.wait_for("] week");
    day.session.press(":calendar month<enter>");
    day.session.wait_for("] timeline");
    day.assert_nothing_done();
}
