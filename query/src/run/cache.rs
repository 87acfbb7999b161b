//! Fetched columns, each read once and handed over to its last user without a copy.
//!
//! Invariant: what a request reads in total stays within its limits, however many targets share it.

use std::collections::HashMap;
use std::ops::ControlFlow;

use plumbago_protocol::Glob;

use crate::error::QueryError;
use crate::plan::{Fetch, FetchKey, Needed};
use crate::source::{FetchRequest, FetchedSeries, Selection, Source, VisitedSeries};

use super::Limits;

pub(super) struct Cache<'a> {
    source: &'a dyn Source,
    now: i64,
    series_left: usize,
    points_left: usize,
    entries: HashMap<Key, Entry>,
}

type Key = (std::sync::Arc<str>, i64, i64);

struct Entry {
    series: Vec<FetchedSeries>,
    uses_left: usize,
}

impl<'a> Cache<'a> {
    pub(super) fn new(source: &'a dyn Source, now: i64, limits: Limits) -> Cache<'a> {
        Cache {
            source,
            now,
            series_left: limits.series_max,
            points_left: limits.points_max,
            entries: HashMap::new(),
        }
    }

    /// The store itself.
    pub(super) fn source(&self) -> &'a dyn Source {
        self.source
    }

    /// Reads what a plan needs.
    pub(super) fn fill(&mut self, key: FetchKey, needed: &Needed) -> Result<(), QueryError> {
        let series = self.read(&needed.selection, key.from, key.until)?;
        self.entries.insert((key.expression, key.from, key.until), Entry { series, uses_left: needed.uses });
        Ok(())
    }

    /// The columns of one fetch, from the cache or, for a range that only the data told, from the store.
    pub(super) fn take(
        &mut self,
        fetch: &Fetch,
        from: i64,
        until: i64,
    ) -> Result<Vec<FetchedSeries>, QueryError> {
        let key = (fetch.expression.clone(), from, until);
        let Some(entry) = self.entries.get_mut(&key) else {
            return match &fetch.selection {
                Some(selection) => self.read(selection, from, until),
                None => Ok(Vec::new()),
            };
        };
        entry.uses_left = entry.uses_left.saturating_sub(1);
        if entry.uses_left > 0 {
            return Ok(entry.series.clone());
        }
        Ok(self.entries.remove(&key).map(|entry| entry.series).unwrap_or_default())
    }

    /// Whether a fetch was not read ahead, so that its columns can be visited.
    pub(super) fn is_unread(&self, fetch: &Fetch, from: i64, until: i64) -> bool {
        let key = (fetch.expression.clone(), from, until);
        fetch.selection.is_some() && !self.entries.contains_key(&key)
    }

    /// Shows `visit` the columns of one fetch until it breaks off. They are not counted against the request's limits
    /// until they are charged.
    pub(super) fn visit(
        &self,
        fetch: &Fetch,
        from: i64,
        until: i64,
        visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>,
    ) -> Result<(), QueryError> {
        match &fetch.selection {
            Some(selection) => Ok(self.source.visit(&self.request(selection, from, until), visit)?),
            None => Ok(()),
        }
    }

    fn request(&self, selection: &Selection, from: i64, until: i64) -> FetchRequest {
        FetchRequest {
            selection: selection.clone(),
            from,
            until,
            now: self.now,
            series_max: self.series_left,
            points_max: self.points_left,
        }
    }

    fn read(
        &mut self,
        selection: &Selection,
        from: i64,
        until: i64,
    ) -> Result<Vec<FetchedSeries>, QueryError> {
        let request = self.request(selection, from, until);
        let mut series = self.source.fetch(&request)?;
        if let (true, Some(dotted)) = (series.is_empty(), with_dots(selection)) {
            series = self.source.fetch(&FetchRequest { selection: dotted, ..request })?;
        }
        let points: usize = series.iter().map(|one| one.values.len()).sum();
        self.charge(series.len(), points)?;
        Ok(series)
    }

    /// Counts what was read against the limits of the request.
    pub(super) fn charge(&mut self, series: usize, points: usize) -> Result<(), QueryError> {
        let left = (self.series_left.checked_sub(series), self.points_left.checked_sub(points));
        let (Some(series_left), Some(points_left)) = left else {
            return Err(QueryError::over_limit(format!(
                "the request reads {series} more series and {points} more points than the {} series and {} points left of its limits",
                self.series_left, self.points_left
            )));
        };
        (self.series_left, self.points_left) = (series_left, points_left);
        Ok(())
    }
}

/// A path written with slashes, as Graphite's folders allow: tried with dots once nothing has the name as written.
fn with_dots(selection: &Selection) -> Option<Selection> {
    match selection {
        Selection::Pattern(glob) if glob.text().contains('/') && !glob.text().contains(';') => {
            Glob::parse(&glob.text().replace('/', ".")).ok().map(Selection::Pattern)
        }
        _ => None,
    }
}
