//! One report.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

use super::{Reading, decode};
use crate::domain::{TestCase, TestResult, Text};

/// The largest report that is read, in bytes.
pub const LARGEST: usize = 32 * 1024 * 1024;
/// Most tests of one report that are kept by name.
pub(super) const MOST_CASES: usize = 20_000;
/// Elements within each other: no tool goes beyond ten.
const DEEPEST: usize = 64;
/// Characters of a name that are kept.
const LONGEST_NAME: usize = 500;
/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 400;
/// Bytes of an element's text that are looked at for a reason.
const LOOKED_AT: usize = 8 * 1024;

/// Reads one report; none when it is no test report at all. One that breaks
/// off gives what stands before that, with the reason.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Reading> {
    if bytes.len() > LARGEST {
        return Some(Reading {
            flaw: Some(Text::new("it is larger than 32 MiB, so it is not read")),
            ..Reading::default()
        });
    }
    let text = decode::text(bytes);
    let text = text.trim_start();
    if !text.starts_with('<') {
        return None;
    }
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    config.allow_dangling_amp = true;
    let mut state = State::default();
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let at = reader.error_position();
                return state.broken(&format!("byte {at}: {error}"));
            }
        };
        match event {
            Event::Start(start) => {
                if !state.open(&start) {
                    return None;
                }
                if state.open.len() > DEEPEST {
                    return state.broken("its elements lie too deep within each other");
                }
            }
            Event::Empty(start) => {
                if !state.open(&start) {
                    return None;
                }
                state.close();
            }
            Event::End(_) => state.close(),
            Event::Text(text) => state.words(&text.into_inner()),
            Event::CData(text) => state.words(&text.into_inner()),
            Event::GeneralRef(name) => match name.resolve_char_ref() {
                Ok(Some(letter)) => state.words(letter.encode_utf8(&mut [0; 4])),
                // What a document defines itself is not looked up.
                _ => {
                    let name = name.into_inner();
                    match resolve_predefined_entity(&name) {
                        Some(words) => state.words(words),
                        None => state.words(&format!("&{name};")),
                    }
                }
            },
            Event::Eof if !state.is_rooted => return None,
            Event::Eof if !state.open.is_empty() => return state.broken("it breaks off"),
            Event::Eof => return Some(state.reading),
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
        }
    }
}

/// What an element is to a report.
enum Element {
    /// A suite: its name, the counts that it claims, the tests that it has.
    Suite {
        name: String,
        claims: [Option<u32>; 3],
        holds: usize,
    },
    /// A test.
    Case(Case),
    /// Why a test did not pass: `failure` and the like.
    Reason { words: String, said: bool },
    /// Something else: properties, output.
    Other,
}

#[derive(Default)]
struct Case {
    suite: String,
    name: String,
    millis: Option<u64>,
    failed: bool,
    flaky: bool,
    skipped: bool,
    message: String,
}

#[derive(Default)]
struct State {
    open: Vec<Element>,
    is_rooted: bool,
    reading: Reading,
}

impl State {
    /// An element begins; false when the document is no test report.
    fn open(&mut self, start: &BytesStart<'_>) -> bool {
        let name = start.local_name();
        let word = name.as_ref();
        if !self.is_rooted {
            if !matches!(word, "testsuites" | "testsuite" | "testcase") {
                return false;
            }
            self.is_rooted = true;
        }
        let element = match word {
            "testsuites" | "testsuite" => suite(start),
            "testcase" => Element::Case(self.case(start)),
            "failure" | "error" => self.reason(start, |case| case.failed = true),
            "flakyFailure" | "flakyError" => self.reason(start, |case| case.flaky = true),
            "skipped" | "disabled" => self.reason(start, |case| case.skipped = true),
            // The further tries of a test that failed each time: it has a
            // `failure` as well, except in some versions of some tools.
            "rerunFailure" | "rerunError" => self.reason(start, |_| {}),
            _ => Element::Other,
        };
        self.open.push(element);
        true
    }

    fn case(&self, start: &BytesStart<'_>) -> Case {
        let mut case = Case::default();
        for (key, value) in attributes(start) {
            match key.as_str() {
                "name" => case.name = shortened(&value, LONGEST_NAME),
                "classname" => case.suite = shortened(&value, LONGEST_NAME),
                "time" => case.millis = millis(&value),
                // GoogleTest and Bazel.
                "status" => case.skipped |= matches!(value.as_ref(), "notrun" | "disabled"),
                "result" => case.skipped |= matches!(value.as_ref(), "suppressed" | "skipped"),
                _ => {}
            }
        }
        if case.suite.is_empty() {
            let around = self.open.iter().rev().find_map(|element| match element {
                Element::Suite { name, .. } if !name.is_empty() => Some(name),
                _ => None,
            });
            case.suite = around.cloned().unwrap_or_default();
        }
        case
    }

    /// Notes why the test around it did not pass.
    fn reason(&mut self, start: &BytesStart<'_>, note: impl FnOnce(&mut Case)) -> Element {
        let (mut message, mut kind) = (String::new(), String::new());
        for (key, value) in attributes(start) {
            match key.as_str() {
                "message" => message = shortened(first_line(&value), LONGEST_REASON),
                "type" => kind = shortened(&value, LONGEST_NAME),
                _ => {}
            }
        }
        if let Some(Element::Case(case)) = self.open.last_mut() {
            let before = (case.failed, case.flaky);
            note(case);
            if case.message.is_empty() || before == (false, false) && (case.failed || case.flaky) {
                case.message.clone_from(&message);
            }
        }
        // Where there is no message its text has one, and its type is better
        // than nothing.
        Element::Reason {
            said: !message.is_empty(),
            words: if message.is_empty() { kind } else { message },
        }
    }

