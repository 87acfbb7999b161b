//! `/render`: targets and a range to columns, as JSON.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::{json, wrap};
use super::range::Clockwork;
use super::{App, query_fault, render_meta};
use jiff::tz::TimeZone;
use plumbago_protocol::encode::{RenderJson, SeriesView, Target};
use plumbago_query::{
    ConsolidateBy, Label, Limits, QueryError, RenderRequest, RenderedSeries, render as run,
};
use serde_json::{Value, json as value};

/// How far back an answer reaches without `from`, in seconds.
const RANGE_SECONDS_DEFAULT: i64 = 86_400;

/// `/render`
pub(super) fn render(app: &App, call: &Call) -> Result<Answer, Fault> {
    let format = call.params.last_filled("format").unwrap_or("json");
    if format != "json" {
        return Err(Fault::bad_request(format!("format: expected json, found {format:?}")));
    }
    let request = request(app, call)?;
    let series = run(&app.source_for(call), &request).map_err(query_fault)?;
    if tells_origin(call) {
        return json(&call.params, &render_meta::answer(&series));
    }
    if request.no_null_points {
        return json(&call.params, &series.iter().map(known_points).collect::<Vec<_>>());
    }
    wrap(&call.params, to_json(&series))
}

/// The series of one expression over one range, for pages of our own.
///
/// # Errors
/// As for a request.
pub(super) fn evaluate(
    app: &App,
    target: String,
    from: i64,
    until: i64,
) -> Result<Vec<RenderedSeries>, QueryError> {
    let request = RenderRequest {
        time_zone: home_zone(app),
        home_zone: home_zone(app),
        limits: limits(app),
        helpers: app.query_helpers.clone(),
        ..RenderRequest::new(vec![target], from, until, until)
    };
    run(&app.source(), &request)
}

fn request(app: &App, call: &Call) -> Result<RenderRequest, Fault> {
    let clockwork = Clockwork::of(app, call)?;
    let now = clockwork.now;
    let params = &call.params;
    let x_files_factor =
        match params.last("xFilesFactor") {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| {
                Fault::bad_request(format!("xFilesFactor: expected a number, found {text:?}"))
            })?),
        };
    Ok(RenderRequest {
        targets: params.all("target").chain(params.all("target[]")).map(str::to_owned).collect(),
        template: params.in_brackets("template"),
        from: clockwork.time(call, "from")?.unwrap_or(now.saturating_sub(RANGE_SECONDS_DEFAULT)),
        until: clockwork.time(call, "until")?.unwrap_or(now),
        now,
        time_zone: clockwork.zone,
        home_zone: home_zone(app),
        // What is no count is ignored, as graphite-web does.
        max_data_points: params.last_filled("maxDataPoints").and_then(|text| text.parse().ok()),
        x_files_factor,
        consolidate: consolidate_by(params.last_filled("consolidation"))?,
        with_origin: tells_origin(call),
        no_null_points: params.last("noNullPoints").is_some(),
        limits: limits(app),
        cancel: call.cancel.clone(),
        helpers: app.query_helpers.clone(),
    })
}

/// Whether the answer tells where each series comes from.
fn tells_origin(call: &Call) -> bool {
    call.params.last("meta") == Some("true")
}

/// How values become one point where the expression does not say it.
fn consolidate_by(text: Option<&str>) -> Result<ConsolidateBy, Fault> {
    match text {
        None | Some("average") => Ok(ConsolidateBy::Average),
        Some("stored") => Ok(ConsolidateBy::Stored),
        Some(other) => {
            Err(Fault::bad_request(format!("consolidation: expected average or stored, found {other:?}")))
        }
    }
}

fn home_zone(app: &App) -> TimeZone {
    app.settings.query.get().time_zone.clone()
}

fn limits(app: &App) -> Limits {
    let limits = app.settings.query.get();
    Limits { series_max: limits.series_max, points_max: limits.points_max, memory_max: limits.memory_max }
}

fn to_json(series: &[RenderedSeries]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut writer = RenderJson::begin(&mut text);
    for one in series {
        let tags = one.tags.to_map();
        let tags: Vec<(&str, &str)> =
            tags.iter().map(|(tag, value)| (tag.as_str(), value.as_str())).collect();
        let view = SeriesView {
            target: match one.label {
                Label::Text => Target::Text(&one.name),
                Label::Number => Target::Number(&one.name),
                Label::Null => Target::Null,
            },
            tags: &tags,
            start: one.start,
            step: one.step,
            values: &one.values,
        };
        writer.series(&mut text, &view);
    }
    writer.end(&mut text);
    text
}

/// A series without its missing points.
fn known_points(series: &RenderedSeries) -> Value {
    let datapoints: Vec<(Option<f64>, i64)> = series.points().collect();
    let target = match series.label {
        Label::Text => value!(&*series.name),
        Label::Number => series.name.parse().map_or(Value::Null, Value::Number),
        Label::Null => Value::Null,
    };
    value!({"target": target, "tags": series.tags.to_map(), "datapoints": datapoints})
}
