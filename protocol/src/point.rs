//! A point as it comes from an agent, checked.
//!
//! Owns the type that every receiver yields. Its invariant: the name is canonical, the value is finite, the timestamp
//! is between 0 and [`crate::limits::TIMESTAMP_SECONDS_MAX`].

use std::borrow::Cow;

/// One received point.
#[derive(Clone, Debug, PartialEq)]
pub struct Point<'a> {
    /// The metric's canonical name, borrowed from the input unless it had to be changed.
    pub name: Cow<'a, str>,
    /// A finite value.
    pub value: f64,
    /// Seconds since the epoch.
    pub timestamp: i64,
}
