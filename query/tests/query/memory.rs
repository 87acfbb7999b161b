//! A store in memory that rolls up and reads as whisper does.
//!
//! Invariant: rollups are recomputed from the finest points, archive by archive, so the order of writes cannot matter.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use plumbago_protocol::{Aggregation, Glob, TagExpression, split_tags};
use plumbago_query::{FetchRequest, FetchedSeries, Node, Reading, Selection, Shape, Source, SourceError};

/// Retentions and rollup of a series.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    /// Step and retention of each archive in seconds, finest first.
    pub(crate) archives: Vec<(i64, i64)>,
    pub(crate) aggregation: Aggregation,
    pub(crate) x_files_factor: f32,
}

#[derive(Debug)]
struct Stored {
    class: Class,
    archives: Vec<BTreeMap<i64, f64>>,
}

/// The store, and what was asked of it.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    series: BTreeMap<Arc<str>, Stored>,
    /// The range of every fetch.
    pub(crate) fetched: Mutex<Vec<(i64, i64)>>,
    /// How many values were read.
    pub(crate) points_read: Arc<AtomicUsize>,
}

/// Series that were selected, and whose values count as read when they are.
struct Selected {
    columns: Vec<FetchedSeries>,
    points_read: Arc<AtomicUsize>,
}

impl Reading for Selected {
    fn series_count(&self) -> usize {
        self.columns.series_count()
    }

    fn points(&self) -> usize {
        self.columns.points()
    }

    fn shape(&self) -> Option<Shape> {
        self.columns.shape()
    }

    fn fetch(&self, range: Range<usize>) -> Result<Vec<FetchedSeries>, SourceError> {
        let read = self.columns.fetch(range)?;
        self.points_read.fetch_add(read.points(), Ordering::Relaxed);
        Ok(read)
    }
}

impl Memory {
    /// Adds a series whose points are given in the order they were written.
    pub(crate) fn insert(&mut self, name: &str, class: Class, points: &[(i64, f64)]) {
        let mut finest = BTreeMap::new();
        let step = class.archives[0].0;
        for (time, value) in points {
            finest.insert(time - time.rem_euclid(step), *value);
        }
        let mut archives = vec![finest];
        for pair in class.archives.windows(2) {
            let coarser = roll_up(archives.last().unwrap(), pair[0].0, pair[1].0, &class);
            archives.push(coarser);
        }
        self.series.insert(Arc::from(name), Stored { class, archives });
    }

    fn matching(&self, selection: &Selection) -> Vec<&Arc<str>> {
        match selection {
            Selection::Pattern(glob) => self.series.keys().filter(|name| glob.matches_path(name)).collect(),
            Selection::Tags(expressions) => self.tagged(expressions),
        }
    }

    fn tagged(&self, expressions: &[TagExpression]) -> Vec<&Arc<str>> {
        let tag = |name: &str, key: &str| {
            let (metric, tags) = split_tags(name);
            if key == "name" {
                return Some(metric.to_owned());
            }
            tags.into_iter().find(|(k, _)| *k == key).map(|(_, value)| value.to_owned())
        };
        let matches = |name: &str| expressions.iter().all(|e| e.matches(tag(name, e.tag()).as_deref()));
        self.series.keys().filter(|name| name.contains(';') && matches(name)).collect()
    }
}

fn roll_up(finer: &BTreeMap<i64, f64>, fine: i64, coarse: i64, class: &Class) -> BTreeMap<i64, f64> {
    let slots = usize::try_from(coarse / fine).unwrap();
    let mut buckets: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (time, value) in finer {
        buckets.entry(time - time.rem_euclid(coarse)).or_default().push(*value);
    }
    let enough = |known: &[f64]| known.len() as f64 / slots as f64 >= f64::from(class.x_files_factor);
    let kept = buckets.into_iter().filter(|(_, known)| enough(known));
    kept.map(|(time, known)| (time, class.aggregation.apply(&known, slots))).collect()
}

