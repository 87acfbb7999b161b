//! What one thread that stores points notes for the rules, from before a batch can be read until after.
//!
//! Invariant: a batch that was looked at is under way until it is published or discarded, or its thread is gone. Nothing is
//! noted of points before they can be read.

use std::sync::Arc;

use super::RuleArrivals;

/// Of what is looked at together, about so many points are samples.
const SAMPLES_PER_LOOK: usize = 4;

/// One thread's notes.
#[derive(Debug)]
pub(crate) struct BatchNotes {
    arrivals: Arc<RuleArrivals>,
    /// The side on which this batch has entered.
    entered: Option<usize>,
    samples: Vec<(Box<str>, i64)>,
    late: Vec<(Box<str>, i64)>,
}

impl BatchNotes {
    /// Notes for these rules.
    pub(crate) fn new(arrivals: Arc<RuleArrivals>) -> BatchNotes {
        BatchNotes { arrivals, entered: None, samples: Vec::new(), late: Vec::new() }
    }

    /// Looks at `count` points before they can be read, by their times in seconds since the epoch, and picks out what the
    /// rules want to know of: a sample of all, and every late one. Also of those that will be refused: to look again at what is as it
    /// was does no harm. By position, `received` tells the name as it came, and `name` the canonical one of a few.
    pub(crate) fn look<'n>(
        &mut self,
        count: usize,
        timestamps: impl Iterator<Item = i64>,
        received: impl Fn(usize) -> &'n [u8],
        name: impl Fn(usize) -> Option<Box<str>>,
    ) {
        // Without points there may be nothing to store, and nobody to publish.
        if count == 0 {
            return;
        }
        if self.entered.is_none() {
            self.entered = Some(self.arrivals.enter());
        }
        let Some((watched, late)) = self.arrivals.wanted() else { return };
        let distance = (count / SAMPLES_PER_LOOK).max(1);
        for (position, timestamp) in timestamps.enumerate() {
            let (is_late, is_sample) = (late.contains(&timestamp), position.is_multiple_of(distance));
            if !(is_late || is_sample) || !watched.covers(received(position)) {
                continue;
            }
            let Some(name) = name(position) else { continue };
            // Late ones are samples, too: that they are late is what a delay is learned from.
            if is_sample {
                self.samples.push((name.clone(), timestamp));
            }
            if is_late {
                self.late.push((name, timestamp));
            }
        }
    }

    /// The points can be read from now on, which is `now_ms` in milliseconds since the epoch.
    pub(crate) fn publish(&mut self, now_ms: impl FnOnce() -> i64) {
        if !(self.samples.is_empty() && self.late.is_empty()) {
            self.arrivals.note(&mut self.samples, &mut self.late, now_ms());
        }
        self.leave();
    }

    /// The points will not be read.
    pub(crate) fn discard(&mut self) {
        self.samples.clear();
        self.late.clear();
        self.leave();
    }

    fn leave(&mut self) {
        if let Some(side) = self.entered.take() {
            self.arrivals.leave(side);
        }
    }
}

impl Drop for BatchNotes {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_runner::Watched;
    use std::time::Duration;

    fn received(_: usize) -> &'static [u8] {
        b"a"
    }

    fn watching() -> Arc<RuleArrivals> {
        let arrivals = Arc::new(RuleArrivals::default());
        arrivals.watch(Watched::Everything);
        arrivals
    }

    fn name(position: usize) -> Option<Box<str>> {
        Some(position.to_string().into())
    }

    #[test]
    fn late_points_are_noted_once_they_can_be_read() {
        let arrivals = watching();
        let mut notes = BatchNotes::new(arrivals.clone());
        assert!(arrivals.close(100, 200, Duration::ZERO));
        notes.look(4, [99, 100, 199, 200].into_iter(), received, name);
        assert!(arrivals.collect().late.is_empty());
        notes.publish(|| 200_500);
        let noted = arrivals.collect();
        let mut late: Vec<&str> = noted.late.keys().map(|name| &**name).collect();
        late.sort_unstable();
        assert_eq!(late, ["1", "2"]);
        assert_eq!(noted.samples.len(), 4, "late ones are samples, too");
    }

    #[test]
    fn a_batch_is_under_way_until_it_is_published_discarded_or_gone() {
        let arrivals = Arc::new(RuleArrivals::default());
        let is_free = || arrivals.close(0, 1, Duration::ZERO);
        let mut notes = BatchNotes::new(arrivals.clone());
        for end in [(|notes| notes.publish(|| 0)) as fn(&mut BatchNotes), BatchNotes::discard] {
            notes.look(1, [5].into_iter(), received, name);
            notes.look(1, [6].into_iter(), received, name);
            assert!(!is_free());
            end(&mut notes);
            assert!(is_free());
        }
        notes.look(0, std::iter::empty(), received, name);
        assert!(is_free(), "there is nothing under way");
        notes.look(1, [5].into_iter(), received, name);
        drop(notes);
        assert!(is_free());
    }

    #[test]
    fn without_rules_nothing_is_noted() {
        let arrivals = watching();
        let mut notes = BatchNotes::new(arrivals.clone());
        notes.look(1, [5].into_iter(), received, |_| panic!("no name is needed"));
        notes.publish(|| panic!("nor the time"));
        assert!(arrivals.collect().samples.is_empty());
    }
}
