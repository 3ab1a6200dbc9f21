//! How fast logs are read for their cause: a long build that passes, and the
//! logs of the corpus one after another.
//!
//! `cargo bench --bench triage`

use divan::{Bencher, counter::BytesCount};
use tminus::analysis::triage::{Rules, shipped, shipped_rules, triage};

fn main() {
    divan::main();
}

/// A build of many files with warnings, as CI stores it, of about 16 MiB.
fn long_build() -> Vec<u8> {
    let mut log = Vec::new();
    let mut at = 0_u64;
    while log.len() < 16 * 1024 * 1024 {
        let lines = format!(
            "2026-11-24T10:25:41.{at:07}Z gcc -Wall -O2 -c -o mod/queue_{at}.o mod/queue_{at}.c\n\
             2026-11-24T10:25:41.{at:07}Z mod/queue_{at}.c:2:28: \u{1b}[35mwarning:\u{1b}[0m unused variable\n\
             2026-11-24T10:25:41.{at:07}Z     2 | int queue_init(void) {{ int last = 6; return 0; }}\n\
             2026-11-24T10:25:41.{at:07}Z ok {at} - reads error_handler.rs\n\
             2026-11-24T10:25:41.{at:07}Z    Compiling retry-policy v0.3.{at}\n\
             2026-11-24T10:25:41.{at:07}Z GET /assets/chunk-{at}.js 200 12ms\n"
        );
        log.extend_from_slice(lines.as_bytes());
        at += 1;
    }
    log.extend_from_slice(b"2026-11-24T10:25:42.0000000Z main.c:3:5: error: expected ';'\n");
    log.extend_from_slice(
        b"2026-11-24T10:25:42.0000000Z ##[error]Process completed with exit code 2.\n",
    );
    log
}

#[divan::bench(sample_count = 10)]
fn long_log(bencher: Bencher) {
    let log = long_build();
    let rules = shipped_rules();
    bencher
        .counter(BytesCount::new(log.len()))
        .bench_local(|| triage(rules, divan::black_box(&log)));
}

#[divan::bench(sample_count = 10)]
fn build_rules(bencher: Bencher) {
    let files = shipped();
    bencher.bench_local(|| Rules::build(divan::black_box(&files)).map(|rules| rules.count()));
}
