//! Reducers: many values become one, down a column or across series.
//!
//! Invariant: missing values are skipped (unless the reducer says otherwise), sums run from left to right starting at
//! zero, ties keep the first value. These are the aggregation functions a user can name in a call.

use crate::folding::{Folding, drop_unknown};

/// A named aggregation function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reducer {
    Average,
    AverageZero,
    Count,
    Difference,
    Last,
    Max,
    Median,
    Min,
    Multiply,
    Range,
    Deviation,
    Sum,
}

/// Every name a call may use, in alphabetical order.
pub const REDUCER_NAMES: &[&str] = &[
    "average", "avg", "avg_zero", "count", "current", "diff", "last", "max", "median", "min", "multiply",
    "range", "rangeOf", "stddev", "sum", "total",
];

impl Reducer {
    /// The reducer of a name such as `avg` or `total`.
    pub(crate) fn parse(name: &str) -> Option<Reducer> {
        Some(match name {
            "average" | "avg" => Reducer::Average,
            "avg_zero" => Reducer::AverageZero,
            "count" => Reducer::Count,
            "diff" => Reducer::Difference,
            "last" | "current" => Reducer::Last,
            "max" => Reducer::Max,
            "median" => Reducer::Median,
            "min" => Reducer::Min,
            "multiply" => Reducer::Multiply,
            "range" | "rangeOf" => Reducer::Range,
            "stddev" => Reducer::Deviation,
            "sum" | "total" => Reducer::Sum,
            _ => return None,
        })
    }

    /// Whether the result shows without a fraction, given whether the values do: counts always, others where they only
    /// choose or add.
    pub(crate) fn keeps_integers(self, integral: bool) -> bool {
        let chooses =
            matches!(self, Reducer::Sum | Reducer::Min | Reducer::Max | Reducer::Last | Reducer::Difference);
        self == Reducer::Count || integral && chooses
    }

    /// Whether it can do with one column at a time.
    pub(crate) fn folds(self) -> bool {
        matches!(
            self,
            Reducer::Average | Reducer::Sum | Reducer::Count | Reducer::Max | Reducer::Min | Reducer::Last
        )
    }

    /// Reduces `values`; NaN if there is nothing to reduce.
    pub(crate) fn apply(self, values: &[f64]) -> f64 {
        let known = || values.iter().copied().filter(|value| !value.is_nan());
        let count = known().count();
        if self == Reducer::Count {
            return count as f64;
        }
        if values.is_empty() || (count == 0 && self != Reducer::AverageZero) {
            return f64::NAN;
        }
        let sum = || known().fold(0.0, |sum, value| sum + value);
        match self {
            Reducer::Average => sum() / count as f64,
            Reducer::AverageZero => sum() / values.len() as f64,
            Reducer::Count => count as f64,
            Reducer::Difference => {
                let mut known = known();
                let first = known.next().unwrap_or(f64::NAN);
                known.fold(0.0 + first, |difference, value| difference - value)
            }
            Reducer::Last => known().next_back().unwrap_or(f64::NAN),
            Reducer::Max => max(values),
            Reducer::Median => median(known().collect()),
            Reducer::Min => min(values),
            Reducer::Multiply if count < values.len() => f64::NAN,
            Reducer::Multiply => values.iter().skip(1).fold(values[0], |product, value| product * value),
            Reducer::Range => max(values) - min(values),
            Reducer::Deviation => {
                let mean = sum() / count as f64;
                let squares = known().fold(0.0, |sum, value| sum + (value - mean) * (value - mean));
                (squares / count as f64).sqrt()
            }
            Reducer::Sum => sum(),
        }
    }

    /// Reduces across columns: row `i` of the answer comes from value `i` of every column, shorter ones having none.
    /// A row needs a known value, and `x_files_factor` of the columns to know one.
    pub(crate) fn combine(self, columns: &[impl AsRef<[f64]>], x_files_factor: f64) -> Vec<f64> {
        if self.folds() {
            let mut folding = Folding::new(self);
            columns.iter().for_each(|column| folding.add(column.as_ref()));
            return folding.finish(x_files_factor);
        }
        let rows = columns.iter().map(|column| column.as_ref().len()).max().unwrap_or(0);
        let counts = count_known(columns, rows);
        let mut output = self.combine_rows(columns, rows);
        drop_unknown(&mut output, &counts, columns.len(), x_files_factor);
        output
    }

    fn combine_rows(self, columns: &[impl AsRef<[f64]>], rows: usize) -> Vec<f64> {
        let mut row = Vec::with_capacity(columns.len());
        (0..rows)
            .map(|at| {
                row.clear();
                row.extend(columns.iter().map(|column| column.as_ref().get(at).copied().unwrap_or(f64::NAN)));
                self.apply(&row)
            })
            .collect()
    }
}

fn count_known(columns: &[impl AsRef<[f64]>], rows: usize) -> Vec<u32> {
    let mut counts = vec![0_u32; rows];
    for column in columns {
        for (count, value) in counts.iter_mut().zip(column.as_ref()) {
            *count += u32::from(!value.is_nan());
        }
    }
    counts
}

/// The largest known value; NaN without one.
pub(crate) fn max(values: &[f64]) -> f64 {
    values.iter().fold(f64::NAN, |best, &value| if value.is_nan() || value <= best { best } else { value })
}

