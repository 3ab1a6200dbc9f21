//! Pure algorithms over the nouns, each with its source.

pub mod canary;
pub mod flaky;
pub mod junit;
pub mod log;
pub mod risk;
pub mod triage;
pub mod verdict;
pub mod windows;
