//! Owns the reading half of the engine's interface: find names, fetch columns, list tags.
//!
//! Invariant: a fetch sees one view; what it answers does not depend on flushes and merges going on meanwhile.

use std::ops::ControlFlow;
use std::sync::Arc;

use plumbago_protocol::{Aggregation, Glob, TagExpression};

use crate::Error;
use crate::catalog::KnownSeries;
use crate::engine::Engine;
use crate::index::{Found, TagValue};
use crate::policy::Archive;
use crate::read::{self, Cells, Selection, Sources};
use crate::view::View;

/// Which series a fetch is about.
#[derive(Debug, Clone)]
pub enum Selector {
    /// Untagged series by path.
    Glob(Glob),
    /// Tagged series by expressions that all must hold.
    Tags(Vec<TagExpression>),
    /// Exactly this series, tagged or not, by canonical name.
    Name(String),
}

/// What to fetch.
#[derive(Debug, Clone)]
pub struct FetchQuery {
    /// Which series.
    pub selector: Selector,
    /// Seconds since the epoch; slots after this one's are answered.
    pub from: i64,
    /// Seconds since the epoch; the slot that holds it is the last.
    pub until: i64,
    /// The moment from which retention is counted back.
    pub now: i64,
    /// More series than this are an error.
    pub series_max: usize,
    /// More slots than this, known or not, over all series, are an error; counted before anything is read.
    pub points_max: usize,
}

/// One series' answer.
#[derive(Debug, Clone)]
pub struct FetchedColumn {
    /// Canonical name.
    pub name: Arc<str>,
    /// Timestamp of the first value.
    pub start: i64,
    /// Seconds between values.
    pub step: i64,
    /// NaN where there is no point.
    pub values: Vec<f64>,
    /// How the series is rolled up.
    pub aggregation: Aggregation,
    /// The share of known points that a rolled-up point needs.
    pub x_files_factor: f32,
    /// The archive that answered, counted from the finest, and all archives.
    pub archive: usize,
    /// Every archive of the series, finest first.
    pub archives: Vec<Archive>,
}

/// A series and the slots of it to answer with.
type Selected = (KnownSeries, Selection);

/// One series' answer, shown for a moment.
#[derive(Debug, Clone, Copy)]
pub struct VisitedColumn<'a> {
    /// Canonical name.
    pub name: &'a Arc<str>,
    /// Timestamp of the first value.
    pub start: i64,
    /// Seconds between values.
    pub step: i64,
    /// NaN where there is no point.
    pub values: &'a [f64],
}

impl Engine {
    /// The columns of every series that `query` selects, by name in byte order.
    pub fn fetch(&self, query: &FetchQuery) -> Result<Vec<FetchedColumn>, Error> {
        let (selected, view) = self.selected(query)?;
        let columns = selected.iter().map(|(series, selection)| fetch_one(&view, series, selection));
        // This answer is a precise error; once the segment is set aside, the next is what is left.
        columns.collect::<Result<_, _>>().inspect_err(|fault| self.shared.note_damage(fault))
    }

