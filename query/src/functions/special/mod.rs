//! Functions that fit in no other group.

mod changed;
mod consolidate;
mod events;
mod fallback;
mod random_walk;
mod series_by_tag;

use crate::functions::{Descriptor, alias, graph};

pub(super) static FAMILIES: &[&[Descriptor]] = &[
    alias::SUBSTR,
    changed::TABLE,
    consolidate::TABLE,
    events::TABLE,
    fallback::TABLE,
    graph::CONSTANT_LINE,
    random_walk::TABLE,
    series_by_tag::TABLE,
];
