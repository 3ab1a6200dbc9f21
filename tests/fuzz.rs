//! A short run of every fuzz target on a stable compiler: seeds, and mutations
//! of them that a fixed number makes. `TMINUS_FUZZ_RUNS` raises how many;
//! docs/fuzzing.md tells of the long runs.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use tminus::fuzzing;

/// What each target starts from: words that matter to one of them.
const SEEDS: &[&[u8]] = &[
    b"",
    b"2026-11-22T06:58:52.3309870Z ##[error]Process completed with exit code 1.\n",
    b"\x1b[31;1merror\x1b[0m: mismatched types\n  --> src/lib.rs:3\n\nhelp\n",
    b"\x1b[38;2;1;2;3mx\x1b[48:5:9my\x1b[K\x1b[2J\x1b]0;title\x07\x1b]8;;https://a\x1b\\b\n",
    b"section_start:1700000000:build\r\x1b[0Ksection_end:1700000001:build\r\x1b[0K\n",
    b"[Pipeline] { (Build)\n[Pipeline] sh\n[Pipeline] }\nFAILED tests/test_a.py::test\n",
    "a\u{202e}b\u{200d}\u{1f469}\u{301}\u{301}\u{301}\u{301}\t\u{9b}31m\u{2028}c\r\n".as_bytes(),
    b"npm ERR! code ENOTFOUND\nThe operation was canceled.\nexit status 137\n",
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261122T060000Z\r\n\
      RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=9\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    br#"{"workflow_runs":[{"id":1,"run_number":2,"status":"completed","conclusion":"failure","created_at":"2026-11-22T14:00:00Z","updated_at":"x"}],"jobs":[{"id":9,"steps":[{"name":null}]}]}"#,
    br#"[{"id":9,"status":"failed","pipeline":{"id":20},"iid":-1,"deployable":{},"sha":"abc"}]"#,
    br#"{"data":{"r0":null},"errors":[{"message":"x","path":["r0",1]}],"rateLimit":{"cost":1e400}}"#,
    br#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1e9,"NaN"],["x",1]]}]}}"#,
    br#"{"incident":{"id":"Q1","incident_number":7,"assignments":[{"assignee":null}],"urgency":"?"}}"#,
];

/// Pieces that are put in: they open what a parser has to close.
const PIECES: &[&[u8]] = &[
    b"\x1b[",
    b"\x1b]",
    b"m",
    b"K",
    b"\r",
    b"\n",
    b"error:",
    b"##[group]",
    b"##[endgroup]",
    b"\xff",
    b"\xc2\x9b",
    b"\xe2\x80\xae",
    b"\xcc\x81",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b":",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"\\ud800",
    b"section_end:1:x",
    b";",
];

fn mutated(random: &mut StdRng) -> Vec<u8> {
    let mut bytes = SEEDS.choose(random).copied().unwrap_or_default().to_vec();
    for _ in 0..random.random_range(0..8) {
        let at = random.random_range(0..=bytes.len());
        match random.random_range(0..5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 => bytes.truncate(at),
            2 => {
                let piece = PIECES.choose(random).copied().unwrap_or_default();
                bytes.splice(at..at, piece.iter().copied());
            }
            3 => {
                let other = SEEDS.choose(random).copied().unwrap_or_default();
                bytes.splice(at..at, other.iter().copied());
            }
            _ => {
                let end = random.random_range(at..=bytes.len().min(at + 40));
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

#[test]
fn no_target_has_a_finding() {
    let runs: u64 = std::env::var("TMINUS_FUZZ_RUNS")
        .ok()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(1_500);
    for (name, target) in fuzzing::TARGETS {
        for seed in SEEDS {
            target(seed);
        }
        for number in 0..runs {
            let bytes = mutated(&mut StdRng::seed_from_u64(number));
            // A finding is played again by its number.
            let finding = std::panic::catch_unwind(|| target(&bytes));
            assert!(
                finding.is_ok(),
                "{name}, number {number}: {}",
                bytes.escape_ascii()
            );
        }
    }
}

#[test]
fn every_target_has_its_program() {
    let below = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    for (name, _) in fuzzing::TARGETS {
        assert!(below.join(format!("{name}.rs")).exists(), "{name}");
    }
}
