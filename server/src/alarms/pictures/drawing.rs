//! The graph of an alarm from the store to a picture.
//!
//! Invariant: it reads what its expression asks for within the limits of a query, between the two times that it names, and
//! shows of that only the series that it names. A picture shows something: where none of them has a value, there is none.

use std::sync::Arc;

use jiff::tz::TimeZone;
use plumbago_alerting::AlarmGraph;
use plumbago_pictures::{AlarmPicture, Picture, PictureError, Series, Threshold, alarm_picture};
use plumbago_query::{Cancel, Helpers, Limits, QueryError, RenderRequest, Series as Found, evaluate};

use super::unchosen::unchosen;
use crate::config::QueryLimits;
use crate::source::EngineSource;

/// Pixels: as wide as a mail program shows at once.
const WIDTH: u32 = 760;
const HEIGHT: u32 = 340;

/// What drawing may use.
pub(crate) struct Means {
    limits: Limits,
    zone: TimeZone,
    cancel: Cancel,
    helpers: Arc<Helpers>,
}

/// Why there is no picture.
#[derive(Debug)]
pub(crate) enum NoPicture {
    /// The expression has no answer.
    Query(QueryError),
    /// None of its series has a value.
    Empty,
    /// It cannot be drawn.
    Picture(PictureError),
}

impl std::fmt::Display for NoPicture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoPicture::Query(error) => write!(formatter, "{error}"),
            NoPicture::Empty => {
                formatter.write_str("none of the series it is about has a value in the time that it shows")
            }
            NoPicture::Picture(error) => write!(formatter, "{error}"),
        }
    }
}

impl Means {
    /// What one query may cost, until `cancel` says that nobody waits for it any more.
    pub(crate) fn of(settings: &QueryLimits, cancel: Cancel, helpers: Arc<Helpers>) -> Means {
        let limits = Limits {
            series_max: settings.series_max,
            points_max: settings.points_max,
            memory_max: settings.memory_max,
        };
        Means { limits, zone: settings.time_zone.clone(), cancel, helpers }
    }

    fn request(&self, expression: &str, (from, until): (i64, i64)) -> RenderRequest {
        RenderRequest {
            time_zone: self.zone.clone(),
            home_zone: self.zone.clone(),
            limits: self.limits,
            cancel: self.cancel.clone(),
            helpers: self.helpers.clone(),
            ..RenderRequest::new(vec![expression.to_owned()], from, until, until)
        }
    }
}

/// Draws a graph.
///
/// # Errors
/// An expression that cannot be evaluated within the limits, has nothing to show, or cannot be drawn.
pub(crate) fn draw(
    graph: &AlarmGraph,
    source: &EngineSource<'_>,
    means: Means,
) -> Result<Picture, NoPicture> {
    let series: Vec<Series> = shown(graph, source, &means)?.into_iter().map(Series::from).collect();
    let threshold =
        |bound: &plumbago_rules::Bound| Threshold { value: bound.value, label: bound.label.clone() };
    let thresholds: Vec<Threshold> = graph.bounds.iter().map(threshold).collect();
    alarm_picture(&AlarmPicture {
        title: &graph.title,
        series: &series,
        thresholds: &thresholds,
        firing: Some(graph.firing_secs),
        range: graph.range_secs,
        zone: &means.zone,
        width: WIDTH,
        height: HEIGHT,
    })
    .map_err(NoPicture::Picture)
}

/// The series of a graph. Those that the expression does not choose over this time are taken from what it chooses from.
fn shown(graph: &AlarmGraph, source: &EngineSource<'_>, means: &Means) -> Result<Vec<Found>, NoPicture> {
    let all = |expression: &str| {
        evaluate(source, &means.request(expression, graph.range_secs)).map_err(NoPicture::Query)
    };
    let mut shown = all(&graph.expression)?;
    shown.retain(|series| graph.series.contains(&series.name));
    shown.truncate(graph.series.len());
    let is_shown = |name: &Arc<str>| shown.iter().any(|series| series.name == *name);
    let missing: Vec<&Arc<str>> = graph.series.iter().filter(|name| !is_shown(name)).collect();
    if !missing.is_empty()
        && let Some(wider) = unchosen(&graph.expression)
    {
        let mut others = match all(&wider) {
            Err(error) if shown.is_empty() => return Err(error),
            // What there is says something, too.
            others => others.unwrap_or_default(),
        };
        others.retain(|series| missing.contains(&&series.name));
        let names: Vec<Arc<str>> = others.iter().map(|series| series.name.clone()).collect();
        // Of several of one name nobody can tell which one was chosen.
        others.retain(|series| names.iter().filter(|name| **name == series.name).count() == 1);
        shown.extend(others);
    }
    let has_value = |series: &Found| series.values.iter().any(|value| value.is_finite());
    if !shown.iter().any(has_value) {
        return Err(NoPicture::Empty);
    }
    Ok(shown)
}
