//! The numbers that the server itself keeps: one struct of atomics, shared by all threads.
//!
//! Ingest adds to them once a batch, so that sharing costs nothing next to the batch. They only count; nothing is
//! decided by them.

use super::http_refusals::HttpRefusals;
use crate::ingest::ListenerKind;
use crate::tls::TlsListener;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds `amount`.
    pub(crate) fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// Adds one.
    pub(crate) fn increment(&self) {
        self.add(1);
    }

    /// The count so far.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicI64);

impl Gauge {
    /// Adds one until the returned guard is dropped.
    pub(crate) fn hold(&self) -> GaugeGuard<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        GaugeGuard(self)
    }

    /// Sets the number.
    pub(crate) fn set(&self, number: i64) {
        self.0.store(number, Ordering::Relaxed);
    }

    /// The number at this moment.
    pub(crate) fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Holds a gauge one higher.
#[derive(Debug)]
pub(crate) struct GaugeGuard<'a>(&'a Gauge);

impl Drop for GaugeGuard<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What one listener counted.
#[derive(Debug, Default)]
pub(crate) struct ListenerCounters {
    /// Points that are in the write-ahead log.
    pub(crate) points_received: Counter,
    /// Series that those points created.
    pub(crate) series_created: Counter,
    /// Batches written, each of at least one point.
    pub(crate) commits: Counter,
    /// Nanoseconds spent writing them.
    pub(crate) commit_nanoseconds: Counter,
    /// Bytes read from sockets.
    pub(crate) bytes_read: Counter,
    /// Connections accepted.
    pub(crate) connections_accepted: Counter,
    /// Connections closed because nothing came for too long.
    pub(crate) connections_idle_closed: Counter,
    /// Times that accepting waited because the connection limit was reached.
    pub(crate) accept_waits: Counter,
    /// Failures to accept.
    pub(crate) accept_errors: Counter,
    /// Connections and datagrams from networks that are not allowed.
    pub(crate) networks_refused: Counter,
    /// Connections open now.
    pub(crate) connections_open: Gauge,
}

/// What was asked of one HTTP route, by status.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct RouteCounts {
    /// Requests answered.
    pub(crate) requests: u64,
    /// Time spent on them.
    pub(crate) seconds: f64,
}

/// All counters of one server.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    listeners: [ListenerCounters; ListenerKind::ALL.len()],
    routes: Mutex<BTreeMap<(&'static str, u16), RouteCounts>>,
    /// Connections that ended without their TLS handshake, by listener.
    pub(crate) tls_handshakes_failed: [Counter; TlsListener::ALL.len()],
    /// Requests that were refused for who sent them or when.
    pub(crate) http_refusals: HttpRefusals,
    /// Panics that became an answer with status 500.
    pub(crate) http_panics: Counter,
    /// HTTP connections open now.
    pub(crate) http_connections_open: Gauge,
    /// Queries that run now.
    pub(crate) queries_running: Gauge,
    /// Queries that wait for their turn.
    pub(crate) queries_waiting: Gauge,
    /// Queries that were ended before their answer was ready.
    pub(crate) queries_cancelled: Counter,
    /// Reloads that took effect.
    pub(crate) reloads_applied: Counter,
    /// Reloads that changed nothing, because something in the files is wrong.
    pub(crate) reloads_refused: Counter,
    /// Sections of the rule files in force that count for nothing.
    pub(crate) rule_sections_skipped: Gauge,
    /// Lines of carbon's rules about points that count for nothing.
    pub(crate) carbon_rules_skipped: Gauge,
    /// Changes of those files that took effect by themselves.
    pub(crate) carbon_reloads_applied: Counter,
    /// Changes of those files that are wrong.
    pub(crate) carbon_reloads_refused: Counter,
    /// Points for which a rule did not count, because a search took too many steps.
    pub(crate) carbon_rules_given_up: Counter,
    /// Times that a point entered an aggregate.
    pub(crate) aggregated_points: Counter,
}

impl Counters {
    /// The counters of one listener.
    pub(crate) fn listener(&self, kind: ListenerKind) -> &ListenerCounters {
        &self.listeners[kind as usize]
    }

    /// Counts one answered request.
    pub(crate) fn record_request(&self, route: &'static str, status: u16, took: Duration) {
        let mut routes = self.routes.lock();
        let counts = routes.entry((route, status)).or_default();
        counts.requests += 1;
        counts.seconds += took.as_secs_f64();
    }

    /// Requests by route and status.
    pub(crate) fn requests(&self) -> Vec<(&'static str, u16, RouteCounts)> {
        let routes = self.routes.lock();
        routes.iter().map(|(&(route, status), &counts)| (route, status, counts)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_falls_when_its_guard_goes() {
        let gauge = Gauge::default();
        {
            let _one = gauge.hold();
            let _two = gauge.hold();
            assert_eq!(gauge.get(), 2);
        }
        assert_eq!(gauge.get(), 0);
    }

    #[test]
    fn listeners_count_apart() {
        let counters = Counters::default();
        counters.listener(ListenerKind::Pickle).points_received.add(5);
        assert_eq!(counters.listener(ListenerKind::Pickle).points_received.get(), 5);
        assert_eq!(counters.listener(ListenerKind::Plaintext).points_received.get(), 0);
    }

    #[test]
    fn requests_are_counted_by_route_and_status() {
        let counters = Counters::default();
        counters.record_request("/render", 200, Duration::from_millis(250));
        counters.record_request("/render", 200, Duration::from_millis(250));
        counters.record_request("/render", 400, Duration::ZERO);
        let requests = counters.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!((requests[0].1, requests[0].2.requests, requests[0].2.seconds), (200, 2, 0.5));
    }
}
