//! Running a plan: fetched columns flow through functions.
//!
//! Invariant: a target is run by one thread; what it shares with others is in [`Shared`]. Arguments are evaluated from left to right, since `setXFilesFactor` changes what later ones see; a function
//! that needs another range evaluates its first argument again in a copy of its scope.

mod cache;
mod columns;
mod cost;
mod invocation;
mod memory;
mod shared;
mod total;

use std::collections::HashMap;
use std::sync::Arc;

use plumbago_protocol::limits;

use crate::consolidation::Consolidation;
use crate::error::{Place, QueryError};
use crate::functions::Descriptor;
use crate::plan::{Fetches, Node, PlannedArgument, PlannedCall};
use crate::series::Series;
use crate::source::{ArchiveFacts, Shape};

pub(crate) use invocation::{Invocation, Times};
use memory::{Held, bytes_of, column_bytes};
pub(crate) use shared::Shared;

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
    /// Most bytes of columns, fetched ones and those that functions make.
    pub memory_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            series_max: limits::QUERY_SERIES_MAX,
            points_max: limits::QUERY_POINTS_MAX,
            memory_max: limits::QUERY_MEMORY_BYTES_MAX,
        }
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

/// The evaluation of one target, or of several one after the other.
pub(crate) struct Run<'a> {
    shared: &'a Shared<'a>,
    held: Held<'a>,
    /// The running totals of `stacked`, by stack name.
    stacks: HashMap<String, Vec<f64>>,
}

impl<'a> Shared<'a> {
    /// Finds out what is known to be needed, refuses it if it is too much, and reads it.
    pub(crate) fn fetch(&self, fetches: Fetches) -> Result<(), QueryError> {
        self.cache.fill(fetches.into_needed(), !self.keeps_origin, &self.budget)
    }

    /// Whether what is read is so much that targets are better run side by side.
    pub(crate) fn is_large(&self) -> bool {
        self.cache.points() >= columns::SHARED_POINTS_MIN
    }
}

impl<'a> Run<'a> {
    pub(crate) fn new(shared: &'a Shared<'a>) -> Run<'a> {
        Run { shared, held: Held::new(&shared.budget), stacks: HashMap::new() }
    }

    /// Evaluates one node.
    pub(crate) fn evaluate(&mut self, node: &Node, scope: &mut Scope) -> Result<Output, QueryError> {
        self.shared.count_evaluation()?;
        match node {
            Node::Fetch(fetch) => {
                let fetched = self.shared.cache.take(fetch, scope.from, scope.until, &mut self.held)?;
                let x_files_factor = scope.x_files_factor.unwrap_or(0.0);
                let series = fetched
                    .into_iter()
                    .map(|one| Series::fetched(one, fetch.expression.clone(), x_files_factor))
                    .map(|one| self.consolidated_as_asked(one))
                    .collect::<Vec<_>>();
                Ok(series.into())
            }
            Node::Call(call) => {
                let before = self.held.live();
                let output = self.evaluate_call(call, scope)?;
                self.held.drop_to(before);
                self.held.add(bytes_of(output.iter()))?;
                Ok(output)
            }
        }
    }

    fn evaluate_call(&mut self, call: &PlannedCall, scope: &mut Scope) -> Result<Output, QueryError> {
        if let Some(totals) = self.totals(call, scope)? {
            return Ok(totals.into());
        }
        let shape = self.shape_of_first(call, scope)?;
        let mut series = Vec::with_capacity(call.arguments.len());
        for (position, argument) in call.arguments.iter().enumerate() {
            series.push(match argument {
                PlannedArgument::Series(node) if position > 0 || shape.is_none() => {
                    Some(self.evaluate(node, scope)?)
                }
                _ => None,
            });
        }
        let given = Given { arguments: &call.arguments, series, shape };
        self.invoke(call.descriptor, given, scope, call.place)
    }

    /// When the series of the first argument have values, if that is all that the function takes of them, and known without
    /// reading them.
    fn shape_of_first(&mut self, call: &PlannedCall, scope: &Scope) -> Result<Option<Shape>, QueryError> {
        match call.only_times() {
            Some(fetch) if !self.shared.keeps_origin => {
                let shape = self.shared.cache.shape(fetch, scope.from, scope.until)?;
                // Otherwise it counts when it is evaluated.
                if shape.is_some() {
                    self.shared.count_evaluation()?;
                }
                Ok(shape)
            }
            _ => Ok(None),
        }
    }

    /// Calls a function with evaluated series.
    fn invoke(
        &mut self,
        descriptor: &'static Descriptor,
        given: Given<'_>,
        scope: &mut Scope,
        place: Place,
    ) -> Result<Output, QueryError> {
        let Given { arguments, series, shape } = given;
        let origin = CommonOrigin::of(&series);
        let mut invocation =
            Invocation { run: self, scope, descriptor, arguments, series, shape, place, made: 0 };
        let mut output = (descriptor.evaluate)(&mut invocation).map_err(|error| error.at(place))?;
        let points = output.points();
        if points > self.shared.limits.points_max {
            self.check_points(points)?;
        }
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
        if let (ConsolidateBy::Stored, Some(stored)) = (self.shared.consolidate, one.stored) {
            one.consolidation = stored;
        }
    }

    fn consolidated_as_asked(&self, one: Series) -> Series {
        match (self.shared.consolidate, one.stored) {
            (ConsolidateBy::Stored, Some(consolidation)) => Series { consolidation, ..one },
            _ => one,
        }
    }

    /// Refuses a number of points beyond the limit, or more of them than there is memory for.
    fn check_points(&mut self, points: usize) -> Result<(), QueryError> {
        let points_max = self.shared.limits.points_max;
        if points > points_max {
            return Err(QueryError::over_limit(format!(
                "{points} points in one step of the query exceed the limit of {points_max}"
            )));
        }
        self.held.reserve(column_bytes(0, points))
    }
}

/// What a function is called with.
struct Given<'g> {
    arguments: &'g [PlannedArgument],
    /// The series of those arguments that are series.
    series: Vec<Option<Output>>,
    /// Of the first, only when it has values.
    shape: Option<Shape>,
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
