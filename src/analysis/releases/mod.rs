//! Releases: what each kind brings with it, what a cut takes with it, their
//! notes, and trains.

pub mod cut;
pub mod notes;
pub mod template;
pub mod train;
