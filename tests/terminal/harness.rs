//! A terminal with a program in it.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// How long a test waits for what must happen. Generous: the machine may be
/// busy, and a test that passes never waits that long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The pause between two keys that a person presses.
const HUMAN: Duration = Duration::from_millis(12);

/// A dialog takes no answer before a person has had it on the screen for
/// 300 ms: this is that time, and a little for the way there.
const READING: Duration = Duration::from_millis(450);

/// How long a person waits for a key to do something before pressing it again.
const PRESS_AGAIN: Duration = Duration::from_secs(2);

/// The pause after Escape: with the next key at its heels it would be Alt.
const AFTER_ESCAPE: Duration = Duration::from_millis(150);

/// Waits for as long as a person takes to read a dialog.
pub fn read_the_dialog() {
    thread::sleep(READING);
}

/// A program in a pseudo-terminal, with a model of the screen.
pub struct Session {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    /// Held open, for the settings are forgotten with the last descriptor.
    _slave: Box<dyn SlavePty + Send>,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<Shared>,
    /// The terminal's settings before the program started.
    before: String,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    terminal: vt100::Parser,
    bytes: Vec<u8>,
    stalled: bool,
    stop: bool,
    gone: bool,
}

/// How a program ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this status.
    Status(u32),
    /// By a signal that it did not handle.
    Killed(String),
}

