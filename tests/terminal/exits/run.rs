//! One run: start, situation, ending, and how things are afterwards.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::time::Duration;

use portable_pty::CommandBuilder;
use rustix::fs::{Mode, OFlags};
use rustix::process::Signal;
use tminus::runtime::terminal::RESTORE;

use super::{Ending, Situation};
use crate::disk::Disk;
use crate::harness::{Ended, Session, read_the_dialog};
use crate::rehearsal::Rehearsal;
use crate::world::until;

/// What a person wrote when the end came.
const NOTE: &str = "checkout is slow";

/// A file whose being there asks for the panic.
const NOW: &str = "panic-now";

/// The status of tminus when its parent is not us.
const STATUS: &str = "status";

/// A pipe in the place of standard error.
const ERRORS: &str = "errors";

/// Plays one case of the table.
pub fn play(ending: Ending, situation: Situation) {
    if ending.panic().is_some() && !cfg!(debug_assertions) {
        println!("skipped: a release build has no panic on request");
        return;
    }
    let mut run = Run::start(ending, situation);
    run.reach_the_situation();
    run.end();
    run.check();
}

/// Something over the view: the key that opens it, what tells that it is open,
/// and what is typed into it. A key that opens something comes alone: on a busy
/// machine it would be part of a burst.
struct Overlay {
    key: &'static str,
    sign: &'static str,
    typed: &'static str,
}

impl Ending {
    /// What asks for the panic.
    fn panic(self) -> Option<&'static str> {
        match self {
            Self::PanicInDraw | Self::PanicIntoFullPipe | Self::PanicIntoClosedPipe => Some("draw"),
            Self::PanicInTask => Some("task"),
            Self::DoublePanic => Some("twice"),
            Self::TwoPanics => Some("both"),
            _ => None,
        }
    }

    fn fills_the_disk(self) -> bool {
        matches!(self, Self::DiskFull | Self::FilesLimited)
    }

    /// What lies over the view.
    fn overlay(self) -> Overlay {
        match self {
            Self::PanicInDraw | Self::DoublePanic => Overlay {
                key: "?",
                sign: "Keys here",
                typed: "",
            },
            Self::PanicInTask | Self::StopAndContinue => Overlay {
                key: ":",
                sign: "tab complete",
                typed: "approve",
            },
            // Where things end in order, what was written is kept.
            _ => Overlay {
                key: "w",
                sign: "keep as draft",
                typed: NOTE,
            },
        }
    }

    /// Whether what was written is on the disk afterwards.
    fn keeps_the_note(self) -> bool {
        self.overlay().typed == NOTE && self.panic().is_none() && !self.fills_the_disk()
    }

    fn status(self) -> u32 {
        match self {
            Self::Quit | Self::StopAndContinue | Self::DiskFull | Self::FilesLimited => 0,
            Self::Term => 143,
            Self::Int => 130,
            Self::Hup | Self::TerminalClosed | Self::ShellKilled => 129,
            Self::PanicInDraw
            | Self::PanicInTask
            | Self::DoublePanic
            | Self::TwoPanics
            | Self::PanicIntoFullPipe
            | Self::PanicIntoClosedPipe => 101,
        }
    }
}

/// Has a shell lead the session, with tminus as its child. What tminus ended
/// with is written down, by somebody who survives the shell and the hangup.
fn below_a_shell(command: &mut CommandBuilder) {
    by_a_shell(
        command,
        &format!("(trap : HUP; \"$@\"; echo \"ended $?\" >{STATUS}) & wait"),
    );
}

/// Has a shell run the command as its script says.
fn by_a_shell(command: &mut CommandBuilder, script: &str) {
    let inner = std::mem::take(command.get_argv_mut());
    let shell = ["sh", "-c", script, "sh"].map(Into::into);
    command
        .get_argv_mut()
        .extend(shell.into_iter().chain(inner));
}

/// A rehearsal in a situation, on its way to an ending.
pub struct Run {
    pub rehearsal: Rehearsal,
    /// The other end of standard error, where that is a pipe.
    errors: Option<File>,
    ending: Ending,
    situation: Situation,
}

