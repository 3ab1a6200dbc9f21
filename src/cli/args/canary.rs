//! `tminus canary …`.

use std::path::PathBuf;

use chrono::TimeDelta;
use clap::{Args, Subcommand, ValueEnum};

use crate::analysis::windows::duration::elapsed;

/// About canaries.
#[derive(Debug, Subcommand)]
pub enum CanaryCommand {
    /// Judge the measurements of a baseline and a canary from a file; nothing is
    /// asked of any system. Exit status: 0 pass or marginal; 1 fail; 2 the file
    /// is wrong; 3 no data, error or inconclusive; of several analyses 1 before
    /// 3 before 0. `docs/canary.md` says how it judges.
    Judge(Judge),
    /// Ask every query of a service's canary now, and judge what they give.
    /// Exit status: 0 pass or marginal, or no canary runs and its baseline
    /// answers; 1 fail; 3 not known.
    Check(CanaryService),
    /// How often the judge would have been wrong on a service's own past, and
    /// the smallest change that a step can see. It is shown beside the canary
    /// from then on. Exit status: 0; 3 when the past is too short.
    Calibrate(Calibrate),
    /// Judge verdicts of the past again, by the data that they rested on.
    Replay(ReplayVerdicts),
}

/// Whose canary.
#[derive(Debug, Clone, Args)]
pub struct CanaryService {
    /// The service.
    #[arg(value_name = "SERVICE")]
    pub service: String,
}

/// What to calibrate.
#[derive(Debug, Clone, Args)]
pub struct Calibrate {
    /// The service.
    #[arg(value_name = "SERVICE")]
    pub service: String,
    /// How much of the past: at least ten times the bake time.
    #[arg(long, value_name = "T", default_value = "24h", value_parser = elapsed)]
    pub past: TimeDelta,
    /// How long a step bakes; what the profile says when left out.
    #[arg(long, value_name = "T", value_parser = elapsed)]
    pub bake: Option<TimeDelta>,
    /// The canary's share of the traffic in percent; its first step when left
    /// out.
    #[arg(long, value_name = "PERCENT")]
    pub share: Option<f64>,
}

/// Which verdicts, and how to judge them.
#[derive(Debug, Clone, Args)]
pub struct ReplayVerdicts {
    /// The service.
    #[arg(value_name = "SERVICE")]
    pub service: String,
    /// So many of the newest.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub last: usize,
    /// How to judge; as it was when left out.
    #[arg(long, value_enum, value_name = "M")]
    pub mode: Option<JudgeMode>,
    /// The rate of false alarms.
    #[arg(long, value_name = "A", value_parser = alpha)]
    pub alpha: Option<f64>,
    /// The tolerated ratio, of each metric.
    #[arg(long, value_name = "R")]
    pub max_ratio: Option<f64>,
    /// The tolerated difference, of each metric in its unit.
    #[arg(long, value_name = "D")]
    pub min_difference: Option<f64>,
}

fn alpha(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|alpha| *alpha > 0.0 && *alpha <= 0.5)
        .ok_or_else(|| "expected a number above 0 up to 0.5".to_owned())
}

/// What to judge.
#[derive(Debug, Clone, Args)]
pub struct Judge {
    /// A JSON file of one analysis, or of `{"analyses": [...]}`; `-` is
    /// standard input. `tminus schema` prints its schema.
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// How to judge; what the file says when left out, and that is tminus when
    /// it says nothing.
    #[arg(long, value_enum, value_name = "M")]
    pub mode: Option<JudgeMode>,
}

/// How to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum JudgeMode {
    /// Valid at every look, with six verdicts.
    Tminus,
    /// As Kayenta, Spinnaker's judge.
    Kayenta,
}
