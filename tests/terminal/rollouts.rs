//! Rollouts in a cluster by keys alone: a bad canary is held, explained,
//! aborted and rolled back; a healthy one is promoted to all of the traffic.

use super::harness::read_the_dialog;
use super::rehearsal::Rehearsal;

fn day() -> Rehearsal {
    Rehearsal::start_with(160, 48, |command| {
        command.args(["--scenario", "rollout-day", "--speed", "4"]);
    })
    .ready()
}

impl Rehearsal {
    /// Says yes to the dialog that is open, and waits for what is seen.
    fn yes(&mut self, key: &str, proof: &str) {
        read_the_dialog();
        self.session.press(key);
        self.session.wait_for(proof);
        self.session.press("<esc>");
    }

    /// Opens the view of canaries with this one alone.
    fn canary(&mut self, service: &str) {
        self.session.press(&format!("4/{service}<enter>g"));
        self.session.wait_for(service);
    }
}

#[test]
fn a_bad_canary_is_held_explained_aborted_and_rolled_back() {
    let mut day = day();
    day.canary("storefront");
    // Explained: by the judge, and by where the rollout stands.
    day.session.wait_for("FAIL");
    day.session.wait_for("canary paused at step 4/6");
    day.session.wait_for("CanaryPauseStep");
    day.session.act("H", "y do it");
    day.session.wait_for("Hold storefront");
    day.yes("y", "is held at step 4 of 6");
    day.session.wait_for("canary held");
    assert_eq!(day.writes(), 1, "it was sent once");

    day.session.act("X", "y do it");
    day.session.wait_for("Abort storefront");
    day.session.wait_for("stays what is wanted");
    day.yes("y", "is aborted");
    day.session
        .wait_for("3.8.0 is still wanted: roll back with R");
    assert_eq!(day.writes(), 2);

    // A promotion that is left over would fire with the next retry.
    day.session.act("P", "aborted: retry it, or roll back");
    day.session.act("R", "3.7.2");
    day.session.press("<enter>");
    day.session.wait_for("Roll back storefront");
    day.session.wait_for("this lets it go");
    day.session.wait_for("tab next");
    read_the_dialog();
    day.session
        .press("<tab>errors on the canary<tab>storefront<tab>");
    day.session.wait_for("errors on the canary");
    day.session.press("<enter>");
    day.session.wait_for("serves 3.7.2");
    day.session.press("<esc>");
    assert_eq!(day.writes(), 3);
    day.session.wait_for("canary healthy");
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
}

#[test]
fn a_healthy_canary_is_promoted_to_all_of_the_traffic() {
    let mut day = day();
    day.canary("reviews");
    day.session.wait_for("canary paused at step 2/4");
    day.session.act("P", "y do it");
    day.session.wait_for("Promote reviews");
    day.yes("y", "moved on to step");
    day.session.wait_for("canary paused at step 4/4");
    day.session.act("P", "y do it");
    day.session.wait_for("Promote reviews");
    day.yes("y", "is through");
    day.session.wait_for("canary healthy");
    assert_eq!(day.writes(), 2, "each was sent once");
    day.session.act("P", "is through: 1.20.0 serves");
    day.session.press("<ctrl-c>");
    day.session.wait_for_end();
    day.session.assert_given_back();
}
