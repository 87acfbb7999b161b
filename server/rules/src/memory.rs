//! A store in memory: every series one archive that reaches back for ever, read as every source reads.
//!
//! Points go in one at a time, derived ones too, so that rules can read what other rules made a moment ago. A selection
//! keeps what it selected as it was. Nothing is listed here: tests of rules have no use for that.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use plumbago_protocol::{Aggregation, Glob, TagExpression};
use plumbago_query::{FetchRequest, FetchedSeries, Node, Reading, Source, SourceError};

use crate::dependency::selects;

/// The store.
#[derive(Clone, Debug, Default)]
pub struct MemorySource {
    series: BTreeMap<Arc<str>, Arc<Stored>>,
    events: Vec<(i64, Vec<String>)>,
}

#[derive(Clone, Debug)]
struct Stored {
    step: i64,
    values: BTreeMap<i64, f64>,
}

impl MemorySource {
    /// Makes a series with slots of `step` seconds, at least one, without points. One that is there stays as it is.
    pub fn create(&mut self, name: &str, step: i64) {
        self.stored(name, step);
    }

    /// Stores a point in the slot of `time`, in seconds since the epoch; a new series gets the step given.
    pub fn insert(&mut self, name: &str, step: i64, time: i64, value: f64) {
        let stored = self.stored(name, step);
        stored.values.insert(time.saturating_sub(time.rem_euclid(stored.step)), value);
    }

    /// The points of a series, ascending; none if it is not there.
    pub fn points(&self, name: &str) -> Vec<(i64, f64)> {
        let stored = self.series.get(name);
        stored.into_iter().flat_map(|stored| &stored.values).map(|(time, value)| (*time, *value)).collect()
    }

    /// Keeps an event for expressions that read events: its start in seconds since the epoch, and its tags.
    pub fn add_event(&mut self, start_secs: i64, tags: Vec<String>) {
        self.events.push((start_secs, tags));
    }

    fn stored(&mut self, name: &str, step: i64) -> &mut Stored {
        if !self.series.contains_key(name) {
            let new = Stored { step: step.max(1), values: BTreeMap::new() };
            self.series.insert(Arc::from(name), Arc::new(new));
        }
        let stored = self.series.get_mut(name).expect("it was there, or has just been put there");
        Arc::make_mut(stored)
    }
}

/// What was selected.
struct Selected {
    series: Vec<(Arc<str>, Arc<Stored>)>,
    from: i64,
    until: i64,
}

impl Selected {
    /// The first slot of a column with this step, and how many it has: at least one.
    fn slots(&self, step: i64) -> (i64, usize) {
        let after = |time: i64| time.saturating_sub(time.rem_euclid(step)).saturating_add(step);
        let (start, end) = (after(self.from), after(self.until));
        let count = end.saturating_sub(start).div_euclid(step).max(1);
        (start, usize::try_from(count).unwrap_or(usize::MAX))
    }
}

impl Reading for Selected {
    fn series_count(&self) -> usize {
        self.series.len()
    }

    fn points(&self) -> usize {
        let counts = self.series.iter().map(|(_, stored)| self.slots(stored.step).1);
        counts.fold(0, usize::saturating_add)
    }

    fn fetch(&self, range: Range<usize>) -> Result<Vec<FetchedSeries>, SourceError> {
        let read = |(name, stored): &(Arc<str>, Arc<Stored>)| {
            let (start, count) = self.slots(stored.step);
            let mut values = vec![f64::NAN; count];
            for (slot, value) in stored.values.range(start..) {
                match usize::try_from((slot - start) / stored.step).ok().and_then(|at| values.get_mut(at)) {
                    Some(place) => *place = *value,
                    None => break,
                }
            }
            FetchedSeries {
                name: Arc::clone(name),
                start,
                step: stored.step,
                values,
                aggregation: Aggregation::Average,
                x_files_factor: 0.0,
                facts: None,
            }
        };
        Ok(self.series.get(range).unwrap_or_default().iter().map(read).collect())
    }
}

impl Source for MemorySource {
    fn find(&self, _: &Glob) -> Result<Vec<Node>, SourceError> {
        Err(SourceError::BadRequest("this store lists no nodes".to_owned()))
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        let selected = self.series.iter().filter(|(name, _)| selects(&request.selection, name));
        let series = selected.map(|(name, stored)| (Arc::clone(name), Arc::clone(stored))).collect();
        Ok(Box::new(Selected { series, from: request.from, until: request.until }))
    }

    fn tags(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        Err(SourceError::BadRequest("this store lists no tags".to_owned()))
    }

    fn tag_values(&self, _: &str, _: &[TagExpression]) -> Result<Vec<(Arc<str>, usize)>, SourceError> {
        Err(SourceError::BadRequest("this store lists no tags".to_owned()))
    }

    fn series_by_tag(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        Err(SourceError::BadRequest("this store finds no tags".to_owned()))
    }

    fn visit_events(
        &self,
        tags: Option<&[String]>,
        from: i64,
        until: i64,
        visit: &mut dyn FnMut(i64),
    ) -> Result<(), SourceError> {
        let has_all = |own: &[String]| tags.is_none_or(|tags| tags.iter().all(|tag| own.contains(tag)));
        let within = self.events.iter().filter(|(start, own)| (from..=until).contains(start) && has_all(own));
        within.for_each(|(start, _)| visit(*start));
        Ok(())
    }
}
