//! A company in a box: Larkspur Goods, its services and one scripted day,
//! served over HTTP on loopback in the vendors' own protocols. It shares no
//! code with the integrations that are tested against it.

/// The one place that reads time.
pub mod clock;
/// The query API over the metrics, and their exposition.
pub mod prometheus;
/// The script of a day, as TOML.
pub mod scenario;
/// The state of the company.
pub mod world;
