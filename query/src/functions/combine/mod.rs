//! Functions that make one series out of several.

mod aggregate;
mod apply;
mod as_percent;
mod divide;
mod group;
mod group_by;
mod lists;
mod map_reduce;
mod percentile;
mod power;
mod weighted;
mod wildcards;

pub(crate) use aggregate::total;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] = &[
    aggregate::TABLE,
    apply::TABLE,
    as_percent::TABLE,
    divide::TABLE,
    group::TABLE,
    group_by::TABLE,
    lists::TABLE,
    map_reduce::TABLE,
    percentile::TABLE,
    power::TABLE,
    weighted::TABLE,
    wildcards::TABLE,
];
