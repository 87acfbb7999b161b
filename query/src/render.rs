//! From a request to columns ready for an answer.
//!
//! Invariant: targets are planned, then everything known to be needed is read, then they run in their order; only what a
//! single aggregate needs is read when that runs. What an answer looks like on the wire is decided elsewhere.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::tz::TimeZone;
use plumbago_protocol::limits;

use crate::cancel::Cancel;
use crate::consolidation::{Consolidation, consolidate_chunks};
use crate::error::QueryError;
use crate::helpers::Helpers;
use crate::plan::{self, Fetches, Node};
use crate::run::{ConsolidateBy, Limits, Output, Run, Scope, Shared};
use crate::series::{Label, Series};
use crate::source::{ArchiveFacts, Source};
use crate::tags::Tags;
use crate::times;

/// A render request, times resolved.
#[derive(Clone, Debug)]
pub struct RenderRequest {
    /// Expressions; empty ones are skipped.
    pub targets: Vec<String>,
    /// Template variables of the request, which win over those in `template(…)`.
    pub template: BTreeMap<String, String>,
    /// Start of the range in seconds since the epoch, exclusive.
    pub from: i64,
    /// End of the range in seconds since the epoch, inclusive.
    pub until: i64,
    /// The present in seconds since the epoch.
    pub now: i64,
    /// The time zone of wall-clock times inside expressions.
    pub time_zone: TimeZone,
    /// The same for `linearRegression` and `timeSlice`, which do not mind the request's zone: the server's own.
    pub home_zone: TimeZone,
    /// More points than this are consolidated.
    pub max_data_points: Option<u64>,
    /// The share of known values that aggregates and consolidated points need by default.
    pub x_files_factor: Option<f64>,
    /// How values become one point where no function says so.
    pub consolidate: ConsolidateBy,
    /// Whether the answer will tell of computed series, too, which archive they come from ([`SeriesMeta`]).
    pub with_origin: bool,
    /// Leave out points without a value, and then series without points.
    pub no_null_points: bool,
    /// How much may be read.
    pub limits: Limits,
    /// Ends the evaluation when the answer is not wanted any more.
    pub cancel: Cancel,
    /// Threads that may help; the answer is the same without.
    pub helpers: Arc<Helpers>,
}

impl RenderRequest {
    /// A request for one range, everything else as when a client gives no more.
    pub fn new(targets: Vec<String>, from: i64, until: i64, now: i64) -> RenderRequest {
        RenderRequest {
            targets,
            template: BTreeMap::new(),
            from,
            until,
            now,
            time_zone: TimeZone::UTC,
            home_zone: TimeZone::UTC,
            max_data_points: None,
            x_files_factor: None,
            consolidate: ConsolidateBy::Average,
            with_origin: false,
            no_null_points: false,
            limits: Limits::default(),
            cancel: Cancel::new(),
            helpers: Arc::default(),
        }
    }

    /// Whether anything may ask how the store keeps the series that others are made of.
    pub(crate) fn keeps_origin(&self) -> bool {
        // `consolidateBy(…, "stored")` may stand anywhere, even in a text that a function evaluates: too often is harmless.
        let mut texts = self.targets.iter().chain(self.template.values());
        self.with_origin
            || self.consolidate == ConsolidateBy::Stored
            || texts.any(|text| text.contains("stored"))
    }
}

/// One series of an answer.
#[derive(Clone, Debug)]
pub struct RenderedSeries {
    /// The name to show.
    pub name: Arc<str>,
    /// Which type the name has in JSON.
    pub label: Label,
    /// The expression that the series answers.
    pub path_expression: Arc<str>,
    /// The tags to show.
    pub tags: Tags,
    /// Time of the first value, in seconds since the epoch.
    pub start: i64,
    /// End of the range, in seconds since the epoch, as the functions left it.
    pub end: i64,
    /// Distance of two values in seconds.
    pub step: i64,
    /// The values; NaN and infinities are shown as null.
    pub values: Vec<f64>,
    /// The share of known values that a consolidated point needs.
    pub x_files_factor: f64,
    /// Whether points with a missing value are left out of the answer.
    pub no_null_points: bool,
    /// Where the values came from and what was done to them, for the `meta` part of an answer.
    pub meta: SeriesMeta,
}

