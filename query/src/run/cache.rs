//! The reads of a request: selected first, refused if they are too much, then read, each once.
//!
//! Invariant: what a request reads in total stays within its limits, however many targets share it; before the first
//! value is read it is known what all reads that a plan tells of come to. A column is handed over to its only user
//! without a copy.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use parking_lot::Mutex;
use plumbago_protocol::Glob;

use crate::cancel::Cancel;
use crate::error::QueryError;
use crate::helpers::Helpers;
use crate::plan::{Fetch, FetchKey, Needed};
use crate::render::RenderRequest;
use crate::source::{
    FetchRequest, FetchedSeries, Reading, Selection, Shape, Source, SourceError, VisitedSeries,
};

use super::Limits;
use super::columns;
use super::cost::Cost;
use super::memory::{Budget, Held};

pub(super) struct Cache<'a> {
    source: &'a dyn Source,
    helpers: &'a Helpers,
    cancel: &'a Cancel,
    limits: Limits,
    now: i64,
    entries: Mutex<HashMap<FetchKey, Entry>>,
    /// All that was selected so far.
    cost: Mutex<Cost>,
}

enum Entry {
    /// Selected, to be read series by series, or to be read when it is used.
    Selected(Box<dyn Reading>),
    /// Read, and charged to the budget; for one user, or for several.
    Read { series: Arc<Vec<FetchedSeries>>, is_shared: bool },
}

/// Series that are about to be read, and counted as such.
pub(super) struct Unread {
    reading: Box<dyn Reading>,
}

impl Unread {
    pub(super) fn is_empty(&self) -> bool {
        self.reading.series_count() == 0
    }
}

