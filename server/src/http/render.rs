//! `/render`: targets and a range to columns, in the format that is asked for.
//!
//! Owns the reading of the request. What an answer looks like is `formats`' affair.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::json;
use super::formats::{self, Answered, Caching, Form};
use super::range::Clockwork;
use super::{App, pictures, query_fault, render_meta};
use jiff::tz::TimeZone;
use plumbago_protocol::encode::{self, SeriesList};
use plumbago_query::{ConsolidateBy, Limits, QueryError, RenderRequest, RenderedSeries, render as run};

/// How far back an answer reaches without `from`, in seconds.
const RANGE_SECONDS_DEFAULT: i64 = 86_400;

/// `/render`
pub(super) fn render(app: &App, call: &Call) -> Result<Answer, Fault> {
    let form = Form::of(call)?;
    let request = request(app, call)?;
    let caching = Caching::of(call, app.clock.now())?;
    if form == Form::ProtobufV3 && !call.body.is_empty() {
        return messages(app, call, &request, &caching);
    }
    if form == Form::Json && tells_origin(call) {
        let series = run(&app.source_for(call), &request).map_err(query_fault)?;
        return json(&call.params, &render_meta::answer(&series));
    }
    if let Form::Picture(kind) = form {
        return pictures::picture(app, call, kind, request, &caching);
    }
    let list = Answered::of(series(app, call, form, &request)?, request.from, request.until);
    formats::series_answer(call, form, list, request.time_zone, &caching)
}

/// The series that a request asks for. Only JSON has its points consolidated and cut to the range: whoever takes another
/// format works on with all values.
fn series(app: &App, call: &Call, form: Form, request: &RenderRequest) -> Result<Vec<RenderedSeries>, Fault> {
    let outcome = match form {
        Form::Json => run(&app.source_for(call), request),
        _ => plumbago_query::evaluate(&app.source_for(call), request).map(plumbago_query::unconsolidated),
    };
    outcome.map_err(query_fault)
}

/// The answer to a message of carbonapi's third dialect: each expression over a range of its own.
fn messages(app: &App, call: &Call, common: &RenderRequest, caching: &Caching) -> Result<Answer, Fault> {
    let asked =
        encode::fetch_requests_v3(&call.body).map_err(|fault| Fault::bad_request(fault.to_string()))?;
    let mut list = Answered::default();
    for one in asked {
        let request = RenderRequest {
            targets: vec![one.name],
            from: one.start,
            until: one.stop,
            limits: Limits {
                series_max: common.limits.series_max.saturating_sub(list.count()),
                points_max: common.limits.points_max.saturating_sub(list.points()),
                memory_max: common.limits.memory_max.saturating_sub(list.points().saturating_mul(8)),
            },
            ..common.clone()
        };
        let series = series(app, call, Form::ProtobufV3, &request)?;
        let path_expression = Some(one.path_expression).filter(|text| !text.is_empty());
        list.add(series, one.start, one.stop, path_expression);
    }
    formats::series_answer(call, Form::ProtobufV3, list, common.time_zone.clone(), caching)
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
