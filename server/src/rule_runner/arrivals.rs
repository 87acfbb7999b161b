//! What the rules have to know of points as they come in: how late they are, and which came after their slot was closed.
//!
//! Invariant: a point is noted here after it can be read, and the time up to which slots are closed is raised before they
//! are read; so each point is either seen by the evaluation of its slot, or noted as late. What is noted is bounded: of
//! delays a sample is kept, of late points the range of each series.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use plumbago_protocol::limits;
use plumbago_query::Selection;
use plumbago_rules::RuleSet;

/// Points whose delay is noted between two collections.
const SAMPLES_MAX: usize = 1024;
/// Of one batch, about so many points are samples.
const SAMPLES_PER_BATCH: usize = 4;

/// A series and a time in seconds since the epoch.
type Sample = (Box<str>, i64, i64);

/// Shared by the ingest threads, which note, and the rules' thread, which collects.
#[derive(Debug)]
pub(crate) struct RuleArrivals {
    /// Slots that end up to here may have been read; `i64::MIN` while there are no rules.
    closed_secs: AtomicI64,
    /// Points before this are of no interest to any rule.
    oldest_secs: AtomicI64,
    /// Whose points matter at all.
    watched: RwLock<Arc<Watched>>,
    noted: Mutex<Noted>,
    /// Late points whose series did not fit: none of their recorded points is computed again.
    overflowed: AtomicU64,
}

/// Which series rules may read, told from the first nodes of their names: a check so cheap that each point can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Watched {
    /// All of them.
    Everything,
    /// Those whose names begin with one of these nodes.
    FirstNodes(BTreeSet<Box<[u8]>>),
}

impl Default for Watched {
    fn default() -> Watched {
        Watched::FirstNodes(BTreeSet::new())
    }
}

impl Watched {
    /// What the rules of a set read.
    pub(crate) fn of(set: &RuleSet) -> Watched {
        let mut nodes = BTreeSet::new();
        for rule in set.groups.iter().flat_map(|group| &group.rules) {
            // An expression that cannot be planned reads nothing.
            for selection in plumbago_query::check(&rule.expression).unwrap_or_default() {
                let Selection::Pattern(glob) = selection else { return Watched::Everything };
                let first = first_node(glob.text().as_bytes());
                if first.is_empty() || first.iter().any(|byte| b"*?[]{},\\".contains(byte)) {
                    return Watched::Everything;
                }
                nodes.insert(Box::from(first));
            }
        }
        Watched::FirstNodes(nodes)
    }

    /// Whether a series, by its name as it was received, may be read by a rule.
    pub(crate) fn covers(&self, name: &[u8]) -> bool {
        match self {
            Watched::Everything => true,
            // A name that begins with a dot is another one in its canonical form.
            Watched::FirstNodes(nodes) => {
                let first = first_node(name);
                first.is_empty() || nodes.contains(first)
            }
        }
    }

    fn is_nothing(&self) -> bool {
        matches!(self, Watched::FirstNodes(nodes) if nodes.is_empty())
    }
}

fn first_node(name: &[u8]) -> &[u8] {
    name.split(|byte| matches!(byte, b'.' | b';' | b'/')).next().unwrap_or_default()
}

/// What was noted since the last collection.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// Series, the point's own time in seconds, and the time it came in milliseconds, both since the epoch.
    pub(crate) samples: Vec<Sample>,
    /// Series, and the first and the last time of its late points, in seconds since the epoch.
    pub(crate) late: HashMap<Box<str>, (i64, i64)>,
}

impl Default for RuleArrivals {
    fn default() -> RuleArrivals {
        RuleArrivals {
            closed_secs: AtomicI64::new(i64::MIN),
            oldest_secs: AtomicI64::new(i64::MAX),
            watched: RwLock::default(),
            noted: Mutex::default(),
            overflowed: AtomicU64::new(0),
        }
    }
}

impl RuleArrivals {
    /// Slots that end up to `closed_secs` are read from now on; points before `oldest_secs` no longer matter.
    pub(crate) fn close(&self, oldest_secs: i64, closed_secs: i64) {
        self.oldest_secs.store(oldest_secs, Ordering::SeqCst);
        self.closed_secs.fetch_max(closed_secs, Ordering::SeqCst);
    }

    /// Points of these series matter from now on.
    pub(crate) fn watch(&self, watched: Watched) {
        *self.watched.write() = Arc::new(watched);
    }

    /// Whose points matter, if anybody wants to know of any.
    pub(crate) fn wanted(&self) -> Option<Arc<Watched>> {
        if self.closed_secs.load(Ordering::SeqCst) == i64::MIN {
            return None;
        }
        let watched = self.watched.read().clone();
        (!watched.is_nothing()).then_some(watched)
    }

