//! A small program on the terminal room: this test binary itself, started again
//! in a pseudo-terminal.

use std::sync::mpsc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers};
use portable_pty::CommandBuilder;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use tminus::runtime::terminal::{Input, Options, Place, Terminal, panic_on_request};

/// Says to the test below that it is to be the program.
const MARK: &str = "TMINUS_TERMINAL_PROBE";

/// The command that starts the probe.
pub fn command() -> CommandBuilder {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "probe::program",
        "--nocapture",
        "--test-threads=1",
    ]);
    command.env(MARK, "1");
    command.env("RUST_BACKTRACE", "0");
    command.cwd(std::env::current_dir().unwrap());
    command
}

#[test]
fn program() {
    if std::env::var_os(MARK).is_some() {
        std::process::exit(run());
    }
}

#[derive(Default)]
struct Seen {
    selected: u16,
    keys: usize,
    commands: usize,
    bursts: usize,
    pasted: usize,
    others: usize,
}

fn run() -> i32 {
    tminus::cli::report_panics();
    let (events, inbox) = mpsc::channel();
    let flushed = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let last_flushed = std::sync::Arc::clone(&flushed);
    let opened = Terminal::open(
        &Options::from_environment(),
        move |timed| drop(events.send(timed)),
        move |frame| last_flushed.store(frame, std::sync::atomic::Ordering::SeqCst),
    );
    let terminal = match opened {
        Ok(terminal) => terminal,
        Err(error) => {
            println!("{error}");
            return i32::from(error.kind.exit_status());
        }
    };
    let (mut columns, mut rows) = terminal.size();
    let mut seen = Seen::default();
    let mut frame = 0;
    let mut status = None;
    while status.is_none() {
        let mut buffer = terminal.buffer(Rect::new(0, 0, columns, rows));
        draw(&seen, &mut buffer);
        frame += 1;
        terminal.show(buffer, frame);
        let Ok(first) = inbox.recv() else { return 9 };
        for timed in std::iter::once(first).chain(inbox.try_iter()) {
            match timed.input {
                Input::Key(key) => {
                    seen.keys += 1;
                    seen.bursts += usize::from(timed.burst);
                    let control = key.modifiers.contains(KeyModifiers::CONTROL);
                    match key.code {
                        KeyCode::Char('j') | KeyCode::Down => seen.selected += 1,
                        KeyCode::Char('k') | KeyCode::Up => {
                            seen.selected = seen.selected.saturating_sub(1);
                        }
                        _ if timed.burst => {}
                        KeyCode::Char('q') => status = Some(0),
                        KeyCode::Char('c') if control => status = Some(0),
                        KeyCode::Char('z') if control => terminal.stop(),
                        KeyCode::Char('p') => panic_on_request(Place::Draw),
                        KeyCode::Char('t') => {
                            std::thread::spawn(|| panic_on_request(Place::Task));
                        }
                        KeyCode::Char('e') => {
                            terminal.suspend();
                            println!("the editor has the terminal");
                            std::thread::sleep(Duration::from_millis(200));
                            terminal.resume();
                        }
                        KeyCode::Char('y') => drop(terminal.copy("checkout")),
                        KeyCode::Char('b') => std::thread::sleep(Duration::from_secs(60)),
                        _ => seen.commands += 1,
                    }
                }
                Input::Resize(width, height) => (columns, rows) = (width, height),
                Input::Paste(text) => seen.pasted += text.len(),
                Input::Hangup => status = Some(129),
                Input::Terminate(signal) => status = Some(128 + signal),
                Input::Panicked => status = Some(101),
                _ => seen.others += 1,
            }
        }
    }
    terminal.close();
    status.unwrap_or_default()
}

fn draw(seen: &Seen, buffer: &mut ratatui::buffer::Buffer) {
    let area = buffer.area;
    let base = Style::new().fg(Color::White).bg(Color::Rgb(16, 18, 24));
    buffer.set_style(area, base);
    for row in 1..area.height {
        let name = format!("service-{row:03}   4.11.{row}   running   canary 25 %");
        buffer.set_stringn(
            2,
            row,
            name,
            usize::from(area.width.saturating_sub(2)),
            base,
        );
        if row == seen.selected % area.height.max(1) + 1 {
            buffer[(0, row)].set_symbol("▌");
        }
    }
    let head = format!(
        "{}x{} at {} keys {} commands {} bursts {} pasted {} others {}.",
        area.width,
        area.height,
        seen.selected,
        seen.keys,
        seen.commands,
        seen.bursts,
        seen.pasted,
        seen.others
    );
    if area.height > 0 {
        buffer.set_stringn(0, 0, head, usize::from(area.width), base);
    }
}
