//! Rollback plans: several services, from one version to another each, in an
//! order that leaves nothing calling what has just been taken away.
//!
//! ```text
//! build(model, wishes)            what would be done, and what speaks against it
//! Desk::inform                    reads what the guards still need
//! Desk::check_plan                asks the rules about every step
//! Desk::confirm_plan              one yes: the plan's own entry is durable
//! Desk::run_plan                  each step checked anew, confirmed, sent once, seen
//! Desk::stop_plan                 no further step starts
//! ```
//!
//! [`order()`], [`guards::judge`], [`build()`] and [`machine::step`] are pure.

mod ask;
mod book;
mod build;
mod check;
mod describe;
mod drive;
mod facts;
mod gate;
mod guards;
pub mod machine;
mod order;
#[cfg(test)]
mod tests;
pub(in crate::operation) mod walk;

pub(in crate::operation) use self::{book::PlanBook, check::rank, gate::with_guards};
pub use self::{
    build::{Drafted, Miss, Wish, build, choose, go_back},
    check::{CheckedPlan, ConfirmedPlan, StepCheck},
    describe::describe,
    drive::{Hands, Situate},
    facts::{Dependent, Goes, Published, Told, WayBack},
    guards::{judge, span},
    order::{Order, order},
};
