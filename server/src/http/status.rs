//! What the server tells about itself: version, health, metrics, refused points.

use super::App;
use super::answer::{Answer, Fault};
use super::call::Call;
use crate::ingest::kernel_drops;
use crate::metrics::{Sources, Surroundings, page};
use hyper::header::CACHE_CONTROL;
use serde::Serialize;

/// The graphite-web whose answers ours are like: what Grafana asks for to know which features there are. A JSON
/// string, which reads as text too.
const GRAPHITE_VERSION: &str = "\"1.1.10\"";

/// `/version`
pub(super) fn version(_app: &App, _call: &Call) -> Result<Answer, Fault> {
    Ok(Answer::json(GRAPHITE_VERSION))
}

/// `/healthz`: the process answers.
pub(super) fn alive(_app: &App, _call: &Call) -> Result<Answer, Fault> {
    Ok(Answer::line("ok").with_header(CACHE_CONTROL, "no-store"))
}

/// `/readyz`: data can be written and read, what is wrong with the files or the rules, and which segments were set aside;
/// else one line that says why not.
pub(super) fn ready(app: &App, _call: &Call) -> Result<Answer, Fault> {
    app.health.readiness().map_err(Fault::unavailable)?;
    if let Some(trouble) = app.events.trouble() {
        return Err(Fault::unavailable(trouble.to_string()));
    }
    // The store is as ready without what follows, and a folder that cannot be listed says nothing about it.
    let set_aside = app.engine.quarantined().unwrap_or_default();
    let lines: Vec<String> = std::iter::once("ready".to_owned())
        .chain(app.rules.read().warnings())
        .chain(set_aside.into_iter().map(|path| format!("{path} was damaged and is set aside")))
        .collect();
    Ok(Answer::line(&lines.join("\n")).with_header(CACHE_CONTROL, "no-store"))
}

/// `/metrics`
pub(super) fn metrics(app: &App, _call: &Call) -> Result<Answer, Fault> {
    let surroundings = Surroundings {
        is_ready: app.health.readiness().is_ok() && app.events.trouble().is_none(),
        is_disk_full: app.health.is_disk_full(),
        now_ms: app.clock.now_ms(),
        uptime: app.started.elapsed(),
        udp_dropped: app.addresses.udp.and_then(kernel_drops),
        aggregation_buckets: app.carbon_rules.bucket_count(),
    };
    let (stats, limits) = (app.engine.stats(), app.engine.cardinality_rules());
    let sources = Sources {
        counters: &app.counters,
        events: app.events.counters(),
        refused: &app.refused,
        rules: &app.rules,
        alarms: &app.alarms,
        stats: &stats,
        limits: &limits,
    };
    let text = page(&sources, &surroundings);
    Ok(Answer::new("text/plain; version=0.0.4; charset=utf-8", text).with_header(CACHE_CONTROL, "no-store"))
}

/// `/api/v1/ingest/rejected`
pub(super) fn rejected(app: &App, _call: &Call) -> Result<Answer, Fault> {
    #[derive(Serialize)]
    struct Report<T> {
        refused: T,
    }
    let body = serde_json::to_vec(&Report { refused: app.refused.report() })
        .map_err(|error| Fault::internal(error.to_string()))?;
    Ok(Answer::json(body).with_header(CACHE_CONTROL, "no-store"))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{app, call};
    use super::*;
    use hyper::StatusCode;

    #[test]
    fn a_latched_server_is_alive_but_not_ready_and_says_why() {
        let app = app();
        let request = call("/readyz", "");
        assert!(ready(&app, &request).is_ok());
        app.health.latch("cannot write wal/3: no space left on device");
        let fault = ready(&app, &request).unwrap_err();
        assert_eq!(fault.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(fault.message.contains("no space left on device"), "{fault:?}");
        assert!(alive(&app, &request).is_ok());
        let page = metrics(&app, &request).unwrap();
        assert!(String::from_utf8_lossy(&page.body).contains("\nplumbago_ready 0\n"));
    }
}
