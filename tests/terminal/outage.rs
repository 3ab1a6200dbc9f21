//! One vendor is away or misbehaves: its pane keeps its last good data, dimmed,
//! and says since when and why; nobody else's pane suffers, the inbox goes on
//! working; and when the vendor comes back, the marks go.

use super::crash::screen;
use super::harness::{Session, read_the_dialog};
use super::relay::Relay;
use super::world::World;

/// How the dark theme draws data whose source is away.
const STALE: vt100::Color = vt100::Color::Rgb(0x83, 0x8b, 0x99);

/// A vendor, and where its data is seen.
struct Vendor {
    name: &'static str,
    /// The key of its view.
    view: &'static str,
    /// Words of a row that stays.
    known: &'static str,
}

const GITHUB: Vendor = Vendor {
    name: "github",
    view: "3",
    known: "inventory",
};
const PAGERDUTY: Vendor = Vendor {
    name: "pagerduty",
    view: "5",
    known: "Triggered through the API",
};
const PROMETHEUS: Vendor = Vendor {
    name: "prometheus",
    view: "4",
    known: "saturation",
};
const ALL: [Vendor; 3] = [GITHUB, PAGERDUTY, PROMETHEUS];

impl Vendor {
    /// The header says that all is well with it.
    fn is_well(&self, screen: &vt100::Screen) -> bool {
        screen.contents().contains(&format!("{}●", self.name))
    }

    /// Its data is on the screen, dimmed or not.
    fn is_shown(&self, screen: &vt100::Screen, dimmed: bool) -> bool {
        colour(screen, self.known).is_some_and(|colour| (colour == STALE) == dimmed)
    }

    /// Goes to its view and waits for its data in full colour.
    fn look(&self, session: &mut Session) {
        session.press(self.view);
        session.wait_until(self.known, |screen| {
            self.is_well(screen) && self.is_shown(screen, false)
        });
    }
}

/// The colour of words on the screen, where they stand first.
fn colour(screen: &vt100::Screen, words: &str) -> Option<vt100::Color> {
    let (_, width) = screen.size();
    let (row, line) = (0..).zip(screen.rows(0, width)).find(|(_, line)| {
        // The header and the tabs name vendors and views, too.
        line.contains(words)
    })?;
    let before = line.find(words)?;
    let column = u16::try_from(line[..before].chars().count()).ok()?;
    Some(screen.cell(row, column)?.fgcolor())
}

/// The screen with the data of all vendors on it, at the vendor's view.
fn ready(world: &World, vendor: &Vendor) -> Session {
    let mut session = screen(world, 170, 45, &[]);
    session.wait_for("Needs you");
    for other in ALL.iter().filter(|other| other.name != vendor.name) {
        other.look(&mut session);
    }
    vendor.look(&mut session);
    session
}

/// Waits until the vendor's view has its data dimmed and says this of it.
fn suffers(session: &mut Session, vendor: &Vendor, state: &str, cause: &str) {
    let title = format!("{} {state} since ", vendor.name);
    session.wait_until(&format!("{title} {cause}"), |screen| {
        let text = screen.contents();
        text.contains(&title)
            && text.contains(cause)
            && !vendor.is_well(screen)
            && vendor.is_shown(screen, true)
    });
}

/// Nobody but the vendor is touched: in the header and in their own views.
fn others_are_well(session: &mut Session, vendor: &Vendor) {
    for other in ALL.iter().filter(|other| other.name != vendor.name) {
        other.look(session);
        let text = session.contents();
        assert!(!text.contains(&format!("{} ", other.name)), "{text}");
    }
}

/// Waits until nothing on the vendor's view tells of a fault any more.
fn recovers(session: &mut Session, vendor: &Vendor) {
    session.press("u");
    vendor.look(session);
    session.wait_until("no mark", |screen| {
        let text = screen.contents();
        let told = [" ", "● clock"].map(|words| format!("{}{words}", vendor.name));
        vendor.is_shown(screen, false) && !told.iter().any(|words| text.contains(words))
    });
}

