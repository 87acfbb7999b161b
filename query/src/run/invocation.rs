//! What a function sees when it is called: its arguments, its range, and ways to evaluate more.
//!
//! Invariant: a function changes nothing outside but the scope's default xFilesFactor and the stacks.

use jiff::tz::TimeZone;

use crate::cancel::Steps;
use crate::error::{Place, QueryError};
use crate::functions::Descriptor;
use crate::plan::{self, Arguments, Literal, PlannedArgument, Shift};
use crate::series::{Grid, Series};
use crate::source::{Shape, Source};
use crate::times;

use super::{Given, Output, Run, Scope};

/// When series have values.
pub(crate) struct Times {
    /// The grid of the first series.
    pub(crate) first: Grid,
    /// The coarsest step of all of them.
    pub(crate) coarsest_step: i64,
}

/// One call of a function.
pub(crate) struct Invocation<'i, 'a> {
    pub(super) run: &'i mut Run<'a>,
    pub(super) scope: &'i mut Scope,
    pub(super) descriptor: &'static Descriptor,
    pub(super) arguments: &'i [PlannedArgument],
    pub(super) series: Vec<Option<Output>>,
    /// The times of the first argument's series, if these were not read.
    pub(super) shape: Option<Shape>,
    pub(super) place: Place,
    /// Points that the function has announced.
    pub(super) made: usize,
}

