//! Reducing columns one by one, each seen once: what an aggregate over ten thousand series needs in memory is one of them.
//!
//! Invariant: each row is folded column after column, which is the order in which it would be read: sums are those of
//! graphite-web to the last digit. Reducers that need all values of a row at once are not folded.

use crate::reducer::Reducer;

/// A reduction under way.
pub(crate) struct Folding {
    reducer: Reducer,
    rows: Vec<f64>,
    /// How many columns know each row, but for the whole ones.
    known: Vec<u32>,
    /// Columns that know every row, and are not counted in each.
    whole: u32,
    columns: usize,
}

impl Folding {
    /// A reduction of no columns yet; `reducer` is one that folds.
    pub(crate) fn new(reducer: Reducer) -> Folding {
        debug_assert!(reducer.folds());
        Folding { reducer, rows: Vec::new(), known: Vec::new(), whole: 0, columns: 0 }
    }

    /// Takes the next column; one that is shorter than others has no values in the rows behind its end.
    pub(crate) fn add(&mut self, column: &[f64]) {
        self.columns += 1;
        if column.len() > self.rows.len() {
            let start = match self.reducer {
                Reducer::Max | Reducer::Min | Reducer::Last => f64::NAN,
                _ => 0.0,
            };
            // What was whole lacks the new rows.
            self.count_whole();
            self.rows.resize(column.len(), start);
            self.known.resize(column.len(), 0);
        }
        let has_gap = column.iter().fold(false, |has_gap, value| has_gap | value.is_nan());
        if column.len() == self.rows.len() && !has_gap {
            self.whole += 1;
        } else {
            for (known, value) in self.known.iter_mut().zip(column) {
                *known += u32::from(!value.is_nan());
            }
        }
        let rows = &mut self.rows;
        match self.reducer {
            Reducer::Max => fold(rows, column, |best, value| if value <= best { best } else { value }),
            Reducer::Min => fold(rows, column, |best, value| if value >= best { best } else { value }),
            Reducer::Last => fold(rows, column, |_, value| value),
            Reducer::Count => {}
            _ => fold(rows, column, |sum, value| sum + value),
        }
    }

    /// Counts the whole columns in each row.
    fn count_whole(&mut self) {
        let whole = std::mem::take(&mut self.whole);
        self.known.iter_mut().for_each(|known| *known += whole);
    }

    /// The rows; NaN where none of the columns has a value, or fewer than a share of `x_files_factor`.
    pub(crate) fn finish(mut self, x_files_factor: f64) -> Vec<f64> {
        self.count_whole();
        let pairs = self.rows.iter_mut().zip(&self.known);
        match self.reducer {
            Reducer::Average => pairs.for_each(|(sum, known)| *sum /= f64::from(*known)),
            Reducer::Count => pairs.for_each(|(row, known)| *row = f64::from(*known)),
            _ => {}
        }
        drop_unknown(&mut self.rows, &self.known, self.columns, x_files_factor);
        self.rows
    }
}

/// Folds the known values of a column into the rows.
fn fold(rows: &mut [f64], column: &[f64], fold: impl Fn(f64, f64) -> f64) {
    for (row, value) in rows.iter_mut().zip(column) {
        *row = if value.is_nan() { *row } else { fold(*row, *value) };
    }
}

/// Makes those rows NaN that too few of `columns` know: a row needs a known value, and `x_files_factor` of the columns
/// to know one.
pub(crate) fn drop_unknown(rows: &mut [f64], known: &[u32], columns: usize, x_files_factor: f64) {
    for (row, known) in rows.iter_mut().zip(known) {
        if *known == 0 || f64::from(*known) / (columns as f64) < x_files_factor {
            *row = f64::NAN;
        }
    }
}
