//! Pure algorithms over the nouns, each with its source.

pub mod log;
pub mod verdict;
