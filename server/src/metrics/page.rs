//! The page at `/metrics`: every counter of the server and the engine, as Prometheus reads them.
//!
//! Names, labels and units are an interface: `plumbago_<what>_<unit>`, counters end in `_total`. Numbers are read
//! while others add to them, so that two of them may differ by what happened in between.

use super::alarms::write_alarms;
use super::cardinality::write_cardinality;
use super::counters::{Counters, ListenerCounters};
use super::events::write_events;
use super::http_refusals::HttpRefusal;
use super::rules::write_rules;
use super::store::write_store;
use super::text::{Kind, TextPage};
use crate::alarms::Desk;
use crate::events::EventCounters;
use crate::ingest::{ListenerKind, RefusedLog};
use crate::rule_runner::RuleBoard;
use crate::tls::TlsListener;
use plumbago_engine::{RuleStatus, Stats};
use std::time::Duration;

/// What the page tells besides the counters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings {
    /// Whether data can be written and read.
    pub(crate) is_ready: bool,
    /// Whether points wait for room on the disk.
    pub(crate) is_disk_full: bool,
    /// The present in milliseconds since the epoch.
    pub(crate) now_ms: i64,
    /// Time since the start.
    pub(crate) uptime: Duration,
    /// Datagrams that the kernel dropped, where it tells.
    pub(crate) udp_dropped: Option<u64>,
    /// Buckets of carbon's aggregates that are open.
    pub(crate) aggregation_buckets: usize,
}

/// Where the numbers are.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// The server's own.
    pub(crate) counters: &'a Counters,
    /// The store of events'.
    pub(crate) events: &'a EventCounters,
    /// What was refused.
    pub(crate) refused: &'a RefusedLog,
    /// The rules'.
    pub(crate) rules: &'a RuleBoard,
    /// Those of alarms and notifications.
    pub(crate) alarms: &'a Desk,
    /// The engine's.
    pub(crate) stats: &'a Stats,
    /// How many series there may be.
    pub(crate) limits: &'a [RuleStatus],
}

/// Writes the page.
pub(crate) fn page(sources: &Sources<'_>, surroundings: &Surroundings) -> String {
    let mut page = TextPage::default();
    write_server(&mut page, surroundings);
    write_configuration(&mut page, sources.counters);
    write_carbon_rules(&mut page, sources.counters, surroundings);
    write_listeners(&mut page, sources.counters);
    write_gates(&mut page, sources.counters);
    write_refused(&mut page, sources.refused);
    write_cardinality(&mut page, sources.limits);
    write_rules(&mut page, sources.rules, surroundings.now_ms);
    write_alarms(&mut page, sources.alarms, surroundings.now_ms);
    write_events(&mut page, sources.events);
    write_http(&mut page, sources.counters);
    write_store(&mut page, sources.stats);
    page.finish()
}

fn write_server(page: &mut TextPage, surroundings: &Surroundings) {
    page.family("plumbago_build_info", Kind::Gauge, "Always 1; the label tells the version.")
        .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    let ready = f64::from(u8::from(surroundings.is_ready));
    page.single("plumbago_ready", Kind::Gauge, "1 while data can be written and read.", ready);
    let full = f64::from(u8::from(surroundings.is_disk_full));
    page.single("plumbago_disk_full", Kind::Gauge, "1 while points wait for room on the disk.", full);
    let uptime = surroundings.uptime.as_secs_f64();
    page.single("plumbago_uptime_seconds", Kind::Gauge, "Time since the server started.", uptime);
    if let Some(dropped) = surroundings.udp_dropped {
        let help = "Datagrams that the kernel dropped because the socket's buffer was full.";
        page.single("plumbago_udp_dropped_total", Kind::Counter, help, dropped as f64);
    }
}

fn write_configuration(page: &mut TextPage, counters: &Counters) {
    page.family(
        "plumbago_reloads_total",
        Kind::Counter,
        "Times that SIGHUP asked for the files to be read again.",
    )
    .sample(&[("outcome", "applied")], counters.reloads_applied.get() as f64)
    .sample(&[("outcome", "refused")], counters.reloads_refused.get() as f64);
    let skipped = counters.rule_sections_skipped.get() as f64;
    let help = "Sections of carbon's rule files that count for nothing: something in them is wrong.";
    page.single("plumbago_rule_sections_skipped", Kind::Gauge, help, skipped);
}

fn write_carbon_rules(page: &mut TextPage, counters: &Counters, surroundings: &Surroundings) {
    page.family(
        "plumbago_carbon_rules_changes_total",
        Kind::Counter,
        "Times that a file of carbon's rules about points was found changed.",
    )
    .sample(&[("outcome", "applied")], counters.carbon_reloads_applied.get() as f64)
    .sample(&[("outcome", "refused")], counters.carbon_reloads_refused.get() as f64);
    let skipped = counters.carbon_rules_skipped.get() as f64;
    let help = "Lines of carbon's rules about points that count for nothing: something in them is wrong.";
    page.single("plumbago_carbon_rules_skipped", Kind::Gauge, help, skipped);
    let given_up = counters.carbon_rules_given_up.get() as f64;
    let help = "Points for which one of carbon's rules did not count: its search took too many steps.";
    page.single("plumbago_carbon_rules_given_up_total", Kind::Counter, help, given_up);
    let aggregated = counters.aggregated_points.get() as f64;
    let help = "Times that a point entered an aggregate of carbon's rules.";
    page.single("plumbago_aggregated_points_total", Kind::Counter, help, aggregated);
    let buckets = surroundings.aggregation_buckets as f64;
    let help = "Buckets of carbon's aggregates that are open.";
    page.single("plumbago_aggregation_buckets", Kind::Gauge, help, buckets);
}

