//! An aggregate over all series of plain reads, computed while they are read.
//!
//! Invariant: the answer is the one that reading everything first would give, down to the last bit; where this way cannot
//! promise that (series of different steps, nothing found, a read that others share), it answers nothing.

use std::ops::ControlFlow;

use crate::error::QueryError;
use crate::folding::Folding;
use crate::functions;
use crate::plan::PlannedCall;
use crate::reducer::Reducer;
use crate::series::{Grid, Series};
use crate::source::VisitedSeries;
use crate::tags::Tags;

use super::{Run, Scope};

/// What is known of the series seen so far.
struct Total {
    folding: Folding,
    grid: Option<Grid>,
    tags: Tags,
    points: usize,
}

impl Run<'_> {
    /// The series that `call` makes, if it is an aggregate that can be computed series by series.
    pub(super) fn total(&mut self, call: &PlannedCall, scope: &Scope) -> Result<Option<Series>, QueryError> {
        if self.keeps_origin {
            return Ok(None);
        }
        let Some((function, reads)) = call.total_of() else { return Ok(None) };
        let Some(folding) = Reducer::parse(function).and_then(Folding::new) else { return Ok(None) };
        let (from, until) = (scope.from, scope.until);
        if !reads.iter().all(|read| self.cache.is_unread(read, from, until)) {
            return Ok(None);
        }
        let mut total = Total { folding, grid: None, tags: Tags::default(), points: 0 };
        let mut expressions: Vec<&str> = Vec::new();
        for read in reads {
            let (before, mut flow) = (total.folding.columns(), ControlFlow::Continue(()));
            self.cache.visit(read, from, until, &mut |series| {
                flow = total.add(series);
                flow
            })?;
            if flow.is_break() || total.folding.columns() == before {
                return Ok(None);
            }
            expressions.push(&read.expression);
        }
        let Some(grid) = total.grid else { return Ok(None) };
        self.cache.charge(total.folding.columns(), total.points)?;
        let x_files_factor = scope.x_files_factor.unwrap_or(0.0);
        let values = total.folding.finish(x_files_factor);
        let grid = Grid { end: grid.end - (grid.end - grid.start).rem_euclid(grid.step), ..grid };
        let series = functions::total(function, &expressions.join(","), total.tags, grid, values);
        Ok(Some(Series { x_files_factor, ..series }))
    }
}

impl Total {
    /// Takes the next series, unless its step is another than those of the series before.
    fn add(&mut self, series: VisitedSeries<'_>) -> ControlFlow<()> {
        let own = Grid::of_column(series.start, series.step, series.values.len());
        match self.grid {
            None => (self.grid, self.tags) = (Some(own), Tags::of_name(series.name.clone())),
            Some(grid) if grid.step != own.step => return ControlFlow::Break(()),
            Some(grid) => {
                let (start, end) = (grid.start.min(own.start), grid.end.max(own.end));
                self.grid = Some(Grid { start, end, ..grid });
                self.tags.keep_common_with(series.name);
            }
        }
        self.folding.add(series.values);
        self.points = self.points.saturating_add(series.values.len());
        ControlFlow::Continue(())
    }
}