impl Run {
    /// Starts tminus as the ending needs it.
    pub fn start(ending: Ending, situation: Situation) -> Self {
        let data = tempfile::tempdir().unwrap();
        let disk = match ending {
            Ending::DiskFull => Some(Disk::at(data.path())),
            Ending::FilesLimited => Some(Disk::Limited),
            _ => None,
        };
        let pipe = matches!(
            ending,
            Ending::PanicIntoFullPipe | Ending::PanicIntoClosedPipe
        );
        let errors = pipe.then(|| make_pipe(&data.path().join(ERRORS)));
        let rehearsal = Rehearsal::start_in(data, disk, 100, 30, |command, data| {
            if let Some(kind) = ending.panic() {
                let asked = format!("{kind}:{}", data.join(NOW).display());
                command.env("TMINUS_TEST_PANIC", asked);
            }
            if pipe {
                by_a_shell(command, &format!("exec \"$@\" 2>{ERRORS}"));
            }
            if ending == Ending::ShellKilled {
                below_a_shell(command);
            }
        });
        Self {
            rehearsal: rehearsal.ready(),
            errors,
            ending,
            situation,
        }
    }

    fn session(&mut self) -> &mut Session {
        &mut self.rehearsal.session
    }

    pub fn reach_the_situation(&mut self) {
        let overlay = self.ending.overlay();
        let session = &mut self.rehearsal.session;
        session.wait_until("the mouse", mouse_is_on);
        match self.situation {
            Situation::Normal => {
                session.press("m");
                session.wait_until("no mouse", |screen| !mouse_is_on(screen));
            }
            Situation::MouseOn => self.use_the_mouse(),
            Situation::OverlayOpen => {
                session.press(overlay.key);
                session.wait_for(overlay.sign);
                session.press(overlay.typed);
                session.wait_for(overlay.typed);
            }
            Situation::InFlight => self.approve_without_an_answer(),
        }
    }

    /// A press, a release, the wheel.
    fn use_the_mouse(&mut self) {
        for report in [&b"\x1b[<0;20;4M"[..], b"\x1b[<0;20;4m", b"\x1b[<65;20;4M"] {
            self.session().send(report);
        }
    }

    /// An approval is sent, and neither answer nor effect comes.
    fn approve_without_an_answer(&mut self) {
        self.rehearsal.fault("github", "silence-before-write");
        self.approve("search");
        self.rehearsal.wait_for_journal("\"sent\"");
        until("the request at the vendor", || self.rehearsal.writes() == 1);
    }

    /// Says yes to what waits for it. What is not taken is pressed again, as a
    /// person would.
    fn approve(&mut self, service: &str) {
        let session = &mut self.rehearsal.session;
        let filter = format!("approve {service}");
        // A filter of before would be changed, not replaced.
        session.press("<esc>/");
        session.wait_until("a line to type in", types_a_filter);
        session.press(&filter);
        session.wait_for(&format!("/{filter}"));
        session.press("<enter>");
        session.wait_until("the filter", |screen| !types_a_filter(screen));
        session.press("g");
        let asked = |session: &Session| session.contents().contains("y do it");
        // What has just come under the cursor is not taken.
        until("the dialog", || {
            session.press("A");
            session.settle(Duration::from_millis(80));
            asked(session)
        });
        read_the_dialog();
        until("the dialog to take the answer", || {
            session.press("y");
            session.settle(Duration::from_millis(80));
            !asked(session)
        });
    }