impl Session {
    /// Starts `command` in a terminal of `columns` by `rows`.
    pub fn start(mut command: CommandBuilder, columns: u16, rows: u16) -> Self {
        if command.get_env("TERM").is_none_or(|term| term == "dumb") {
            command.env("TERM", "xterm-256color");
        }
        command.env("COLORTERM", "truecolor");
        command.env_remove("NO_COLOR");
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                terminal: vt100::Parser::new(rows, columns, 0),
                bytes: Vec::new(),
                stalled: false,
                stop: false,
                gone: false,
            }),
            changed: Condvar::new(),
        });
        let reading = Arc::clone(&shared);
        thread::spawn(move || {
            reading.run(&mut *reader);
            drop(reader);
            reading
                .state
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .gone = true;
            reading.changed.notify_all();
        });
        let before = settings(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        Self {
            master: Some(pair.master),
            writer: Some(writer),
            _slave: pair.slave,
            child,
            shared,
            before,
        }
    }

    /// Waits until `text` is on the screen.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen| screen.contents().contains(text));
    }

    /// Waits until `done` says so of the screen; `what` is for the failure.
    pub fn wait_until(&self, what: &str, done: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.state();
        while !done(state.terminal.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited for {what:?}; the screen:\n{}",
                state.terminal.screen().contents()
            );
            state = self.shared.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// The text on the screen.
    pub fn contents(&self) -> String {
        self.state().terminal.screen().contents()
    }

    /// Presses keys as a person does, one after the other. `<enter>`, `<esc>`,
    /// `<tab>`, `<up>`, `<down>`, `<left>`, `<right>`, `<backspace>` and
    /// `<ctrl-x>` stand for their keys.
    pub fn press(&mut self, keys: &str) {
        let mut rest = keys;
        while let Some(character) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|name| name.split_once('>'));
            let bytes = if let Some((name, after)) = named {
                rest = after;
                named_key(name)
            } else {
                rest = &rest[character.len_utf8()..];
                character.to_string().into_bytes()
            };
            self.send(&bytes);
            thread::sleep(if bytes == b"\x1b" {
                AFTER_ESCAPE
            } else {
                HUMAN
            });
        }
    }

    /// Presses a key that changes something outside until `text`, which it
    /// leads to, is on the screen: over a list that has just moved by itself it
    /// is not taken, and a person presses it again.
    pub fn act(&mut self, key: &str, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.press(key);
            let mut state = self.state();
            let again = Instant::now() + PRESS_AGAIN;
            while !state.terminal.screen().contents().contains(text) {
                let left = again.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                state = self.shared.changed.wait_timeout(state, left).unwrap().0;
            }
            let picture = state.terminal.screen().contents();
            if picture.contains(text) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{key} never led to {text:?}; the screen:\n{picture}"
            );
        }
    }

    /// Sends bytes to the program at once.
    pub fn send(&mut self, bytes: &[u8]) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(bytes).unwrap();
        writer.flush().unwrap();
    }

    /// Changes the size of the terminal. The model keeps two rows and columns
    /// at least: with one, it cannot wrap what was meant for a wider screen.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.state()
            .terminal
            .screen_mut()
            .set_size(rows.max(2), columns.max(2));
        self.master
            .as_ref()
            .unwrap()
            .resize(size(columns, rows))
            .unwrap();
    }

    /// Stops (or goes on) reading what the program writes.
    pub fn stall(&self, stalled: bool) {
        self.state().stalled = stalled;
        self.shared.changed.notify_all();
    }

    /// Stops reading, and has the program write more than the kernel keeps:
    /// each size is a whole paint.
    pub fn clog(&self) {
        self.stall(true);
        let (rows, columns) = self.state().terminal.screen().size();
        for round in 0..60 {
            self.resize(columns - round % 2, rows);
            thread::sleep(Duration::from_millis(8));
        }
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// The program's process.
    pub fn pid(&self) -> Pid {
        let id = self.child.process_id().unwrap();
        Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
    }

    /// Takes the terminal away, as a dropped connection does. `nudge` makes the
    /// program write once more, so that the reading side lets go.
    pub fn close_terminal(&mut self, nudge: &[u8]) {
        self.state().stop = true;
        self.shared.changed.notify_all();
        self.send(nudge);
        let mut state = self.state();
        let deadline = Instant::now() + PATIENCE;
        while !state.gone {
            assert!(Instant::now() < deadline, "the reading side holds on");
            state = self
                .shared
                .changed
                .wait_timeout(state, Duration::from_secs(1))
                .unwrap()
                .0;
        }
        drop(state);
        self.writer = None;
        self.master = None;
    }

    /// Waits for the end and says how the program ended.
    pub fn wait_for_end(&mut self) -> Ended {
        self.end_within(PATIENCE).0
    }

    /// Waits for the end, at most `limit`; says how the program ended and after
    /// how long.
    pub fn end_within(&mut self, limit: Duration) -> (Ended, Duration) {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let ended = match status.signal() {
                    Some(signal) => Ended::Killed(signal.to_owned()),
                    None => Ended::Status(status.exit_code()),
                };
                return (ended, started.elapsed());
            }
            assert!(
                started.elapsed() < limit,
                "still running after {limit:?}; the screen:\n{}",
                self.contents()
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Asserts that the terminal is as it was before the program.
    pub fn assert_given_back(&self) {
        // What the program wrote last may still be on its way to us.
        self.wait_until("everything given back", |screen| {
            !screen.alternate_screen() && !screen.hide_cursor()
        });
        let state = self.state();
        let left = left_over(&state);
        assert!(left.is_empty(), "left behind: {left}");
        drop(state);
        let after = settings(self.master.as_deref().unwrap());
        assert_eq!(after, self.before, "the terminal's settings");
    }

    /// The terminal's settings now.
    pub fn settings(&self) -> String {
        settings(self.master.as_deref().unwrap())
    }

    /// The terminal's settings before the program.
    pub fn settings_before(&self) -> &str {
        &self.before
    }

    /// How many bytes the program has written.
    pub fn written(&self) -> usize {
        self.state().bytes.len()
    }

    /// The bytes from `start` on.
    pub fn bytes_since(&self, start: usize) -> Vec<u8> {
        self.state().bytes[start..].to_vec()
    }

    /// Waits until the program has written nothing for `quiet`.
    pub fn settle(&self, quiet: Duration) {
        let mut state = self.state();
        loop {
            let before = state.bytes.len();
            let (next, timeout) = self.shared.changed.wait_timeout(state, quiet).unwrap();
            state = next;
            if timeout.timed_out() && state.bytes.len() == before {
                return;
            }
        }
    }

    /// Resident memory of the program, in KiB.
    pub fn resident(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.unwrap().parse().unwrap()
    }

    /// Processor time that the program has used, in clock ticks of 10 ms; the
    /// program may be a zombie.
    pub fn processor_ticks(&self) -> u64 {
        let stat = self.proc("stat");
        let after_name = stat.rsplit_once(')').unwrap().1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    /// The state letter of the process: `S` sleeping, `T` stopped, `Z` ended.
    pub fn process_state(&self) -> char {
        let stat = self.proc("stat");
        let after_name = stat.rsplit_once(')').unwrap().1;
        after_name.trim_start().chars().next().unwrap()
    }

    /// Waits until the process is in a state.
    pub fn wait_for_process_state(&self, wanted: char) {
        let deadline = Instant::now() + PATIENCE;
        while self.process_state() != wanted {
            assert!(Instant::now() < deadline, "never {wanted}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The command line that everybody on the machine can read.
    pub fn command_line(&self) -> String {
        self.proc("cmdline")
    }

    fn proc(&self, name: &str) -> String {
        let pid = self.pid().as_raw_nonzero();
        std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Shared {
    fn run(&self, reader: &mut dyn Read) {
        let mut buffer = vec![0_u8; 65536];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(count) => count,
            };
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            while state.stalled && !state.stop {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            state.terminal.process(&buffer[..count]);
            state.bytes.extend_from_slice(&buffer[..count]);
            self.changed.notify_all();
            if state.stop {
                break;
            }
        }
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// The settings of a terminal, in a form that can be compared bit by bit.
fn settings(master: &dyn MasterPty) -> String {
    let path = master.tty_name().unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    let tty = rustix::fs::open(path, flags, rustix::fs::Mode::empty()).unwrap();
    let termios = rustix::termios::tcgetattr(&tty).unwrap();
    format!("{termios:?}")
}

/// What a shell would find wrong, by the model and by the last word on each
/// mode that the model does not keep.
fn left_over(state: &State) -> String {
    let screen = state.terminal.screen();
    let mut left = String::new();
    let mut check = |name: &str, wrong: bool| {
        if wrong {
            write!(left, "{name} ").unwrap();
        }
    };
    check("alternate screen", screen.alternate_screen());
    check("hidden cursor", screen.hide_cursor());
    check("bracketed paste", screen.bracketed_paste());
    let mouse = screen.mouse_protocol_mode();
    check("mouse", mouse != vt100::MouseProtocolMode::None);
    check("colour", screen.fgcolor() != vt100::Color::Default);
    check("background", screen.bgcolor() != vt100::Color::Default);
    for mode in ["1000", "1002", "1003", "1004", "1006", "2004", "2026"] {
        let on = position(&state.bytes, &format!("\x1b[?{mode}h"));
        let off = position(&state.bytes, &format!("\x1b[?{mode}l"));
        check(mode, on.is_some() && on > off);
    }
    left
}

fn position(bytes: &[u8], sequence: &str) -> Option<usize> {
    bytes
        .windows(sequence.len())
        .rposition(|window| window == sequence.as_bytes())
}

fn named_key(name: &str) -> Vec<u8> {
    match name {
        "enter" => b"\r".to_vec(),
        "esc" => b"\x1b".to_vec(),
        "tab" => b"\t".to_vec(),
        "backspace" => b"\x7f".to_vec(),
        "up" => b"\x1b[A".to_vec(),
        "down" => b"\x1b[B".to_vec(),
        "right" => b"\x1b[C".to_vec(),
        "left" => b"\x1b[D".to_vec(),
        "space" => b" ".to_vec(),
        _ => match name.strip_prefix("ctrl-").map(str::as_bytes) {
            Some([letter]) => vec![letter & 0x1f],
            _ => panic!("no key is called {name:?}"),
        },
    }
}
