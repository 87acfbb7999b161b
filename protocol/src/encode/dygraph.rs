//! Series for the Dygraphs library: `{"labels":["Time",name,…],"data":[[time in ms,value,…],…]}`.
//!
//! Owns that table. Invariant: a row holds what every series has at its time, `null` where it has nothing. Series of
//! different steps share rows only where their times meet, so that most cells may be empty: their number is bounded.

use super::json::{push_integer, push_json_number};
use super::{Layout, SeriesList, SeriesView};
use crate::limits;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

/// Cells that are written before the length of a piece is looked at again.
const CELLS_AT_ONCE: usize = 4096;

/// Series as Dygraphs reads them.
#[derive(Debug)]
pub struct Dygraph {
    rows: Rows,
}

/// The times of the rows.
#[derive(Debug)]
enum Rows {
    /// There is no series at all.
    None,
    /// Those of every series.
    Shared { count: usize },
    /// Those of any series, in order.
    Union(Vec<i64>),
}

/// Why series cannot share a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyCells {
    /// How many there would be, at least.
    pub cells: usize,
}

impl fmt::Display for TooManyCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cells, cells_max) = (self.cells, limits::DYGRAPH_CELLS_MAX);
        write!(f, "series of different steps would share a table of {cells} cells or more, over {cells_max}")
    }
}

impl std::error::Error for TooManyCells {}

impl Dygraph {
    /// The table of these series.
    ///
    /// # Errors
    /// They have different times, and all of them together are too many.
    pub fn new(list: &dyn SeriesList) -> Result<Dygraph, TooManyCells> {
        let mut all = (0..list.count()).map(|number| list.series(number));
        let Some(first) = all.next() else {
            return Ok(Dygraph { rows: Rows::None });
        };
        let mut count = first.values.len();
        let is_shared = all.all(|one| {
            count = count.max(one.values.len());
            (one.start, one.step) == (first.start, first.step)
        });
        if is_shared {
            return Ok(Dygraph { rows: Rows::Shared { count } });
        }
        let mut times = BTreeSet::new();
        for series in (0..list.count()).map(|number| list.series(number)) {
            times.extend((0..series.values.len()).map(|position| series.time(position)));
            let cells = times.len().saturating_mul(list.count());
            if cells > limits::DYGRAPH_CELLS_MAX {
                return Err(TooManyCells { cells });
            }
        }
        Ok(Dygraph { rows: Rows::Union(times.into_iter().collect()) })
    }
}

impl Layout for Dygraph {
    fn sections(&self, _list: &dyn SeriesList) -> usize {
        1
    }

    fn items_at_once(&self, list: &dyn SeriesList) -> usize {
        CELLS_AT_ONCE / list.count().max(1)
    }

    fn open(&mut self, list: &dyn SeriesList, _section: usize, out: &mut Vec<u8>) -> usize {
        let rows = match &self.rows {
            Rows::None => {
                out.push(b'{');
                return 0;
            }
            Rows::Shared { count } => *count,
            Rows::Union(times) => times.len(),
        };
        out.extend_from_slice(b"{\"labels\":[\"Time\"");
        for number in 0..list.count() {
            out.push(b',');
            list.series(number).target.push_json(out);
        }
        out.extend_from_slice(b"],\"data\":[");
        rows
    }

    fn items(&mut self, list: &dyn SeriesList, _section: usize, range: Range<usize>, out: &mut Vec<u8>) {
        for row in range {
            let time = match &self.rows {
                Rows::Union(times) => times.get(row).copied(),
                _ => (list.count() > 0).then(|| list.series(0).time(row)),
            };
            let Some(time) = time else { break };
            out.extend_from_slice(if row > 0 { b",[" } else { b"[" });
            push_integer(out, time.saturating_mul(1000));
            for number in 0..list.count() {
                out.push(b',');
                push_json_number(out, value_at(&list.series(number), time));
            }
            out.push(b']');
        }
    }

    fn close(&mut self, _list: &dyn SeriesList, _section: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(if matches!(self.rows, Rows::None) { b"}" } else { b"]}" });
    }
}

/// The value that a series has at exactly this time.
fn value_at(series: &SeriesView<'_>, time: i64) -> f64 {
    let (seconds, step) = (time.saturating_sub(series.start), series.step.max(1));
    let position = usize::try_from(seconds / step).ok().filter(|_| seconds >= 0 && seconds % step == 0);
    position.and_then(|position| series.values.get(position)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, minutes, written_text};
    use super::*;

    fn table(series: &[SeriesView<'_>]) -> String {
        let list = Fixture(series.iter().map(|one| (*one, Vec::new())).collect());
        written_text(|| Dygraph::new(&list).unwrap(), series)
    }

    #[test]
    fn a_row_for_every_time() {
        assert_eq!(table(&[]), "{}");
        let (a, b) = (minutes("a\"", 60, &[f64::NAN, 2.5]), minutes("b", 60, &[1.0, f64::INFINITY]));
        assert_eq!(
            table(&[a, b]),
            "{\"labels\":[\"Time\",\"a\\\"\",\"b\"],\"data\":[[60000,null,1.0],[120000,2.5,null]]}"
        );
    }

    #[test]
    fn other_steps_meet_where_they_can() {
        let mut fine = minutes("fine", 60, &[1.0, 2.0, 3.0]);
        fine.step = 30;
        let coarse = minutes("coarse", 60, &[10.0, 20.0]);
        assert_eq!(
            table(&[coarse, fine]),
            "{\"labels\":[\"Time\",\"coarse\",\"fine\"],\"data\":[[60000,10.0,1.0],[90000,null,2.0],[120000,20.0,3.0]]}"
        );
    }

    #[test]
    fn a_table_of_nearly_nothing_is_refused() {
        let values = vec![1.0; 5000];
        let series: Vec<_> = (0..200).map(|start| (minutes("a", start, &values), Vec::new())).collect();
        let fault = Dygraph::new(&Fixture(series)).unwrap_err();
        assert!(fault.to_string().contains("cells"), "{fault}");
    }
}
