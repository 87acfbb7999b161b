//! An aggregate over all series of plain reads, or over each group of them, computed while they are read.
//!
//! Invariant: the answer is the one that reading everything first would give, down to the last bit; where this way cannot
//! promise that (series of different steps, nothing found, a read that others share), it answers nothing.

use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::error::QueryError;
use crate::folding::Folding;
use crate::functions::{self, Grouping};
use crate::plan::{Fetch, Fold, PlannedCall};
use crate::reducer::Reducer;
use crate::series::{Grid, Series};
use crate::source::VisitedSeries;
use crate::tags::Tags;

use super::cache::Unread;
use super::memory::{Held, column_bytes};
use super::{Run, Scope};

/// What is known of the series of one group seen so far.
struct Total {
    folding: Folding,
    grid: Option<Grid>,
    tags: Tags,
}

/// The groups seen so far, in the order of their first series; without a grouping there is one.
struct Totals<'h, 'a> {
    reducer: Reducer,
    grouping: Option<Grouping>,
    groups: Vec<(String, Total)>,
    positions: HashMap<String, usize>,
    /// The group of the series before: neighbours often go together.
    last: usize,
    key: String,
    held: &'h mut Held<'a>,
    fault: Option<QueryError>,
}

impl<'a> Run<'a> {
    /// The series that `call` makes, if it is an aggregate that can be computed series by series.
    pub(super) fn totals(
        &mut self,
        call: &PlannedCall,
        scope: &Scope,
    ) -> Result<Option<Vec<Series>>, QueryError> {
        if self.shared.keeps_origin {
            return Ok(None);
        }
        let Some(Fold { grouping, function, reducer, reads }) = call.fold() else { return Ok(None) };
        let Some(unread) = self.unread(&reads, scope)? else { return Ok(None) };
        let held = &mut self.held;
        let mut totals = Totals {
            reducer,
            grouping,
            groups: Vec::new(),
            positions: HashMap::new(),
            last: 0,
            key: String::new(),
            held,
            fault: None,
        };
        let mut flow = ControlFlow::Continue(());
        for one in &unread {
            self.shared.cache.visit(one, &mut |series| {
                flow = totals.add(series);
                flow
            })?;
            if flow.is_break() {
                break;
            }
        }
        if let Some(fault) = totals.fault {
            return Err(fault);
        }
        let (grouped, groups) = (totals.grouping.is_some(), totals.groups);
        if flow.is_break() {
            self.put_back(&reads, scope, unread);
            return Ok(None);
        }
        let expressions: Vec<&str> = reads.iter().map(|read| &*read.expression).collect();
        let expressions = expressions.join(",");
        let x_files_factor = scope.x_files_factor.unwrap_or(0.0);
        let series = groups.into_iter().filter_map(|(name, total)| {
            let mut one = total.finish(&function, &expressions, x_files_factor)?;
            one.integral = reducer == Reducer::Count;
            if grouped {
                one.name = name.into();
            }
            Some(one)
        });
        Ok(Some(series.collect()))
    }

    /// The series of all `reads`, if each of them selects some and none was read ahead.
    fn unread(&self, reads: &[&Fetch], scope: &Scope) -> Result<Option<Vec<Unread>>, QueryError> {
        let mut unread = Vec::with_capacity(reads.len());
        for read in reads {
            let found = self.shared.cache.unread(read, scope.from, scope.until)?;
            let is_usable = found.as_ref().is_some_and(|found| !found.is_empty());
            unread.extend(found);
            if !is_usable {
                self.put_back(reads, scope, unread);
                return Ok(None);
            }
        }
        Ok(Some(unread))
    }

    fn put_back(&self, reads: &[&Fetch], scope: &Scope, unread: Vec<Unread>) {
        for (read, unread) in reads.iter().zip(unread) {
            self.shared.cache.put_back(read, scope.from, scope.until, unread);
        }
    }
}

impl Totals<'_, '_> {
    /// Takes the next series, unless its step is another than those of its group's before.
    fn add(&mut self, series: VisitedSeries<'_>) -> ControlFlow<()> {
        match self.position(&series) {
            Ok(position) => self.groups[position].1.add(series),
            Err(fault) => {
                self.fault = Some(fault);
                ControlFlow::Break(())
            }
        }
    }

    fn position(&mut self, series: &VisitedSeries<'_>) -> Result<usize, QueryError> {
        self.key.clear();
        if let Some(grouping) = &self.grouping {
            grouping.push_key(series.name, &mut self.key);
        }
        if self.groups.get(self.last).is_some_and(|(key, _)| *key == self.key) {
            return Ok(self.last);
        }
        self.last = match self.positions.get(&self.key) {
            Some(position) => *position,
            None => self.begin(series)?,
        };
        Ok(self.last)
    }

    fn begin(&mut self, series: &VisitedSeries<'_>) -> Result<usize, QueryError> {
        let position = self.groups.len();
        // Sums, and beside them how many values each has.
        let points = (position + 1).saturating_mul(series.values.len()).saturating_mul(2);
        self.held.reserve(column_bytes(position + 1, points))?;
        let total = Total { folding: Folding::new(self.reducer), grid: None, tags: Tags::default() };
        self.positions.insert(self.key.clone(), position);
        self.groups.push((self.key.clone(), total));
        Ok(position)
    }
}

impl Total {
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
        ControlFlow::Continue(())
    }

    fn finish(self, function: &str, expressions: &str, x_files_factor: f64) -> Option<Series> {
        let grid = self.grid?;
        let values = self.folding.finish(x_files_factor);
        let grid = Grid { end: grid.end - (grid.end - grid.start).rem_euclid(grid.step), ..grid };
        let series = functions::total(function, expressions, self.tags, grid, values);
        Some(Series { x_files_factor, ..series })
    }
}
