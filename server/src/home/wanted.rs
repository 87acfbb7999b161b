//! Owns which graphs the page shows and which expressions the server has to answer for them.
//!
//! Invariant: every expression names only metrics that `docs/host-metrics.md` lists, and uses only functions that
//! every Plumbago has.

use super::unit::Unit;

/// How far back the page looks, in seconds.
pub(crate) const SPAN_SECONDS: i64 = 900;

/// A graph that the page shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WantedGraph {
    /// Heading.
    pub(crate) title: &'static str,
    /// What the values count.
    pub(crate) unit: Unit,
    /// The scale reaches at least this far up.
    pub(crate) ceiling_min: f64,
    /// The lines, the most important first.
    pub(crate) lines: &'static [WantedLine],
}

/// A line, or several, of a graph.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WantedLine {
    /// Name in the legend; empty where the answer's own names are to be shown, one line for each series.
    pub(crate) label: &'static str,
    /// The expression to answer, with `{host}` for the host's node.
    pub(crate) target: &'static str,
}

impl WantedLine {
    /// The expression for one host; `host` is a node as [`crate::host_metrics::node`] makes them.
    pub(crate) fn target_for(&self, host: &str) -> String {
        self.target.replace("{host}", host)
    }
}

const fn line(label: &'static str, target: &'static str) -> WantedLine {
    WantedLine { label, target }
}

/// The page's graphs, in the order in which they are shown.
pub(crate) const GRAPHS: &[WantedGraph] = &[
    WantedGraph {
        title: "CPU",
        unit: Unit::Percent,
        ceiling_min: 20.0,
        lines: &[
            line("used", "hosts.{host}.cpu.total.used"),
            line("user", "hosts.{host}.cpu.total.user"),
            line("system", "hosts.{host}.cpu.total.system"),
            line("I/O wait", "hosts.{host}.cpu.total.iowait"),
        ],
    },
    WantedGraph {
        title: "Memory",
        unit: Unit::Bytes,
        ceiling_min: 1024.0,
        lines: &[
            line("used", "hosts.{host}.memory.used_bytes"),
            line("total", "hosts.{host}.memory.total_bytes"),
            line("swap used", "hosts.{host}.memory.swap_used_bytes"),
        ],
    },
    WantedGraph {
        title: "Network",
        unit: Unit::BytesPerSecond,
        ceiling_min: 1000.0,
        lines: &[
            line(
                "received",
                "sumSeries(hosts.{host}.network.*.rx_bytes_per_second)",
            ),
            line(
                "sent",
                "sumSeries(hosts.{host}.network.*.tx_bytes_per_second)",
            ),
        ],
    },
    WantedGraph {
        title: "Disk",
        unit: Unit::BytesPerSecond,
        ceiling_min: 1000.0,
        lines: &[
            line(
                "read",
                "sumSeries(hosts.{host}.disk.*.read_bytes_per_second)",
            ),
            line(
                "written",
                "sumSeries(hosts.{host}.disk.*.write_bytes_per_second)",
            ),
        ],
    },
    WantedGraph {
        title: "Disk space used",
        unit: Unit::Percent,
        ceiling_min: 100.0,
        lines: &[line(
            "",
            "aliasByNode(hosts.{host}.filesystem.*.used_percent,3)",
        )],
    },
    WantedGraph {
        title: "Load",
        unit: Unit::Plain,
        ceiling_min: 1.0,
        lines: &[
            line("1 minute", "hosts.{host}.load.1min"),
            line("5 minutes", "hosts.{host}.load.5min"),
            line("15 minutes", "hosts.{host}.load.15min"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_names_documented_metrics() {
        let text = include_str!("../../../docs/host-metrics.md");
        for line in GRAPHS.iter().flat_map(|graph| graph.lines) {
            let target = line.target_for("<host>");
            let start = target.find("hosts.").expect("a metric of the host");
            let path: String = target[start..]
                .chars()
                .take_while(|c| !matches!(c, ')' | ','))
                .collect();
            let documented = path
                .replace(".network.*.", ".network.<interface>.")
                .replace(".disk.*.", ".disk.<device>.")
                .replace(".filesystem.*.", ".filesystem.<mount>.");
            assert!(
                text.contains(&format!("`{documented}`")),
                "docs/host-metrics.md does not list {documented}"
            );
        }
    }

    #[test]
    fn cpu_memory_network_and_disk_come_first() {
        let titles: Vec<&str> = GRAPHS.iter().take(4).map(|graph| graph.title).collect();
        assert_eq!(titles, ["CPU", "Memory", "Network", "Disk"]);
    }

    #[test]
    fn the_host_is_put_in() {
        assert_eq!(
            GRAPHS[0].lines[0].target_for("web1"),
            "hosts.web1.cpu.total.used"
        );
    }
}
