//! Functions that compute over windows of time, or from the shape of a series.

mod aggregate_line;
mod exponential;
mod holt_winters;
mod holt_winters_calls;
mod identity;
mod moving;
mod percentile;
mod polynomial;
mod rate;
mod regression;
mod similarity;
mod stdev;
mod weighted;
mod window;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] = &[
    aggregate_line::TABLE,
    exponential::TABLE,
    holt_winters_calls::TABLE,
    identity::TABLE,
    moving::TABLE,
    percentile::TABLE,
    polynomial::TABLE,
    rate::TABLE,
    regression::TABLE,
    similarity::TABLE,
    stdev::TABLE,
    weighted::TABLE,
];
