//! Prometheus: the query API over the world's metrics, and the exposition
//! that a real Prometheus can scrape.

mod answer;
pub mod metrics;
mod parameters;
pub mod promql;
pub mod queries;
mod server;
mod status;

#[cfg(test)]
mod tests;

pub use answer::{Answer, Request, answer};
pub use server::router;

/// A number as Prometheus writes it: plain decimals, `NaN`, `+Inf`, `-Inf`.
fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}
