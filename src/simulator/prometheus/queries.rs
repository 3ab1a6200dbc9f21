//! The expressions of the canary profile that the written configuration
//! carries. `{service}` is filled in by whoever asks.

/// Name of the label that tells the baseline's series from the canary's.
pub const TRACK: &str = "track";
/// Values of [`TRACK`]: the baseline's and the canary's.
pub const TRACKS: [&str; 2] = ["baseline", "canary"];

/// Seconds over which rates are taken: a minute, and less where the day runs
/// faster, but never less than fifteen samples of a second.
#[must_use]
pub fn window(speed: f64) -> u32 {
    (60.0 / speed.max(1.0)).clamp(15.0, 60.0).round() as u32
}

/// Seconds over which events are counted: three samples of the past, and never
/// less than two.
#[must_use]
pub fn counted(speed: f64) -> u32 {
    (15.0 / speed.max(1.0)).clamp(10.0, 15.0).round() as u32
}

/// The canary's share of the traffic, in percent.
#[must_use]
pub fn weight() -> String {
    "max(rollout_canary_weight{service=\"{service}\"})".to_owned()
}

/// Share of a track's requests that were answered with a 5xx.
#[must_use]
pub fn error_ratio(track: &str, window: u32) -> String {
    format!(
        "sum(rate(http_requests_total{{service=\"{{service}}\",track=\"{track}\",code=~\"5..\"}}[{window}s])) / sum(rate(http_requests_total{{service=\"{{service}}\",track=\"{track}\"}}[{window}s]))"
    )
}

/// Requests of a track that were answered with a 5xx, in `{window}`.
#[must_use]
pub fn errors(track: &str) -> String {
    format!(
        "sum(increase(http_requests_total{{service=\"{{service}}\",track=\"{track}\",code=~\"5..\"}}[{{window}}]))"
    )
}

/// Requests of a track in `{window}`.
#[must_use]
pub fn requests(track: &str) -> String {
    format!(
        "sum(increase(http_requests_total{{service=\"{{service}}\",track=\"{track}\"}}[{{window}}]))"
    )
}

/// A quantile of a track's latency, in seconds.
#[must_use]
pub fn latency(quantile: f64, track: &str, window: u32) -> String {
    format!(
        "histogram_quantile({quantile}, sum by (le) (rate(http_request_duration_seconds_bucket{{service=\"{{service}}\",track=\"{track}\"}}[{window}s])))"
    )
}

/// Busy share of a track's processes.
#[must_use]
pub fn saturation(track: &str) -> String {
    format!("avg(process_saturation_ratio{{service=\"{{service}}\",track=\"{track}\"}})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_shrinks_with_speed_and_stays_wide_enough() {
        assert_eq!(window(1.0), 60);
        assert_eq!(window(0.2), 60);
        assert_eq!(window(3.0), 20);
        assert_eq!(window(40.0), 15);
    }
}