    /// Which of a batch of `count` points are to be handed to [`RuleArrivals::note`] as samples: each of so many.
    pub(crate) fn sample_distance(count: usize) -> usize {
        (count / SAMPLES_PER_BATCH).max(1)
    }

    /// Whether a point at this time is late, or may be.
    pub(crate) fn is_late(&self, timestamp: i64) -> bool {
        timestamp < self.closed_secs.load(Ordering::SeqCst)
            && timestamp >= self.oldest_secs.load(Ordering::SeqCst)
    }

    /// Notes points that can be read by now.
    pub(crate) fn note(
        &self,
        samples: &mut Vec<(Box<str>, i64)>,
        late: &mut Vec<(Box<str>, i64)>,
        now_ms: i64,
    ) {
        let mut noted = self.noted.lock();
        let room = SAMPLES_MAX.saturating_sub(noted.samples.len());
        noted.samples.extend(samples.drain(..).take(room).map(|(name, at)| (name, at, now_ms)));
        for (name, at) in late.drain(..) {
            if let Some((first, last)) = noted.late.get_mut(&name) {
                (*first, *last) = ((*first).min(at), (*last).max(at));
            } else if noted.late.len() < limits::RULE_LATE_SERIES_MAX {
                noted.late.insert(name, (at, at));
            } else {
                self.overflowed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Everything noted since the last collection.
    pub(crate) fn collect(&self) -> Noted {
        std::mem::take(&mut *self.noted.lock())
    }

    /// Late points for which nothing is computed again, since the start.
    pub(crate) fn overflowed(&self) -> u64 {
        self.overflowed.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_late_once_its_time_is_closed_and_until_it_is_too_old() {
        let arrivals = RuleArrivals::default();
        arrivals.watch(Watched::Everything);
        assert!(arrivals.wanted().is_none() && !arrivals.is_late(5));
        arrivals.close(100, 200);
        assert_eq!(arrivals.wanted().as_deref(), Some(&Watched::Everything));
        arrivals.watch(Watched::default());
        assert_eq!(arrivals.wanted(), None, "no rule reads anything");
        let late: Vec<i64> = [99, 100, 199, 200].into_iter().filter(|&at| arrivals.is_late(at)).collect();
        assert_eq!(late, [100, 199]);
        arrivals.close(100, 150);
        assert!(arrivals.is_late(199), "what is closed is not opened again");
    }

    #[test]
    fn series_matter_by_the_first_node_of_their_names() {
        let watched = |text: &str| {
            let text = format!("groups: [{{name: g, rules: [{{record: made.x, expr: \"{text}\"}}]}}]");
            Watched::of(&plumbago_rules::load(&[("a.yaml", &text)]).expect("a rule").0)
        };
        let hosts = watched("sumSeries(hosts.*.load, offset(dc1.load, 1))");
        for (name, is_covered) in [
            ("hosts.a.load", true),
            ("dc1.x", true),
            (".hosts.a", true),
            ("hosts;a=b", true),
            ("host.a", false),
        ] {
            assert_eq!(hosts.covers(name.as_bytes()), is_covered, "{name}");
        }
        for all in ["*.load", "dc[12].load", "{a,b}.load", "seriesByTag('name=load')"] {
            assert_eq!(watched(all), Watched::Everything, "{all}");
        }
    }

    #[test]
    fn late_points_become_one_range_a_series_and_are_collected_once() {
        let arrivals = RuleArrivals::default();
        let mut late: Vec<(Box<str>, i64)> =
            [("a", 30), ("b", 7), ("a", 10), ("a", 20)].map(|(name, at)| (Box::from(name), at)).into();
        arrivals.note(&mut vec![("a".into(), 30)], &mut late, 40_500);
        assert!(late.is_empty());
        let noted = arrivals.collect();
        assert_eq!(noted.samples, [("a".into(), 30, 40_500)]);
        assert_eq!((noted.late.get("a"), noted.late.get("b")), (Some(&(10, 30)), Some(&(7, 7))));
        assert!(arrivals.collect().late.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let arrivals = RuleArrivals::default();
        let mut late = (0..limits::RULE_LATE_SERIES_MAX + 3).map(|n| (n.to_string().into(), 1)).collect();
        arrivals.note(&mut Vec::new(), &mut late, 0);
        assert_eq!(arrivals.overflowed(), 3);
        assert_eq!(arrivals.collect().late.len(), limits::RULE_LATE_SERIES_MAX);
        let mut samples = vec![("a".into(), 1); SAMPLES_MAX + 5];
        arrivals.note(&mut samples, &mut Vec::new(), 0);
        assert!(samples.is_empty());
        assert_eq!(arrivals.collect().samples.len(), SAMPLES_MAX);
    }
}