    /// Shows `visit` the columns that `fetch` would answer, one after the other, until it breaks off. They are not
    /// kept: whoever sums ten thousand of them needs room for one.
    pub fn visit(
        &self,
        query: &FetchQuery,
        mut visit: impl FnMut(VisitedColumn<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let (selected, view) = self.selected(query)?;
        let sources = Sources::of(&view);
        let mut cells = Cells::default();
        for (series, selection) in &selected {
            let range = (selection.first, selection.end);
            cells = read::level::shown(cells, &sources, series, selection.level, range)
                .inspect_err(|fault| self.shared.note_damage(fault))?;
            let (start, step) = (cells.first, cells.step_secs);
            let column = VisitedColumn { name: &series.name, start, step, values: &cells.values };
            if visit(column).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// What to read for `query`, once it is known not to be too much.
    fn selected(&self, query: &FetchQuery) -> Result<(Vec<Selected>, Arc<View>), Error> {
        let select = |series: KnownSeries| {
            let selection = read::select(&series.policy, query.from, query.until, query.now)?;
            Some((series, selection))
        };
        let (series, view) = self.select(&query.selector, query.series_max)?;
        let selected: Vec<Selected> = series.into_iter().filter_map(select).collect();
        let points = selected.iter().fold(0u64, |sum, (series, selection)| {
            let step = series.policy.levels[selection.level].step_secs;
            sum.saturating_add(((selection.end - selection.first) / step) as u64)
        });
        if points > query.points_max as u64 {
            let (series, limit) = (selected.len(), query.points_max);
            return Err(Error::OverLimit(format!("{series} series have {points} points, more than {limit}")));
        }
        Ok((selected, view))
    }

    /// Facts of the selected series, by name in byte order, and the view they go with: a change of policy moves hot
    /// cells to segments before it changes the facts, and both are taken under the lock that it needs.
    pub(crate) fn select(
        &self,
        selector: &Selector,
        series_max: usize,
    ) -> Result<(Vec<KnownSeries>, Arc<View>), Error> {
        let catalog = self.shared.catalog.read();
        let limit = series_max.saturating_add(1);
        let ids = match selector {
            Selector::Glob(glob) => match glob.literal().filter(|name| name.contains(';')) {
                Some(tagged) => catalog.registry.get(tagged).into_iter().collect(),
                None => catalog.index.leaves(glob, limit),
            },
            Selector::Tags(expressions) => {
                let mut ids = catalog.index.select(expressions, limit)?;
                catalog.registry.sort_by_name(&mut ids);
                ids
            }
            Selector::Name(name) => catalog.registry.get(name).into_iter().collect(),
        };
        if ids.len() > series_max {
            return Err(Error::OverLimit(format!("more than {series_max} series match")));
        }
        let series = ids.into_iter().filter_map(|id| catalog.facts(id)).collect();
        Ok((series, self.shared.view()))
    }

    /// The nodes that match, leaves and branches, in byte order of their paths, at most `limit`.
    pub fn find(&self, glob: &Glob, limit: usize) -> Found {
        self.shared.catalog.read().index.find(glob, limit)
    }

    /// The names of the tagged series that every expression matches, sorted, at most `limit`.
    pub fn series_by_tag(&self, expressions: &[TagExpression], limit: usize) -> Result<Vec<Arc<str>>, Error> {
        let catalog = self.shared.catalog.read();
        let mut ids = catalog.index.select(expressions, usize::MAX)?;
        catalog.registry.sort_by_name(&mut ids);
        let names = ids.into_iter().filter_map(|id| catalog.registry.name(id));
        Ok(names.take(limit).map(Arc::from).collect())
    }

    /// The tags that start with `prefix`, sorted, at most `limit`; with `filter`, those of the series it selects.
    pub fn tags(&self, prefix: &str, filter: &[TagExpression], limit: usize) -> Result<Vec<String>, Error> {
        self.shared.catalog.read().index.tags(prefix, filter, limit)
    }

    /// The values of `tag` that start with `prefix`, sorted, at most `limit`; with `filter`, of the series it selects.
    pub fn tag_values(
        &self,
        tag: &str,
        prefix: &str,
        filter: &[TagExpression],
        limit: usize,
    ) -> Result<Vec<TagValue>, Error> {
        self.shared.catalog.read().index.tag_values(tag, prefix, filter, limit)
    }

    /// The names of all live series, in the order in which they were first seen, at most `limit`.
    pub fn names(&self, limit: usize) -> Vec<Arc<str>> {
        let catalog = self.shared.catalog.read();
        let names = catalog.registry.ids().filter_map(|id| catalog.registry.name(id));
        names.take(limit).map(Arc::from).collect()
    }
}

fn fetch_one(view: &View, series: &KnownSeries, selection: &Selection) -> Result<FetchedColumn, Error> {
    let policy = &series.policy;
    let range = (selection.first, selection.end);
    let cells = read::level::shown(Cells::default(), &Sources::of(view), series, selection.level, range)?;
    Ok(FetchedColumn {
        name: series.name.clone(),
        start: cells.first,
        step: cells.step_secs,
        values: cells.values,
        aggregation: policy.aggregation,
        x_files_factor: policy.x_files_factor as f32,
        archive: selection.level,
        archives: policy.levels.iter().map(|level| level.archive).collect(),
    })
}
