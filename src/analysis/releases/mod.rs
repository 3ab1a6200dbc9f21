//! Releases: what each kind brings with it, what a cut takes with it, and
//! their notes.

pub mod cut;
pub mod notes;
pub mod template;
