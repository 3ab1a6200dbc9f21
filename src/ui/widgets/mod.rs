//! Reusable pieces of the screen. They know labels, numbers and instants, but
//! no release, run or incident. Each of them clips: no size of the area, not
//! even none at all, makes one of them fail.

pub mod bars;
pub mod chart;
pub mod empty;
pub mod format;
pub mod hints;
pub mod log;
pub mod pane;
pub mod row;
pub mod scroll;
pub mod spark;
pub mod table;
