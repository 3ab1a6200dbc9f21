//! What the program writes to a terminal is its own small language and
//! nothing else, whatever the vendors' texts contain.

use super::harness::Session;
use super::rehearsal::Rehearsal;

/// Everything back, as the terminal room writes it at the end.
const RESTORE: &[u8] = b"\x18\x1b\\\x1b[?2026l\
    \x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\
    \x1b[m\x0f\x1b(B\x1b[?7h\x1b[r\x1b[?1049l\x1b[?25h";

/// The first thing in `bytes` that does not belong there, with where it is.
pub fn fault(bytes: &[u8]) -> Result<(), String> {
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let length = match first {
            0x1b => sequence(rest),
            b'\r' => rest.starts_with(b"\r\n").then_some(2),
            0..0x20 | 0x7f => None,
            _ => character(rest),
        };
        let Some(length) = length else {
            let at = bytes.len() - rest.len();
            let around = &bytes[at.saturating_sub(40)..bytes.len().min(at + 40)];
            return Err(format!("at {at}: {}", around.escape_ascii()));
        };
        rest = &rest[length..];
    }
    Ok(())
}

/// The length of one of our sequences at the start.
fn sequence(bytes: &[u8]) -> Option<usize> {
    if let Some(command) = bytes.strip_prefix(b"\x1b]") {
        let end = command.windows(2).position(|two| two == b"\x1b\\")?;
        let text = &command[..end];
        let ours = match text.strip_prefix(b"52;c;") {
            Some(clip) => clip
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)),
            None => text.starts_with(b"2;") && fault(&text[2..]).is_ok(),
        };
        return ours.then_some(2 + end + 2);
    }
    let control = bytes.strip_prefix(b"\x1b[")?;
    let end = control.iter().position(u8::is_ascii_alphabetic)?;
    let (parameters, last) = (&control[..end], control[end]);
    let numbers = |most: usize| {
        let parts = parameters.split(|&byte| byte == b';');
        parts.clone().count() <= most && parts.flatten().all(u8::is_ascii_digit)
    };
    let ours = match last {
        b'H' | b'r' => numbers(2),
        b'A'..=b'D' | b'L' | b'M' | b'X' => numbers(1),
        b'm' => numbers(24),
        b'K' => parameters.is_empty(),
        b'J' => parameters == b"2",
        b'h' | b'l' => matches!(
            parameters,
            b"?1049" | b"?25" | b"?2004" | b"?1004" | b"?1000" | b"?1002" | b"?1006" | b"?2026"
        ),
        _ => false,
    };
    ours.then_some(2 + end + 1)
}

/// The length of one visible character at the start.
fn character(bytes: &[u8]) -> Option<usize> {
    let chunk = bytes.utf8_chunks().next()?;
    let character = chunk.valid().chars().next()?;
    // What turns the direction of all text after it is no character either.
    let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (!character.is_control() && !turns).then(|| character.len_utf8())
}

/// Shows every view and every overlay.
fn look_at_everything(session: &mut Session) {
    for view in ["2", "4", "5", "6", "7", "8", "9", "1"] {
        session.press(view);
        session.press("jjk<tab>j<enter><esc>");
    }
    for overlay in ["?", ":app", "wa note", "R", "c"] {
        session.press(overlay);
        session.press("<esc><esc>");
    }
}

#[test]
fn a_whole_session_with_hostile_texts_is_our_own_grammar() {
    let mut rehearsal = Rehearsal::start_with(160, 45, |command| {
        command.args(["--scenario", "vendor-outage", "--speed", "5"]);
    })
    .ready();
    let session = &mut rehearsal.session;
    look_at_everything(session);
    // A title that would name the window and colour the rest.
    session.press("3/owned<enter>g");
    session.wait_for("Escape ␛]0;owned␇␛[31mcolours");
    session.press("<enter>ll<esc><esc><esc>");
    // One that would clear the screen, 10,000 characters long.
    session.press("3/tfel<enter>g");
    session.wait_for("␛[2J␛[31mred");
    session.press("<enter>ll<esc><esc>yY");
    for (columns, rows) in [(80, 24), (20, 5), (200, 60)] {
        session.resize(columns, rows);
        session.settle(std::time::Duration::from_millis(100));
    }
    look_at_everything(session);
    session.press("<ctrl-c>");
    session.wait_for_end();
    session.assert_given_back();
    let bytes = session.bytes_since(0);
    let all = bytes.strip_suffix(RESTORE);
    let all = all.unwrap_or_else(|| {
        panic!(
            "it ends as it should not: {}",
            bytes[bytes.len().saturating_sub(120)..].escape_ascii()
        )
    });
    assert!(all.len() > 20_000, "too little to say anything");
    if let Err(fault) = fault(all) {
        panic!("{fault}");
    }
}

#[test]
fn the_judge_sees_what_is_foreign() {
    for ours in [
        "plain ␛[31m text 🚀",
        "\x1b[?2026h\x1b[3;4H\x1b[0;38;2;1;2;3mx\x1b[K\x1b[12X\x1b[?2026l\r\n",
        "\x1b]52;c;Zm9v\x1b\\\x1b]2;a title\x1b\\",
    ] {
        assert_eq!(fault(ours.as_bytes()), Ok(()), "{ours:?}");
    }
    for foreign in [
        "\x07",
        "\r",
        "\n",
        "\t",
        "\x0e",
        "\x7f",
        "\u{9b}31m",
        "\u{85}",
        "\u{202e}",
        "\x1b",
        "\x1bc",
        "\x1b[6n",
        "\x1b[3J",
        "\x1b[?1003h",
        "\x1b[31",
        "\x1b[>4m",
        "\x1b]0;owned\x07",
        "\x1b]8;;http://a\x1b\\",
        "\x1b]2;a\x07\x1b\\",
        "\x1bPq\x1b\\",
        "\x1b_x\x1b\\",
    ] {
        assert!(fault(foreign.as_bytes()).is_err(), "{foreign:?}");
    }
    assert!(fault(b"\x9b31m").is_err());
}
