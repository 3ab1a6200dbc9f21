//! Where production wants two people, the dialog proposes and sends nothing;
//! what the other person's tminus did shows on this screen.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::crash::screen;
use super::harness::read_the_dialog;
use super::world::World;

/// Makes a key and gives its public half.
pub fn key(place: &Path, name: &str) -> (PathBuf, String) {
    let path = place.join(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&path)
        .stdin(Stdio::null())
        .status()
        .expect("ssh-keygen runs: install OpenSSH's client programs");
    assert!(made.success());
    let public = fs::read_to_string(path.with_extension("pub")).unwrap();
    (path, public)
}

#[test]
fn the_dialog_proposes_and_the_other_persons_yes_shows_here() {
    let world = World::start("release-day");
    let place = world.place().to_owned();
    let (ana, public_ana) = key(&place, "ana");
    let (ben, public_ben) = key(&place, "ben");
    let signers = place.join("signers");
    fs::write(&signers, format!("ana {public_ana}ben {public_ben}")).unwrap();
    let common = fs::read_to_string(world.config()).unwrap();
    let own = |key: &Path| {
        format!(
            "{common}\n[operations]\nconfirm_production = \"second-person\"\n\n[signing]\n\
             allowed_signers = \"{}\"\nkey = \"{}\"\n",
            signers.display(),
            key.display()
        )
    };
    fs::write(world.config(), own(&ana)).unwrap();
    let bens = place.join("ben.toml");
    fs::write(&bens, own(&ben)).unwrap();

    let mut session = screen(&world, 120, 40, &[]);
    session.wait_for("Needs you");
    session.press("/approve search<enter>g");
    session.wait_for("1.88.0");
    session.act("A", "is confirmed by another person");
    read_the_dialog();
    session.press("y");
    session.wait_for("proposed: waits for another person");
    assert_eq!(world.writes(), 0);

    // It waits in the inbox, and the journal says what the other person types.
    session.press("<esc>1");
    session.wait_for("needs another");
    session.press("8");
    session.wait_for("another person types: tminus countersign");
    let file = fs::read_dir(world.data().join("proposals"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .next()
        .expect("the file for the other person");
    let agreed = Command::new(env!("CARGO_BIN_EXE_tminus"))
        .arg("--config")
        .arg(&bens)
        .arg("--data-dir")
        .arg(place.join("ben-data"))
        .arg("countersign")
        .arg(&file)
        .arg("--yes")
        .env("USER", "ben-of-another-team")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        agreed.status.success(),
        "{}",
        String::from_utf8_lossy(&agreed.stderr)
    );
    session.wait_for("by ben (countersigned)");
    assert_eq!(world.writes(), 1);
    session.press("<ctrl-c>");
    session.wait_for_end();
}
