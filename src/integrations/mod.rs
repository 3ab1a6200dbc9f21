//! One directory per outside system. Each declares what it can do, emits
//! facts within a request budget, carries out confirmed operations exactly
//! once, and says from a fresh read whether they took effect.

pub mod calendar;
mod connecting;
mod content;
pub mod contract;
#[doc(hidden)]
pub mod fuzzing;
pub mod github;
pub mod gitlab;
pub mod http;
pub mod jenkins;
pub mod kubernetes;
pub mod pagerduty;
pub mod prometheus;
pub mod reports;
pub mod schedule;
mod systems;
mod tape;
#[cfg(test)]
mod testing;
pub mod versions;
mod watching;

pub use systems::{Secrets, SystemSettings};
