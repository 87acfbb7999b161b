//! A store of points in memory: columns of ten-second slots, read as every store is read.
//!
//! Invariant: a read sees every point that was put in before, and nothing else. It can be told to fail.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use plumbago_protocol::{Aggregation, Glob, TagExpression};
use plumbago_query::{FetchRequest, FetchedSeries, Node, Reading, Selection, Source, SourceError};

/// The step of every series, in seconds.
pub(crate) const STEP: i64 = 10;

/// The store.
pub(crate) struct Store {
    base: i64,
    slots: usize,
    names: Vec<Arc<str>>,
    columns: Vec<Vec<f64>>,
    places: HashMap<Arc<str>, usize>,
    /// What each pattern selects, found once for so many series as there were.
    selected: Mutex<HashMap<String, (usize, Vec<usize>)>>,
    /// Whether reading and writing fail.
    pub(crate) is_failing: bool,
}

impl Store {
    /// Room for slots from `from` up to `until`, in seconds since the epoch.
    pub(crate) fn new(from: i64, until: i64) -> Store {
        Store {
            base: from,
            slots: ((until - from) / STEP) as usize,
            names: Vec::new(),
            columns: Vec::new(),
            places: HashMap::new(),
            selected: Mutex::default(),
            is_failing: false,
        }
    }

    /// The series of this name, made if it is not there.
    pub(crate) fn series(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let (name, place): (Arc<str>, usize) = (name.into(), self.names.len());
        self.places.insert(name.clone(), place);
        self.names.push(name);
        self.columns.push(vec![f64::NAN; self.slots]);
        place
    }

    /// Puts a point into its slot; later ones win.
    pub(crate) fn put(&mut self, series: usize, slot: i64, value: f64) {
        let at = (slot - self.base) / STEP;
        if let Some(place) = usize::try_from(at).ok().and_then(|at| self.columns[series].get_mut(at)) {
            *place = value;
        }
    }

    /// What is in a slot.
    pub(crate) fn value(&self, series: usize, slot: i64) -> Option<f64> {
        let at = usize::try_from((slot - self.base) / STEP).ok()?;
        self.columns[series].get(at).copied().filter(|value| value.is_finite())
    }

    fn matching(&self, glob: &Glob) -> Vec<usize> {
        let mut selected = self.selected.lock().unwrap();
        let found = selected.entry(glob.text().to_owned()).or_default();
        if found.0 != self.names.len() {
            let matches = |place: &usize| glob.matches_path(&self.names[*place]);
            let mut places: Vec<usize> = (0..self.names.len()).filter(matches).collect();
            places.sort_by_key(|place| &self.names[*place]);
            *found = (self.names.len(), places);
        }
        found.1.clone()
    }

    fn fetched(&self, place: usize, from: i64, until: i64) -> FetchedSeries {
        let after = |time: i64| time - time.rem_euclid(STEP) + STEP;
        let (start, end) = (after(from), after(until).max(after(from) + STEP));
        let column = &self.columns[place];
        let value = |slot: i64| {
            let at = usize::try_from((slot - self.base).div_euclid(STEP)).ok();
            at.and_then(|at| column.get(at)).copied().unwrap_or(f64::NAN)
        };
        FetchedSeries {
            name: self.names[place].clone(),
            start,
            step: STEP,
            values: (start..end).step_by(STEP as usize).map(value).collect(),
            aggregation: Aggregation::Average,
            x_files_factor: 0.0,
            facts: None,
        }
    }
}

impl Source for Store {
    fn find(&self, _: &Glob) -> Result<Vec<Node>, SourceError> {
        Err(SourceError::BadRequest("this store lists no nodes".to_owned()))
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        if self.is_failing {
            return Err(SourceError::Fault("the disk is gone".into()));
        }
        let Selection::Pattern(glob) = &request.selection else {
            return Err(SourceError::BadRequest("this store has no tags".to_owned()));
        };
        let places = self.matching(glob);
        let read = |place| self.fetched(place, request.from, request.until);
        Ok(Box::new(places.into_iter().map(read).collect::<Vec<_>>()))
    }

    fn tags(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        Err(SourceError::BadRequest("this store has no tags".to_owned()))
    }

    fn tag_values(&self, _: &str, _: &[TagExpression]) -> Result<Vec<(Arc<str>, usize)>, SourceError> {
        Err(SourceError::BadRequest("this store has no tags".to_owned()))
    }

    fn series_by_tag(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        Err(SourceError::BadRequest("this store has no tags".to_owned()))
    }
}