    pub fn end(&mut self) {
        match self.ending {
            Ending::Quit => self.quit(),
            Ending::PanicInDraw
            | Ending::PanicInTask
            | Ending::DoublePanic
            | Ending::TwoPanics
            | Ending::PanicIntoFullPipe
            | Ending::PanicIntoClosedPipe => {
                self.spoil_the_pipe();
                std::fs::write(self.rehearsal.data().join(NOW), b"").unwrap();
                // Something new to draw.
                self.session().resize(101, 30);
            }
            Ending::Term => self.session().signal(Signal::TERM),
            Ending::Hup => self.session().signal(Signal::HUP),
            Ending::Int => self.session().signal(Signal::INT),
            Ending::StopAndContinue => {
                self.stop_and_continue();
                self.quit();
            }
            Ending::TerminalClosed => self.close_the_terminal(),
            Ending::DiskFull | Ending::FilesLimited => {
                self.fill_the_disk();
                self.quit();
            }
            Ending::ShellKilled => {
                self.session().signal(Signal::KILL);
                self.rehearsal.wait_for_file(STATUS, "ended");
            }
        }
    }

    /// A lost terminal must not cost a core either.
    fn close_the_terminal(&mut self) {
        let session = self.session();
        let before = session.processor_ticks();
        session.close_terminal(b"\x1b[B");
        session.wait_for_process_state('Z');
        let used = session.processor_ticks() - before;
        assert!(used < 100, "{used} ticks");
    }

    /// Nobody reads what a panic says, or nobody can.
    fn spoil_the_pipe(&mut self) {
        match (self.ending, &mut self.errors) {
            (Ending::PanicIntoFullPipe, Some(pipe)) => {
                let full = loop {
                    if let Err(error) = pipe.write_all(&[b'.'; 512]) {
                        break error;
                    }
                };
                assert_eq!(full.kind(), ErrorKind::WouldBlock, "{full}");
            }
            _ => self.errors = None,
        }
    }

    /// Leaves by keys. With an operation in flight a question is asked.
    fn quit(&mut self) {
        let situation = self.situation;
        let session = self.session();
        session.press(if situation == Situation::Normal {
            "q"
        } else {
            "<ctrl-c>"
        });
        if situation == Situation::InFlight {
            session.wait_for("Leave tminus?");
            session.press("y");
        }
    }

    fn stop_and_continue(&mut self) {
        let overlay = self.ending.overlay();
        let situation = self.situation;
        let session = self.session();
        session.signal(Signal::TSTP);
        session.wait_for_process_state('T');
        session.assert_given_back();
        session.resize(110, 32);
        session.signal(Signal::CONT);
        session.wait_until("the screen again", |screen| {
            screen.alternate_screen() && screen.contents().len() > 200
        });
        assert_ne!(session.settings(), session.settings_before());
        let wanted = situation != Situation::Normal;
        session.wait_until("the mouse as before", |screen| {
            mouse_is_on(screen) == wanted
        });
        if situation == Situation::OverlayOpen {
            session.wait_for(overlay.sign);
            session.wait_for(overlay.typed);
        }
    }

    /// Whatever needs the disk is refused with the reason; the rest goes on.
    fn fill_the_disk(&mut self) {
        let disk = self.rehearsal.disk();
        let reason = disk.reason();
        disk.fill(self.rehearsal.session.pid());
        let (requests, writes) = (self.rehearsal.requests(), self.rehearsal.writes());
        if self.situation == Situation::OverlayOpen {
            let session = self.session();
            session.press(" today");
            session.wait_for("not stored");
            session.wait_until(reason, |screen| {
                words(&screen.contents()).contains(&words(reason))
            });
        } else {
            self.session().press("<esc>");
            self.approve("billing");
            let session = self.session();
            session.wait_until(reason, |screen| {
                words(&screen.contents()).contains(&words(reason))
            });
            session.wait_for("Nothing was sent.");
            session.press("<esc><esc>3");
            session.wait_for("waiting production");
        }
        until("further reads", || self.rehearsal.requests() > requests);
        assert_eq!(self.rehearsal.writes(), writes);
    }

    pub fn check(&mut self) {
        self.check_status();
        self.check_terminal();
        let verified = self.rehearsal.said(&["verify"]);
        assert!(verified.contains("the journal is whole"), "{verified}");
        if self.situation == Situation::InFlight {
            self.check_operation();
        }
        if self.situation == Situation::OverlayOpen && self.ending.keeps_the_note() {
            assert!(is_noted(self.rehearsal.data(), NOTE), "the note is lost");
        }
    }

