//! The names of a fleet: 50 metrics a host, hosts over 4 data centres and 48 racks.
//!
//! Invariant: `names(n)` is the beginning of `names(n + 1)`; no name occurs twice. The order is the one in which agents
//! send: host by host.

use crate::noise::Noise;

/// Racks over which the hosts are spread in turn; a multiple of `DATA_CENTRES`, so that a rack is in one of them.
pub const RACKS: usize = 48;
/// Data centres over which the hosts are spread in turn.
pub const DATA_CENTRES: usize = 4;

/// What every host reports.
pub const METRICS: [&str; 50] = [
    "cpu.total.user",
    "cpu.total.system",
    "cpu.total.idle",
    "cpu.total.iowait",
    "cpu.total.steal",
    "cpu.core0.user",
    "cpu.core0.system",
    "cpu.core0.idle",
    "cpu.core1.user",
    "cpu.core1.system",
    "cpu.core1.idle",
    "cpu.core2.user",
    "cpu.core2.system",
    "cpu.core2.idle",
    "cpu.core3.user",
    "cpu.core3.system",
    "cpu.core3.idle",
    "memory.ram.used",
    "memory.ram.free",
    "memory.ram.cached",
    "memory.ram.buffered",
    "memory.swap.used",
    "memory.swap.free",
    "load.average.shortterm",
    "load.average.midterm",
    "load.average.longterm",
    "disk.sda.read_bytes",
    "disk.sda.write_bytes",
    "disk.sda.read_ops",
    "disk.sda.write_ops",
    "disk.sda.busy",
    "disk.sdb.read_bytes",
    "disk.sdb.write_bytes",
    "disk.sdb.read_ops",
    "disk.sdb.write_ops",
    "disk.sdb.busy",
    "network.eth0.rx_bytes",
    "network.eth0.tx_bytes",
    "network.eth0.rx_errors",
    "network.eth0.tx_errors",
    "network.eth1.rx_bytes",
    "network.eth1.tx_bytes",
    "processes.state.running",
    "processes.state.blocked",
    "processes.state.sleeping",
    "filesystem.root.used",
    "filesystem.root.free",
    "filesystem.var.used",
    "filesystem.var.free",
    "uptime.since.boot",
];

/// The name of the series at position `number`: `dc1.rack12.host0123.cpu.core0.user`.
pub fn name_at(number: usize) -> String {
    let (host, metric) = (number / METRICS.len(), METRICS[number % METRICS.len()]);
    format!("dc{}.rack{:02}.host{host:04}.{metric}", host % DATA_CENTRES, rack_of(number))
}

/// The same series as a tagged name, tags in their canonical order.
pub fn tagged_name_at(number: usize) -> String {
    let (host, metric) = (number / METRICS.len(), METRICS[number % METRICS.len()]);
    let (centre, rack) = (host % DATA_CENTRES, rack_of(number));
    format!("{metric};dc=dc{centre};env=prod;host=host{host:04};os=linux;rack={rack:02}")
}

/// The rack, below `RACKS`, of the series at position `number`.
pub fn rack_of(number: usize) -> usize {
    number / METRICS.len() % RACKS
}

/// The first `count` names.
pub fn names(count: usize) -> Vec<String> {
    (0..count).map(name_at).collect()
}

/// The first `count` tagged names.
pub fn tagged_names(count: usize) -> Vec<String> {
    (0..count).map(tagged_name_at).collect()
}

/// The positions `0..count`, each once, in a fixed random order.
pub fn shuffled(count: usize) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..count).collect();
    shuffle(&mut positions, 0);
    positions
}

/// Brings `positions` into a random order that `seed` decides.
pub fn shuffle(positions: &mut [usize], seed: u64) {
    let mut noise = Noise(seed);
    for end in (2..=positions.len()).rev() {
        positions.swap(end - 1, noise.below(end as u64) as usize);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_canonical_and_occur_once() {
        for names in [names(1234), tagged_names(1234)] {
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 1234);
            for name in &names {
                assert_eq!(plumbago_protocol::canonical(name).as_deref(), Ok(name.as_str()));
            }
        }
        assert_eq!(names(51)[50], "dc1.rack01.host0001.cpu.total.user");
    }

    #[test]
    fn a_shuffle_keeps_every_position() {
        let mut positions = shuffled(1000);
        assert!(positions.windows(2).any(|two| two[0] > two[1]));
        positions.sort_unstable();
        assert_eq!(positions, (0..1000).collect::<Vec<_>>());
    }
}
