//! Real programs in a real pseudo-terminal: keys in, screen out, and everything
//! given back at the end.
//!
//! `probe` is a small program on the terminal room alone, so that a failure
//! says whether the room or the program above it is at fault.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "what goes wrong in a test is a failure of the test"
)]

mod calendar;
mod calendar_forms;
mod certificate;
mod crash;
mod deployments;
mod disk;
mod exits;
mod flaky;
#[path = "../contract/front.rs"]
#[expect(dead_code, reason = "the contract tests use the rest")]
mod front;
mod gitlab;
mod grammar;
mod harness;
mod jenkins;
mod log;
mod outage;
mod probe;
mod program;
mod read_only;
mod rehearsal;
mod relay;
mod release_day;
mod rollback_plan;
mod rollouts;
mod room;
mod runs;
mod safety;
mod secrets;
mod together;
mod train;
mod train_day;
mod two_people;
#[path = "../cli/world.rs"]
#[expect(dead_code, reason = "the tests of the command line use the rest")]
mod world;
