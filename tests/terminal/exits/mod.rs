//! Every way in which tminus ends, in every situation, with the real program
//! in a real pseudo-terminal: 11 endings in 4 situations are 44 runs.
//!
//! After each run the terminal's settings are what they were, bit by bit; no
//! mode is left on; the cursor is there; the terminal was given back exactly
//! once and nothing of ours followed; the status is the promised one; and the
//! journal verifies.
//!
//! tminus has no editor as a child that could be killed. In that row's place
//! stands the other process of a terminal that can be: the shell that tminus
//! was started from. What the terminal room does alone (SIGQUIT, an editor that
//! has the terminal for a while) is in `room`.

mod run;

use portable_pty::CommandBuilder;
use rustix::process::Signal;

use crate::harness::{Ended, Session};
use run::{Run, is_noted, play};

/// What makes tminus end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// A person's wish.
    Quit,
    /// A panic of the thread that draws.
    PanicInDraw,
    /// A panic of a task in the background.
    PanicInTask,
    /// A panic while another one is unwound.
    DoublePanic,
    /// SIGTERM: somebody on the machine wants it to end.
    Term,
    /// SIGHUP, with the terminal still there.
    Hup,
    /// SIGINT, from outside: in raw mode Ctrl-C is a key.
    Int,
    /// SIGTSTP, SIGCONT, then a person's wish.
    StopAndContinue,
    /// The terminal is closed, as by a dropped connection.
    TerminalClosed,
    /// Nothing can be written any more; then a person's wish.
    DiskFull,
    /// The shell is killed, and with it the session of the terminal.
    ShellKilled,
    /// Beyond the table: two threads panic at once.
    TwoPanics,
    /// Beyond the table: a panic whose message goes into a pipe that is full.
    PanicIntoFullPipe,
    /// Beyond the table: a panic whose message goes into a pipe without reader.
    PanicIntoClosedPipe,
    /// Beyond the table: the disk is full by a limit on the size of files, by
    /// which the system would kill.
    FilesLimited,
}

/// What is going on when the end comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Situation {
    /// Looking. The mouse is on without asking, so here it was turned off: it
    /// must not come back.
    Normal,
    /// Looking, with the mouse in use.
    MouseOn,
    /// Something lies over the view.
    OverlayOpen,
    /// An operation was sent, and its effect was not seen yet.
    InFlight,
}

const SITUATIONS: [Situation; 4] = [
    Situation::Normal,
    Situation::MouseOn,
    Situation::OverlayOpen,
    Situation::InFlight,
];

/// A case for each ending in each situation, so that a failure has a name.
macro_rules! matrix {
    ($($name:ident: $ending:ident,)+) => {
        const ENDINGS: &[Ending] = &[$(Ending::$ending),+];
        const _: () = assert!(ENDINGS.len() * SITUATIONS.len() == 44);

        $(mod $name {
            use super::{Ending, Situation, play};

            #[test]
            fn normal() {
                play(Ending::$ending, Situation::Normal);
            }

            #[test]
            fn mouse_on() {
                play(Ending::$ending, Situation::MouseOn);
            }

            #[test]
            fn overlay_open() {
                play(Ending::$ending, Situation::OverlayOpen);
            }

            #[test]
            fn operation_in_flight() {
                play(Ending::$ending, Situation::InFlight);
            }
        })+
    };
}

matrix! {
    quit: Quit,
    panic_in_draw: PanicInDraw,
    panic_in_task: PanicInTask,
    double_panic: DoublePanic,
    sigterm: Term,
    sighup: Hup,
    sigint: Int,
    stop_and_continue: StopAndContinue,
    terminal_closed: TerminalClosed,
    disk_full: DiskFull,
    shell_killed: ShellKilled,
}

#[test]
fn two_panics_at_once_give_the_terminal_back_once() {
    play(Ending::TwoPanics, Situation::Normal);
}

#[test]
fn a_panic_that_cannot_be_told_ends_all_the_same() {
    play(Ending::PanicIntoFullPipe, Situation::MouseOn);
    play(Ending::PanicIntoClosedPipe, Situation::MouseOn);
}

#[test]
fn a_limit_on_the_size_of_files_is_a_full_disk() {
    play(Ending::FilesLimited, Situation::InFlight);
}

#[test]
fn sigterm_ends_it_when_nobody_reads_and_an_operation_is_in_flight() {
    let mut run = Run::start(Ending::Term, Situation::InFlight);
    run.reach_the_situation();
    run.rehearsal.session.clog();
    run.end();
    run.rehearsal.session.wait_for_end();
    run.rehearsal.session.stall(false);
    run.check();
}

#[test]
fn what_was_written_is_kept_when_the_end_comes_before_the_first_token() {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("tminus.toml");
    let slow = "version = 1\n[integrations.github]\nkind = \"github\"\n\
                url = \"http://127.0.0.1:9\"\ntoken = { command = [\"sleep\", \"20\"] }\n";
    std::fs::write(&config, slow).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_tminus"));
    command.args(["--data-dir", "data", "--config", "tminus.toml"]);
    command.env("HOME", home.path());
    command.env_remove("TMINUS_CONFIG");
    command.cwd(home.path());
    let mut session = Session::start(command, 100, 30);
    session.wait_for("Needs you");
    session.press("w");
    session.wait_for("keep as draft");
    session.press("the keyring asks for a password");
    session.wait_for("the keyring asks");
    session.signal(Signal::TERM);
    assert_eq!(session.wait_for_end(), Ended::Status(143));
    session.assert_given_back();
    assert!(is_noted(&home.path().join("data"), "the keyring asks"));
}
