//! Statistics of two samples and of two streams of events. Pure arithmetic:
//! each file names its source, and its tests hold published or independently
//! computed values.

pub mod dependence;
pub mod describe;
pub mod dispersion;
pub mod events;
pub mod mixture;
pub mod normal;
pub mod pairwise;
pub mod rank;
