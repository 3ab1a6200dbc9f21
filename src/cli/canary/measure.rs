//! `tminus canary check` and `calibrate`: the queries of a service's canary are
//! asked now, and over its past.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    args::{Calibrate, CanaryService, Global},
    context::Context,
    print,
    report::{CanaryReport, VERSION, canary as reported},
    single_thread,
};
use crate::{
    analysis::canary::{
        calibrate::calibrate as of_the_past,
        reading::judge,
        report::{Report, Verdict, number},
    },
    domain::{
        Body, CalibratedMetric, Calibration, CanaryReading, CanarySpec, ServiceName, Timestamp,
    },
    error::{Error, Kind},
    integrations::contract::Query,
    model::Stamped,
    runtime::now,
    store::{Directory, verdicts},
};

/// `tminus canary check --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Measured {
    /// Version of this contract.
    pub version: u32,
    /// What its queries gave, and what is said of it.
    pub canary: CanaryReport,
}

/// `tminus canary calibrate --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Calibrated {
    /// Version of this contract.
    pub version: u32,
    /// The service.
    pub service: String,
    /// When it was made.
    pub at: Timestamp,
    /// How long a step bakes, in seconds.
    pub bake_seconds: u32,
    /// How far back the past reached, in seconds.
    pub past_seconds: u32,
    /// The canary's share of the traffic that was assumed, 0 to 1.
    pub share: f64,
    /// The metrics.
    pub metrics: Vec<CalibratedReport>,
}

/// What the past of one metric tells.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CalibratedReport {
    /// Name.
    pub name: String,
    /// Windows that could be judged.
    pub windows: usize,
    /// Those of them with a false alarm.
    pub false_alarms: usize,
    /// The smallest relative change that was found in four of five windows;
    /// null when none was, or there were too few windows.
    pub sees: Option<f64>,
    /// The largest of those tried that was not.
    pub misses: Option<f64>,
}

/// `tminus canary check`: gives the exit status.
///
/// # Errors
/// When the service has no canary, or the metrics source does not answer.
pub fn check(global: &Global, what: &CanaryService) -> Result<u8, Error> {
    let context = Context::open(global)?;
    let service = ServiceName::new(&what.service);
    let reading = measure(&context, &service, None)?;
    let report = judge(&reading.value);
    let measured = Measured {
        version: VERSION,
        canary: reported(&reading, &report),
    };
    if global.json {
        print::json(&measured)?;
    } else {
        print::text(&check_in_words(&reading.value, &report))?;
    }
    let live = reading.value.is_live();
    // Without a canary there is nothing to judge: its baseline has to answer.
    let baseline = reading
        .value
        .metrics
        .iter()
        .all(|metric| metric.baseline.value().is_some());
    Ok(match report.verdict {
        _ if !live && baseline && reading.value.weight.is_some() => 0,
        Verdict::Pass | Verdict::Marginal if live => 0,
        Verdict::Fail => Kind::Refused.exit_status(),
        _ => Kind::Unknown.exit_status(),
    })
}

/// `tminus canary calibrate`: gives the exit status.
///
/// # Errors
/// When the service has no canary, the metrics source does not answer, or the
/// result cannot be kept.
pub fn calibrate(global: &Global, what: &Calibrate) -> Result<u8, Error> {
    let context = Context::open(global)?;
    let service = ServiceName::new(&what.service);
    let spec = spec(&context, &service)?;
    let first = || spec.steps.first().copied().unwrap_or(5.0);
    let share = what.share.unwrap_or_else(first) / 100.0;
    if !(share > 0.0 && share <= 0.5) {
        return Err(
            Error::new(Kind::Usage, "the share is out of range").hint("1 to 50, in percent")
        );
    }
    let past_seconds = u32::try_from(what.past.num_seconds()).unwrap_or(u32::MAX);
    let mut reading = measure(&context, &service, Some(past_seconds))?;
    if let Some(bake) = what.bake {
        reading.value.bake_seconds = u32::try_from(bake.num_seconds()).unwrap_or(u32::MAX);
    }
    let calibration = Calibration {
        service,
        at: now(),
        bake_seconds: reading.value.bake_seconds,
        past_seconds,
        share,
        metrics: of_the_past(&reading.value, share),
    };
    verdicts::keep_calibration(&Directory::open(&context.directory)?, &calibration)?;
    if global.json {
        print::json(&Calibrated {
            version: VERSION,
            service: calibration.service.to_string(),
            at: calibration.at,
            bake_seconds: calibration.bake_seconds,
            past_seconds,
            share,
            metrics: calibration.metrics.iter().map(of_metric).collect(),
        })?;
    } else {
        print::text(&calibration_in_words(&calibration))?;
    }
    Ok(if calibration.metrics.iter().any(CalibratedMetric::tells) {
        0
    } else {
        Kind::Unknown.exit_status()
    })
}

