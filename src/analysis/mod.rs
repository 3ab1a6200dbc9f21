//! Pure algorithms over the nouns, each with its source.

pub mod canary;
pub mod log;
pub mod risk;
pub mod triage;
pub mod windows;
