//! A screen that was started with `--read-only` looks, and refuses to act.

use std::time::Duration;

use super::crash::screen;
use super::world::{World, until};

#[test]
fn every_key_that_acts_is_refused_with_a_reason() {
    let world = World::start("release-day");
    let mut session = screen(&world, 120, 40, &["--read-only"]);
    session.wait_for("Needs you");
    session.wait_for("checkout error budget burn");
    // Where each of the keys would open a dialog.
    for (place, keys) in [
        (
            "1/approve search<enter>g",
            [("A", "approve"), ("D", "decline")],
        ),
        (
            "<esc>1/error budget<enter>g",
            [("a", "acknowledge"), ("e", "resolve")],
        ),
        (
            "<esc>7/checkout<enter>g",
            [("R", "roll back"), ("R", "roll back")],
        ),
        (
            "<esc>3/failed<enter>g",
            [("r", "re-run failed"), ("X", "cancel run")],
        ),
    ] {
        session.press(place);
        for (key, title) in keys {
            // What follows other keys at once is a burst, and what follows a
            // change under the cursor is not taken: both are refused as well.
            until(&format!("the reason after {key}"), || {
                session.settle(Duration::from_millis(80));
                session.press(key);
                session.settle(Duration::from_millis(80));
                let picture = session.contents();
                assert!(!picture.contains("y do it"), "{key}:\n{picture}");
                let wanted = format!("{title}: tminus is read-only: started with --read-only");
                picture.contains(&wanted)
            });
            let picture = session.contents();
            assert!(!picture.contains("y do it"), "{key}:\n{picture}");
            assert!(!picture.contains("Roll back"), "{key}:\n{picture}");
        }
    }
    session.press("<ctrl-c>");
    session.wait_for_end();
    assert_eq!(world.writes_at("github"), 0);
    assert_eq!(world.writes_at("pagerduty"), 0);
    assert!(!world.data().join("journal.jsonl").exists(), "a journal");
}
