//! Consolidation: several neighbouring values become one point.
//!
//! Invariant: sums run from left to right starting at zero, and a short last chunk is judged as if it were full, both as
//! graphite-web does. Nothing here knows of time.

use std::fmt;

use plumbago_protocol::Aggregation;

/// How several values become one point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consolidation {
    /// The mean of the known values.
    #[default]
    Average,
    /// The mean, missing values counting as zero.
    AverageZero,
    /// The sum.
    Sum,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The first known value.
    First,
    /// The last known value.
    Last,
    /// The value farthest from zero, with its sign.
    AbsMax,
    /// The value nearest to zero, with its sign.
    AbsMin,
}

impl Consolidation {
    /// Whether integers may become fractions.
    pub(crate) fn divides(self) -> bool {
        matches!(self, Consolidation::Average | Consolidation::AverageZero)
    }
}

impl From<Aggregation> for Consolidation {
    /// What a store does to roll a series up, done to show fewer points of it.
    fn from(aggregation: Aggregation) -> Consolidation {
        match aggregation {
            Aggregation::Average => Consolidation::Average,
            Aggregation::Sum => Consolidation::Sum,
            Aggregation::Min => Consolidation::Min,
            Aggregation::Max => Consolidation::Max,
            Aggregation::Last => Consolidation::Last,
            Aggregation::AvgZero => Consolidation::AverageZero,
            Aggregation::AbsMax => Consolidation::AbsMax,
            Aggregation::AbsMin => Consolidation::AbsMin,
        }
    }
}

impl Consolidation {
    /// The method of a name as `consolidateBy` takes it.
    pub fn parse(name: &str) -> Option<Consolidation> {
        Some(match name {
            "average" | "avg" => Consolidation::Average,
            "avg_zero" => Consolidation::AverageZero,
            "sum" => Consolidation::Sum,
            "min" => Consolidation::Min,
            "max" => Consolidation::Max,
            "first" => Consolidation::First,
            "last" => Consolidation::Last,
            "absmax" => Consolidation::AbsMax,
            "absmin" => Consolidation::AbsMin,
            _ => return None,
        })
    }

    /// The name, as `consolidateBy` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Consolidation::Average => "average",
            Consolidation::AverageZero => "avg_zero",
            Consolidation::Sum => "sum",
            Consolidation::Min => "min",
            Consolidation::Max => "max",
            Consolidation::First => "first",
            Consolidation::Last => "last",
            Consolidation::AbsMax => "absmax",
            Consolidation::AbsMin => "absmin",
        }
    }

    /// One point for every `chunk` values, in their order; the last chunk may be short. Missing values are NaN, and so is a
    /// point of which less than the share `x_files_factor` is known. A `chunk` of 0 counts as 1.
    pub fn join(self, values: &[f64], chunk: usize, x_files_factor: f64) -> Vec<f64> {
        consolidate_chunks(values, chunk, self, x_files_factor)
    }

    /// One point from a chunk; NaN if fewer than `x_files_factor` of `slots` values are known.
    fn apply(self, chunk: &[f64], slots: usize, x_files_factor: f64) -> f64 {
        let known = chunk.iter().filter(|value| !value.is_nan()).count();
        if known == 0 || (known as f64 / slots as f64) < x_files_factor {
            return f64::NAN;
        }
        let mut values = chunk.iter().copied().filter(|value| !value.is_nan());
        match self {
            Consolidation::Average => values.fold(0.0, |sum, value| sum + value) / known as f64,
            Consolidation::AverageZero => values.fold(0.0, |sum, value| sum + value) / chunk.len() as f64,
            Consolidation::Sum => values.fold(0.0, |sum, value| sum + value),
            Consolidation::Min => {
                values.reduce(|best, value| if value < best { value } else { best }).unwrap_or(f64::NAN)
            }
            Consolidation::Max => {
                values.reduce(|best, value| if value > best { value } else { best }).unwrap_or(f64::NAN)
            }
            Consolidation::First => values.next().unwrap_or(f64::NAN),
            Consolidation::Last => values.next_back().unwrap_or(f64::NAN),
            Consolidation::AbsMax => values
                .reduce(|best, value| if value.abs() > best.abs() { value } else { best })
                .unwrap_or(f64::NAN),
            Consolidation::AbsMin => values
                .reduce(|best, value| if value.abs() < best.abs() { value } else { best })
                .unwrap_or(f64::NAN),
        }
    }
}

impl fmt::Display for Consolidation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One point for every `chunk` values; the last chunk may be short. `chunk` is at least 1.
pub(crate) fn consolidate_chunks(
    values: &[f64],
    chunk: usize,
    by: Consolidation,
    x_files_factor: f64,
) -> Vec<f64> {
    let chunk = chunk.max(1);
    values.chunks(chunk).map(|part| by.apply(part, chunk, x_files_factor)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: f64 = f64::NAN;

    #[test]
    fn a_short_last_chunk_is_judged_as_if_full() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(consolidate_chunks(&values, 2, Consolidation::Average, 0.0), [1.5, 3.5, 5.0]);
        assert!(consolidate_chunks(&values, 2, Consolidation::Average, 0.6)[2].is_nan());
    }

    #[test]
    fn every_method_skips_missing_values() {
        let values = [GAP, 3.0, 1.0, GAP];
        for (by, expected) in [
            (Consolidation::Average, 2.0),
            (Consolidation::AverageZero, 1.0),
            (Consolidation::Sum, 4.0),
            (Consolidation::Min, 1.0),
            (Consolidation::Max, 3.0),
            (Consolidation::First, 3.0),
            (Consolidation::Last, 1.0),
            (Consolidation::AbsMax, 3.0),
            (Consolidation::AbsMin, 1.0),
        ] {
            assert_eq!(consolidate_chunks(&values, 4, by, 0.5), [expected], "{by}");
            assert!(consolidate_chunks(&values, 4, by, 0.51)[0].is_nan(), "{by}");
            assert!(consolidate_chunks(&[GAP], 4, by, 0.0)[0].is_nan(), "{by}");
            assert_eq!(Consolidation::parse(by.name()), Some(by));
        }
    }
}
