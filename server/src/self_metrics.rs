//! Plumbago's own counters as `carbon.agents.<host>.*`, under the names that dashboards for carbon expect.
//!
//! Invariant: pure over what was read twice. What carbon reports for an interval is reported for an interval here: the
//! difference to the readings before. `docs/self-metrics.md` lists every name, and a test holds the two together.
//! Taking readings, and storing the points, is the server's business.

use std::time::Duration;

use crate::host_metrics::{ProcessUse, node};

/// The server's counters at one moment. Counters grow from zero at the start; gauges say what is now.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Readings {
    /// Time since the server started, on the monotonic clock.
    pub(crate) uptime: Duration,
    /// Counter: points that listeners have parsed and handed on.
    pub(crate) points_received: u64,
    /// Counter: points that are in the write-ahead log.
    pub(crate) points_committed: u64,
    /// Counter: lines, frames and points that were refused, for whatever reason.
    pub(crate) points_refused: u64,
    /// Counter: series that were created.
    pub(crate) series_created: u64,
    /// Counter: series that were not created because of a limit.
    pub(crate) series_create_refused: u64,
    /// Counter: writes to the store, each of one batch of points.
    pub(crate) commits: u64,
    /// Counter: time spent in those writes.
    pub(crate) commit_time: Duration,
    /// Counter: queries that were answered.
    pub(crate) queries: u64,
    /// Gauge: points in the hot window, not yet in a segment.
    pub(crate) hot_points: u64,
    /// Gauge: series with points in the hot window.
    pub(crate) hot_series: u64,
    /// Gauge: series in the store.
    pub(crate) series: u64,
    /// Gauge: connections of agents that are open.
    pub(crate) active_connections: u64,
    /// What the operating system says of this process, where it tells.
    pub(crate) process: Option<ProcessUse>,
}

/// Turns readings into points, remembering those before.
#[derive(Debug)]
pub(crate) struct SelfMetrics {
    prefix: String,
    previous: Readings,
}

impl SelfMetrics {
    /// Points will be named `<prefix>.<host>.…`; `prefix` is `carbon.agents` unless configured, `host` is made into
    /// one node.
    pub(crate) fn new(prefix: &str, host: &str) -> Self {
        Self { prefix: format!("{prefix}.{}", node(host)), previous: Readings::default() }
    }

    /// The next interval begins with `current`, not with the start.
    pub(crate) fn begin_at(&mut self, current: Readings) {
        self.previous = current;
    }

    /// The points of the interval that ends with `current`, as `(name, value)`; the first interval begins at the start.
    pub(crate) fn points(&mut self, current: &Readings) -> Vec<(String, f64)> {
        let mut points = Vec::with_capacity(20);
        let mut push = |name: &str, value: f64| {
            if value.is_finite() {
                points.push((format!("{}.{name}", self.prefix), value));
            }
        };
        for (name, value) in interval_values(&self.previous, current) {
            push(name, value);
        }
        for (name, value) in state_values(current) {
            push(name, value);
        }
        if let Some(used) = current.process {
            push("memUsage", used.memory_bytes as f64);
            if let Some(percent) = cpu_percent(&self.previous, current) {
                push("cpuUsage", percent);
            }
        }
        self.previous = *current;
        points
    }
}

/// What happened in the interval. A count of zero is a value; an average over nothing is left out.
fn interval_values(previous: &Readings, current: &Readings) -> Vec<(&'static str, f64)> {
    let count = |counter: fn(&Readings) -> u64| counter(current).saturating_sub(counter(previous)) as f64;
    let committed = count(|readings| readings.points_committed);
    let commits = count(|readings| readings.commits);
    let mut values = vec![
        ("metricsReceived", count(|readings| readings.points_received)),
        ("committedPoints", committed),
        ("errors", count(|readings| readings.points_refused)),
        ("creates", count(|readings| readings.series_created)),
        ("droppedCreates", count(|readings| readings.series_create_refused)),
        ("updateOperations", commits),
        ("queries", count(|readings| readings.queries)),
    ];
    if commits > 0.0 {
        let seconds = current.commit_time.saturating_sub(previous.commit_time).as_secs_f64();
        values.push(("pointsPerUpdate", committed / commits));
        values.push(("avgUpdateTime", seconds / commits));
    }
    values
}