/// Facts about one series of an answer.
#[derive(Clone, Debug)]
pub struct SeriesMeta {
    /// The archive that answered; `None` for a series that was made from nothing or from several archives.
    pub archive: Option<Arc<ArchiveFacts>>,
    /// How values were consolidated.
    pub consolidation: Consolidation,
    /// How many values became one point at run time; 1 if none were joined.
    pub values_per_point: u64,
    /// How many stored series it was made of; 0 if that is not known.
    pub sources: usize,
}

impl RenderedSeries {
    /// The points to show: value (`None` for null) and time.
    pub fn points(&self) -> impl Iterator<Item = (Option<f64>, i64)> + '_ {
        let times = (0_i64..).map(|at| self.start.saturating_add(at.saturating_mul(self.step)));
        let points = self.values.iter().zip(times);
        let shown = points.filter(|(value, _)| !self.no_null_points || !value.is_nan());
        shown.map(|(value, time)| (value.is_finite().then_some(*value), time))
    }
}

/// Answers a render request.
///
/// # Errors
/// A syntax error or wrong argument with its column, a limit, or a fault of the store.
pub fn render(source: &dyn Source, request: &RenderRequest) -> Result<Vec<RenderedSeries>, QueryError> {
    let series = evaluate(source, request)?;
    let mut rendered = consolidate(series, request.max_data_points);
    if request.no_null_points {
        rendered.retain(|one| one.values.iter().any(|value| !value.is_nan()));
        rendered.iter_mut().for_each(|one| one.no_null_points = true);
    }
    Ok(rendered)
}

/// Evaluates the targets of a request, without consolidation.
///
/// # Errors
/// As for [`render`].
pub fn evaluate(source: &dyn Source, request: &RenderRequest) -> Result<Vec<Series>, QueryError> {
    if request.targets.len() > limits::TARGETS_MAX {
        return Err(QueryError::over_limit(format!(
            "{} targets exceed the limit of {}",
            request.targets.len(),
            limits::TARGETS_MAX
        )));
    }
    let (from, until) = (request.from.min(request.until), request.from.max(request.until));
    if from == until {
        return Err(QueryError::bad_request(format!("the range from {from} until {until} is empty")));
    }
    times::check_range(from, until)?;
    let targets = request.targets.iter().enumerate().filter(|(_, target)| !target.trim().is_empty());
    let nodes = targets
        .map(|(position, target)| plan::plan_target(target, position, &request.template))
        .collect::<Result<Vec<_>, _>>()?;
    let mut fetches = Fetches::default();
    for node in &nodes {
        fetches.add(node, from, until)?;
    }
    if nodes.iter().any(Node::returns_groups) {
        return Err(QueryError::bad_request(
            "mapSeries makes lists of series, which only reduceSeries can use",
        ));
    }
    let shared = Shared::new(source, request);
    shared.fetch(fetches)?;
    let scope = Scope { from, until, x_files_factor: request.x_files_factor };
    if nodes.len() > 1 && shared.is_large() && !nodes.iter().any(Node::is_ordered) {
        side_by_side(&shared, &nodes, &scope)
    } else {
        one_by_one(&shared, &nodes, scope)
    }
}

/// Runs targets that may change what those behind them see.
fn one_by_one(shared: &Shared<'_>, nodes: &[Node], mut scope: Scope) -> Result<Vec<Series>, QueryError> {
    let mut run = Run::new(shared);
    let mut series = Vec::new();
    for node in nodes {
        series.extend(run.evaluate(node, &mut scope)?.flatten());
    }
    Ok(series)
}

