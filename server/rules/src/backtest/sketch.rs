//! What rules make, in as many points as a terminal can show.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SketchedSeries;
use crate::{AlarmChange, DerivedPoint, EventChange, Transition};

/// Values of one sketched series.
const VALUES: i64 = 240;
/// Most series that are sketched: those whose points come first.
const SERIES_MAX: usize = 8;

pub(super) struct Sketch {
    start_secs: i64,
    step_secs: i64,
    /// Sums and counts.
    series: BTreeMap<Arc<str>, Vec<(f64, u32)>>,
    events: Option<Vec<u32>>,
    alarms: Option<Vec<u32>>,
}

impl Sketch {
    pub(super) fn new(from_secs: i64, until_secs: i64) -> Sketch {
        let step_secs = (until_secs.saturating_sub(from_secs) / VALUES).max(1);
        Sketch { start_secs: from_secs, step_secs, series: BTreeMap::new(), events: None, alarms: None }
    }

    fn place(&self, at_secs: i64) -> Option<usize> {
        let place = at_secs.saturating_sub(self.start_secs).div_euclid(self.step_secs);
        // The last slots are shorter than a step, where the range is no multiple of it.
        usize::try_from(place.min(VALUES - 1)).ok()
    }

    pub(super) fn point(&mut self, point: &DerivedPoint) {
        let Some(place) = self.place(point.timestamp) else { return };
        if !self.series.contains_key(&point.name) && self.series.len() >= SERIES_MAX {
            return;
        }
        let new = || vec![(0.0, 0); VALUES as usize];
        let values = self.series.entry(Arc::clone(&point.name)).or_insert_with(new);
        if let Some((sum, count)) = values.get_mut(place) {
            *sum += point.value;
            *count = count.saturating_add(1);
        }
    }

    pub(super) fn event(&mut self, change: &EventChange) {
        let EventChange::Store(event) = change else { return };
        let Some(place) = self.place(event.start_ms.div_euclid(1000)) else { return };
        count(&mut self.events, place);
    }

    pub(super) fn alarm(&mut self, told: &Transition) {
        let place = self.place(told.at_ms.div_euclid(1000));
        if let Some(place) = place.filter(|_| told.change == AlarmChange::Fired) {
            count(&mut self.alarms, place);
        }
    }

    pub(super) fn finish(self) -> Vec<SketchedSeries> {
        let series = |name: String, values: Vec<Option<f64>>| SketchedSeries {
            name,
            start_secs: self.start_secs,
            step_secs: self.step_secs,
            values,
        };
        let mean = |(sum, count): &(f64, u32)| (*count > 0).then(|| sum / f64::from(*count));
        let means = |values: &Vec<(f64, u32)>| values.iter().map(mean).collect();
        let derived = self.series.iter().map(|(name, values)| series(name.to_string(), means(values)));
        let counts = |counts: &Vec<u32>| counts.iter().map(|count| Some(f64::from(*count))).collect();
        let events = self.events.iter().map(|events| series("events".to_owned(), counts(events)));
        let alarms = self.alarms.iter().map(|alarms| series("alarms".to_owned(), counts(alarms)));
        derived.chain(events).chain(alarms).collect()
    }
}

fn count(counts: &mut Option<Vec<u32>>, place: usize) {
    let counts = counts.get_or_insert_with(|| vec![0; VALUES as usize]);
    if let Some(count) = counts.get_mut(place) {
        *count = count.saturating_add(1);
    }
}