/// A family with one sample for each listener.
type ListenerFamily = (&'static str, Kind, &'static str, fn(&ListenerCounters) -> f64);

const LISTENER_FAMILIES: &[ListenerFamily] = &[
    (
        "plumbago_points_received_total",
        Kind::Counter,
        "Points that are in the write-ahead log.",
        |counters| counters.points_received.get() as f64,
    ),
    (
        "plumbago_series_created_total",
        Kind::Counter,
        "Series that were created by received points.",
        |counters| counters.series_created.get() as f64,
    ),
    ("plumbago_received_bytes_total", Kind::Counter, "Bytes read from sockets.", |counters| {
        counters.bytes_read.get() as f64
    }),
    ("plumbago_commits_total", Kind::Counter, "Batches written to the write-ahead log.", |counters| {
        counters.commits.get() as f64
    }),
    (
        "plumbago_commit_seconds_total",
        Kind::Counter,
        "Time spent writing batches, waiting for the store included.",
        |counters| counters.commit_nanoseconds.get() as f64 / 1e9,
    ),
];

const CONNECTION_FAMILIES: &[ListenerFamily] = &[
    ("plumbago_connections", Kind::Gauge, "Connections open now.", |counters| {
        counters.connections_open.get() as f64
    }),
    ("plumbago_connections_accepted_total", Kind::Counter, "Connections accepted.", |counters| {
        counters.connections_accepted.get() as f64
    }),
    (
        "plumbago_connections_idle_closed_total",
        Kind::Counter,
        "Connections closed because nothing came for too long.",
        |counters| counters.connections_idle_closed.get() as f64,
    ),
    (
        "plumbago_accept_waits_total",
        Kind::Counter,
        "Times that accepting waited because the connection limit was reached.",
        |counters| counters.accept_waits.get() as f64,
    ),
    ("plumbago_accept_errors_total", Kind::Counter, "Failures to accept a connection.", |counters| {
        counters.accept_errors.get() as f64
    }),
];

fn write_listeners(page: &mut TextPage, counters: &Counters) {
    for &(name, kind, help, read) in LISTENER_FAMILIES {
        let mut family = page.family(name, kind, help);
        for listener in ListenerKind::ALL {
            family.sample(&[("listener", listener.label())], read(counters.listener(listener)));
        }
    }
    for &(name, kind, help, read) in CONNECTION_FAMILIES {
        let mut family = page.family(name, kind, help);
        for listener in [ListenerKind::Plaintext, ListenerKind::Pickle] {
            family.sample(&[("listener", listener.label())], read(counters.listener(listener)));
        }
    }
}

fn write_gates(page: &mut TextPage, counters: &Counters) {
    let help = "Connections and datagrams from networks that allow_from does not list.";
    let mut family = page.family("plumbago_networks_refused_total", Kind::Counter, help);
    for listener in [ListenerKind::Plaintext, ListenerKind::Pickle, ListenerKind::Udp] {
        let refused = counters.listener(listener).networks_refused.get();
        family.sample(&[("listener", listener.label())], refused as f64);
    }
    let refused = counters.http_refusals.get(HttpRefusal::Network);
    family.sample(&[("listener", "http")], refused as f64);
    let help = "Connections that ended without their TLS handshake.";
    let mut family = page.family("plumbago_tls_handshakes_failed_total", Kind::Counter, help);
    for (listener, failed) in TlsListener::ALL.into_iter().zip(&counters.tls_handshakes_failed) {
        family.sample(&[("listener", listener.label())], failed.get() as f64);
    }
}

fn write_refused(page: &mut TextPage, refused: &RefusedLog) {
    let help = "Lines, frames and points that were refused; /api/v1/ingest/rejected shows the last of them.";
    let mut family = page.family("plumbago_points_refused_total", Kind::Counter, help);
    for (listener, reason, count) in refused.counts() {
        family.sample(&[("listener", listener.label()), ("reason", reason)], count as f64);
    }
}

