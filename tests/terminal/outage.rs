//! One vendor misbehaves: its pane says why and keeps its last good data, and
//! nobody else's pane suffers.

use super::crash::screen;
use super::harness::Session;
use super::world::World;

/// What the war room tells of an incident that opened before the fault.
const KNOWN: &str = "Triggered through the API";

fn war_room(world: &World) -> Session {
    let mut session = screen(world, 120, 40, &[]);
    session.wait_for("Needs you");
    session.press("5");
    session.wait_for("acked by");
    session.wait_for(KNOWN);
    session.wait_for("pagerduty●");
    session
}

/// The war room during a fault, and after it.
fn suffers(kind: &str) {
    let world = World::start("release-day");
    let mut session = war_room(&world);
    world.fault("pagerduty", kind);
    session.wait_until("another state of pagerduty", |screen| {
        !screen.contents().contains("pagerduty●")
    });
    session.wait_for("pagerduty unreachable since");
    let picture = session.contents();
    assert!(picture.contains(KNOWN), "{kind} blanked it:\n{picture}");
    assert!(picture.contains("github●"), "{kind}:\n{picture}");
    assert!(picture.contains("prometheus●"), "{kind}:\n{picture}");
    session.press("3");
    session.wait_for("waiting for production");
    session.press("4");
    session.wait_for("error rate");
    world.fault("pagerduty", "none");
    session.wait_for("pagerduty●");
    session.press("5");
    session.wait_for(KNOWN);
    session.press("<ctrl-c>");
    session.wait_for_end();
    session.assert_given_back();
}

#[test]
fn a_login_page_instead_of_json() {
    suffers("html");
}

#[test]
fn a_gateway_that_fails() {
    suffers("bad-gateway");
}

#[test]
fn answers_that_are_cut_short() {
    suffers("truncate");
}

#[test]
fn answers_that_trickle() {
    suffers("trickle");
}
