//! `tminus canary`: measure one, judge one, ask its past.

mod judge;
mod measure;
mod replay;

use super::{args, context, print, report, single_thread};

pub use judge::{CanaryInput, CanaryOutput, judge};
pub use measure::{Calibrated, Measured, calibrate, check};
pub use replay::{Replay, replay};
