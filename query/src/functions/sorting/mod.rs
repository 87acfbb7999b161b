//! Functions that order series.

mod sort;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] = &[sort::TABLE];

pub(super) use sort::{Order, sort_by, sort_by_key};
