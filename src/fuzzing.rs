//! What the fuzz targets run, here so that `fuzz/` and a short seeded run on a
//! stable compiler share it. Not a part of what tminus offers. See
//! docs/fuzzing.md.

use crate::{
    analysis::{
        junit,
        log::{Ask, Line, Needle, Reader, Seek, Told, is_error, searched},
        triage::{shipped_rules, triage},
        windows::ical,
    },
    domain::{LOG_LINE_LIMIT, LogLine, TestResult, Text},
    integrations::fuzzing,
};

/// Any bytes in; a finding is a panic.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: &[(&str, Target)] = &[
    ("log_line", log_line),
    ("log_colours", log_colours),
    ("log_reader", log_reader),
    ("triage", triage_of),
    ("junit", junit_of),
    ("ical", icalendar),
    ("github", fuzzing::github),
    ("gitlab", fuzzing::gitlab),
    ("jenkins", fuzzing::jenkins),
    ("pagerduty", fuzzing::pagerduty),
    ("prometheus", fuzzing::prometheus),
];

/// Runs a target by its name.
///
/// # Panics
/// On a finding, and for a name that is not in [`TARGETS`].
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    assert!(target.is_some(), "there is no target {name}");
    if let Some((_, target)) = target {
        target(bytes);
    }
}

/// A line of a log is one line of text without any control, and is made so
/// once.
fn log_line(bytes: &[u8]) {
    let raw = String::from_utf8_lossy(bytes);
    let line = Text::log_line(&raw);
    assert!(line.len() <= LOG_LINE_LIMIT);
    assert!(
        !line
            .chars()
            .any(|character| character.is_control() || is_bidi(character)),
        "{line:?}"
    );
    assert_eq!(Text::log_line(&line), line);
}

fn is_bidi(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// Colours change no word of a line, and none of them is invented.
fn log_colours(bytes: &[u8]) {
    let raw = String::from_utf8_lossy(bytes);
    let line = LogLine::new(&raw);
    assert_eq!(line.text(), &Text::log_line(&raw));
    let whole: String = line.parts(0).map(|(part, _)| part).collect();
    assert_eq!(whole.as_str(), line.text().as_str());
    for (_, ink) in line.parts(0) {
        assert!(ink.fore.is_none() || ink.fore != ink.back);
    }
}

/// The reader tells of any log what a reader tells that holds all of it.
fn log_reader(bytes: &[u8]) {
    let (from, log) = bytes
        .split_first()
        .map_or((0, bytes), |(first, rest)| (u64::from(*first), rest));
    let mut lines: Vec<&[u8]> = log.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    let Ok(mut reader) = Reader::open(Box::new(log.to_vec()), true) else {
        return;
    };
    let mut told = run_out(&mut reader);
    told.extend(ask(&mut reader, Ask::Forget));
    let state = told.iter().rev().find_map(|told| match told {
        Told::State(state) => Some(state),
        _ => None,
    });
    assert_eq!(state.map(|state| state.lines), Some(lines.len() as u64));
    let shown = ask(&mut reader, Ask::lines(from..from + 50));
    let expected: Vec<Line> = (0_u64..)
        .zip(&lines)
        .skip(from as usize)
        .take(50)
        .map(|(number, raw)| {
            let head = raw.get(..LOG_LINE_LIMIT).unwrap_or(raw);
            Line::new(number, head, raw.len() - head.len())
        })
        .collect();
    for told in &shown {
        if let Told::Lines(shown) = told {
            assert_eq!(shown.len(), expected.len());
            for (one, other) in shown.iter().zip(&expected) {
                assert_eq!((one.number, &one.text), (other.number, &other.text));
            }
        }
    }
    let errors = (0_u64..).zip(&lines).filter(|(_, raw)| {
        let line = searched(raw);
        is_error(&String::from_utf8_lossy(&line))
    });
    let first = errors.map(|(number, _)| number).find(|line| *line > 0);
    if let Some(first) = first {
        let next = Ask::Next {
            of: Seek::Error,
            from: 0,
            forward: true,
        };
        assert!(ask(&mut reader, next).contains(&Told::Hit(Seek::Error, first, false)));
    }
    let pattern = String::from_utf8_lossy(log.get(..6).unwrap_or(log)).into_owned();
    if let Some(needle) = Needle::new(&pattern) {
        let found = lines.iter().filter(|raw| needle.is_in(raw)).count();
        let told = ask(&mut reader, Ask::Search { pattern, from });
        let last = told.iter().rev().find_map(|told| match told {
            Told::State(state) => state.found,
            _ => None,
        });
        assert_eq!(
            last.map(|(count, done, _)| (count, done)),
            Some((found, true))
        );
    }
}

fn ask(reader: &mut Reader, ask: Ask) -> Vec<Told> {
    let mut told = reader.ask(ask).unwrap_or_default();
    told.extend(run_out(reader));
    told
}

fn run_out(reader: &mut Reader) -> Vec<Told> {
    let mut told = Vec::new();
    while reader.is_busy() {
        told.extend(reader.step().unwrap_or_default());
    }
    told
}

/// Triage names lines that are there.
fn triage_of(bytes: &[u8]) {
    let report = triage(shipped_rules(), bytes);
    let lines = memchr::memchr_iter(b'\n', bytes).count() + usize::from(!bytes.ends_with(b"\n"));
    assert!((0.0..=1.0).contains(&report.confidence));
    for line in report
        .first_error_line
        .into_iter()
        .chain(report.evidence.iter().map(|evidence| evidence.line))
    {
        assert!((1..=lines).contains(&line), "{line} of {lines}");
    }
}

/// A report of tests counts each test that it names once, hides none that
/// failed, and says the same in each encoding.
fn junit_of(bytes: &[u8]) {
    let all = junit::results([("report", bytes)]);
    for (result, count) in [
        (TestResult::Failed, all.failed),
        (TestResult::Flaky, all.flaky),
        (TestResult::Passed, all.passed),
        (TestResult::Skipped, all.skipped),
    ] {
        let named = all.cases.iter().filter(|case| case.result == result);
        assert!(named.count() <= count as usize, "{result:?} of {count}");
    }
    assert!(all.cases.is_sorted_by_key(|case| case.result));
    // A mark at the start and a zero behind the first sign tell an encoding.
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if text.starts_with('\u{feff}') || bytes.get(..2).is_some_and(|two| two.contains(&0)) {
        return;
    }
    let wide: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(junit::read(bytes), junit::read(&wide));
}

fn icalendar(bytes: &[u8]) {
    drop(ical::read(bytes));
}
