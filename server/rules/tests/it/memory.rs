//! A store in memory: every series one archive that reaches back for ever, read as every source reads.
//!
//! Points go in one at a time, derived ones too, so that rules can read what other rules made a moment ago.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_protocol::{Aggregation, Glob, TagExpression, split_tags};
use plumbago_query::{FetchRequest, FetchedSeries, Node, Reading, Selection, Source, SourceError};

/// The store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    series: BTreeMap<Arc<str>, Stored>,
}

#[derive(Clone, Debug)]
struct Stored {
    step: i64,
    values: BTreeMap<i64, f64>,
}

impl Memory {
    /// Makes a series, without points.
    pub(crate) fn create(&mut self, name: &str, step: i64) {
        let new = || Stored { step, values: BTreeMap::new() };
        self.series.entry(Arc::from(name)).or_insert_with(new);
    }

    /// Stores a point; a new series gets the step given.
    pub(crate) fn insert(&mut self, name: &str, step: i64, time: i64, value: f64) {
        self.create(name, step);
        let stored = self.series.get_mut(name).unwrap();
        stored.values.insert(time - time.rem_euclid(stored.step), value);
    }

    /// The points of a series.
    pub(crate) fn points(&self, name: &str) -> Vec<(i64, f64)> {
        let stored = self.series.get(name);
        stored.into_iter().flat_map(|stored| &stored.values).map(|(time, value)| (*time, *value)).collect()
    }
}

fn is_selected(selection: &Selection, name: &str) -> bool {
    match selection {
        Selection::Pattern(glob) => glob.matches_path(name),
        Selection::Tags(expressions) => {
            let (metric, _) = split_tags(name);
            let value = |key: &str| match key {
                "name" => Some(metric),
                _ => split_tags(name).1.find(|(tag, _)| *tag == key).map(|(_, value)| value),
            };
            name.contains(';') && expressions.iter().all(|one| one.matches(value(one.tag())))
        }
    }
}

fn read(name: &Arc<str>, stored: &Stored, request: &FetchRequest) -> FetchedSeries {
    let step = stored.step;
    let start = request.from - request.from.rem_euclid(step) + step;
    let mut end = request.until - request.until.rem_euclid(step) + step;
    if end == start {
        end += step;
    }
    let value = |at: i64| stored.values.get(&(start + at * step)).copied().unwrap_or(f64::NAN);
    FetchedSeries {
        name: Arc::clone(name),
        start,
        step,
        values: (0..(end - start) / step).map(value).collect(),
        aggregation: Aggregation::Average,
        x_files_factor: 0.0,
        facts: None,
    }
}

impl Source for Memory {
    fn find(&self, _: &Glob) -> Result<Vec<Node>, SourceError> {
        Err(SourceError::BadRequest("this store lists no nodes".to_owned()))
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        let selected = self.series.iter().filter(|(name, _)| is_selected(&request.selection, name));
        Ok(Box::new(selected.map(|(name, stored)| read(name, stored, request)).collect::<Vec<_>>()))
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
}
