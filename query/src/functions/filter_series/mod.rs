//! Functions that keep some series and drop others.

mod compare;
mod deviant;
mod extreme;
mod join;
mod names;
mod percentile;
mod presence;
mod top;
mod tukey;
mod use_above;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] = &[
    compare::TABLE,
    deviant::TABLE,
    extreme::TABLE,
    join::TABLE,
    names::TABLE,
    percentile::TABLE,
    presence::TABLE,
    top::TABLE,
    tukey::TABLE,
    use_above::TABLE,
];
