//! Test reports out of archives, for systems that keep them as files; and the
//! fact that every system tells in the end.
//!
//! An integration that knows tests answers [`Query::Tests`] with
//! [`Body::Tests`], made by [`told`] of results or [`none`] of a reason. Where
//! the system has its own list of tests it fills [`TestResults`] itself; where
//! it has JUnit's XML, [`from_archive`] and [`crate::analysis::junit`] do.
//!
//! [`Query::Tests`]: super::contract::Query::Tests

use std::io::{Cursor, Read as _};

use crate::{
    analysis::junit::{self, Collected},
    domain::{Body, Origin, TestReport, TestResults, TestState, Text},
};

/// The largest archive that is loaded, in bytes.
pub const LARGEST_ARCHIVE: usize = 32 * 1024 * 1024;
/// Files of an archive that are looked at.
const MOST_FILES: usize = 2_000;
/// Bytes that all files of an archive may unpack to.
const MOST_UNPACKED: u64 = 64 * 1024 * 1024;

/// What the tests of an attempt said.
#[must_use]
pub fn told(run: Origin, attempt: u32, results: TestResults) -> Body {
    Body::Tests(TestReport {
        run,
        attempt,
        state: TestState::Known(results),
    })
}

/// There are no tests to tell of, for this reason.
#[must_use]
pub fn none(run: Origin, attempt: u32, why: &str) -> Body {
    Body::Tests(TestReport {
        run,
        attempt,
        state: TestState::Gone(Text::new(why)),
    })
}

/// Whether an artifact may hold test reports, by its name.
#[must_use]
pub fn may_hold_reports(artifact: &str) -> bool {
    let name = artifact.to_lowercase();
    [
        "test",
        "junit",
        "report",
        "result",
        "surefire",
        "e2e",
        "spec",
        "pytest",
        "jest",
        "nextest",
        "playwright",
        "cypress",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// Takes in all test reports of a zip archive. What is none is passed over;
/// what cannot be unpacked is said.
pub fn from_archive(name: &str, bytes: &[u8], all: &mut Collected) {
    let flaw = |why: String| junit::Reading {
        flaw: Some(Text::new(&why)),
        ..junit::Reading::default()
    };
    let nobody = Text::default();
    let mut archive = match zip::ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return all.add(name, &nobody, flaw(error.to_string())),
    };
    let mut left = MOST_UNPACKED;
    for index in 0..archive.len().min(MOST_FILES) {
        let mut file = match archive.by_index(index) {
            Ok(file) => file,
            Err(error) => {
                all.add(name, &nobody, flaw(error.to_string()));
                continue;
            }
        };
        let path = String::from_utf8_lossy(file.name_raw()).into_owned();
        let is_xml = path
            .rsplit_once('.')
            .is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("xml"));
        if !is_xml || !file.is_file() {
            continue;
        }
        let mut text = Vec::new();
        // What it says about its size is not believed.
        let most = left.min(junit::LARGEST as u64 + 1);
        match file.by_ref().take(most).read_to_end(&mut text) {
            Ok(read) => left -= read as u64,
            Err(error) => {
                all.add(&path, &nobody, flaw(error.to_string()));
                continue;
            }
        }
        if let Some(reading) = junit::read(&text) {
            all.add(&path, &nobody, reading);
        }
        if left == 0 {
            let why = "its files unpack to more than 64 MiB: the rest is not read";
            return all.add(name, &nobody, flaw(why.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use zip::{ZipWriter, write::SimpleFileOptions};

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn results(bytes: &[u8]) -> TestResults {
        let mut all = Collected::default();
        from_archive("reports", bytes, &mut all);
        all.finish()
    }

    #[test]
    fn reports_are_found_wherever_they_lie_and_the_rest_is_passed_over() {
        let report = b"<testsuite><testcase name='a'><failure message='m'/></testcase></testsuite>";
        let found = results(&archive(&[
            ("../../etc/out.XML", report),
            ("coverage.xml", b"<coverage/>"),
            ("page.html", b"<html>"),
            (
                "deep/er/TEST-b.xml",
                b"<testsuite><testcase name='b'/></testsuite>",
            ),
        ]));
        assert_eq!((found.failed, found.passed), (1, 1));
        assert!(found.flaws.is_empty());
    }

    #[test]
    fn an_archive_that_is_none_or_unpacks_to_too_much_is_said_to_be_so() {
        assert!(!results(b"no zip").flaws.is_empty());
        let zeros = vec![b' '; 40 * 1024 * 1024];
        let bomb = archive(&[("a.xml", &zeros), ("b.xml", &zeros), ("c.xml", &zeros)]);
        assert!(bomb.len() < 1024 * 1024);
        let found = results(&bomb);
        assert!(
            found.flaws.iter().any(|flaw| flaw.contains("64 MiB")),
            "{:?}",
            found.flaws
        );
        let half = archive(&[("a.xml", b"<testsuite/>")]);
        assert!(!results(&half[..half.len() / 2]).flaws.is_empty());
    }
}