/// Whisper's choice of archive and its alignment of the range.
fn read(stored: &Stored, name: &Arc<str>, request: &FetchRequest) -> Option<FetchedSeries> {
    let longest = stored.class.archives.last().unwrap().1;
    let oldest = request.now - longest;
    if request.from > request.now || request.until < oldest {
        return None;
    }
    let (from, until) = (request.from.max(oldest), request.until.min(request.now));
    let archive = stored.class.archives.iter().position(|(_, retention)| *retention >= request.now - from)?;
    let step = stored.class.archives[archive].0;
    let start = from - from.rem_euclid(step) + step;
    let mut end = until - until.rem_euclid(step) + step;
    if start == end {
        end += step;
    }
    // The file is a ring: a slot holds the newest of the points that fall into it.
    let points = &stored.archives[archive];
    let ring_seconds = stored.class.archives[archive].1;
    let is_overwritten = |time: i64| points.contains_key(&(time + ring_seconds));
    let value = |time: i64| match points.get(&time) {
        Some(value) if !is_overwritten(time) => *value,
        _ => f64::NAN,
    };
    let count = ((end - start) / step).max(0);
    Some(FetchedSeries {
        name: Arc::clone(name),
        start,
        step,
        values: (0..count).map(|at| value(start + at * step)).collect(),
        aggregation: stored.class.aggregation,
        x_files_factor: stored.class.x_files_factor,
        facts: None,
    })
}

impl Source for Memory {
    fn find(&self, pattern: &Glob) -> Result<Vec<Node>, SourceError> {
        let mut nodes: BTreeMap<Arc<str>, Node> = BTreeMap::new();
        for name in self.series.keys().filter(|name| !name.contains(';')) {
            let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
            for end in ends.filter(|end| pattern.matches_path(&name[..*end])) {
                let path: Arc<str> = Arc::from(&name[..end]);
                let new = || Node { path: Arc::clone(&path), is_leaf: false, is_branch: false };
                let node = nodes.entry(Arc::clone(&path)).or_insert_with(new);
                node.is_leaf |= end == name.len();
                node.is_branch |= end < name.len();
            }
        }
        Ok(nodes.into_values().collect())
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        self.fetched.lock().unwrap().push((request.from, request.until));
        let names = self.matching(&request.selection);
        let count = names.len();
        let columns = names.into_iter().filter_map(|name| read(&self.series[name], name, request));
        let columns: Vec<FetchedSeries> = columns.collect();
        if count > request.series_max {
            return Err(SourceError::TooManySeries { series: count, points: columns.points() });
        }
        Ok(Box::new(Selected { columns, points_read: self.points_read.clone() }))
    }

    fn tags(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        Err(SourceError::BadRequest("this store lists no tags".to_owned()))
    }

    fn tag_values(&self, _: &str, _: &[TagExpression]) -> Result<Vec<(Arc<str>, usize)>, SourceError> {
        Err(SourceError::BadRequest("this store lists no tags".to_owned()))
    }

    fn series_by_tag(&self, expressions: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        Ok(self.tagged(expressions).into_iter().cloned().collect())
    }

    /// Two events at 11:59:58 of the examples' day, and one at its noon; the first of them carries two tags.
    fn visit_events(
        &self,
        tags: Option<&[String]>,
        from: i64,
        until: i64,
        visit: &mut dyn FnMut(i64),
    ) -> Result<(), SourceError> {
        const NOON: i64 = 1_710_504_000;
        let events: [(i64, &[&str]); 3] =
            [(NOON - 2, &["deploy", "web"]), (NOON - 2, &["deploy"]), (NOON, &["deploy"])];
        for (time, carried) in events {
            let matches = tags.is_none_or(|tags| tags.iter().all(|tag| carried.contains(&tag.as_str())));
            if matches && (from..=until).contains(&time) {
                visit(time);
            }
        }
        Ok(())
    }
}