impl<'i, 'a> Invocation<'i, 'a> {
    /// The literal arguments.
    pub(crate) fn arguments(&self) -> Arguments<'i> {
        Arguments::new(self.descriptor, self.arguments)
    }

    /// The name that the function was declared with.
    pub(crate) fn name(&self) -> &'static str {
        self.descriptor.name
    }

    /// The series of the first argument; empty on a second call.
    pub(crate) fn take_series(&mut self) -> Vec<Series> {
        self.take_at(0).map(Output::flatten).unwrap_or_default()
    }

    /// When the series of the first argument have values; nothing without series, and on a second call. For functions that
    /// are declared so, the values are not even read where the store knows the times without them.
    pub(crate) fn take_times(&mut self) -> Option<Times> {
        if let Some(shape) = self.shape.take() {
            let first = Grid::of_column(shape.first_start, shape.first_step, shape.first_count);
            return Some(Times { first, coarsest_step: shape.coarsest_step });
        }
        let series = self.take_series();
        let coarsest_step = series.iter().map(|one| one.step).max()?;
        Some(Times { first: series.first()?.grid(), coarsest_step })
    }

    /// The series of a named parameter; `None` if it was not given, or not as series.
    pub(crate) fn take_named(&mut self, name: &str) -> Option<Vec<Series>> {
        let position = self.descriptor.parameters.iter().position(|parameter| parameter.name == name)?;
        self.take_at(position).map(Output::flatten)
    }

    /// The series of all arguments, one list each.
    pub(crate) fn take_lists(&mut self) -> Vec<Vec<Series>> {
        std::mem::take(&mut self.series).into_iter().flatten().map(Output::flatten).collect()
    }

    /// The groups of the first argument.
    pub(crate) fn take_groups(&mut self) -> Vec<Vec<Series>> {
        match self.take_at(0) {
            Some(Output::Groups(groups)) => groups,
            Some(Output::Series(series)) => vec![series],
            None => Vec::new(),
        }
    }

    fn take_at(&mut self, position: usize) -> Option<Output> {
        debug_assert!(position > 0 || self.shape.is_none(), "{} takes more than times", self.name());
        self.series.get_mut(position).and_then(Option::take)
    }

    /// The store behind the query, for what is no series.
    pub(crate) fn source(&self) -> &'a dyn Source {
        self.run.shared.source()
    }

    /// The range asked for.
    pub(crate) fn range(&self) -> (i64, i64) {
        (self.scope.from, self.scope.until)
    }

    /// The grid of a series that is made from nothing over the range.
    pub(crate) fn range_grid(&self, step: i64) -> Grid {
        Grid { start: self.scope.from, end: self.scope.until, step: step.max(1) }
    }

    pub(crate) fn now(&self) -> i64 {
        self.run.shared.now
    }

    pub(crate) fn zone(&self) -> &TimeZone {
        &self.run.shared.zone
    }

    /// The server's own zone.
    pub(crate) fn home_zone(&self) -> &TimeZone {
        &self.run.shared.home_zone
    }

    /// The default xFilesFactor at this place of the expression.
    pub(crate) fn x_files_factor(&self) -> f64 {
        self.scope.x_files_factor.unwrap_or(0.0)
    }

    /// Changes the default xFilesFactor for everything evaluated later.
    pub(crate) fn set_x_files_factor(&mut self, factor: f64) {
        self.scope.x_files_factor = Some(factor);
    }

    /// The running totals of a stack.
    pub(crate) fn stack(&mut self, name: &str) -> &mut Vec<f64> {
        self.run.stacks.entry(name.to_owned()).or_default()
    }

    /// Refuses more points than the request may make, those included that were announced before. Functions ask before
    /// they make columns that are longer than what they are given.
    pub(crate) fn check_points(&mut self, points: usize) -> Result<(), QueryError> {
        self.made = self.made.saturating_add(points);
        self.run.check_points(self.made)
    }

    /// Counts the steps of long loops, which end when the answer is not wanted any more.
    pub(crate) fn steps(&self) -> Steps<'a> {
        self.run.shared.cancel.steps()
    }

    /// Evaluates the first argument again over a moved range.
    pub(crate) fn again(&mut self, shift: Shift) -> Result<Vec<Series>, QueryError> {
        let (from, until) =
            (self.scope.from.saturating_add(shift.from), self.scope.until.saturating_add(shift.until));
        self.again_over(from, until)
    }

    /// Evaluates the first argument again over another range.
    pub(crate) fn again_over(&mut self, from: i64, until: i64) -> Result<Vec<Series>, QueryError> {
        times::check_range(from, until)?;
        let Some(PlannedArgument::Series(node)) = self.arguments.first() else {
            return Err(QueryError::bad_request(format!(
                "{} cannot be used as a callback: it reads another range",
                self.descriptor.name
            )));
        };
        let mut scope = Scope { from, until, ..self.scope.clone() };
        self.run.evaluate(node, &mut scope).map(Output::flatten)
    }

    /// Plans and evaluates an expression that was put together from names.
    pub(crate) fn evaluate_text(&mut self, expression: &str) -> Result<Vec<Series>, QueryError> {
        let node = plan::plan_derived(expression, self.place.target).map_err(|error| {
            QueryError::bad_request(format!(
                "{}: the expression {expression:?} is wrong: {error}",
                self.descriptor.name
            ))
        })?;
        let mut scope = self.scope.clone();
        self.run.evaluate(&node, &mut scope).map(Output::flatten)
    }

    /// Calls another function over lists of series, its other parameters at their defaults.
    pub(crate) fn call(
        &mut self,
        descriptor: &'static Descriptor,
        lists: Vec<Vec<Series>>,
    ) -> Result<Vec<Series>, QueryError> {
        let default = |parameter: &crate::functions::Parameter| {
            Literal::of_default(parameter.default).map_or(PlannedArgument::Absent, PlannedArgument::Literal)
        };
        let mut arguments: Vec<PlannedArgument> = descriptor.parameters.iter().map(default).collect();
        let takes_more = descriptor.parameters.last().is_some_and(|last| last.multiple);
        if lists.len() > arguments.len() && !takes_more {
            return Err(QueryError::bad_request(format!(
                "{} does not take {} lists of series",
                descriptor.name,
                lists.len()
            )));
        }
        for argument in arguments.iter_mut().take(lists.len()) {
            *argument = PlannedArgument::Absent;
        }
        let series = lists.into_iter().map(|list| Some(Output::Series(list))).collect();
        let given = Given { arguments: &arguments, series, shape: None };
        self.run.invoke(descriptor, given, self.scope, self.place).map(Output::flatten)
    }
}