fn of_metric(metric: &CalibratedMetric) -> CalibratedReport {
    CalibratedReport {
        name: metric.name.to_string(),
        windows: metric.windows,
        false_alarms: metric.false_alarms,
        sees: metric.sees,
        misses: metric.misses,
    }
}

fn spec<'a>(context: &'a Context, service: &ServiceName) -> Result<&'a CanarySpec, Error> {
    let declared = context.config.catalog.service(service).ok_or_else(|| {
        Error::new(Kind::Usage, format!("there is no service `{service}`"))
            .hint("`tminus status` names those of the configuration")
    })?;
    declared.canary.as_ref().ok_or_else(|| {
        Error::new(Kind::Usage, format!("{service} has no canary"))
            .hint("set `canary` of the service, or of [defaults], to a profile")
    })
}

fn measure(
    context: &Context,
    service: &ServiceName,
    past: Option<u32>,
) -> Result<Stamped<CanaryReading>, Error> {
    let source = &spec(context, service)?.source;
    let query = Query::Canary {
        service: service.clone(),
        past,
    };
    let (facts, fault) = single_thread()?.block_on(context.read(source, query));
    let found = facts.into_iter().find_map(|fact| match fact.body {
        Body::Canary(value) => Some(Stamped {
            observed: fact.observed,
            value,
        }),
        _ => None,
    });
    found.ok_or_else(|| {
        let why = fault.map_or_else(
            || "it gave nothing".to_owned(),
            |fault| fault.detail.to_string(),
        );
        Error::new(Kind::Unknown, format!("{source}: {why}"))
            .hint("`tminus doctor` says what is wrong with the source")
    })
}

fn check_in_words(reading: &CanaryReading, report: &Report) -> String {
    let weight = match reading.weight {
        Some(_) if !reading.is_live() => "no canary runs".to_owned(),
        Some(weight) => format!("{weight:.0} % · {}", report.verdict.word()),
        None => "its weight cannot be read".to_owned(),
    };
    let mut text = format!("{} in {}: {weight}\n", reading.service, reading.environment);
    if reading.is_live() {
        let _ = writeln!(text, "{}", report.sentence);
    }
    for (metric, judged) in reading.metrics.iter().zip(&report.metrics) {
        let side = |sample: &crate::domain::Sample| match sample {
            crate::domain::Sample::Value(value) => metric.unit.text(*value),
            crate::domain::Sample::NoData(why) => format!("no data ({why})"),
        };
        let points = metric.series.baseline.iter().flatten().count();
        let _ = writeln!(
            text,
            "\n{}{}: {}\n  canary    {}\n  baseline  {} · {points} points\n  {}",
            metric.name,
            if metric.critical { " (critical)" } else { "" },
            judged.verdict.word(),
            side(&metric.canary),
            side(&metric.baseline),
            judged.why
        );
    }
    text
}

fn calibration_in_words(calibration: &Calibration) -> String {
    let mut text = format!(
        "{}: steps of {} on {} % of the traffic, by the last {}\n",
        calibration.service,
        time(calibration.bake_seconds),
        number(calibration.share * 100.0),
        time(calibration.past_seconds)
    );
    for metric in &calibration.metrics {
        let words = if metric.tells() {
            let sees = match (metric.sees, metric.misses) {
                (Some(sees), Some(misses)) => format!(
                    "sees {} %, not {} %",
                    number(sees * 100.0),
                    number(misses * 100.0)
                ),
                (Some(sees), None) => format!("sees {} %", number(sees * 100.0)),
                _ => "sees no change of those tried".to_owned(),
            };
            format!(
                "{sees}; false alarms in {} of {} windows ({:.1} %)",
                metric.false_alarms,
                metric.windows,
                metric.rate() * 100.0
            )
        } else {
            format!(
                "{} windows could be judged, {} are needed: ask for a longer --past, or for a longer \
                 --bake where a window has too few points",
                metric.windows,
                CalibratedMetric::FEWEST
            )
        };
        let _ = writeln!(text, "  {}: {words}", metric.name);
    }
    text
}

fn time(seconds: u32) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
