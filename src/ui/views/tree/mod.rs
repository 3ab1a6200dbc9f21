//! Runs as a tree: release, service, run, job, step. What failed or is at work
//! is unfolded at first; what a person folded or unfolded stays so.

mod draw;
mod rows;

pub(super) use self::draw::draw;
pub use self::rows::{depth, home, parent, rows};
