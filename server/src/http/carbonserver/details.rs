//! `/metrics/list` and `/metrics/details`: all series, and what is known of each.
//!
//! Series share files, so that the size told of each is an even share of all of them.

use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::super::{App, store_fault};
use super::dialect::Dialect;
use plumbago_engine::Selector;
use plumbago_protocol::encode::{Detail, list_of_names, sizes_of_names};
use plumbago_protocol::{Glob, limits};
use serde_json::{Value, json as value};
use std::sync::Arc;

/// `/metrics/list`
pub(in super::super) fn list(app: &App, call: &Call) -> Result<Answer, Fault> {
    let dialect = Dialect::of(call)?;
    let mut names = app.engine.names(limits::QUERY_SERIES_MAX);
    names.sort_unstable();
    if dialect == Dialect::Json {
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        return json(&call.params, &value!({ "Metrics": names }));
    }
    let mut bytes = Vec::new();
    list_of_names(&mut bytes, names);
    Ok(dialect.message(bytes))
}

/// `/metrics/details`
pub(in super::super) fn details(app: &App, call: &Call) -> Result<Answer, Fault> {
    let dialect = Dialect::of(call)?;
    let now = app.clock.now();
    let all = Glob::parse("**").map_err(|fault| Fault::internal(fault.to_string()))?;
    // Whatever its points say of the time, no series is newer than this.
    let series =
        app.engine.stale(&Selector::Glob(all), limits::TIMESTAMP_SECONDS_MAX, now).map_err(store_fault)?;
    let stats = app.engine.stats();
    let size_bytes = stats.segment_bytes / stats.series.max(1);
    let (free_bytes, total_bytes) = room(app);
    let details = series.into_iter().map(|one| Detail {
        name: one.name,
        size_bytes,
        last_point: one.last_seen.unwrap_or(0),
    });
    if dialect == Dialect::Json {
        let metrics: Vec<Value> = details.map(|one| shown(&one)).collect();
        let body = value!({"Metrics": metrics, "FreeSpace": free_bytes, "TotalSpace": total_bytes});
        return json(&call.params, &body);
    }
    let mut bytes = Vec::new();
    sizes_of_names(&mut bytes, details, free_bytes, total_bytes);
    Ok(dialect.message(bytes))
}

fn shown(one: &Detail<Arc<str>>) -> Value {
    value!({
        "Name": &*one.name,
        "Size": one.size_bytes,
        "ModTime": one.last_point,
        "ATime": one.last_point,
        "RdTime": 0,
    })
}

/// Free and all bytes of the disk that the store is on; zero where it does not say.
fn room(app: &App) -> (u64, u64) {
    rustix::fs::statvfs(app.events.data_dir()).map_or((0, 0), |disk| {
        (disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize))
    })
}
