//! When changes may go out: freezes, change windows and calendars of every
//! source, as one schedule that answers for a service and an environment at an
//! instant. Pure: no clock, no files, no network.
//!
//! `civil` turns times on a wall into instants, `cron`, `rule` with `expand`,
//! and `ical` are the ways in which people say when, `scope` says whom, and
//! `schedule` is the one evaluator.

pub mod civil;
pub mod cron;
pub mod declared;
pub mod duration;
pub mod expand;
pub mod ical;
pub mod interval;
pub mod own;
pub mod recurring;
pub mod rule;
pub mod schedule;
pub mod scope;
#[cfg(test)]
mod tests;

pub use self::{
    civil::Zone,
    cron::{Cron, CronPair},
    interval::{Interval, Reading},
    recurring::Repeated,
    schedule::{Answer, Because, Effect, Fit, Schedule, State, Unread, When, Window},
    scope::{Concern, Scope, Selectors, Target},
};
