//! How a series wants to be drawn: what `color`, `dashed`, `secondYAxis` and their like note on it.
//!
//! Invariant: numbers only, no drawing; a note that makes no sense (a colour that is none) is kept as it was written, and
//! refused by whoever draws. Answers in numbers show none of it.

use std::sync::Arc;

/// The notes on one series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// The colour as it was written: a name, or `rrggbb`, with or without `#`.
    pub color: Option<Arc<str>>,
    /// Opacity, as it was written: 0 is invisible, 1 opaque.
    pub alpha: Option<f64>,
    /// Width of the line in pixels, as it was written.
    pub line_width: Option<f64>,
    /// Length of dashes in pixels, as it was written.
    pub dash_length: Option<f64>,
    /// Whether the scale on the right counts.
    pub second_y_axis: bool,
    /// Whether each value above zero is a line from bottom to top.
    pub as_infinite: bool,
    /// What is filled.
    pub fill: Fill,
}

/// Which space of a series is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fill {
    /// None, unless the picture as a whole asks for areas.
    #[default]
    Nothing,
    /// Between the series, which is a sum already, and the ones before it in its stack.
    Stack,
    /// None: it is the invisible edge of the band that ends at the next [`Fill::Band`].
    BandEdge,
    /// Between the last [`Fill::BandEdge`] and this series.
    Band,
}
