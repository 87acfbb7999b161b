//! Running a plan: fetched columns flow through functions.
//!
//! Invariant: arguments are evaluated from left to right, since `setXFilesFactor` changes what later ones see; a function
//! that needs another range evaluates its first argument again in a copy of its scope.

mod cache;
mod invocation;
mod total;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use plumbago_protocol::limits;

use crate::consolidation::Consolidation;
use crate::error::{Place, QueryError};
use crate::functions::Descriptor;
use crate::plan::{FetchKey, Needed, Node, PlannedArgument};
use crate::series::Series;
use crate::source::{ArchiveFacts, Source};

use cache::Cache;
pub(crate) use invocation::Invocation;

/// What a function returns.
pub(crate) enum Output {
    /// Series.
    Series(Vec<Series>),
    /// Lists of series, for `reduceSeries` alone.
    Groups(Vec<Vec<Series>>),
}

impl From<Vec<Series>> for Output {
    fn from(series: Vec<Series>) -> Output {
        Output::Series(series)
    }
}

impl Output {
    fn points(&self) -> usize {
        self.iter().map(|series| series.values.len()).sum()
    }

    fn iter(&self) -> impl Iterator<Item = &Series> {
        let (series, groups): (&[Series], &[Vec<Series>]) = match self {
            Output::Series(series) => (series, &[]),
            Output::Groups(groups) => (&[], groups),
        };
        series.iter().chain(groups.iter().flatten())
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Series> {
        let (series, groups): (&mut [Series], &mut [Vec<Series>]) = match self {
            Output::Series(series) => (series, &mut []),
            Output::Groups(groups) => (&mut [], groups),
        };
        series.iter_mut().chain(groups.iter_mut().flatten())
    }

    /// The series of all groups, in order.
    pub(crate) fn flatten(self) -> Vec<Series> {
        match self {
            Output::Series(series) => series,
            Output::Groups(groups) => groups.into_iter().flatten().collect(),
        }
    }
}

/// What an expression sees of the request; functions that read another range work on a copy.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) from: i64,
    pub(crate) until: i64,
    /// The default for aggregates and fetched series, which `setXFilesFactor` changes on the way.
    pub(crate) x_files_factor: Option<f64>,
}

/// How much a request may read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most series fetched.
    pub series_max: usize,
    /// Most points fetched, or made by one function, missing ones included.
    pub points_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { series_max: limits::QUERY_SERIES_MAX, points_max: limits::QUERY_POINTS_MAX }
    }
}

/// How values become one point where no function says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsolidateBy {
    /// By their average, as graphite-web does.
    #[default]
    Average,
    /// By the method that the store rolls the series up with, so that counts are added up.
    Stored,
}

