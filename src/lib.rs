//! tminus: a release command center in the terminal.
//!
//! The map, in reading order. Facts come in, operations go out: every
//! integration emits facts, the model is the fold of facts, every view is a
//! picture of the model, and whatever changes anything outside is an operation
//! that goes through one door. `docs/architecture.md` is the long form, and
//! `tests/house.rs` holds the import rules.

// Pure algorithms over the nouns: verdicts, schedules and their conflicts.
pub mod analysis;
// One file per subcommand.
pub mod cli;
// Every verb that a person has, as rows of one table, and the key map.
pub mod command;
// File, environment and flags, resolved into one value.
pub mod config;
// The nouns and their laws: no I/O, no clock, nothing of the screen.
pub mod domain;
// Kind, cause and hint; exit codes.
pub mod error;
// What was done, as signed statements that others can check.
pub mod evidence;
// One directory per outside system, behind one contract.
/// Targets of the fuzzer.
#[doc(hidden)]
pub mod fuzzing;
pub mod integrations;
// The only picture of the outside: the fold of facts and the queries on it.
pub mod model;
// The life of a dangerous act, from draft to observed outcome.
pub mod operation;
// The moving parts: terminal, event channel, effects, shutdown.
pub mod runtime;
// A company in a box that speaks the vendors' own protocols.
pub mod simulator;
// Durable memory: journal, notes and the cache of the last picture.
pub mod store;
// Drawing and the state of the screen; knows no vendor by name.
pub mod ui;
