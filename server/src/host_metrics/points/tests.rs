//! What an operator would check: the numbers of a known machine, what a first reading shows, and that the
//! documentation names every metric.

use std::time::{Duration, Instant};

use super::*;

fn traffic(bytes: u64, packets: u64, errors: u64) -> Traffic {
    Traffic { bytes, packets, errors }
}

fn reading(at: Instant) -> Reading {
    Reading {
        at,
        stat: Some(proc_stat::parse(
            "cpu 100 0 50 1000 10\ncpu0 100 0 50 1000 10\nprocs_running 2\nprocs_blocked 1\n",
        )),
        core_used_percent: Vec::new(),
        memory: Some(Memory { total: 1000, available: 600, free: 100, swap_total: 50, swap_free: 40 }),
        load: Some([0.5, 0.25, 0.125]),
        filesystems: vec![Filesystem { mount_point: "/".into(), total: 1000, free: 500, available: 300 }],
        devices: vec![DeviceCounters {
            name: "sda".into(),
            reads: 10,
            read_bytes: 1000,
            writes: 20,
            write_bytes: 2000,
            busy_milliseconds: 100,
        }],
        interfaces: vec![InterfaceCounters {
            name: "eth0.7".into(),
            received: traffic(5000, 50, 3),
            transmitted: traffic(700, 7, 0),
        }],
        uptime_seconds: Some(86_400),
        process_count: Some(91),
    }
}

fn later(first: &Reading) -> Reading {
    let mut second = first.clone();
    second.at = first.at + Duration::from_secs(10);
    second.stat = Some(proc_stat::parse("cpu 150 0 70 1120 20\ncpu0 150 0 70 1120 20\nprocs_running 1\n"));
    second.devices[0].read_bytes += 40_960;
    second.devices[0].writes += 50;
    second.devices[0].busy_milliseconds += 2500;
    second.interfaces[0].received.bytes += 10_000;
    second.interfaces[0].transmitted.packets += 25;
    second
}

fn value(points: &[(String, f64)], name: &str) -> Option<f64> {
    let mut found = points.iter().filter(|(point, _)| point == name);
    let value = found.next().map(|(_, value)| *value);
    assert!(found.next().is_none(), "{name} appears twice");
    value
}

#[test]
fn the_first_reading_shows_gauges_and_no_rates() {
    let points = points("hosts.web1", None, &reading(Instant::now()));
    assert_eq!(value(&points, "hosts.web1.memory.used_bytes"), Some(400.0));
    assert_eq!(value(&points, "hosts.web1.memory.used_percent"), Some(40.0));
    assert_eq!(value(&points, "hosts.web1.memory.swap_used_bytes"), Some(10.0));
    assert_eq!(value(&points, "hosts.web1.load.15min"), Some(0.125));
    assert_eq!(value(&points, "hosts.web1.network.eth0_7.rx_errors"), Some(3.0));
    assert_eq!(value(&points, "hosts.web1.uptime_seconds"), Some(86_400.0));
    assert_eq!(value(&points, "hosts.web1.processes.total"), Some(91.0));
    assert_eq!(value(&points, "hosts.web1.processes.blocked"), Some(1.0));
    let rates = points.iter().filter(|(name, _)| name.contains("per_second") || name.contains("cpu")).count();
    assert_eq!(rates, 0, "a rate from one reading would be invented");
}

#[test]
fn the_second_reading_shows_rates_over_the_time_between() {
    let first = reading(Instant::now());
    let points = points("hosts.web1", Some(&first), &later(&first));
    assert_eq!(value(&points, "hosts.web1.cpu.total.user"), Some(25.0));
    assert_eq!(value(&points, "hosts.web1.cpu.core0.iowait"), Some(5.0));
    assert_eq!(value(&points, "hosts.web1.cpu.total.used"), Some(35.0));
    assert_eq!(value(&points, "hosts.web1.disk.sda.read_bytes_per_second"), Some(4096.0));
    assert_eq!(value(&points, "hosts.web1.disk.sda.writes_per_second"), Some(5.0));
    assert_eq!(value(&points, "hosts.web1.disk.sda.busy_percent"), Some(25.0));
    assert_eq!(value(&points, "hosts.web1.network.eth0_7.rx_bytes_per_second"), Some(1000.0));
    assert_eq!(value(&points, "hosts.web1.network.eth0_7.tx_packets_per_second"), Some(2.5));
    assert_eq!(value(&points, "hosts.web1.network.eth0_7.rx_bytes"), Some(15_000.0));
}

#[test]
fn used_percent_is_what_df_shows() {
    let points = points("h", None, &reading(Instant::now()));
    // 500 of 1000 are used, 200 are reserved, 300 can still be had: df says 63 %.
    assert_eq!(value(&points, "h.filesystem.root.used_percent"), Some(62.5));
    assert_eq!(value(&points, "h.filesystem.root.available_bytes"), Some(300.0));
}

#[test]
fn a_reset_counter_or_a_new_device_leaves_a_gap() {
    let first = reading(Instant::now());
    let mut second = later(&first);
    second.interfaces[0].received.bytes = 12;
    second.devices[0].name = "sdb".into();
    let points = points("h", Some(&first), &second);
    assert_eq!(value(&points, "h.network.eth0_7.rx_bytes_per_second"), None);
    assert_eq!(value(&points, "h.network.eth0_7.rx_bytes"), Some(12.0));
    assert_eq!(value(&points, "h.disk.sdb.read_bytes_per_second"), None);
}

#[test]
fn a_system_without_proc_stat_still_shows_its_use() {
    let mut only = reading(Instant::now());
    only.stat = None;
    only.core_used_percent = vec![10.0, 30.0];
    let points = points("h", None, &only);
    assert_eq!(value(&points, "h.cpu.total.used"), Some(20.0));
    assert_eq!(value(&points, "h.cpu.core1.used"), Some(30.0));
    assert_eq!(value(&points, "h.cpu.total.user"), None);
}

#[test]
fn what_the_system_does_not_tell_makes_no_point() {
    let nothing = Reading {
        at: Instant::now(),
        stat: None,
        core_used_percent: Vec::new(),
        memory: None,
        load: None,
        filesystems: Vec::new(),
        devices: Vec::new(),
        interfaces: Vec::new(),
        uptime_seconds: None,
        process_count: None,
    };
    assert_eq!(points("h", Some(&nothing), &nothing), []);
}

#[test]
fn the_documentation_names_every_metric() {
    let text = include_str!("../../../../docs/host-metrics.md");
    let first = reading(Instant::now());
    for (name, _) in points("hosts.<host>", Some(&first), &later(&first)) {
        let documented = name
            .replace(".core0.", ".core<n>.")
            .replace(".root.", ".<mount>.")
            .replace(".sda.", ".<device>.")
            .replace(".eth0_7.", ".<interface>.");
        assert!(
            text.contains(&format!("| `{documented}` |")),
            "docs/host-metrics.md does not list {documented}"
        );
    }
}
