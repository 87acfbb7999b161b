//! YAML of which everything knows its place, for files that are read as files of rules are: with line and column of every
//! fault, the nearest key, and all faults at once.
//!
//! Invariant: no text makes reading panic, nest deeply or grow. What keys mean is known by whoever reads them.

pub use crate::files::{Faults, Fields, Key, Mark, Node, Text, TreeFault, Value, parse, text};
pub use crate::nearest::nearest;
