//! The two kinds of axes: values from bottom to top, time from left to right.

mod step;
pub(crate) mod times;
mod units;
mod values;

pub(crate) use units::short;
pub(crate) use values::{Request, Scale};
