//! Pure algorithms over the nouns, each with its source.

pub mod log;
pub mod risk;
pub mod verdict;
pub mod windows;
