//! A log of a gigabyte and ten million lines: to its first error, through its
//! whole, to any place, and a search; `grep` and, where it is installed, `rg`
//! on the same file.
//!
//! `cargo bench --bench log`; the file lies in a temporary directory and goes
//! with it. `TMINUS_LOG_MB` makes it smaller. Resident memory: docs/performance.md.
#![expect(
    clippy::print_stderr,
    reason = "a benchmark says what it could not measure"
)]

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    os::unix::fs::FileExt,
    path::PathBuf,
    process::{Command, Stdio},
    sync::LazyLock,
};

use divan::{Bencher, counter::BytesCount};
use tminus::analysis::log::{Ask, Reader, Source, Told};

fn main() {
    divan::main();
}

/// The log with its error in the middle and a rare word at its end.
struct Large {
    _place: tempfile::TempDir,
    path: PathBuf,
    bytes: u64,
    lines: u64,
}

static LARGE: LazyLock<Large> = LazyLock::new(|| {
    let place = tempfile::tempdir().unwrap_or_else(|error| fail(&error));
    let path = place.path().join("large.log");
    let (bytes, lines) = write(&path).unwrap_or_else(|error| fail(&error));
    Large {
        _place: place,
        path,
        bytes,
        lines,
    }
});

fn fail(error: &io::Error) -> ! {
    eprintln!("the log cannot be made: {error}");
    std::process::exit(1)
}

fn write(path: &std::path::Path) -> io::Result<(u64, u64)> {
    let megabytes: u64 = std::env::var("TMINUS_LOG_MB")
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(1_000);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (mut bytes, mut lines, mut failed) = (0_u64, 0_u64, false);
    while bytes < megabytes * 1_000_000 {
        if !failed && bytes >= megabytes * 500_000 {
            failed = true;
            let error = "2026-11-22T06:58:52.330Z src/main.c:7:2: error: unknown type 'sizet'\n";
            file.write_all(error.as_bytes())?;
            bytes += error.len() as u64;
        } else {
            let line = format!(
                "2026-11-22T06:58:52.330Z [{lines:>9}] \u{1b}[32mok\u{1b}[0m compiling mod/queue_{}.c of the project\n",
                lines % 977
            );
            file.write_all(line.as_bytes())?;
            bytes += line.len() as u64;
        }
        lines += 1;
    }
    file.write_all(b"the needle of this log\n")?;
    file.flush()?;
    Ok((bytes + 23, lines + 1))
}

struct Bytes(File);

impl Source for Bytes {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }
}

fn reader() -> Reader {
    File::open(&LARGE.path)
        .and_then(|file| Reader::open(Box::new(Bytes(file)), true))
        .unwrap_or_else(|error| fail(&error))
}

fn until(reader: &mut Reader, wanted: impl Fn(&Told) -> bool) {
    while reader.is_busy() {
        let told = reader.step().unwrap_or_else(|error| fail(&error));
        if told.iter().any(&wanted) {
            return;
        }
    }
}

fn ask(reader: &mut Reader, ask: Ask) -> Vec<Told> {
    reader.ask(ask).unwrap_or_else(|error| fail(&error))
}

#[divan::bench(sample_count = 5)]
fn to_the_first_error(bencher: Bencher) {
    let read = BytesCount::new(LARGE.bytes / 2);
    bencher.counter(read).bench_local(|| {
        let mut reader = reader();
        until(&mut reader, |told| matches!(told, Told::Opened(Some(_))));
    });
}

#[divan::bench(sample_count = 5)]
fn through_the_whole(bencher: Bencher) {
    bencher
        .counter(BytesCount::new(LARGE.bytes))
        .bench_local(|| {
            let mut reader = reader();
            until(
                &mut reader,
                |told| matches!(told, Told::State(state) if state.read == state.bytes),
            );
        });
}

#[divan::bench(sample_count = 200)]
fn any_screen_of_200_lines(bencher: Bencher) {
    let mut reader = reader();
    until(
        &mut reader,
        |told| matches!(told, Told::State(state) if state.read == state.bytes),
    );
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 7_919_993) % LARGE.lines;
        ask(&mut reader, Ask::lines(at..at + 200))
    });
}

fn search(bencher: Bencher, pattern: &str) {
    let mut reader = reader();
    until(&mut reader, |_| false);
    bencher
        .counter(BytesCount::new(LARGE.bytes))
        .bench_local(|| {
            let pattern = pattern.to_owned();
            ask(&mut reader, Ask::Search { pattern, from: 0 });
            until(&mut reader, |told| {
                matches!(told, Told::State(state) if state.found.is_some_and(|found| found.1))
            });
        });
}

#[divan::bench(sample_count = 3)]
fn search_words(bencher: Bencher) {
    search(bencher, "the needle");
}

#[divan::bench(sample_count = 3)]
fn search_pattern(bencher: Bencher) {
    search(bencher, r"need(le|y)\b.*log");
}

fn other(bencher: Bencher, program: &str, arguments: &[&str], bytes: u64) {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if found.is_err() {
        eprintln!("{program} is not installed");
        return;
    }
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        Command::new(program)
            .args(arguments)
            .arg(&LARGE.path)
            .stdout(Stdio::null())
            .status()
            .map(|status| status.success())
    });
}

#[divan::bench(sample_count = 5)]
fn grep_the_first_error(bencher: Bencher) {
    other(bencher, "grep", &["-m1", "-F", "error:"], LARGE.bytes / 2);
}

#[divan::bench(sample_count = 3)]
fn ripgrep_words(bencher: Bencher) {
    other(bencher, "rg", &["-c", "(?i)the needle"], LARGE.bytes);
}

#[divan::bench(sample_count = 3)]
fn ripgrep_pattern(bencher: Bencher) {
    other(
        bencher,
        "rg",
        &["-c", r"(?i)need(le|y)\b.*log"],
        LARGE.bytes,
    );
}
