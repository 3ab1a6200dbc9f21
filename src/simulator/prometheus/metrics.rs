//! The world's measurements as Prometheus series: one list of families, read
//! both by the exposition and by the query API, so that a real Prometheus and
//! this one tell the same story.

use crate::simulator::world::{
    World,
    company::Service,
    traffic::{BUCKETS, Counters, Sample, Traffic},
};

use super::promql::{Labels, METRIC_NAME, Point, Series, Telemetry, stale_marker};

/// Values of the label `track`: the baseline's and the canary's.
pub const TRACKS: [&str; 2] = ["baseline", "canary"];

/// The scrape job under which the query API shows the series.
pub const JOB: &str = "larkspur";
/// The scrape target under which the query API shows the series.
pub const INSTANCE: &str = "services.larkspur.example:9100";

/// One metric family.
#[derive(Debug)]
pub struct Family {
    /// Name; a histogram's series append `_bucket`, `_sum` and `_count`.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// What it counts, for people.
    pub help: &'static str,
}

/// All families, in the order of the exposition.
pub const FAMILIES: [Family; 5] = [
    Family {
        name: "http_requests_total",
        kind: "counter",
        help: "Requests answered, by status code.",
    },
    Family {
        name: "http_request_duration_seconds",
        kind: "histogram",
        help: "Time to answer a request.",
    },
    Family {
        name: "process_saturation_ratio",
        kind: "gauge",
        help: "Busy share of the worker pool.",
    },
    Family {
        name: "rollout_canary_weight",
        kind: "gauge",
        help: "Share of the traffic that the canary gets, in percent.",
    },
    Family {
        name: "rollout_version_info",
        kind: "gauge",
        help: "The version that a track serves; always 1.",
    },
];

/// What one series reads from a sample. The numbers are indexes into
/// [`TRACKS`] and [`BUCKETS`].
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reading {
    Served(usize),
    Failed(usize),
    Bucket(usize, usize),
    Infinity(usize),
    LatencySum(usize),
    LatencyCount(usize),
    Saturation(usize),
    Weight,
    Version(usize),
}

impl Reading {
    /// All series of one service, family by family.
    fn all() -> impl Iterator<Item = Self> {
        let tracks = 0..TRACKS.len();
        let requests = tracks
            .clone()
            .flat_map(|track| [Self::Served(track), Self::Failed(track)]);
        let durations = tracks.clone().flat_map(|track| {
            (0..BUCKETS.len())
                .map(move |bucket| Self::Bucket(track, bucket))
                .chain([
                    Self::Infinity(track),
                    Self::LatencySum(track),
                    Self::LatencyCount(track),
                ])
        });
        requests
            .chain(durations)
            .chain(tracks.clone().map(Self::Saturation))
            .chain([Self::Weight])
            .chain(tracks.map(Self::Version))
    }

    fn family(self) -> &'static str {
        match self {
            Self::Served(_) | Self::Failed(_) => "http_requests_total",
            Self::Bucket(..) | Self::Infinity(_) | Self::LatencySum(_) | Self::LatencyCount(_) => {
                "http_request_duration_seconds"
            }
            Self::Saturation(_) => "process_saturation_ratio",
            Self::Weight => "rollout_canary_weight",
            Self::Version(_) => "rollout_version_info",
        }
    }

    fn metric(self) -> String {
        let suffix = match self {
            Self::Bucket(..) | Self::Infinity(_) => "_bucket",
            Self::LatencySum(_) => "_sum",
            Self::LatencyCount(_) => "_count",
            _ => "",
        };
        format!("{}{suffix}", self.family())
    }

    fn track(self) -> Option<usize> {
        match self {
            Self::Served(track)
            | Self::Failed(track)
            | Self::Bucket(track, _)
            | Self::Infinity(track)
            | Self::LatencySum(track)
            | Self::LatencyCount(track)
            | Self::Saturation(track)
            | Self::Version(track) => Some(track),
            Self::Weight => None,
        }
    }

    /// Identity of the series; none for the version of a canary that is not
    /// there.
    fn labels(self, service: &str, traffic: &Traffic) -> Option<Labels> {
        let mut labels = Labels::of(&self.metric(), &[("service", service)]);
        if let Some(track) = self.track() {
            labels.set("track", TRACKS[track]);
        }
        match self {
            Self::Served(_) => labels.set("code", "200"),
            Self::Failed(_) => labels.set("code", "500"),
            Self::Bucket(_, bucket) => labels.set("le", &BUCKETS[bucket].to_string()),
            Self::Infinity(_) => labels.set("le", "+Inf"),
            Self::Version(0) => labels.set("version", &traffic.version),
            Self::Version(_) => labels.set("version", &traffic.canary.as_ref()?.version),
            Self::LatencySum(_) | Self::LatencyCount(_) | Self::Saturation(_) | Self::Weight => {}
        }
        Some(labels)
    }

    /// The value at one sample; none while there is no canary.
    fn value(self, sample: &Sample) -> Option<f64> {
        let counters: &Counters = match self.track() {
            None => return Some(sample.weight),
            Some(0) => &sample.baseline,
            Some(_) => sample.canary.as_ref()?,
        };
        Some(match self {
            Self::Served(_) => counters.requests - counters.errors,
            Self::Failed(_) => counters.errors,
            Self::Bucket(_, bucket) => counters.buckets[bucket],
            Self::Infinity(_) | Self::LatencyCount(_) => counters.requests,
            Self::LatencySum(_) => counters.latency_sum,
            Self::Saturation(track) => sample.saturation[track],
            Self::Version(_) => 1.0,
            Self::Weight => sample.weight,
        })
    }
}

