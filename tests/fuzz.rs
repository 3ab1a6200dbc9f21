//! A short run of every fuzz target on a stable compiler: seeds, and mutations
//! of them that a fixed number makes. `TMINUS_FUZZ_RUNS` raises how many;
//! docs/fuzzing.md tells of the long runs.

use std::{io, path::Path};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use tminus::fuzzing;

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
    b"<testcase name=\"x\">",
    b"</testcase>",
    b"<failure>",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
    b"&#0;",
    b"\xff\xfe",
    b";",
];

/// What each target starts from: words that matter to one of them, and nothing
/// at all. `cargo fuzz` takes the same files.
fn seeds() -> io::Result<Vec<Vec<u8>>> {
    let below = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let files = std::fs::read_dir(below)?;
    let mut paths: Vec<_> = files
        .map(|file| Ok(file?.path()))
        .collect::<io::Result<_>>()?;
    // The order decides what a number plays again.
    paths.sort();
    std::iter::once(Ok(Vec::new()))
        .chain(paths.into_iter().map(std::fs::read))
        .collect()
}

fn mutated(random: &mut StdRng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds.choose(random).cloned().unwrap_or_default();
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
                let other = seeds.choose(random).cloned().unwrap_or_default();
                bytes.splice(at..at, other);
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
    let seeds = seeds().expect("fuzz/seeds is there");
    for (name, target) in fuzzing::TARGETS {
        for seed in &seeds {
            target(seed);
        }
        for number in 0..runs {
            let bytes = mutated(&mut StdRng::seed_from_u64(number), &seeds);
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
    let below = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    for (name, _) in fuzzing::TARGETS {
        assert!(below.join(format!("{name}.rs")).exists(), "{name}");
    }
}
