//! The calendar's forms, by keys alone.

use super::rehearsal::Rehearsal;

/// Finds an entry by a word of it, wherever the cursor stands.
fn find(day: &mut Rehearsal, word: &str, told: &str) {
    day.session.press(&format!("/{word}<enter>"));
    day.session.wait_for(&format!("/{word}"));
    day.session.press("n");
    day.session.wait_for(told);
    day.session.press("<esc>");
    day.session.wait_until("no filter", |screen| {
        !screen.contents().contains(&format!("/{word}"))
    });
    day.session.wait_for(told);
}

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
        ("Mon  ", "] timeline"),
        (", week", "] agenda"),
    ] {
        day.session.press("]");
        day.session.wait_for(next);
        day.session.wait_for(form);
        find(&mut day, "evening", "freeze Evening freeze");
        find(&mut day, "train-47", "release Train 47");
        // Its reason stands under the grid whatever is selected.
        day.session.wait_for("hotfix-shipping: no change window");
    }
    day.session.press("]");
    day.session.wait_for("] week");
    day.session.press(":calendar month<enter>");
    day.session.wait_for("] timeline");
    // The cursor opens what it stands on.
    find(&mut day, "train-47", "release Train 47");
    day.session.press("<enter>");
    day.session.wait_for("Release train-47");
    day.session.press("<esc>");
    day.assert_nothing_done();
}