fn write_http(page: &mut TextPage, counters: &Counters) {
    let requests = counters.requests();
    let mut family = page.family("plumbago_http_requests_total", Kind::Counter, "Requests answered.");
    for (route, status, counts) in &requests {
        family.sample(&[("route", route), ("status", &status.to_string())], counts.requests as f64);
    }
    let mut family =
        page.family("plumbago_http_request_seconds_total", Kind::Counter, "Time spent answering.");
    for (route, status, counts) in &requests {
        family.sample(&[("route", route), ("status", &status.to_string())], counts.seconds);
    }
    let panics = counters.http_panics.get() as f64;
    page.single(
        "plumbago_http_panics_total",
        Kind::Counter,
        "Answers lost to a fault of the server.",
        panics,
    );
    let open = counters.http_connections_open.get() as f64;
    page.single("plumbago_http_connections", Kind::Gauge, "HTTP connections open now.", open);
    let mut family = page.family(
        "plumbago_http_refused_total",
        Kind::Counter,
        "Connections and requests refused for who sent them, from where, or because too many came.",
    );
    for reason in HttpRefusal::ALL {
        family.sample(&[("reason", reason.label())], counters.http_refusals.get(reason) as f64);
    }
    let waiting = counters.queries_waiting.get() as f64;
    page.single("plumbago_queries_waiting", Kind::Gauge, "Queries that wait for their turn.", waiting);
    let running = counters.queries_running.get() as f64;
    page.single("plumbago_queries_running", Kind::Gauge, "Queries that run now.", running);
    let cancelled = counters.queries_cancelled.get() as f64;
    page.single(
        "plumbago_queries_cancelled_total",
        Kind::Counter,
        "Queries that were ended before their answer: the client had gone, or their time was over.",
        cancelled,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::events::EventStore;
    use plumbago_alerting::Alerting;
    use std::sync::Arc;

    /// Units that a name may carry; the base ones only, so that no two families need a factor between them.
    const SCALED_UNITS: &[&str] =
        &["milliseconds", "ms", "minutes", "hours", "kilobytes", "megabytes", "mib", "percent"];

    /// What Prometheus's own lint asks for: help and type before the first sample, samples of a family together and each
    /// only once, sentences as help, base units at the end of names.
    fn check_as_a_scraper_does(text: &str) {
        let (mut family, mut is_histogram, mut samples) = ("", false, std::collections::HashSet::new());
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, sentence) = help.split_once(' ').unwrap_or_else(|| panic!("no help: {line}"));
                assert!(sentence.ends_with('.') && sentence.len() > 10, "{line}");
                let kind = lines.next().and_then(|line| line.strip_prefix("# TYPE ")?.strip_prefix(name));
                assert!(matches!(kind, Some(" counter" | " gauge" | " histogram")), "{name} has no type");
                is_histogram = kind == Some(" histogram");
                let words: Vec<&str> = name.split('_').collect();
                assert!(!words.iter().any(|word| SCALED_UNITS.contains(word)), "{name}");
                assert!(
                    words.iter().all(|word| !word.is_empty() && !word.contains(char::is_uppercase)),
                    "{name}"
                );
                family = name;
                continue;
            }
            let (sample, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
            let name = sample.split('{').next().unwrap_or_default();
            let parts = ["_bucket", "_sum", "_count"];
            let of_family = parts.iter().find_map(|part| name.strip_suffix(part)).filter(|_| is_histogram);
            assert_eq!(of_family.unwrap_or(name), family, "{line}");
            assert!(samples.insert(sample.to_owned()), "twice: {line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }

    #[test]
    fn every_family_is_described_once_and_named_by_the_rules() {
        let counters = Counters::default();
        counters.listener(ListenerKind::Plaintext).points_received.add(7);
        counters.record_request("/render", 200, Duration::from_millis(500));
        let refused = RefusedLog::default();
        let peer = "127.0.0.1:9".parse().unwrap();
        refused.record(ListenerKind::Udp, "value_nan", &"NaN", peer, b"a nan 1", 0);
        let surroundings = Surroundings {
            is_ready: true,
            is_disk_full: false,
            now_ms: 0,
            uptime: Duration::from_secs(3),
            udp_dropped: Some(2),
            aggregation_buckets: 0,
        };
        let (events, stats, rules) = Default::default();
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(EventStore::open(folder.path(), || 0).unwrap());
        let nobody = Arc::new(Alerting::nobody());
        let alarms = Desk::open(store, Clock::Fixed(0), nobody, std::sync::mpsc::channel().0).unwrap();
        let sources = Sources {
            counters: &counters,
            events: &events,
            refused: &refused,
            rules: &rules,
            alarms: &alarms,
            stats: &stats,
            limits: &[],
        };
        let text = page(&sources, &surroundings);
        for line in [
            "plumbago_points_received_total{listener=\"plaintext\"} 7",
            "plumbago_points_received_total{listener=\"pickle\"} 0",
            "plumbago_points_refused_total{listener=\"udp\",reason=\"value_nan\"} 1",
            "plumbago_http_requests_total{route=\"/render\",status=\"200\"} 1",
            "plumbago_http_request_seconds_total{route=\"/render\",status=\"200\"} 0.5",
            "plumbago_udp_dropped_total 2",
            "plumbago_ready 1",
            "plumbago_config_ok 1",
            "plumbago_rules 0",
            "plumbago_outbox_messages 0",
            "plumbago_canary_seconds_bucket{le=\"+Inf\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
        check_as_a_scraper_does(&text);
        let mut names = std::collections::HashSet::new();
        for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let (name, kind) = line.split_once(' ').unwrap();
            assert!(names.insert(name.to_owned()), "{name} is described twice");
            assert!(name.starts_with("plumbago_"));
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        }
    }
}
