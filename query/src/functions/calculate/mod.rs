//! Functions that compute over windows of time, or from the shape of a series.

mod aggregate_line;
mod exponential;
mod holt_winters;
mod holt_winters_calls;
mod identity;
mod moving;
mod percentile;
mod regression;
mod stdev;
mod window;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] = &[
    aggregate_line::TABLE,
    exponential::TABLE,
    holt_winters_calls::TABLE,
    identity::TABLE,
    moving::TABLE,
    percentile::TABLE,
    regression::TABLE,
    stdev::TABLE,
];
