//! Pure algorithms over the nouns, each with its source.

pub mod canary;
pub mod critical;
pub mod flaky;
pub mod junit;
pub mod log;
pub mod marks;
pub mod owners;
pub mod releases;
pub mod risk;
pub mod suspects;
pub mod triage;
pub mod windows;
