//! Each integration against the simulator, through the configuration that the
//! simulator writes: the same path as a normal day.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod behind;
mod company;
mod deed;
mod faults;
mod front;
mod github;
mod gitlab;
mod jenkins;
mod jenkins_wire;
mod kubernetes;
mod kubernetes_cluster;
mod pagerduty;
mod prometheus;
mod proxy;
mod reports;
mod seen;
mod tls;
