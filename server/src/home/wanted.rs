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
    /// The expression to answer, with `{machine}` for the prefix and the host of its metrics.
    pub(crate) target: &'static str,
}

impl WantedLine {
    /// The expression for one machine, as `hosts.web1`: the configured prefix, a dot, and the host as
    /// [`crate::host_metrics::node`] makes it.
    pub(crate) fn target_for(&self, machine: &str) -> String {
        self.target.replace("{machine}", machine)
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
            line("used", "{machine}.cpu.total.used"),
            line("user", "{machine}.cpu.total.user"),
            line("nice", "{machine}.cpu.total.nice"),
            line("system", "{machine}.cpu.total.system"),
            line("I/O wait", "{machine}.cpu.total.iowait"),
        ],
    },
    WantedGraph {
        title: "Memory",
        unit: Unit::Bytes,
        ceiling_min: 1024.0,
        lines: &[
            line("used", "{machine}.memory.used_bytes"),
            line("total", "{machine}.memory.total_bytes"),
            line("swap used", "{machine}.memory.swap_used_bytes"),
        ],
    },
    WantedGraph {
        title: "Network",
        unit: Unit::BytesPerSecond,
        ceiling_min: 1000.0,
        lines: &[
            line("received", "sumSeries({machine}.network.*.rx_bytes_per_second)"),
            line("sent", "sumSeries({machine}.network.*.tx_bytes_per_second)"),
        ],
    },
    WantedGraph {
        title: "Disk",
        unit: Unit::BytesPerSecond,
        ceiling_min: 1000.0,
        lines: &[
            line("read", "sumSeries({machine}.disk.*.read_bytes_per_second)"),
            line("written", "sumSeries({machine}.disk.*.write_bytes_per_second)"),
        ],
    },
    WantedGraph {
        title: "Disk space used",
        unit: Unit::Percent,
        ceiling_min: 100.0,
        lines: &[line("", "aliasByNode({machine}.filesystem.*.used_percent,-2)")],
    },
    WantedGraph {
        title: "Load",
        unit: Unit::Plain,
        ceiling_min: 1.0,
        lines: &[
            line("1 minute", "{machine}.load.1min"),
            line("5 minutes", "{machine}.load.5min"),
            line("15 minutes", "{machine}.load.15min"),
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
            let target = line.target_for("hosts.<host>");
            let start = target.find("hosts.").expect("a metric of the host");
            let path: String = target[start..].chars().take_while(|c| !matches!(c, ')' | ',')).collect();
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
    fn the_machine_is_put_in() {
        assert_eq!(GRAPHS[0].lines[0].target_for("hosts.web1"), "hosts.web1.cpu.total.used");
    }
}