    fn check_status(&mut self) {
        let wanted = Ended::Status(self.ending.status());
        let ended = self.session().wait_for_end();
        if self.ending == Ending::ShellKilled {
            assert!(matches!(ended, Ended::Killed(_)), "{ended:?}");
            self.rehearsal
                .wait_for_file(STATUS, &format!("ended {}\n", self.ending.status()));
        } else {
            assert_eq!(ended, wanted);
        }
    }

    fn check_terminal(&mut self) {
        let ending = self.ending;
        match ending {
            // There is no terminal to look at, and none to give back.
            Ending::TerminalClosed => return,
            // The kernel hung the terminal up: nobody can write to it, and its
            // settings are those of a new one.
            Ending::ShellKilled => {
                let session = self.session();
                assert_eq!(session.settings(), session.settings_before());
                return;
            }
            _ => {}
        }
        let piped = matches!(
            ending,
            Ending::PanicIntoFullPipe | Ending::PanicIntoClosedPipe
        );
        let session = self.session();
        session.assert_given_back();
        let tells = ending.panic().is_some() && !piped;
        if tells {
            session.wait_until("the message", |screen| {
                words(&screen.contents()).contains("fromoutside")
            });
        }
        let bytes = session.bytes_since(0);
        let taken = positions(&bytes, b"\x1b[?1049h").len();
        let given_back = positions(&bytes, RESTORE);
        let times = if ending == Ending::StopAndContinue {
            2
        } else {
            1
        };
        assert_eq!(
            (taken, given_back.len()),
            (times, times),
            "taken and given back"
        );
        let after = &bytes[given_back[times - 1] + RESTORE.len()..];
        if tells {
            let message = String::from_utf8_lossy(after);
            assert!(message.contains("asked for by TMINUS_TEST_PANIC"));
            assert!(message.contains("␛[2J"), "{message:?}");
            let acts = |character: char| {
                character != '\n' && character != '\r' && character.is_control()
                    || character == '\u{202e}'
            };
            assert!(!message.contains(acts), "{message:?}");
        } else {
            assert!(after.is_empty(), "{}", after.escape_ascii());
        }
    }

    /// It was sent once, and nobody saw what came of it: that is what the
    /// journal tells.
    fn check_operation(&self) {
        let sent = self.rehearsal.journal_file().matches("\"sent\"").count();
        assert_eq!(sent, 1);
        let journal = self.rehearsal.said(&["journal", "--json"]);
        let journal: serde_json::Value = serde_json::from_str(&journal).unwrap();
        let mut operations = journal.as_array().unwrap().iter();
        let search = operations.find(|one| one["summary"] == "approve search to PRODUCTION");
        assert_eq!(search.unwrap()["state"], "unknown", "{journal}");
    }
}

/// Whether a note on the disk says this.
pub fn is_noted(data: &Path, text: &str) -> bool {
    let notes = std::fs::read_dir(data.join("notes"));
    notes.into_iter().flatten().any(|entry| {
        let note = std::fs::read_to_string(entry.unwrap().path());
        note.is_ok_and(|note| note.contains(text))
    })
}

fn mouse_is_on(screen: &vt100::Screen) -> bool {
    screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None
}

/// A named pipe, with its reader; the file can write into it too, and never
/// blocks.
fn make_pipe(path: &Path) -> File {
    let mode = Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).unwrap();
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, mode).unwrap().into()
}

/// Whether the footer is the line that a filter is typed into.
fn types_a_filter(screen: &vt100::Screen) -> bool {
    let contents = screen.contents();
    contents
        .lines()
        .last()
        .is_some_and(|line| line.starts_with(" /"))
}

/// A text without the places where a box breaks it.
fn words(text: &str) -> String {
    text.replace(['│', '\n', ' '], "")
}

fn positions(bytes: &[u8], sequence: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(sequence.len()).enumerate();
    windows
        .filter_map(|(at, window)| (window == sequence).then_some(at))
        .collect()
}
