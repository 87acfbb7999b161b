//! When a place could have been told, and when not.

use std::collections::BTreeMap;

use crate::network::Place;

/// Stretches in which something was wrong, by place.
#[derive(Debug, Default)]
pub(crate) struct Health {
    bad: BTreeMap<Place, Vec<(i64, i64)>>,
    since: BTreeMap<Place, i64>,
}

impl Health {
    /// How a place is from now on.
    pub(crate) fn observe(&mut self, place: Place, is_bad: bool, now_ms: i64) {
        match (is_bad, self.since.get(&place).copied()) {
            (true, None) => _ = self.since.insert(place, now_ms),
            (false, Some(since)) => {
                self.since.remove(&place);
                self.bad.entry(place).or_default().push((since, now_ms));
            }
            _ => {}
        }
    }

    /// A stretch that is bad for another reason.
    pub(crate) fn excuse(&mut self, place: Place, from_ms: i64, until_ms: i64) {
        self.bad.entry(place).or_default().push((from_ms, until_ms));
    }

    /// Brings all stretches in order, at the end of the day.
    pub(crate) fn close(&mut self, end_ms: i64) {
        for (place, since) in std::mem::take(&mut self.since) {
            self.bad.entry(place).or_default().push((since, end_ms));
        }
        self.bad.values_mut().for_each(|bad| bad.sort_unstable());
    }

    /// The good stretches between two moments.
    pub(crate) fn good(&self, place: Place, from_ms: i64, until_ms: i64) -> Vec<(i64, i64)> {
        let (mut good, mut from) = (Vec::new(), from_ms);
        for (start, end) in self.bad.get(&place).into_iter().flatten() {
            if *end <= from || *start >= until_ms {
                continue;
            }
            if *start > from {
                good.push((from, *start));
            }
            from = from.max(*end);
        }
        if from < until_ms {
            good.push((from, until_ms));
        }
        good
    }
}
