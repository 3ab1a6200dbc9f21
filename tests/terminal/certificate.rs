//! Vendors behind TLS, on the screen: a company's authority that is trusted,
//! and certificates that are not, with the reason in the pane.

use super::crash::screen;
use super::front::{Authority, Front, HERE};
use super::world::World;

/// The words on the screen, whatever the frames and lines between them.
fn words(screen: &vt100::Screen) -> String {
    let text = screen.contents().replace(['│', '╮', '╭'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_pane_names_the_certificate_and_how_to_mend_it() {
    let world = World::start("release-day");
    let ours = Authority::new("Larkspur Root");
    let ca_file = world.config().with_file_name("ca.pem");
    std::fs::write(&ca_file, ours.pem()).unwrap();
    let behind = |vendor: &str| world.url(vendor).replace("http://", "").parse().unwrap();
    let good = Front::start(ours.sign(&HERE), behind("github"));
    let expired = Front::start(ours.sign_expired(), behind("pagerduty"));
    let stranger = Authority::new("Stranger Root").sign(&HERE);
    let unknown = Front::start(stranger, behind("prometheus"));
    for (vendor, front) in [
        ("github", &good),
        ("pagerduty", &expired),
        ("prometheus", &unknown),
    ] {
        world.replace_in_config(&world.url(vendor), &front.url());
    }
    for kind in ["kind = \"github\"", "kind = \"pagerduty\""] {
        let trusted = format!("{kind}\nca_file = \"{}\"", ca_file.display());
        world.replace_in_config(kind, &trusted);
    }
    // All of it is well over TLS where the authority is trusted.
    let mut session = screen(&world, 120, 40, &[]);
    session.wait_for("3● ok");
    session.press("3");
    session.wait_for("waiting for production");
    assert!(good.handshakes() > 0);
    let place = |front: &Front| front.url().replace("https://", "");
    for (view, cause, mend) in [
        (
            "5",
            format!(
                "unreachable: the TLS certificate of {} expired on 2024-05-01 00:00 UTC",
                place(&expired)
            ),
            "whoever runs it must renew it",
        ),
        (
            "4",
            format!(
                "unreachable: the TLS certificate of {} is from an authority that is not trusted \
                 here",
                place(&unknown)
            ),
            "and name it as `ca_file`",
        ),
    ] {
        session.press(view);
        session.wait_until(&cause, |screen| {
            let words = words(screen);
            words.contains(&cause) && words.contains(mend)
        });
    }
    session.press("<ctrl-c>");
    session.wait_for_end();
    assert_eq!(expired.handshakes() + unknown.handshakes(), 0);
}
