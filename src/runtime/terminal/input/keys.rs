//! What a complete sequence means.
//!
//! Sources: xterm's control sequences (`ctlseqs`), the kitty keyboard protocol
//! for `CSI … u`, the Linux console's `console_codes(4)`.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::Input;

/// A byte below 0x80 that stands for a key by itself, with or without an
/// escape before it.
pub fn plain(byte: u8, alt: bool) -> Option<Input> {
    let modifiers = if alt {
        KeyModifiers::ALT
    } else {
        KeyModifiers::NONE
    };
    let control = modifiers | KeyModifiers::CONTROL;
    let (code, modifiers) = match byte {
        0x00 => (KeyCode::Char(' '), control),
        b'\t' => (KeyCode::Tab, modifiers),
        b'\r' => (KeyCode::Enter, modifiers),
        0x01..=0x1a => (KeyCode::Char(char::from(byte - 1 + b'a')), control),
        0x1b => (KeyCode::Esc, modifiers),
        0x1c..=0x1f => (KeyCode::Char(char::from(byte - 0x1c + b'4')), control),
        0x7f => (KeyCode::Backspace, modifiers),
        0x20..=0x7e => return Some(character(char::from(byte), alt)),
        _ => return None,
    };
    Some(key(code, modifiers))
}

/// A character that was typed; an upper case one implies Shift.
pub fn character(character: char, alt: bool) -> Input {
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::ALT, alt);
    modifiers.set(KeyModifiers::SHIFT, character.is_uppercase());
    key(KeyCode::Char(character), modifiers)
}

/// `SS3`: arrows, the first function keys and the keypad.
pub fn shift3(digits: &[u8], last: u8) -> Option<Input> {
    let modifiers = modifiers(number(digits.rsplit(|&byte| byte == b';').next()?));
    let code = match last {
        b'j'..=b'y' => KeyCode::Char(char::from(last - 0x40)),
        b'M' => KeyCode::Enter,
        b'I' => KeyCode::Tab,
        b'R' => KeyCode::F(3),
        _ => arrow(last)?,
    };
    Some(key(code, modifiers))
}

/// `CSI`: `parameters` are the bytes between the introducer and `last`. What is
/// not a key, a mouse report or a change of focus is nobody's business.
pub fn control(parameters: &[u8], last: u8) -> Option<Input> {
    match (parameters.first(), last) {
        (Some(b'<'), b'M' | b'm') => return sgr_mouse(&parameters[1..], last == b'm'),
        (None, b'I') => return Some(Input::FocusGained),
        (None, b'O') => return Some(Input::FocusLost),
        _ => {}
    }
    let known = |byte: &u8| matches!(byte, b'0'..=b'9' | b';' | b':');
    if !parameters.iter().all(known) {
        return None;
    }
    let mut fields = parameters.split(|&byte| byte == b';');
    let first = fields.next().unwrap_or_default();
    let second = fields.next().unwrap_or_default();
    let third = fields.next().unwrap_or_default();
    if last == b'M' {
        return rxvt_mouse(number(first), number(second), number(third));
    }
    // Releases come only from terminals that were asked for them by others.
    if second.split(|&byte| byte == b':').nth(1) == Some(b"3") {
        return None;
    }
    let held = modifiers(number(second));
    let (code, held) = match last {
        b'~' if number(first) == 27 => return typed(number(third), 0, held),
        b'~' => (tilde(number(first))?, held),
        b'u' => {
            let mut codes = first.split(|&byte| byte == b':');
            let base = number(codes.next().unwrap_or_default());
            return typed(base, number(codes.next().unwrap_or_default()), held);
        }
        b'Z' => (KeyCode::BackTab, held | KeyModifiers::SHIFT),
        // With the key's number 1 or none; anything else is a report.
        _ if matches!(first, b"" | b"1") => (arrow(last)?, held),
        _ => return None,
    };
    Some(key(code, held))
}

/// The keys that are named by the last letter alone. `R` is not among them: it
/// is the cursor's position far more often than F3.
fn arrow(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'E' => KeyCode::KeypadBegin,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// The keys that are named by a number before `~`.
fn tilde(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F((number - 10) as u8),
        17..=21 => KeyCode::F((number - 11) as u8),
        23..=26 => KeyCode::F((number - 12) as u8),
        28 | 29 => KeyCode::F((number - 13) as u8),
        31..=34 => KeyCode::F((number - 14) as u8),
        _ => return None,
    })
}

