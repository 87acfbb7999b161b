//! Functions that rename series.

mod base64;
mod cacti;
mod legend;
mod letter_case;
mod nodes;
mod rename;
mod units;

use crate::functions::Descriptor;

pub(super) static FAMILIES: &[&[Descriptor]] =
    &[base64::TABLE, cacti::TABLE, legend::TABLE, letter_case::TABLE, nodes::TABLE, rename::TABLE];

pub(super) use nodes::SUBSTR;
pub(super) use rename::substitution;
