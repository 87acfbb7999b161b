//! Functions that keep some series and drop others.

mod compare;
mod deviant;
mod extreme;
mod names;
mod percentile;
mod presence;
mod use_above;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] = &[
    compare::TABLE,
    deviant::TABLE,
    extreme::TABLE,
    names::TABLE,
    percentile::TABLE,
    presence::TABLE,
    use_above::TABLE,
];
