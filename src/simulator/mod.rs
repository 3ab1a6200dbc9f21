//! A company in a box that speaks the vendors' own protocols.
/// The query API over the metrics, and their exposition.
pub mod prometheus;
