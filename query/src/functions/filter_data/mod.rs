//! Functions that drop values from series.

mod remove;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] = &[remove::TABLE];