/// The smallest known value; NaN without one.
pub(crate) fn min(values: &[f64]) -> f64 {
    values.iter().fold(f64::NAN, |best, &value| if value.is_nan() || value >= best { best } else { value })
}

fn median(mut values: Vec<f64>) -> f64 {
    sort(&mut values);
    let middle = values.len() / 2;
    match values.len() % 2 {
        0 => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    }
}

/// The value below which `percent` of the known values lie, by graphite-web's rank `percent / 100 × (count + 1)`. A rank
/// that no value has is the first's or the last's, where graphite-web fails.
pub(crate) fn percentile(values: &[f64], percent: f64, interpolate: bool) -> f64 {
    let ranks = Ranks::of(values);
    let (rank, fraction) = ranks.rank(percent, interpolate);
    let nearest = if rank < 0.0 { ranks.sorted.first() } else { ranks.sorted.last() };
    let nearest = nearest.copied().unwrap_or(f64::NAN);
    let value = ranks.at(rank).unwrap_or(nearest);
    if !interpolate || rank >= ranks.sorted.len() as f64 {
        return value;
    }
    let next = ranks.at_index(rank).unwrap_or(nearest);
    value + fraction * (next - value)
}

/// The percentile as [`percentile`] finds it; `None` if no value has its rank or none is known.
pub(crate) fn percentile_within(values: &[f64], percent: f64) -> Option<f64> {
    let ranks = Ranks::of(values);
    let (rank, _) = ranks.rank(percent, false);
    ranks.at(rank)
}

/// Known values by size. Ranks count from 1; rank 0 is the first as well, one too many the last, and negative ranks
/// count from the end, all as graphite-web's indexes happen to do.
struct Ranks {
    sorted: Vec<f64>,
}

impl Ranks {
    fn of(values: &[f64]) -> Ranks {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sort(&mut sorted);
        Ranks { sorted }
    }

    /// The rank of a percentile and what it exceeds that rank by.
    fn rank(&self, percent: f64, interpolate: bool) -> (f64, f64) {
        let exact = percent / 100.0 * (self.sorted.len() as f64 + 1.0);
        let (whole, fraction) = (exact.trunc(), exact - exact.trunc());
        (if interpolate { whole } else { whole + fraction.ceil() }, fraction)
    }

    fn at(&self, rank: f64) -> Option<f64> {
        let count = self.sorted.len() as f64;
        match rank {
            0.0 => self.at_index(0.0),
            rank if rank == count + 1.0 => self.at_index(count - 1.0),
            rank => self.at_index(rank - 1.0),
        }
    }

    /// The value at an index from 0, a negative one counting from the end.
    fn at_index(&self, index: f64) -> Option<f64> {
        let count = self.sorted.len() as f64;
        let position = if index < 0.0 { count + index } else { index };
        let inside = position >= 0.0 && position < count;
        inside.then(|| self.sorted.get(position as usize).copied()).flatten()
    }
}

/// Sorts known values by size. Equal ones, which are the two zeros, keep their order, as in Python.
pub(crate) fn sort(values: &mut [f64]) {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: f64 = f64::NAN;

    #[test]
    fn every_reducer_down_a_column() {
        let column = [GAP, 4.0, 1.0, 1.0];
        for (name, expected) in [
            ("average", 2.0),
            ("avg_zero", 1.5),
            ("count", 3.0),
            ("diff", 2.0),
            ("last", 1.0),
            ("max", 4.0),
            ("median", 1.0),
            ("min", 1.0),
            ("range", 3.0),
            ("stddev", 2.0_f64.sqrt()),
            ("sum", 6.0),
        ] {
            assert_eq!(Reducer::parse(name).unwrap().apply(&column), expected, "{name}");
        }
        assert!(Reducer::Multiply.apply(&column).is_nan());
        assert_eq!(Reducer::Multiply.apply(&column[1..]), 4.0);
        assert!(REDUCER_NAMES.iter().all(|name| Reducer::parse(name).is_some()));
    }

    #[test]
    fn nothing_reduces_to_nothing() {
        for name in REDUCER_NAMES {
            let reducer = Reducer::parse(name).unwrap();
            let empty = reducer.apply(&[]);
            assert!(if reducer == Reducer::Count { empty == 0.0 } else { empty.is_nan() }, "{name}");
        }
    }

    #[test]
    fn across_columns_equals_row_by_row() {
        let columns = [vec![1.0, GAP, 3.0, GAP], vec![2.0, 5.0, GAP], vec![-0.5, GAP, 1e300, GAP]];
        for name in REDUCER_NAMES {
            let reducer = Reducer::parse(name).unwrap();
            let fast = reducer.combine(&columns, 0.0);
            let slow = reducer.combine_rows(&columns, 4);
            for row in 0..3 {
                assert!(
                    fast[row] == slow[row] || fast[row].is_nan() && slow[row].is_nan(),
                    "{name} row {row}"
                );
            }
            assert!(fast[3].is_nan(), "{name}: no value, no row");
            assert!(reducer.combine(&columns, 0.5)[1].is_nan(), "{name}: one of three is not half");
        }
    }
}
