#![no_main]
//! See docs/fuzzing.md.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tminus::fuzzing::run("junit", bytes));
