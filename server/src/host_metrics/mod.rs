//! Metrics of the machine that Plumbago runs on: processors, memory, load, file systems, disks, network.
//!
//! `system` reads the machine, `points` turns two readings into named values; all else is parsing and arithmetic.
//! The names are listed in `docs/host-metrics.md`. Invariant: a value that the machine did not tell is not made up.
//! When and where points are stored is the server's business.

mod diskstats;
mod node;
mod own_process;
mod points;
mod proc_stat;
mod rate;
mod reading;
mod system;

use reading::Reading;
use system::HostSystem;

pub(crate) use node::node;
pub(crate) use own_process::{ProcessUse, process_use};

/// The name of this machine as the system knows it, or `localhost` where it has none.
pub(crate) fn host_name() -> String {
    sysinfo::System::host_name()
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "localhost".to_owned())
}

/// Looks at the machine again and again, remembering the last look to compute rates.
pub(crate) struct HostSampler {
    prefix: String,
    system: HostSystem,
    previous: Option<Reading>,
}

impl HostSampler {
    /// A sampler whose points are named `<prefix>.<host>.…`; `prefix` is `hosts` unless configured, `host` is made
    /// into one node.
    pub(crate) fn new(prefix: &str, host: &str) -> Self {
        Self { prefix: format!("{prefix}.{}", node(host)), system: HostSystem::new(), previous: None }
    }

    /// Reads the machine and returns `(name, value)` pairs for the caller to stamp with the time and to store.
    ///
    /// The first call answers gauges and totals; from the second on rates are with them, measured on the monotonic
    /// clock. Every value is finite. Blocks for some milliseconds on files of the kernel: not for an async thread.
    pub(crate) fn collect(&mut self) -> Vec<(String, f64)> {
        let current = self.system.read();
        let points = points::points(&self.prefix, self.previous.as_ref(), &current);
        self.previous = Some(current);
        points
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_sampler_shows_memory_at_once_and_rates_the_second_time() {
        let mut sampler = HostSampler::new("hosts", "web1.example.com");
        let has = |points: &[(String, f64)], name: &str| points.iter().any(|(point, _)| point == name);
        let first = sampler.collect();
        assert!(has(&first, "hosts.web1_example_com.memory.used_bytes"));
        assert!(has(&first, "hosts.web1_example_com.filesystem.root.used_percent"));
        // Processor time is counted in hundredths of a second: look until one has passed.
        let again = std::iter::repeat_with(|| sampler.collect())
            .find(|points| has(points, "hosts.web1_example_com.cpu.total.used"))
            .expect("the iterator does not end");
        for (name, value) in again {
            assert!(value.is_finite() && value >= 0.0, "{name} is {value}");
        }
    }
}
