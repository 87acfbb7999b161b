//! Functions that make one series out of several.

mod aggregate;
mod apply;
mod as_percent;
mod count_values;
mod divide;
mod group;
mod group_by;
mod heat_map;
mod join_tags;
mod lists;
mod map_reduce;
mod pairs;
mod percentile;
mod power;
mod quantile;
mod weighted;
mod wildcards;

pub(crate) use aggregate::total;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] = &[
    aggregate::TABLE,
    apply::TABLE,
    as_percent::TABLE,
    count_values::TABLE,
    divide::TABLE,
    group::TABLE,
    group_by::TABLE,
    heat_map::TABLE,
    join_tags::TABLE,
    lists::TABLE,
    map_reduce::TABLE,
    percentile::TABLE,
    power::TABLE,
    quantile::TABLE,
    weighted::TABLE,
    wildcards::TABLE,
];
