//! One directory per outside system. Each declares what it can do, emits
//! facts within a request budget, carries out confirmed operations exactly
//! once, and says from a fresh read whether they took effect.

pub mod calendar;
pub mod contract;
pub mod github;
pub mod http;
pub mod pagerduty;
pub mod prometheus;
mod systems;
mod tape;

pub use systems::{Secrets, SystemSettings};
