//! Prometheus: the query API over the world's metrics, and the exposition
//! that a real Prometheus can scrape.

pub mod promql;
