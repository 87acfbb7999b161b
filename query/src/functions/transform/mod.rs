//! Functions that compute new values from old ones, series by series.

mod derivative;
mod gaps;
mod generated;
mod hitcount;
mod integral;
mod linear;
mod nulls;
mod powers;
mod round;
mod shift;
mod slice;
mod smart_summarize;
mod summarize;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] = &[
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
    slice::TABLE,
    smart_summarize::TABLE,
    summarize::TABLE,
];

pub(super) use powers::power;
