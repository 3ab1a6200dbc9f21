//! The life of a dangerous act: Draft → Checked → Confirmed → Sent → Observed,
//! Failed or Unknown. Only a [`Confirmed`] value can reach an integration, and
//! only this room can make one.

mod stage;

pub use stage::{Checked, Confirmed, Draft};