    fn words(&mut self, more: &str) {
        let Some(Element::Reason { words, said: false }) = self.open.last_mut() else {
            return;
        };
        if words.len() < LOOKED_AT {
            // The type stands first; the text begins on a line of its own.
            if !words.contains('\n') {
                words.push('\n');
            }
            let room = LOOKED_AT.saturating_sub(words.len());
            words.extend(more.chars().take(room));
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Element::Case(case)) => self.keep(&case),
            Some(Element::Reason { words, said: false }) => {
                let (kind, text) = words.split_once('\n').unwrap_or((&words, ""));
                let text = first_line(text);
                let told = if text.is_empty() { kind } else { text };
                if let Some(Element::Case(case)) = self.open.last_mut()
                    && case.message.is_empty()
                {
                    case.message = shortened(told, LONGEST_REASON);
                }
            }
            Some(Element::Suite { claims, holds, .. }) => {
                let (tests, failed, skipped) = (claims[0], claims[1], claims[2]);
                if holds == 0 {
                    let failed = failed.unwrap_or(0);
                    let skipped = skipped.unwrap_or(0);
                    let passed = tests
                        .unwrap_or(0)
                        .saturating_sub(failed)
                        .saturating_sub(skipped);
                    for (sum, more) in self
                        .reading
                        .unnamed
                        .iter_mut()
                        .zip([passed, failed, skipped])
                    {
                        *sum = sum.saturating_add(more);
                    }
                }
                // Those around it have what it has; a claim of their own would
                // count it twice.
                if let Some(Element::Suite { holds, .. }) = self.open.last_mut() {
                    *holds += 1;
                }
            }
            Some(Element::Reason { .. } | Element::Other) | None => {}
        }
    }

    fn keep(&mut self, case: &Case) {
        if let Some(Element::Suite { holds, .. }) = self.open.last_mut() {
            *holds += 1;
        }
        let result = if case.failed {
            TestResult::Failed
        } else if case.flaky {
            TestResult::Flaky
        } else if case.skipped {
            TestResult::Skipped
        } else {
            TestResult::Passed
        };
        if self.reading.cases.len() >= MOST_CASES {
            let place = match result {
                TestResult::Passed | TestResult::Flaky => 0,
                TestResult::Failed => 1,
                TestResult::Skipped => 2,
            };
            if let Some(count) = self.reading.unnamed.get_mut(place) {
                *count = count.saturating_add(1);
            }
            return;
        }
        self.reading.cases.push(TestCase {
            suite: Text::new(&case.suite),
            name: Text::new(if case.name.is_empty() {
                "(without a name)"
            } else {
                &case.name
            }),
            job: Text::default(),
            result,
            millis: case.millis,
            message: Text::new(if result == TestResult::Passed {
                ""
            } else {
                &case.message
            }),
        });
    }

    /// What was read before it broke. A test that had begun counts only when
    /// it is said already that it failed.
    fn broken(mut self, why: &str) -> Option<Reading> {
        if !self.is_rooted {
            return None;
        }
        while let Some(element) = self.open.pop() {
            if let Element::Case(case) = element
                && case.failed
            {
                self.keep(&case);
            }
        }
        self.reading.flaw = Some(Text::new(why));
        Some(self.reading)
    }
}

fn suite(start: &BytesStart<'_>) -> Element {
    let mut name = String::new();
    let (mut tests, mut bad, mut skipped) = (None, None::<u32>, None::<u32>);
    for (key, value) in attributes(start) {
        let count = || value.trim().parse::<u32>().ok();
        let add = |to: &mut Option<u32>| {
            if let Some(more) = count() {
                *to = Some(to.unwrap_or(0).saturating_add(more));
            }
        };
        match key.as_str() {
            "name" => name = shortened(&value, LONGEST_NAME),
            "tests" => tests = count(),
            "failures" | "errors" => add(&mut bad),
            "skipped" | "disabled" => add(&mut skipped),
            _ => {}
        }
    }
    Element::Suite {
        name,
        claims: [tests, bad, skipped],
        holds: 0,
    }
}

/// The attributes with their values as they are meant; one that cannot be
/// understood is taken as it stands or left out.
fn attributes<'a>(
    start: &'a BytesStart<'_>,
) -> impl Iterator<Item = (String, Cow<'a, str>)> + use<'a> {
    let mut all = start.attributes();
    all.with_checks(false);
    all.filter_map(Result::ok).map(|attribute| {
        let key = attribute.key.local_name().as_ref().to_owned();
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .unwrap_or_else(|_| attribute.value.clone());
        (key, value)
    })
}

fn first_line(words: &str) -> &str {
    let mut lines = words.lines().map(str::trim);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

fn shortened(words: &str, most: usize) -> String {
    let words = words.trim();
    match words.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words.to_owned(),
    }
}

/// Seconds with a fraction; some tools write them as their language does:
/// `1,234.5`, `0,012`.
fn millis(time: &str) -> Option<u64> {
    let time = time.trim();
    let plain = if time.contains('.') {
        time.replace(',', "")
    } else {
        time.replace(',', ".")
    };
    let seconds: f64 = plain.parse().ok()?;
    // A month is no time that a test takes.
    (0.0..2_678_400.0)
        .contains(&seconds)
        .then(|| (seconds * 1000.0).round() as u64)
}
