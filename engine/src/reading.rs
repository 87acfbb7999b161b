//! Owns reading what a query has selected: how much it is is known before the first value is read.
//!
//! Invariant: all of it is read from the one view that was taken with the selection, in whatever parts and from however
//! many threads; the order is that of names.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use crate::Error;
use crate::catalog::KnownSeries;
use crate::fetch::{FetchedColumn, VisitedColumn};
use crate::read::{self, Cells, Selection, Sources};
use crate::shared::Shared;
use crate::view::View;

/// How many series ahead of the one that is read the memory of the next is asked for: the time that reading so many
/// takes is about what memory needs to answer.
const AHEAD: usize = 6;

/// A series and the slots of it to answer with.
type Selected = (KnownSeries, Selection);

/// Series that a query has selected, to be read.
pub struct Reading {
    shared: Arc<Shared>,
    view: Arc<View>,
    selected: Vec<Selected>,
    points: u64,
}

impl Reading {
    pub(crate) fn new(shared: Arc<Shared>, view: Arc<View>, selected: Vec<Selected>) -> Self {
        let points = points_of(&selected);
        Self { shared, view, selected, points }
    }

    /// How many series there are to read.
    pub fn series_count(&self) -> usize {
        self.selected.len()
    }

    /// How many slots, known or not, all of them have.
    pub fn points(&self) -> u64 {
        self.points
    }

    /// The times of the first series' values: from, until before, and the step between them; and the coarsest step of all
    /// series. Nothing without series.
    pub fn times(&self) -> Option<((i64, i64, i64), i64)> {
        let step = |(series, selection): &Selected| series.policy.levels[selection.level].step_secs;
        let first = self.selected.first()?;
        let coarsest = self.selected.iter().map(step).max()?;
        Some(((first.1.first, first.1.end, step(first)), coarsest))
    }

    /// The columns of those series that `range` counts, by name in byte order.
    ///
    /// # Errors
    /// The store's fault.
    pub fn fetch(&self, range: Range<usize>) -> Result<Vec<FetchedColumn>, Error> {
        let mut columns = Vec::with_capacity(range.len());
        self.each(range, |(series, selection), cells| {
            columns.push(fetched(series, selection, cells));
            ControlFlow::Continue(Cells::default())
        })?;
        Ok(columns)
    }

    /// Shows `visit` the columns that `fetch` would answer, one after the other, until it breaks off. They are not kept:
    /// whoever sums ten thousand of them needs room for one.
    ///
    /// # Errors
    /// The store's fault.
    pub fn visit(
        &self,
        range: Range<usize>,
        mut visit: impl FnMut(VisitedColumn<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.each(range, |(series, _), cells| {
            let (start, step) = (cells.first, cells.step_secs);
            match visit(VisitedColumn { name: &series.name, start, step, values: &cells.values }) {
                ControlFlow::Continue(()) => ControlFlow::Continue(cells),
                ControlFlow::Break(()) => ControlFlow::Break(()),
            }
        })
    }

    /// Reads series after series; `take` gives back the memory for the next one.
    fn each(
        &self,
        range: Range<usize>,
        mut take: impl FnMut(&Selected, Cells) -> ControlFlow<(), Cells>,
    ) -> Result<(), Error> {
        let sources = Sources::of(&self.view);
        let mut memory = Cells::default();
        let selected = self.selected.get(range).unwrap_or_default();
        for (at, one) in selected.iter().enumerate() {
            if let Some((series, selection)) = selected.get(at + AHEAD) {
                self.expect(series, selection);
            }
            let (series, selection) = one;
            let slots = (selection.first, selection.end);
            // This answer is a precise error; once the segment is set aside, the next is what is left.
            let cells = read::level::shown(memory, &sources, series, selection.level, slots)
                .inspect_err(|fault| self.shared.note_damage(fault))?;
            match take(one, cells) {
                ControlFlow::Continue(returned) => memory = returned,
                ControlFlow::Break(()) => break,
            }
        }
        Ok(())
    }

    /// Hints that `series` will be read soon.
    fn expect(&self, series: &KnownSeries, selection: &Selection) {
        let step_secs = series.policy.levels[selection.level].step_secs;
        for open in self.view.segments.overlapping(step_secs, selection.first, selection.end) {
            open.segment.expect(series.id);
        }
    }
}

/// How many slots `selected` have.
pub(crate) fn points_of(selected: &[Selected]) -> u64 {
    selected.iter().fold(0, |sum, (series, selection)| {
        let step = series.policy.levels[selection.level].step_secs;
        sum.saturating_add(((selection.end - selection.first) / step) as u64)
    })
}

fn fetched(series: &KnownSeries, selection: &Selection, cells: Cells) -> FetchedColumn {
    let policy = &series.policy;
    FetchedColumn {
        name: series.name.clone(),
        start: cells.first,
        step: cells.step_secs,
        values: cells.values,
        aggregation: policy.aggregation,
        x_files_factor: policy.x_files_factor as f32,
        archive: selection.level,
        archives: policy.levels.iter().map(|level| level.archive).collect(),
    }
}
