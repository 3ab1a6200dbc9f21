//! Each integration against the simulator, through the configuration that the
//! simulator writes: the same path as a normal day.

mod company;
mod pagerduty;
mod prometheus;
