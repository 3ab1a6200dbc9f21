//! The moving parts.

/// Raw input, frames out, and the terminal given back at the end.
pub mod terminal;
