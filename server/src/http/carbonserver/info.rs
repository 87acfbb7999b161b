//! `/info`: how series are kept.
//!
//! What is told is the rule that a series follows now; after a change of the rules older data may lie in other archives.

use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::super::{App, store_fault};
use super::dialect::Dialect;
use hyper::StatusCode;
use plumbago_engine::{FetchQuery, Policy, Selector};
use plumbago_protocol::encode::{self, Archive, Information};
use plumbago_protocol::{canonical, limits};
use serde_json::{Value, json as value};

/// `/info` with `target`, repeated, or a message of carbonapi's third dialect.
pub(in super::super) fn info(app: &App, call: &Call) -> Result<Answer, Fault> {
    let dialect = Dialect::of(call)?;
    let names = match call.body.is_empty() {
        true => call.params.all("target").map(str::to_owned).collect(),
        false => {
            let message = encode::glob_request_v3(&call.body);
            message.map_err(|fault| Fault::bad_request(fault.to_string()))?.queries
        }
    };
    if names.is_empty() {
        return Err(Fault::bad_request("target: no series is named"));
    }
    let kept: Vec<(String, Policy)> = names
        .into_iter()
        .map(|name| Ok((name.clone(), policy(app, &name)?)))
        .collect::<Result<_, Fault>>()?;
    let series = kept.iter().map(|(name, policy)| information(name, policy));
    let mut bytes = Vec::new();
    match dialect {
        Dialect::Json => {
            let metrics: Vec<Value> = series.map(|one| shown(&one)).collect();
            return json(&call.params, &value!({ "metrics": metrics }));
        }
        // This dialect has room for one series.
        Dialect::ProtobufV2 => series.take(1).for_each(|one| encode::information_v2(&mut bytes, &one)),
        Dialect::ProtobufV3 => series.for_each(|one| encode::information_v3(&mut bytes, &one)),
    }
    Ok(dialect.message(bytes))
}

/// How a series is kept that exists.
fn policy(app: &App, text: &str) -> Result<Policy, Fault> {
    let absent = || Fault::new(StatusCode::NOT_FOUND, format!("target: there is no series {text:?}"));
    let name = canonical(text).map_err(|refusal| Fault::bad_request(format!("target: {refusal}")))?;
    let now = app.clock.now();
    // Nothing is read: only whether there is something to be read.
    let query = FetchQuery {
        selector: Selector::Name(name.clone().into_owned()),
        from: now.saturating_sub(1),
        until: now,
        now,
        series_max: 1,
        points_max: limits::QUERY_POINTS_MAX,
    };
    let reading = app.engine.reading(&query).map_err(store_fault)?;
    let policy = app.engine.policy_for(&name).filter(|_| reading.series_count() > 0);
    policy.ok_or_else(absent)
}

fn information<'a>(name: &'a str, policy: &Policy) -> Information<'a> {
    let archives = policy.archives().iter().map(|archive| Archive {
        step_secs: i64::from(archive.step_secs),
        slots: i64::from(archive.retention_secs / archive.step_secs.max(1)),
    });
    Information {
        name,
        aggregation: titled(policy.aggregation().name()),
        retention_secs: policy.archives().last().map_or(0, |archive| i64::from(archive.retention_secs)),
        x_files_factor: policy.x_files_factor(),
        archives: archives.collect(),
    }
}

/// The method as carbonserver spells it.
fn titled(name: &'static str) -> &'static str {
    match name {
        "average" => "Average",
        "sum" => "Sum",
        "min" => "Min",
        "max" => "Max",
        "last" => "Last",
        other => other,
    }
}

fn shown(series: &Information<'_>) -> Value {
    let archive = |one: &Archive| value!({"secondsPerPoint": one.step_secs, "numberOfPoints": one.slots});
    value!({
        "name": series.name,
        "consolidationFunc": series.aggregation,
        "maxRetention": series.retention_secs,
        "xFilesFactor": series.x_files_factor,
        "retentions": series.archives.iter().map(archive).collect::<Vec<_>>(),
    })
}
