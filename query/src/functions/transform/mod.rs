//! Functions that compute new values from old ones, series by series.

mod baseline;
mod derivative;
mod fourier;
mod gaps;
mod generated;
mod hitcount;
mod integral;
mod linear;
mod nulls;
mod powers;
mod round;
mod shift;
mod shift_by_metric;
mod slice;
mod slo;
mod smart_summarize;
mod summarize;
mod waves;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] = &[
    baseline::TABLE,
    derivative::TABLE,
    gaps::TABLE,
    generated::TABLE,
    hitcount::TABLE,
    integral::TABLE,
    linear::TABLE,
    nulls::TABLE,
    powers::TABLE,
    round::TABLE,
    shift::TABLE,
    shift_by_metric::TABLE,
    slice::TABLE,
    slo::TABLE,
    smart_summarize::TABLE,
    summarize::TABLE,
    waves::TABLE,
];

pub(super) use powers::power;