/// The wire to a vendor is cut in the middle of the day, somebody works on with
/// the inbox, and the wire is mended.
fn goes_away_and_comes_back(
    vendor: &Vendor,
    (need, filter): (&str, &str),
    work_on: impl FnOnce(&World, &mut Session),
) {
    let world = World::start("release-day");
    let mut relay = Relay::to(&world.url(vendor.name));
    world.replace_in_config(&world.url(vendor.name), &relay.url());
    let mut session = ready(&world, vendor);
    pick(&mut session, need, filter);
    vendor.look(&mut session);
    relay.cut();
    suffers(&mut session, vendor, "unreachable", "refuses connections");
    others_are_well(&mut session, vendor);
    session.press("1");
    session.wait_for("· 1 of ");
    work_on(&world, &mut session);
    relay.mend();
    recovers(&mut session, vendor);
    session.press("<ctrl-c>");
    session.wait_for_end();
    session.assert_given_back();
}

/// Leaves the cursor of the inbox on the row with these words, which is the
/// only one that this filter shows.
fn pick(session: &mut Session, words: &str, filter: &str) {
    session.press("1");
    session.wait_for(words);
    session.press("/");
    session.press(filter);
    session.wait_for("· 1 of ");
    session.press("<enter>");
}

const APPROVAL: (&str, &str) = ("search 1.88.0", "approve search");

/// Approves what waits for it, out of the inbox.
fn approve(world: &World, session: &mut Session) {
    session.act("A", "y do it");
    read_the_dialog();
    session.press("y");
    session.wait_for("approve search: observed");
    session.press("<esc>");
    assert_eq!(world.writes_at("github"), 1);
}

#[test]
fn without_github_an_incident_is_acknowledged() {
    goes_away_and_comes_back(
        &GITHUB,
        ("P1 not acked", "budget burn"),
        |world, session| {
            session.act("a", "y do it");
            read_the_dialog();
            session.press("y");
            session.wait_for("observed");
            session.press("<esc>");
            assert_eq!(world.writes_at("pagerduty"), 1);
        },
    );
}

#[test]
fn without_pagerduty_a_deployment_is_approved() {
    goes_away_and_comes_back(&PAGERDUTY, APPROVAL, approve);
}

#[test]
fn without_prometheus_a_deployment_is_approved() {
    goes_away_and_comes_back(&PROMETHEUS, APPROVAL, approve);
}

/// The vendor misbehaves in one way after the other, and is well in between.
fn misbehaves(vendor: &Vendor) {
    let world = World::start("release-day");
    let mut session = ready(&world, vendor);
    // Its answers are good, so that is all that is told.
    world.fault(vendor.name, "clock-skew");
    session.press("u");
    session.wait_for(&format!("{}● clock ", vendor.name));
    world.fault(vendor.name, "none");
    recovers(&mut session, vendor);
    for (kind, state, cause) in [
        (
            "html",
            "unreachable",
            "answered with a web page instead of data",
        ),
        ("truncate", "unreachable", "sent half an answer"),
        (
            "unauthorized",
            "not signed in",
            "does not accept the token (401)",
        ),
        ("forbidden", "not allowed", "the token lacks a right at"),
        // Last, for the wait that is asked for is obeyed.
        ("rate-limit", "asks to wait", "asks us to wait"),
    ] {
        world.fault(vendor.name, kind);
        session.press("u");
        suffers(&mut session, vendor, state, cause);
        if kind != "rate-limit" {
            world.fault(vendor.name, "none");
            recovers(&mut session, vendor);
        }
    }
    others_are_well(&mut session, vendor);
    session.press("<ctrl-c>");
    session.wait_for_end();
}

#[test]
fn each_misbehaviour_of_github_is_told() {
    misbehaves(&GITHUB);
}

#[test]
fn each_misbehaviour_of_pagerduty_is_told() {
    misbehaves(&PAGERDUTY);
}

#[test]
fn each_misbehaviour_of_prometheus_is_told() {
    misbehaves(&PROMETHEUS);
}

#[test]
fn answers_that_trickle_end_at_the_deadline() {
    let world = World::start("release-day");
    let mut session = ready(&world, &PAGERDUTY);
    world.fault("pagerduty", "trickle");
    suffers(
        &mut session,
        &PAGERDUTY,
        "unreachable",
        "did not answer in time",
    );
    world.fault("pagerduty", "none");
    recovers(&mut session, &PAGERDUTY);
    session.press("<ctrl-c>");
    session.wait_for_end();
}
