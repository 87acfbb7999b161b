//! Bringing series of different steps onto one grid.
//!
//! Invariant: every series is consolidated in chunks from its own first value and rows are zipped by position, not by
//! time; this is what graphite-web does, and what totals on existing dashboards show.

use std::borrow::Cow;

use crate::error::QueryError;
use crate::series::{Grid, Series};

/// The grid of several series: the least common multiple of their steps over all of their ranges.
///
/// # Errors
/// The steps have no common multiple that 64 bits hold. `None` without any series.
pub(crate) fn common_grid<'a>(
    series: impl IntoIterator<Item = &'a Series>,
) -> Result<Option<Grid>, QueryError> {
    let mut common: Option<Grid> = None;
    for one in series {
        common = Some(match common {
            None => one.grid(),
            Some(grid) => Grid {
                start: grid.start.min(one.start),
                end: grid.end.max(one.end),
                step: least_common_multiple(grid.step, one.step)?,
            },
        });
    }
    Ok(common.map(|grid| Grid { end: grid.end - (grid.end - grid.start).rem_euclid(grid.step), ..grid }))
}

/// The columns of `series`, each consolidated to `grid`'s step.
pub(crate) fn columns<'a>(series: impl IntoIterator<Item = &'a Series>, grid: Grid) -> Vec<Cow<'a, [f64]>> {
    series.into_iter().map(|one| one.consolidated(grid.step / one.step.max(1))).collect()
}

fn least_common_multiple(a: i64, b: i64) -> Result<i64, QueryError> {
    if a == b {
        return Ok(a);
    }
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x.max(1)).checked_mul(b).ok_or_else(|| {
        QueryError::bad_request(format!("the steps {a} s and {b} s have no common multiple in range"))
    })
}
