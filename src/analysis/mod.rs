//! Pure algorithms over the nouns, each with its source.

pub mod canary;
pub mod log;
pub mod releases;
pub mod risk;
pub mod triage;
pub mod verdict;
pub mod windows;
