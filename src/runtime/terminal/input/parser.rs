//! Bytes of a terminal to events, as a state machine.
//!
//! A parser of its own rather than one for terminal *output*: what a terminal
//! sends differs where it matters (Alt with a control key, Alt with `/`, the
//! Linux console's function keys, the three raw bytes of an old mouse report),
//! and what must never become a key (replies, unknown sequences, strings that
//! stop in the middle) has to be swallowed whole and with bounded memory.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Input, keys, paste::Paste};

/// Longest control sequence that is looked at; a longer one is swallowed.
const SEQUENCE_LIMIT: usize = 64;

/// What the parser is in the middle of, and so how long it may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// Nothing.
    Nothing,
    /// An escape that may be the key or the start of a sequence.
    Escape,
    /// A control sequence, a string or a character that is not complete.
    Sequence,
    /// A bracketed paste that was not closed.
    Paste,
}

#[derive(Debug)]
enum State {
    Ground,
    /// A UTF-8 character: bytes so far, bytes wanted, whether Alt is held.
    Character {
        bytes: [u8; 4],
        have: usize,
        want: usize,
        alt: bool,
    },
    Escape,
    /// `CSI`, with what came after it.
    Control(Vec<u8>),
    /// A control sequence that is too long or malformed, until its end.
    ControlIgnored,
    /// `CSI [`: one more byte, from the Linux console.
    LinuxFunction,
    /// `CSI M` and three bytes: a mouse report of the oldest kind.
    OldMouse {
        bytes: [u8; 3],
        have: usize,
    },
    /// `SS3`, with its digits.
    Shift3(Vec<u8>),
    /// OSC, DCS, APC, PM or SOS: swallowed.
    Ignored(IgnoredString),
    Paste(Paste),
}

/// A string sequence that is being swallowed.
#[derive(Clone, Copy, Debug)]
struct IgnoredString {
    /// An operating system command, which a bell may end.
    command: bool,
    /// Opened by an 8-bit control, so that one may end it.
    eight_bit: bool,
    /// The last byte was an escape.
    escape: bool,
    /// Continuation bytes of a UTF-8 character still to come.
    continuation: u8,
    /// The last byte was 0xC2, the first half of an 8-bit control in UTF-8.
    half_control: bool,
}

/// The state machine. Feeding bytes in pieces gives what feeding them at once
/// gives.
#[derive(Debug)]
pub struct Parser {
    state: State,
}

impl Default for Parser {
    fn default() -> Self {
        Self {
            state: State::Ground,
        }
    }
}

impl Parser {
    /// Parses `bytes` and appends what they mean to `events`.
    pub fn feed(&mut self, bytes: &[u8], events: &mut Vec<Input>) {
        for &byte in bytes {
            self.step(byte, events);
        }
    }

    /// What the parser waits for.
    pub fn pending(&self) -> Pending {
        match &self.state {
            State::Ground => Pending::Nothing,
            State::Escape => Pending::Escape,
            State::Paste(_) => Pending::Paste,
            _ => Pending::Sequence,
        }
    }

    /// Ends the waiting: a lone escape is the key, an open paste is given back
    /// as text, an open sequence is dropped.
    pub fn give_up(&mut self, events: &mut Vec<Input>) {
        match std::mem::replace(&mut self.state, State::Ground) {
            State::Escape => events.push(key(KeyCode::Esc, KeyModifiers::NONE)),
            State::Paste(mut paste) => events.extend(paste.take().map(Input::Paste)),
            _ => {}
        }
    }

    /// Gives back an open paste as text and goes on collecting: more of it is
    /// arriving.
    pub fn give_paste(&mut self, events: &mut Vec<Input>) {
        if let State::Paste(paste) = &mut self.state {
            events.extend(paste.take().map(Input::Paste));
        }
    }

    fn step(&mut self, byte: u8, events: &mut Vec<Input>) {
        let state = std::mem::replace(&mut self.state, State::Ground);
        self.state = match state {
            State::Ground => ground(byte, events),
            State::Character {
                mut bytes,
                have,
                want,
                alt,
            } => {
                if byte & 0xc0 == 0x80 {
                    bytes[have] = byte;
                    if have + 1 < want {
                        State::Character {
                            bytes,
                            have: have + 1,
                            want,
                            alt,
                        }
                    } else {
                        complete(&bytes[..want], alt, events)
                    }
                } else {
                    ground(byte, events)
                }
            }
            State::Escape => escape(byte, events),
            State::Control(parameters) => control(parameters, byte, events),
            State::ControlIgnored => match byte {
                0x1b => State::Escape,
                0x40..=0x7e | 0x18 | 0x1a => State::Ground,
                _ => State::ControlIgnored,
            },
            State::LinuxFunction => {
                if let number @ b'A'..=b'E' = byte {
                    events.push(key(KeyCode::F(number - b'A' + 1), KeyModifiers::NONE));
                }
                State::Ground
            }
            State::OldMouse { mut bytes, have } => {
                bytes[have] = byte;
                if have + 1 < bytes.len() {
                    State::OldMouse {
                        bytes,
                        have: have + 1,
                    }
                } else {
                    events.extend(keys::old_mouse(bytes));
                    State::Ground
                }
            }
            State::Shift3(mut digits) => match byte {
                b'0'..=b'9' | b';' if digits.len() < SEQUENCE_LIMIT => {
                    digits.push(byte);
                    State::Shift3(digits)
                }
                0x1b => State::Escape,
                _ => {
                    events.extend(keys::shift3(&digits, byte));
                    State::Ground
                }
            },
            State::Ignored(string) => ignored(string, byte),
            State::Paste(mut paste) => {
                let closed = paste.push(byte);
                if closed {
                    events.push(Input::Paste(paste.take().unwrap_or_default()));
                    State::Ground
                } else {
                    if paste.is_full() {
                        events.extend(paste.take().map(Input::Paste));
                    }
                    State::Paste(paste)
                }
            }
        };
    }
}