impl<'a> Cache<'a> {
    pub(super) fn new(source: &'a dyn Source, request: &'a RenderRequest) -> Cache<'a> {
        Cache {
            source,
            helpers: &request.helpers,
            cancel: &request.cancel,
            limits: request.limits,
            now: request.now,
            entries: Mutex::default(),
            cost: Mutex::default(),
        }
    }

    /// The store itself.
    pub(super) fn source(&self) -> &'a dyn Source {
        self.source
    }

    /// Reads what a plan needs, but what is read when it is used.
    pub(super) fn fill(
        &self,
        needed: impl Iterator<Item = (FetchKey, Needed)>,
        streams: bool,
        budget: &Budget,
    ) -> Result<(), QueryError> {
        let mut selected = Vec::new();
        let mut kept = Cost::default();
        for (key, needed) in needed {
            let reading = self.select(&needed.selection, key.from, key.until)?;
            if !(streams && needed.is_streamed()) {
                kept = kept.and(cost_of(&*reading));
            }
            selected.push((key, needed, reading));
        }
        // Each was within the limits by itself; nothing is read unless all of them are, together.
        let cost = *self.cost.lock();
        cost.check_memory(kept, &self.limits)?;
        budget.charge(kept.bytes())?;
        for (key, needed, reading) in selected {
            let entry = if streams && needed.is_streamed() {
                Entry::Selected(reading)
            } else {
                let series = Arc::new(columns::fetch(&*reading, self.helpers, self.cancel)?);
                Entry::Read { series, is_shared: needed.uses > 1 }
            };
            self.entries.lock().insert(key, entry);
        }
        Ok(())
    }

    /// How many points have been selected so far.
    pub(super) fn points(&self) -> usize {
        self.cost.lock().points
    }

    /// The columns of one fetch, read before or, for a range that only the data told, now.
    pub(super) fn take(
        &self,
        fetch: &Fetch,
        from: i64,
        until: i64,
        held: &mut Held<'_>,
    ) -> Result<Vec<FetchedSeries>, QueryError> {
        let Some(selection) = &fetch.selection else { return Ok(Vec::new()) };
        let key = FetchKey { expression: fetch.expression.clone(), from, until };
        let mut entries = self.entries.lock();
        let (shared, bytes) = match entries.get(&key) {
            Some(Entry::Read { series, is_shared: true }) => (series.clone(), bytes_of(series)),
            Some(_) => {
                let entry = entries.remove(&key);
                drop(entries);
                return match entry {
                    Some(Entry::Read { series, .. }) => {
                        held.take_over(bytes_of(&series));
                        Ok(Arc::unwrap_or_clone(series))
                    }
                    Some(Entry::Selected(reading)) => self.read(Unread { reading }, held),
                    None => Ok(Vec::new()),
                };
            }
            None => {
                drop(entries);
                let reading = self.select(selection, from, until)?;
                return self.read(Unread { reading }, held);
            }
        };
        drop(entries);
        held.reserve(bytes)?;
        let copy = shared.to_vec();
        held.add(bytes)?;
        Ok(copy)
    }

    /// The series of one fetch, if they have not been read ahead: then they can be visited.
    pub(super) fn unread(&self, fetch: &Fetch, from: i64, until: i64) -> Result<Option<Unread>, QueryError> {
        let Some(selection) = &fetch.selection else { return Ok(None) };
        let key = FetchKey { expression: fetch.expression.clone(), from, until };
        let mut entries = self.entries.lock();
        match entries.remove(&key) {
            Some(Entry::Selected(reading)) => Ok(Some(Unread { reading })),
            Some(read) => {
                entries.insert(key, read);
                Ok(None)
            }
            None => {
                drop(entries);
                Ok(Some(Unread { reading: self.select(selection, from, until)? }))
            }
        }
    }

    /// The times of the series of one fetch, if nobody has read or shall read them: then they are not needed any more.
    pub(super) fn shape(&self, fetch: &Fetch, from: i64, until: i64) -> Result<Option<Shape>, QueryError> {
        let Some(unread) = self.unread(fetch, from, until)? else { return Ok(None) };
        let shape = unread.reading.shape();
        if shape.is_none() {
            self.put_back(fetch, from, until, unread);
        }
        Ok(shape)
    }

    /// Takes back what could not be visited after all.
    pub(super) fn put_back(&self, fetch: &Fetch, from: i64, until: i64, unread: Unread) {
        let key = FetchKey { expression: fetch.expression.clone(), from, until };
        self.entries.lock().insert(key, Entry::Selected(unread.reading));
    }

    /// Shows `visit` the columns of one fetch until it breaks off.
    pub(super) fn visit(
        &self,
        unread: &Unread,
        visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>,
    ) -> Result<(), QueryError> {
        columns::visit(&*unread.reading, self.helpers, self.cancel, visit)
    }

    fn read(&self, unread: Unread, held: &mut Held<'_>) -> Result<Vec<FetchedSeries>, QueryError> {
        held.add(cost_of(&*unread.reading).bytes())?;
        columns::fetch(&*unread.reading, self.helpers, self.cancel)
    }

    /// Selects series and counts what reading them will be.
    fn select(&self, selection: &Selection, from: i64, until: i64) -> Result<Box<dyn Reading>, QueryError> {
        self.cancel.check()?;
        let request = FetchRequest {
            selection: selection.clone(),
            from,
            until,
            now: self.now,
            series_max: self.limits.series_max,
        };
        let mut reading = self.select_for(&request)?;
        if let (0, Some(dotted)) = (reading.series_count(), with_dots(selection)) {
            reading = self.select_for(&FetchRequest { selection: dotted, ..request })?;
        }
        self.count(cost_of(&*reading))?;
        Ok(reading)
    }

    fn select_for(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, QueryError> {
        self.source.select(request).map_err(|error| match error {
            SourceError::TooManySeries { series, points } => {
                let refused = self.count(Cost { series, points });
                refused.err().unwrap_or_else(|| QueryError::from(error))
            }
            other => other.into(),
        })
    }

    fn count(&self, more: Cost) -> Result<(), QueryError> {
        let mut cost = self.cost.lock();
        *cost = cost.and(more);
        cost.check(&self.limits)
    }
}

fn cost_of(reading: &dyn Reading) -> Cost {
    Cost { series: reading.series_count(), points: reading.points() }
}

fn bytes_of(series: &[FetchedSeries]) -> usize {
    let points = series.iter().map(|one| one.values.len()).sum();
    Cost { series: series.len(), points }.bytes()
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
