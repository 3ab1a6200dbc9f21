//! `tminus canary replay`: verdicts of the past, judged again.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    args::{Global, JudgeMode, ReplayVerdicts},
    context::data_directory,
    print,
    report::VERSION,
};
use crate::{
    analysis::canary::{self, Mode, reading},
    cli::journal::config,
    domain::{KeptVerdict, ServiceName, Timestamp},
    error::{Error, Kind},
    store::{Directory, verdicts},
};

/// `tminus canary replay --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Replay {
    /// Version of this contract.
    pub version: u32,
    /// The service.
    pub service: String,
    /// The verdicts, oldest first.
    pub verdicts: Vec<Replayed>,
}

/// One verdict of the past.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Replayed {
    /// When the data was seen.
    pub at: Timestamp,
    /// The canary's share of the traffic then, in percent.
    pub weight: Option<f64>,
    /// What was said.
    pub was: String,
    /// What is said now.
    pub is: String,
    /// Why it is said now.
    pub sentence: String,
}

/// `tminus canary replay`: gives the exit status.
///
/// # Errors
/// When the data directory cannot be read.
pub fn replay(global: &Global, what: &ReplayVerdicts) -> Result<u8, Error> {
    let config = config(global)?;
    let directory = data_directory(global, config.as_ref())?;
    let service = ServiceName::new(&what.service);
    let kept = if directory.is_dir() {
        verdicts::of_service(&Directory::open(&directory)?, &service)?
    } else {
        verdicts::KeptVerdicts::default()
    };
    for unread in &kept.unread {
        print::remark(&format!("left out: {unread}"));
    }
    let skip = kept.verdicts.len().saturating_sub(what.last);
    let replayed: Vec<Replayed> = kept
        .verdicts
        .into_iter()
        .skip(skip)
        .map(|verdict| again(verdict, what))
        .collect();
    if global.json {
        print::json(&Replay {
            version: VERSION,
            service: service.to_string(),
            verdicts: replayed,
        })?;
        return Ok(0);
    }
    if replayed.is_empty() {
        return Err(Error::new(
            Kind::Unknown,
            format!("no verdict on a canary of {service} was kept"),
        )
        .hint("they are kept while the full screen watches a canary"));
    }
    let mut text = String::new();
    for one in &replayed {
        let weight = one
            .weight
            .map_or_else(String::new, |weight| format!("{weight:.0} %"));
        let change = if one.was == one.is {
            one.is.clone()
        } else {
            format!("{} → {}", one.was, one.is)
        };
        let _ = writeln!(
            text,
            "{}  {weight:>5}  {change}\n  {}",
            one.at.format("%Y-%m-%d %H:%M:%SZ"),
            one.sentence
        );
    }
    print::text(&text)?;
    Ok(0)
}

/// Judges it again as it was, or as the person wants it now.
fn again(mut kept: KeptVerdict, what: &ReplayVerdicts) -> Replayed {
    if let Some(alpha) = what.alpha {
        kept.reading.alpha = alpha;
    }
    for metric in &mut kept.reading.metrics {
        if let Some(ratio) = what.max_ratio {
            metric.threshold.max_ratio = ratio;
        }
        if let Some(difference) = what.min_difference {
            metric.threshold.min_difference = difference;
        }
    }
    let report = match what.mode {
        Some(JudgeMode::Kayenta) => {
            // It knows series only.
            for metric in &mut kept.reading.metrics {
                metric.counts = None;
            }
            let mut analysis = reading::analysis(&kept.reading);
            analysis.mode = Mode::Kayenta;
            // A metric in no group does not score there.
            for metric in &mut analysis.metrics {
                metric.groups.push("all".into());
            }
            canary::judge(&analysis)
        }
        Some(JudgeMode::Tminus) | None => reading::judge(&kept.reading),
    };
    Replayed {
        at: kept.at,
        weight: kept.reading.weight,
        was: kept.verdict.to_string(),
        is: report.verdict.word().to_owned(),
        sentence: report.sentence.to_string(),
    }
}
