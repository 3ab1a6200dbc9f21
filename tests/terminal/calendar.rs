//! The calendar by keys: a freeze is made, stops what it is meant to stop, and
//! is taken back.

use super::crash::screen;
use super::harness::read_the_dialog;
use super::world::World;

#[test]
fn a_freeze_made_by_keys_stops_an_approval_until_it_is_cancelled_by_keys() {
    let world = World::start("release-day");
    let text = std::fs::read_to_string(world.config()).unwrap();
    let policy = "\n[policy]\nfreeze = \"deny\"\noutside_change_window = \"allow\"\n";
    std::fs::write(world.config(), text + policy).unwrap();

    let mut session = screen(&world, 120, 40, &[]);
    session.wait_for("Needs you");
    session.press("2");
    session.wait_for("Train 47");
    session.act("a", "New window");
    session.press("Stop<tab><tab><tab><ctrl-u>2020-01-01 00:00<tab><ctrl-u>2099-01-01 00:00");
    session.press("<tab><enter>");
    session.wait_for("say why");
    session.press("the network is down<enter>");
    session.wait_for("Stop");
    let frozen = ["freeze", "--service", "billing", "--env", "production"];
    assert_eq!(world.run(&frozen).status, 1);

    session.press("1");
    session.wait_for("Needs you");
    session.press("/approve <enter>g");
    session.wait_for("2.3.1");
    session.act("A", "Stop");
    session.wait_for("freeze");
    session.press("<esc><esc>");
    assert_eq!(world.writes(), 0);

    session.press("2/Stop<enter>g");
    session.wait_for("the network is down");
    session.act("x", "Cancel Stop");
    session.press("it is back<enter>");
    session.wait_until("the list without it", |screen| {
        !screen.contents().contains("the network is down")
    });
    assert_ne!(world.run(&frozen).status, 1);
    session.press("<esc>1");
    session.wait_for("2.3.1");
    session.act("A", "y do it");
    read_the_dialog();
    session.press("y");
    session.wait_for("observed");
    session.press("<esc><ctrl-c>");
    session.wait_for_end();
    assert_eq!(world.writes(), 1);

    let list = world.run(&["calendar", "list", "--all", "--json"]).json();
    let window = &list["windows"][0];
    assert_eq!(window["id"], "stop");
    assert_eq!(window["made"]["reason"], "the network is down");
    assert_eq!(window["cancelled"]["reason"], "it is back");
    assert_eq!(world.run(&["verify"]).status, 0);
}
