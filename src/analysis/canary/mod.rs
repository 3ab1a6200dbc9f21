//! The canary judge: series and counts of a baseline and a canary in, six
//! verdicts out, with every number behind them. Pure: no clock, no I/O, and no
//! chance. `docs/canary.md` says how it decides and how well.
//!
//! Two ways to judge: [`tminus`] holds its rate of false alarms at any number
//! of looks and on series whose points are alike in time; [`kayenta`] gives
//! what Spinnaker's `NetflixACAJudge` gives, for teams that move over.

pub mod calibrate;
pub mod contract;
pub mod kayenta;
pub mod reading;
pub mod report;
pub mod stats;
pub mod tminus;

pub use contract::{Analysis, Mode};
pub use report::{Report, Verdict};

/// Judges one analysis in its mode.
#[must_use]
pub fn judge(analysis: &Analysis) -> Report {
    match analysis.mode {
        Mode::Tminus => tminus::judge(analysis),
        Mode::Kayenta => kayenta::judge(analysis),
    }
}
