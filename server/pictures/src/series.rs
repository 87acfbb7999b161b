//! The series of a picture, and marks that belong to none.

use std::sync::Arc;

use plumbago_query::{Consolidation, Drawing};

/// A series to draw.
#[derive(Clone, Debug)]
pub struct Series {
    /// The name for the legend.
    pub name: Arc<str>,
    /// Time of the first value, in seconds since the epoch.
    pub start: i64,
    /// Distance of two values in seconds; less than 1 counts as 1.
    pub step: i64,
    /// The values; NaN and infinities are missing ones.
    pub values: Vec<f64>,
    /// How values that share a pixel become one.
    pub consolidation: Consolidation,
    /// The share of known values that such a one needs.
    pub x_files_factor: f64,
    /// How it wants to be drawn.
    pub drawing: Drawing,
}

impl From<plumbago_query::Series> for Series {
    fn from(series: plumbago_query::Series) -> Series {
        Series {
            name: series.name,
            start: series.start,
            step: series.step.max(1),
            values: series.values,
            consolidation: series.consolidation,
            x_files_factor: series.x_files_factor,
            drawing: series.drawing,
        }
    }
}

impl Series {
    /// Whether no value is known.
    pub(crate) fn is_empty(&self) -> bool {
        !self.values.iter().any(|value| value.is_finite())
    }
}

/// A value to compare series with: a dashed line across the picture, with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Where it lies.
    pub value: f64,
    /// What is written beside it; may be empty.
    pub label: String,
}

/// What is drawn behind and above the series.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Marks {
    pub(crate) thresholds: Vec<Threshold>,
    /// Times, from and until, that are shaded.
    pub(crate) shaded: Vec<(i64, i64)>,
}