fn ground(byte: u8, events: &mut Vec<Input>) -> State {
    match byte {
        0x1b => State::Escape,
        0x00..=0x7f => {
            events.extend(keys::plain(byte, false));
            State::Ground
        }
        _ => high(byte, false),
    }
}

/// The first byte of a UTF-8 character, or an 8-bit control.
fn high(byte: u8, alt: bool) -> State {
    let want = match byte {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return eight_bit(byte),
    };
    State::Character {
        bytes: [byte, 0, 0, 0],
        have: 1,
        want,
        alt,
    }
}

fn complete(bytes: &[u8], alt: bool, events: &mut Vec<Input>) -> State {
    let Some(character) = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.chars().next())
    else {
        return State::Ground;
    };
    if let control @ 0x80..=0x9f = u32::from(character) {
        return eight_bit(control as u8);
    }
    events.push(keys::character(character, alt));
    State::Ground
}

/// Controls of 8 bits open the same sequences as their 7-bit forms.
fn eight_bit(byte: u8) -> State {
    match byte {
        0x8f => State::Shift3(Vec::new()),
        0x9b => State::Control(Vec::new()),
        0x90 | 0x98 | 0x9d | 0x9e | 0x9f => State::Ignored(IgnoredString {
            command: byte == 0x9d,
            eight_bit: true,
            escape: false,
            continuation: 0,
            half_control: false,
        }),
        _ => State::Ground,
    }
}

fn escape(byte: u8, events: &mut Vec<Input>) -> State {
    match byte {
        b'[' => State::Control(Vec::new()),
        b'O' => State::Shift3(Vec::new()),
        b'P' | b'X' | b']' | b'^' | b'_' => State::Ignored(IgnoredString {
            command: byte == b']',
            eight_bit: false,
            escape: false,
            continuation: 0,
            half_control: false,
        }),
        // The end of a string that is over already.
        b'\\' => State::Ground,
        0x1b => {
            events.push(key(KeyCode::Esc, KeyModifiers::NONE));
            State::Escape
        }
        0x00..=0x7f => {
            events.extend(keys::plain(byte, true));
            State::Ground
        }
        _ => high(byte, true),
    }
}

fn control(mut parameters: Vec<u8>, byte: u8, events: &mut Vec<Input>) -> State {
    match byte {
        0x1b => State::Escape,
        0x18 | 0x1a => State::Ground,
        b'[' if parameters.is_empty() => State::LinuxFunction,
        b'M' if parameters.is_empty() => State::OldMouse {
            bytes: [0; 3],
            have: 0,
        },
        0x40..=0x7e => {
            if parameters == b"200" && byte == b'~' {
                return State::Paste(Paste::default());
            }
            events.extend(keys::control(&parameters, byte));
            State::Ground
        }
        0x20..=0x3f if parameters.len() < SEQUENCE_LIMIT => {
            parameters.push(byte);
            State::Control(parameters)
        }
        0x20..=0x3f => State::ControlIgnored,
        _ => State::Control(parameters),
    }
}

/// Swallows a string until its end. An escape that does not end it belongs to
/// it: whatever comes, nothing of it may leak as keys.
fn ignored(mut string: IgnoredString, byte: u8) -> State {
    if string.escape {
        string.escape = byte == 0x1b;
        return if byte == b'\\' {
            State::Ground
        } else {
            State::Ignored(string)
        };
    }
    let half_control = string.half_control;
    string.half_control = byte == 0xc2;
    match byte {
        0x18 | 0x1a => return State::Ground,
        0x07 if string.command => return State::Ground,
        0x1b => string.escape = true,
        0x9c if string.eight_bit && (half_control || string.continuation == 0) => {
            return State::Ground;
        }
        0x80..=0xbf => string.continuation = string.continuation.saturating_sub(1),
        0xc2..=0xdf => string.continuation = 1,
        0xe0..=0xef => string.continuation = 2,
        0xf0..=0xf4 => string.continuation = 3,
        _ => string.continuation = 0,
    }
    State::Ignored(string)
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}