fn state_values(current: &Readings) -> [(&'static str, f64); 5] {
    [
        ("cache.size", current.hot_points as f64),
        ("cache.queues", current.hot_series as f64),
        ("activeConnections", current.active_connections as f64),
        ("series", current.series as f64),
        ("uptime", current.uptime.as_secs_f64().floor()),
    ]
}

/// Processor time in percent of the time that passed; several busy threads make more than 100.
fn cpu_percent(previous: &Readings, current: &Readings) -> Option<f64> {
    let before = previous.process.map_or(Duration::ZERO, |used| used.cpu_time);
    let spent = current.process?.cpu_time.saturating_sub(before).as_secs_f64();
    let passed = current.uptime.saturating_sub(previous.uptime).as_secs_f64();
    (passed > 0.0).then(|| 100.0 * spent / passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(points: &[(String, f64)], name: &str) -> Option<f64> {
        points.iter().find(|(point, _)| point == name).map(|(_, value)| *value)
    }

    fn busy(minutes: u64) -> Readings {
        Readings {
            uptime: Duration::from_secs(60 * minutes),
            points_received: 6000 * minutes,
            points_committed: 5990 * minutes,
            points_refused: 10 * minutes,
            series_created: 100,
            series_create_refused: 3,
            commits: 10 * minutes,
            commit_time: Duration::from_millis(50 * minutes),
            queries: 7 * minutes,
            hot_points: 1234,
            hot_series: 100,
            series: 2000,
            active_connections: 4,
            process: Some(ProcessUse { cpu_time: Duration::from_secs(90 * minutes), memory_bytes: 1 << 20 }),
        }
    }

    #[test]
    fn the_first_interval_counts_from_the_start() {
        let points = SelfMetrics::new("carbon.agents", "web1.example.com").points(&busy(1));
        assert_eq!(value(&points, "carbon.agents.web1_example_com.metricsReceived"), Some(6000.0));
        assert_eq!(value(&points, "carbon.agents.web1_example_com.creates"), Some(100.0));
        assert_eq!(value(&points, "carbon.agents.web1_example_com.cache.size"), Some(1234.0));
        assert_eq!(value(&points, "carbon.agents.web1_example_com.cpuUsage"), Some(150.0));
        assert_eq!(value(&points, "carbon.agents.web1_example_com.memUsage"), Some(1_048_576.0));
    }

    #[test]
    fn later_intervals_count_what_is_new_and_gauges_stay() {
        let mut metrics = SelfMetrics::new("carbon.agents", "h");
        metrics.points(&busy(5));
        let points = metrics.points(&busy(6));
        assert_eq!(value(&points, "carbon.agents.h.committedPoints"), Some(5990.0));
        assert_eq!(value(&points, "carbon.agents.h.errors"), Some(10.0));
        assert_eq!(value(&points, "carbon.agents.h.creates"), Some(0.0), "zero is a count, not a gap");
        assert_eq!(value(&points, "carbon.agents.h.droppedCreates"), Some(0.0));
        assert_eq!(value(&points, "carbon.agents.h.pointsPerUpdate"), Some(599.0));
        assert_eq!(value(&points, "carbon.agents.h.avgUpdateTime"), Some(0.005));
        assert_eq!(value(&points, "carbon.agents.h.activeConnections"), Some(4.0));
        assert_eq!(value(&points, "carbon.agents.h.cpuUsage"), Some(150.0));
    }

    #[test]
    fn an_idle_interval_has_counts_of_zero_but_no_averages() {
        let mut metrics = SelfMetrics::new("carbon.agents", "h");
        metrics.points(&busy(5));
        let points = metrics.points(&Readings { uptime: Duration::from_secs(360), process: None, ..busy(5) });
        assert_eq!(value(&points, "carbon.agents.h.metricsReceived"), Some(0.0));
        assert_eq!(value(&points, "carbon.agents.h.pointsPerUpdate"), None);
        assert_eq!(value(&points, "carbon.agents.h.cpuUsage"), None);
    }

    #[test]
    fn the_same_moment_twice_gives_no_division_by_zero() {
        let mut metrics = SelfMetrics::new("carbon.agents", "h");
        metrics.points(&busy(5));
        assert!(metrics.points(&busy(5)).iter().all(|(_, value)| value.is_finite()));
    }

    #[test]
    fn the_documentation_names_every_metric() {
        let text = include_str!("../../docs/self-metrics.md");
        for (name, _) in SelfMetrics::new("carbon.agents", "h").points(&busy(1)) {
            let name = name.strip_prefix("carbon.agents.h.").expect("the prefix");
            assert!(text.contains(&format!("| `{name}` |")), "docs/self-metrics.md does not list {name}");
        }
    }
}
