//! `/`: the first page, with the graphs of this machine that the store can answer.
//!
//! What the page shows, and how, belongs to `home`; here its expressions are evaluated and its facts collected. An
//! expression that fails costs its line, never the page.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::{App, render};
use crate::home::{self, Counts, GRAPHS, Graph, HomePage, Line, SPAN_SECONDS};
use crate::host_metrics::node;
use crate::ingest::ListenerKind;
use hyper::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use plumbago_query::RenderedSeries;

/// A line's points, with the name that the store gave the series.
type NamedPoints = (String, Vec<(i64, Option<f64>)>);

/// `/`
pub(super) fn home(app: &App, call: &Call) -> Result<Answer, Fault> {
    let Some(http) = app.addresses.http else {
        return Err(Fault::internal("a request came in without a listener"));
    };
    let now = app.clock.now();
    let metrics = app.settings.host_metrics.get();
    let data = if metrics.enabled { evaluate_all(app, &metrics.prefix, now) } else { Vec::new() };
    let page = HomePage {
        host: &app.host,
        version: env!("CARGO_PKG_VERSION"),
        now,
        addresses: home::Addresses {
            plaintext: app.addresses.plaintext,
            udp: app.addresses.udp,
            pickle: app.addresses.pickle,
            http,
            requested_host: call.host(),
        },
        host_metrics_enabled: metrics.enabled,
        graphs: graphs(&data),
        counts: counts(app),
    };
    let answer = Answer::new(home::CONTENT_TYPE, home::render_page(&page));
    Ok(answer
        .with_header(CONTENT_SECURITY_POLICY, home::CONTENT_SECURITY_POLICY)
        .with_header(CACHE_CONTROL, "no-store"))
}

/// The series of every line of every graph.
fn evaluate_all(app: &App, prefix: &str, now: i64) -> Vec<Vec<Vec<NamedPoints>>> {
    let machine = format!("{prefix}.{}", node(&app.host));
    let evaluate = |target: String| match render::evaluate(app, target, now - SPAN_SECONDS, now) {
        Ok(series) => series.iter().map(named_points).collect(),
        Err(error) => {
            tracing::debug!("the first page lacks a line: {error}");
            Vec::new()
        }
    };
    let lines = |graph: &home::WantedGraph| {
        graph.lines.iter().map(|line| evaluate(line.target_for(&machine))).collect()
    };
    GRAPHS.iter().map(lines).collect()
}

fn named_points(series: &RenderedSeries) -> NamedPoints {
    (series.name.to_string(), series.points().map(|(value, time)| (time, value)).collect())
}

fn graphs(data: &[Vec<Vec<NamedPoints>>]) -> Vec<Graph<'_>> {
    GRAPHS.iter().zip(data).map(|(wanted, lines)| graph(wanted, lines)).collect()
}

fn graph<'a>(wanted: &'static home::WantedGraph, data: &'a [Vec<NamedPoints>]) -> Graph<'a> {
    let lines = wanted.lines.iter().zip(data).flat_map(|(line, series)| {
        series.iter().map(|(name, points)| Line {
            label: if line.label.is_empty() { name } else { line.label },
            points,
        })
    });
    Graph { title: wanted.title, unit: wanted.unit, ceiling_min: wanted.ceiling_min, lines: lines.collect() }
}

fn counts(app: &App) -> Counts {
    let listeners = ListenerKind::ALL.map(|kind| app.counters.listener(kind));
    let connections: i64 = listeners.iter().map(|counters| counters.connections_open.get()).sum();
    Counts {
        series: app.engine.stats().series,
        points_received: listeners.iter().map(|counters| counters.points_received.get()).sum(),
        points_refused: app.refused.counts().iter().map(|(_, _, count)| count).sum(),
        connections: u64::try_from(connections).unwrap_or(0),
        uptime_seconds: app.started.elapsed().as_secs(),
    }
}
