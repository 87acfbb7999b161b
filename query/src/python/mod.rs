//! The corners of Python that are visible in Graphite's answers: how numbers are written into names, how values are
//! rounded, and what a regular expression means.
//!
//! Invariant: for every finite number the text produced here equals what CPython 3.11 prints. Nothing here knows of series.

mod number;
mod power;
mod regex;
mod round;

pub(crate) use number::{general, representation, truncated};
pub(crate) use power::{raise, square};
pub(crate) use regex::{Pattern, Template};
pub(crate) use round::round_decimals;
