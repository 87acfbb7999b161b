//! The graph of an alarm from the store to a picture.
//!
//! Invariant: it reads what its expression asks for within the limits of a query, between the two times that it names, and
//! shows of that only the series that it names.

use std::sync::Arc;

use jiff::tz::TimeZone;
use plumbago_alerting::AlarmGraph;
use plumbago_pictures::{AlarmPicture, Picture, PictureError, Series, Threshold, alarm_picture};
use plumbago_query::{Cancel, Helpers, Limits, QueryError, RenderRequest, evaluate};

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
    /// It cannot be drawn.
    Picture(PictureError),
}

impl std::fmt::Display for NoPicture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoPicture::Query(error) => write!(formatter, "{error}"),
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
}

/// Draws a graph.
///
/// # Errors
/// An expression that cannot be evaluated within the limits, or not be drawn.
pub(crate) fn draw(
    graph: &AlarmGraph,
    source: &EngineSource<'_>,
    means: Means,
) -> Result<Picture, NoPicture> {
    let (from, until) = graph.range_secs;
    let request = RenderRequest {
        time_zone: means.zone.clone(),
        home_zone: means.zone.clone(),
        limits: means.limits,
        cancel: means.cancel,
        helpers: means.helpers,
        ..RenderRequest::new(vec![graph.expression.to_string()], from, until, until)
    };
    let found = evaluate(source, &request).map_err(NoPicture::Query)?;
    let shown = found.into_iter().filter(|series| graph.series.contains(&series.name));
    let series: Vec<Series> = shown.take(graph.series.len()).map(Series::from).collect();
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
