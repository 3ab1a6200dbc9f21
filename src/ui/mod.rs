//! ui

pub mod theme;
