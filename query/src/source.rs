//! The store behind the queries, as a trait that the server implements.
//!
//! Invariant: a source chooses the archive and aligns as whisper does, returns each series once, sorted by full name in
//! byte order, and marks a missing value as NaN. An existing series without data in the range is a column of NaN. What is
//! done with the columns is not the source's concern.

use std::fmt;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use plumbago_protocol::{Aggregation, Glob, TagExpression};

/// A store that can be queried.
pub trait Source: Send + Sync {
    /// The nodes that match `pattern`, sorted by path in byte order, each path once.
    ///
    /// # Errors
    /// Over a limit, or the store's fault.
    fn find(&self, pattern: &Glob) -> Result<Vec<Node>, SourceError>;

    /// Which series `request` selects, and how much reading them will be; nothing is read yet.
    ///
    /// # Errors
    /// Over a limit, or the store's fault. No match is not an error.
    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError>;

    /// The names of all tags that series matching all of `expressions` carry, sorted; no expressions match all series.
    ///
    /// # Errors
    /// The caller's mistake in the expressions, over a limit, or the store's fault.
    fn tags(&self, expressions: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError>;

    /// The values of `tag` over the series matching all of `expressions`, sorted, each with its number of series.
    ///
    /// # Errors
    /// As for [`Source::tags`].
    fn tag_values(
        &self,
        tag: &str,
        expressions: &[TagExpression],
    ) -> Result<Vec<(Arc<str>, usize)>, SourceError>;

    /// The canonical names of the tagged series matching all of `expressions`, sorted in byte order.
    ///
    /// # Errors
    /// As for [`Source::tags`].
    fn series_by_tag(&self, expressions: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError>;

    /// Shows `visit` when each event began that carries `tags` (of those that any event carries, all at once; `None`: every
    /// event) and began from `from` to `until`, both included: in seconds since the epoch, in order. A store without
    /// events shows none.
    ///
    /// # Errors
    /// Over a limit, or the store's fault.
    fn visit_events(
        &self,
        tags: Option<&[String]>,
        from: i64,
        until: i64,
        visit: &mut dyn FnMut(i64),
    ) -> Result<(), SourceError> {
        let _ = (tags, from, until, visit);
        Ok(())
    }
}

/// Series that were selected, to be read: as a whole or in parts, by one thread or several at once.
///
/// Series count from zero, in the order of their names. What is read once or twice, early or late, is the same.
pub trait Reading: Send + Sync {
    /// How many series there are.
    fn series_count(&self) -> usize;

    /// How many values all of them have, missing ones included.
    fn points(&self) -> usize;

    /// When the series have values, where a store knows that before it reads any; nothing without series.
    fn shape(&self) -> Option<Shape> {
        None
    }

    /// The series of `range`, with their values.
    ///
    /// # Errors
    /// The store's fault.
    fn fetch(&self, range: Range<usize>) -> Result<Vec<FetchedSeries>, SourceError>;

    /// Shows `visit` what [`Reading::fetch`] would answer, one series after the other, until it breaks off: for those who
    /// need no two of them at once.
    ///
    /// # Errors
    /// As for [`Reading::fetch`].
    fn visit(
        &self,
        range: Range<usize>,
        visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        for series in self.fetch(range)? {
            let (name, start, step) = (&series.name, series.start, series.step);
            if visit(VisitedSeries { name, start, step, values: &series.values }).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// When series that were selected have values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// When the first series has its first value, in seconds since the epoch.
    pub first_start: i64,
    /// Seconds between the values of the first series.
    pub first_step: i64,
    /// How many values the first series has, missing ones included.
    pub first_count: usize,
    /// The most seconds that lie between two values of any series.
    pub coarsest_step: i64,
}

/// Series that are in memory already.
impl Reading for Vec<FetchedSeries> {
    fn series_count(&self) -> usize {
        self.len()
    }

    fn points(&self) -> usize {
        self.iter().map(|series| series.values.len()).sum()
    }

    fn shape(&self) -> Option<Shape> {
        let (first, coarsest_step) = (self.first()?, self.iter().map(|series| series.step).max()?);
        Some(Shape {
            first_start: first.start,
            first_step: first.step,
            first_count: first.values.len(),
            coarsest_step,
        })
    }

    fn fetch(&self, range: Range<usize>) -> Result<Vec<FetchedSeries>, SourceError> {
        Ok(self.get(range).unwrap_or_default().to_vec())
    }
}

/// A node of the tree of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The full path.
    pub path: Arc<str>,
    /// Whether a series has this path.
    pub is_leaf: bool,
    /// Whether series lie below this path.
    pub is_branch: bool,
}

/// Which series to fetch.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Untagged series whose path matches.
    Pattern(Glob),
    /// Tagged series that match all expressions.
    Tags(Vec<TagExpression>),
}

/// One read.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// Which series.
    pub selection: Selection,
    /// Values after this time are wanted, in seconds since the epoch.
    pub from: i64,
    /// Values up to and including this time's step are wanted, in seconds since the epoch.
    pub until: i64,
    /// The present, which decides how far back each archive reaches.
    pub now: i64,
    /// More series than this are refused, with what reading all of them would be.
    pub series_max: usize,
}

/// One series with its values on an aligned grid.
#[derive(Clone, Debug)]
pub struct FetchedSeries {
    /// The full name.
    pub name: Arc<str>,
    /// Time of the first value, a multiple of `step`.
    pub start: i64,
    /// Distance of two values in seconds.
    pub step: i64,
    /// The values, NaN where one is missing; the range ends `step` after the last one.
    pub values: Vec<f64>,
    /// The method that the store rolls this series up with.
    pub aggregation: Aggregation,
    /// The share of known values that a rollup of this series needs.
    pub x_files_factor: f32,
    /// Which archive answered; shared by all series of a class.
    pub facts: Option<Arc<ArchiveFacts>>,
}

/// One series, shown for a moment.
#[derive(Clone, Copy, Debug)]
pub struct VisitedSeries<'a> {
    /// The full name.
    pub name: &'a Arc<str>,
    /// Time of the first value, a multiple of `step`.
    pub start: i64,
    /// Distance of two values in seconds.
    pub step: i64,
    /// The values, NaN where one is missing.
    pub values: &'a [f64],
}

/// Which archive answered, for the `meta` part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveFacts {
    /// Name of the storage schema.
    pub schema: Arc<str>,
    /// The schema's retentions as configured, `10s:1d,1m:30d`.
    pub retentions: Arc<str>,
    /// Position of the archive in the retentions, from 0.
    pub archive: usize,
    /// The archive's step in seconds.
    pub step: i64,
    /// The method that the store rolls this series up with.
    pub aggregation: Aggregation,
}

/// Why a store did not answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// The caller asked for something impossible.
    BadRequest(String),
    /// The answer would exceed a limit.
    OverLimit(String),
    /// More series are selected than were wanted at most.
    TooManySeries {
        /// How many are selected, or at least so many.
        series: usize,
        /// About how many values they have.
        points: usize,
    },
    /// The store itself failed.
    Fault(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceError::BadRequest(message) | SourceError::OverLimit(message) => f.write_str(message),
            SourceError::TooManySeries { series, points } => {
                write!(f, "{series} series with about {points} points are too many")
            }
            SourceError::Fault(fault) => write!(f, "the store failed: {fault}"),
        }
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SourceError::Fault(fault) => Some(&**fault),
            _ => None,
        }
    }
}