/// The present value of every series, family by family, as a scrape sees it.
pub fn present(world: &World) -> impl Iterator<Item = (&'static Family, Vec<(Labels, f64)>)> {
    FAMILIES.iter().map(|family| {
        let mut rows = Vec::new();
        for (service, traffic) in measured(world) {
            let Some(sample) = traffic.latest() else {
                continue;
            };
            for reading in Reading::all().filter(|reading| reading.family() == family.name) {
                if let (Some(labels), Some(value)) = (
                    reading.labels(&service.name, traffic),
                    reading.value(sample),
                ) {
                    rows.push((labels, value));
                }
            }
        }
        (family, rows)
    })
}

fn measured(world: &World) -> impl Iterator<Item = (&Service, &Traffic)> {
    world
        .services
        .iter()
        .filter_map(|service| Some((service, service.traffic.as_deref()?)))
}

/// The past of the world's measurements.
pub struct History<'a>(pub &'a World);

impl Telemetry for History<'_> {
    fn series(&self, wanted: &dyn Fn(&Labels) -> bool, after: i64, until: i64) -> Vec<Series> {
        let mut found = Vec::new();
        let up = scraped(Labels::of("up", &[]));
        if wanted(&up)
            && let Some((_, traffic)) = measured(self.0).next()
        {
            keep(&mut found, up, points(traffic, after, until, |_| Some(1.0)));
        }
        for (service, traffic) in measured(self.0) {
            for reading in Reading::all() {
                let Some(labels) = reading.labels(&service.name, traffic).map(scraped) else {
                    continue;
                };
                if wanted(&labels) {
                    let points = points(traffic, after, until, |sample| reading.value(sample));
                    keep(&mut found, labels, points);
                }
            }
        }
        found
    }
}

/// Adds what a scrape adds.
fn scraped(mut labels: Labels) -> Labels {
    labels.set("job", JOB);
    labels.set("instance", INSTANCE);
    labels
}

fn keep(found: &mut Vec<Series>, labels: Labels, points: Vec<Point>) {
    if !points.is_empty() {
        found.push(Series { labels, points });
    }
}

/// The points within `after < at <= until`; where a series ends, a marker
/// says so.
fn points(
    traffic: &Traffic,
    after: i64,
    until: i64,
    read: impl Fn(&Sample) -> Option<f64>,
) -> Vec<Point> {
    let samples = &traffic.samples;
    let from = samples.partition_point(|sample| sample.at.timestamp_millis() <= after);
    let mut there = from
        .checked_sub(1)
        .and_then(|before| samples.get(before))
        .is_some_and(|sample| read(sample).is_some());
    let mut points = Vec::new();
    for sample in samples.range(from..) {
        let at = sample.at.timestamp_millis();
        if at > until {
            break;
        }
        match read(sample) {
            Some(value) => points.push(Point { at, value }),
            None if there => points.push(Point {
                at,
                value: stale_marker(),
            }),
            None => {}
        }
        there = read(sample).is_some();
    }
    points
}

/// Names of the labels that series carry, sorted.
pub fn label_names(series: &[Labels]) -> Vec<String> {
    let names: std::collections::BTreeSet<String> = series
        .iter()
        .flat_map(|labels| labels.iter().map(|(name, _)| name.to_owned()))
        .collect();
    names.into_iter().collect()
}

/// Values of one label over all series, sorted, without the empty one.
pub fn label_values(series: &[Labels], name: &str) -> Vec<String> {
    let values: std::collections::BTreeSet<String> = series
        .iter()
        .map(|labels| labels.get(name).to_owned())
        .filter(|value| !value.is_empty())
        .collect();
    values.into_iter().collect()
}

/// The text exposition (Prometheus "Exposition formats", version 0.0.4).
pub fn exposition(world: &World) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for (family, rows) in present(world) {
        let _ = writeln!(text, "# HELP {} {}", family.name, family.help);
        let _ = writeln!(text, "# TYPE {} {}", family.name, family.kind);
        for (labels, value) in rows {
            text.push_str(labels.get(METRIC_NAME));
            text.push('{');
            let inner: Vec<String> = labels
                .iter()
                .filter(|(name, _)| *name != METRIC_NAME)
                .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
                .collect();
            let _ = writeln!(text, "{}}} {}", inner.join(","), super::number(value));
        }
    }
    text
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