/// A key that is named by its code point (`CSI … u`, `modifyOtherKeys`).
fn typed(code: u32, shifted: u32, held: KeyModifiers) -> Option<Input> {
    let code = match code {
        9 if held.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        9 => KeyCode::Tab,
        13 | 57414 => KeyCode::Enter,
        27 => KeyCode::Esc,
        8 | 127 => KeyCode::Backspace,
        57399..=57408 => KeyCode::Char(char::from_digit(code - 57399, 10)?),
        57409..=57413 => KeyCode::Char(['.', '/', '*', '-', '+'][(code - 57409) as usize]),
        57415 => KeyCode::Char('='),
        57416 => KeyCode::Char(','),
        57417 => KeyCode::Left,
        57418 => KeyCode::Right,
        57419 => KeyCode::Up,
        57420 => KeyCode::Down,
        57421 => KeyCode::PageUp,
        57422 => KeyCode::PageDown,
        57423 => KeyCode::Home,
        57424 => KeyCode::End,
        57425 => KeyCode::Insert,
        57426 => KeyCode::Delete,
        0xe000..=0xf8ff => return None,
        _ => {
            let mut typed = char::from_u32(code).filter(|typed| !typed.is_control())?;
            if held.contains(KeyModifiers::SHIFT) {
                typed = char::from_u32(shifted)
                    .filter(|shifted| !shifted.is_control())
                    .unwrap_or_else(|| typed.to_ascii_uppercase());
            }
            let mut held = held;
            held.set(KeyModifiers::SHIFT, typed.is_uppercase());
            return Some(key(KeyCode::Char(typed), held));
        }
    };
    Some(key(code, held))
}

/// The modifier parameter: one more than the sum of the bits.
fn modifiers(parameter: u32) -> KeyModifiers {
    let bits = parameter.saturating_sub(1);
    [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ]
    .into_iter()
    .filter(|&(bit, _)| bits & bit != 0)
    .fold(KeyModifiers::NONE, |held, (_, modifier)| held | modifier)
}

/// The number at the start of a parameter; 0 when there is none.
fn number(parameter: &[u8]) -> u32 {
    parameter
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0_u32, |sum, byte| {
            sum.saturating_mul(10)
                .saturating_add(u32::from(byte - b'0'))
        })
}

/// Mode 1006: `CSI < button ; column ; row M` or `m` for a release.
fn sgr_mouse(parameters: &[u8], released: bool) -> Option<Input> {
    let mut fields = parameters.split(|&byte| byte == b';').map(number);
    mouse(fields.next()?, fields.next()?, fields.next()?, released)
}

/// Mode 1015: `CSI button+32 ; column ; row M`.
fn rxvt_mouse(button: u32, column: u32, row: u32) -> Option<Input> {
    let button = button.checked_sub(32)?;
    mouse(button, column, row, button & 0x43 == 3)
}

/// Mode 1000 without an encoding of its own: three bytes, each 32 too large.
pub fn old_mouse(bytes: [u8; 3]) -> Option<Input> {
    let [button, column, row] = bytes.map(|byte| u32::from(byte.saturating_sub(32)));
    mouse(button, column, row, button & 0x63 == 3)
}

fn mouse(button: u32, column: u32, row: u32, released: bool) -> Option<Input> {
    let which = match button & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match (button & 0xc0, button & 0x20 != 0, button & 3) {
        (0x40, _, 0) => MouseEventKind::ScrollUp,
        (0x40, _, 1) => MouseEventKind::ScrollDown,
        (0x40, _, 2) => MouseEventKind::ScrollLeft,
        (0x40, _, _) => MouseEventKind::ScrollRight,
        (0, true, 3) => MouseEventKind::Moved,
        (0, true, _) => MouseEventKind::Drag(which),
        (0, false, 3) => MouseEventKind::Up(MouseButton::Left),
        (0, false, _) if released => MouseEventKind::Up(which),
        (0, false, _) => MouseEventKind::Down(which),
        _ => return None,
    };
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, button & 4 != 0);
    modifiers.set(KeyModifiers::ALT, button & 8 != 0);
    modifiers.set(KeyModifiers::CONTROL, button & 16 != 0);
    let cell = |position: u32| u16::try_from(position.saturating_sub(1)).unwrap_or(u16::MAX);
    Some(Input::Mouse(MouseEvent {
        kind,
        column: cell(column),
        row: cell(row),
        modifiers,
    }))
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}