/// One request's evaluation.
pub(crate) struct Run<'a> {
    cache: Cache<'a>,
    pub(crate) now: i64,
    pub(crate) zone: TimeZone,
    /// Where wall clocks are read whatever zone the request names.
    pub(crate) home_zone: TimeZone,
    points_max: usize,
    evaluations_left: usize,
    /// How values become one point where no function says so.
    pub(crate) consolidate: ConsolidateBy,
    /// Whether it matters how the store keeps the series that others are made of: then they are read one and all.
    pub(crate) keeps_origin: bool,
    /// The running totals of `stacked`, by stack name.
    pub(crate) stacks: HashMap<String, Vec<f64>>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(source: &'a dyn Source, now: i64, zone: TimeZone, limits: Limits) -> Run<'a> {
        Run {
            cache: Cache::new(source, now, limits),
            now,
            home_zone: zone.clone(),
            zone,
            points_max: limits.points_max,
            evaluations_left: limits::QUERY_EVALUATIONS_MAX,
            consolidate: ConsolidateBy::Average,
            keeps_origin: false,
            stacks: HashMap::new(),
        }
    }

    /// Reads all that is known to be needed.
    pub(crate) fn fetch(
        &mut self,
        needed: impl Iterator<Item = (FetchKey, Needed)>,
    ) -> Result<(), QueryError> {
        for (key, needed) in needed.filter(|(_, needed)| !needed.is_streamed()) {
            self.cache.fill(key, &needed)?;
        }
        Ok(())
    }

    /// Evaluates one node.
    pub(crate) fn evaluate(&mut self, node: &Node, scope: &mut Scope) -> Result<Output, QueryError> {
        self.evaluations_left = self.evaluations_left.checked_sub(1).ok_or_else(|| {
            QueryError::over_limit(format!(
                "the request needs more than {} evaluations",
                limits::QUERY_EVALUATIONS_MAX
            ))
        })?;
        match node {
            Node::Fetch(fetch) => {
                let fetched = self.cache.take(fetch, scope.from, scope.until)?;
                let x_files_factor = scope.x_files_factor.unwrap_or(0.0);
                let series = fetched
                    .into_iter()
                    .map(|one| Series::fetched(one, fetch.expression.clone(), x_files_factor))
                    .map(|one| self.consolidated_as_asked(one))
                    .collect::<Vec<_>>();
                Ok(series.into())
            }
            Node::Call(call) => {
                if let Some(total) = self.total(call, scope)? {
                    return Ok(vec![total].into());
                }
                let mut series = Vec::with_capacity(call.arguments.len());
                for argument in &call.arguments {
                    series.push(match argument {
                        PlannedArgument::Series(node) => Some(self.evaluate(node, scope)?),
                        _ => None,
                    });
                }
                self.invoke(call.descriptor, &call.arguments, series, scope, call.place)
            }
        }
    }

    /// Calls a function with evaluated series.
    pub(crate) fn invoke(
        &mut self,
        descriptor: &'static Descriptor,
        arguments: &[PlannedArgument],
        series: Vec<Option<Output>>,
        scope: &mut Scope,
        place: Place,
    ) -> Result<Output, QueryError> {
        let origin = CommonOrigin::of(&series);
        let mut invocation = Invocation { run: self, scope, descriptor, arguments, series, place };
        let mut output = (descriptor.evaluate)(&mut invocation).map_err(|error| error.at(place))?;
        self.check_points(output.points())?;
        for one in output.iter_mut().filter(|one| one.stored.is_none()) {
            self.inherit(one, &origin);
        }
        Ok(output)
    }

    /// A series made from others goes on with what all of those have in common.
    fn inherit(&self, one: &mut Series, origin: &CommonOrigin) {
        one.facts.clone_from(&origin.facts);
        // A number of series is no longer what the store rolls up.
        one.stored = origin.stored.filter(|_| !one.integral);
        if let (ConsolidateBy::Stored, Some(stored)) = (self.consolidate, one.stored) {
            one.consolidation = stored;
        }
    }

    fn consolidated_as_asked(&self, one: Series) -> Series {
        match (self.consolidate, one.stored) {
            (ConsolidateBy::Stored, Some(consolidation)) => Series { consolidation, ..one },
            _ => one,
        }
    }

    /// Refuses a number of points beyond the limit; functions that make points ask before they allocate.
    pub(crate) fn check_points(&self, points: usize) -> Result<(), QueryError> {
        if points <= self.points_max {
            return Ok(());
        }
        Err(QueryError::over_limit(format!(
            "{points} points in one step of the query exceed the limit of {}",
            self.points_max
        )))
    }
}

/// What all series among a call's arguments have in common.
struct CommonOrigin {
    stored: Option<Consolidation>,
    facts: Option<Arc<ArchiveFacts>>,
}

impl CommonOrigin {
    fn of(arguments: &[Option<Output>]) -> CommonOrigin {
        let mut all = arguments.iter().flatten().flat_map(Output::iter);
        let Some(first) = all.next() else { return CommonOrigin { stored: None, facts: None } };
        let mut origin = CommonOrigin { stored: first.stored, facts: first.facts.clone() };
        for one in all {
            origin.stored = origin.stored.filter(|stored| one.stored == Some(*stored));
            origin.facts = origin.facts.filter(|facts| {
                one.facts.as_ref().is_some_and(|other| Arc::ptr_eq(other, facts) || other == facts)
            });
        }
        origin
    }
}
