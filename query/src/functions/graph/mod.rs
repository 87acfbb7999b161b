//! Functions that say how a series is drawn, and lines that are drawn beside series.

mod area;
mod lines;
mod stacked;
mod style;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] = &[area::TABLE, lines::TABLE, stacked::TABLE, style::TABLE];

pub(super) use area::area_between;
pub(super) use lines::{CONSTANT_LINE, constant_series};