/// Runs targets that know nothing of each other, on as many threads as there are.
fn side_by_side(shared: &Shared<'_>, nodes: &[Node], scope: &Scope) -> Result<Vec<Series>, QueryError> {
    let outcomes: Vec<OnceLock<Result<Vec<Series>, QueryError>>> =
        nodes.iter().map(|_| OnceLock::new()).collect();
    shared.each(nodes.len(), |number| {
        if let (Some(node), Some(outcome)) = (nodes.get(number), outcomes.get(number)) {
            let series = Run::new(shared).evaluate(node, &mut scope.clone()).map(Output::flatten);
            // Every number comes up once.
            let _ = outcome.set(series);
        }
    });
    let mut series = Vec::new();
    for outcome in outcomes.into_iter().filter_map(OnceLock::into_inner) {
        series.append(&mut outcome?);
    }
    Ok(series)
}

/// Joins neighbouring values so that no series has more than `max_data_points` over the range of all; with `None` or
/// zero, values stay as they are.
pub fn consolidate(series: Vec<Series>, max_data_points: Option<u64>) -> Vec<RenderedSeries> {
    let start = series.iter().map(|one| one.start).min().unwrap_or(0);
    let end = series.iter().map(|one| one.end).max().unwrap_or(0);
    let nothing_at_all = series.iter().all(|one| one.values.is_empty());
    if nothing_at_all {
        return Vec::new();
    }
    let range_seconds = end.saturating_sub(start);
    series.into_iter().map(|one| consolidate_one(one, range_seconds, max_data_points)).collect()
}

fn consolidate_one(mut series: Series, range_seconds: i64, max_data_points: Option<u64>) -> RenderedSeries {
    let step = series.step.max(1);
    let (mut start, mut chunk, mut skipped) = (series.start, 1_i64, 0_usize);
    match max_data_points {
        None | Some(0) => {}
        Some(1) => chunk = i64::try_from(series.values.len()).unwrap_or(1).max(1),
        Some(wanted) => {
            let points = range_seconds as f64 / step as f64;
            if (wanted as f64) < points {
                chunk = (points / wanted as f64).ceil() as i64;
                let seconds = chunk.saturating_mul(step);
                // Chunks start at multiples of their length, so that a refreshed graph does not flicker.
                let nudge = seconds + start.rem_euclid(step) - start.rem_euclid(seconds);
                start += nudge;
                skipped = usize::try_from(nudge / step - 1).unwrap_or(0);
            }
        }
    }
    let length = usize::try_from(chunk).unwrap_or(1);
    let mut values = match length {
        0 | 1 => series.values.split_off(skipped.min(series.values.len())),
        _ => {
            let values = series.values.get(skipped..).unwrap_or_default();
            consolidate_chunks(values, length, series.consolidation, series.x_files_factor)
        }
    };
    let step = step.saturating_mul(chunk);
    // Times run up to and including the end; values beyond it are not shown.
    let points = if series.end < start { 0 } else { (series.end - start) / step + 1 };
    values.truncate(usize::try_from(points).unwrap_or(0));
    let values_per_point = u64::try_from(chunk).unwrap_or(1);
    shown(RowsOf { start, step, values, values_per_point }, series)
}

/// Every value of every series, also those that an answer in JSON would leave out: what other formats show.
pub fn unconsolidated(series: Vec<Series>) -> Vec<RenderedSeries> {
    let all = series.into_iter().map(|mut one| {
        let values = std::mem::take(&mut one.values);
        shown(RowsOf { start: one.start, step: one.step.max(1), values, values_per_point: 1 }, one)
    });
    all.collect()
}

/// The values to show of a series.
struct RowsOf {
    start: i64,
    step: i64,
    values: Vec<f64>,
    values_per_point: u64,
}

fn shown(rows: RowsOf, series: Series) -> RenderedSeries {
    RenderedSeries {
        label: series.label.fitting(&series.name),
        name: series.name,
        path_expression: series.path_expression,
        tags: series.tags,
        start: rows.start,
        end: series.end,
        step: rows.step,
        values: rows.values,
        x_files_factor: series.x_files_factor,
        no_null_points: false,
        meta: SeriesMeta {
            archive: series.facts,
            consolidation: series.consolidation,
            values_per_point: rows.values_per_point,
            sources: series.sources,
        },
    }
}
