//! Owns the reading half of the engine's interface: find names, fetch columns, list tags.
//!
//! Invariant: a fetch sees one view; what it answers does not depend on flushes and merges going on meanwhile.

use std::sync::Arc;

use plumbago_protocol::{Aggregation, Glob, TagExpression, limits};

use crate::Error;
use crate::catalog::{Catalog, KnownSeries};
use crate::engine::Engine;
use crate::index::{Found, TagValue};
use crate::policy::Archive;
use crate::read;
use crate::reading::{Reading, points_of};
use crate::view::View;

/// From how many series it is estimated how many points all of them have, where they are too many.
const SAMPLE_SERIES: usize = 1000;

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
    ///
    /// # Errors
    /// As for [`Engine::reading`]; more points than the query wants at most; the store's fault.
    pub fn fetch(&self, query: &FetchQuery) -> Result<Vec<FetchedColumn>, Error> {
        let reading = self.reading(query)?;
        let (series, points, limit) = (reading.series_count(), reading.points(), query.points_max);
        if points > limit as u64 {
            return Err(Error::OverLimit(format!("{series} series have {points} points, more than {limit}")));
        }
        reading.fetch(0..series)
    }

    /// What `query` selects, before anything is read; how many points that would be is for the caller to judge.
    ///
    /// # Errors
    /// A wrong tag expression; more series than the query wants at most, with what reading them would take.
    pub fn reading(&self, query: &FetchQuery) -> Result<Reading, Error> {
        let catalog = self.shared.catalog.read();
        let ids = select_ids(&catalog, &query.selector, limits::QUERY_SERIES_MAX.max(query.series_max))?;
        let selected = |series: KnownSeries| {
            let selection = read::select(&series.policy, query.from, query.until, query.now)?;
            Some((series, selection))
        };
        if ids.len() > query.series_max {
            let sample = ids.iter().take(SAMPLE_SERIES).filter_map(|id| selected(catalog.facts(*id)?));
            let sampled = points_of(&sample.collect::<Vec<_>>()) as f64;
            let points = sampled * (ids.len() as f64 / ids.len().min(SAMPLE_SERIES) as f64);
            return Err(Error::TooManySeries {
                series: ids.len(),
                points: points as u64,
                series_max: query.series_max,
            });
        }
        let selected = ids.into_iter().filter_map(|id| selected(catalog.facts(id)?)).collect();
        // A change of policy moves hot cells to segments before it changes the facts: the view is taken under the
        // lock that it needs.
        let view = self.shared.view();
        drop(catalog);
        Ok(Reading::new(self.shared.clone(), view, selected))
    }

    /// Facts of all selected series, by name in byte order, and the view they go with: a change of policy moves hot
    /// cells to segments before it changes the facts, and both are taken under the lock that it needs.
    pub(crate) fn select(&self, selector: &Selector) -> Result<(Vec<KnownSeries>, Arc<View>), Error> {
        let catalog = self.shared.catalog.read();
        let ids = select_ids(&catalog, selector, usize::MAX)?;
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

/// The ids of the selected series, by name in byte order, at most `limit`.
fn select_ids(catalog: &Catalog, selector: &Selector, limit: usize) -> Result<Vec<u32>, Error> {
    Ok(match selector {
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
    })
}
