//! Owns which metrics two readings of the machine make: their names, units and arithmetic.
//!
//! Invariant: a pure function of two readings. What is unknown makes no point; a rate needs both readings. Every
//! name is listed in `docs/host-metrics.md`, and a test holds the two together.

use std::fmt::Display;
use std::time::Duration;

use super::diskstats::DeviceCounters;
use super::node::{mount_nodes, node};
use super::proc_stat::{self, CpuShares, CpuTicks, ProcStat};
use super::rate::{increase, per_second, percent};
use super::reading::{Filesystem, InterfaceCounters, Memory, Reading, Traffic};

/// The points of `current`, named below `prefix` (as `hosts.web1`); rates where `previous` allows them.
pub(crate) fn points(prefix: &str, previous: Option<&Reading>, current: &Reading) -> Vec<(String, f64)> {
    let mut points = Points { prefix, list: Vec::with_capacity(128) };
    processors(&mut points, previous, current);
    if let Some(memory) = &current.memory {
        memory_points(&mut points, memory);
    }
    if let Some(load) = current.load {
        for (span, value) in ["1min", "5min", "15min"].iter().zip(load) {
            points.push(format_args!("load.{span}"), Some(value));
        }
    }
    filesystems(&mut points, &current.filesystems);
    let elapsed =
        previous.map_or(Duration::ZERO, |previous| current.at.saturating_duration_since(previous.at));
    for device in &current.devices {
        let before = previous.and_then(|reading| reading.devices.iter().find(|old| old.name == device.name));
        device_points(&mut points, before, device, elapsed);
    }
    for interface in &current.interfaces {
        let before =
            previous.and_then(|reading| reading.interfaces.iter().find(|old| old.name == interface.name));
        interface_points(&mut points, before, interface, elapsed);
    }
    points.push("uptime_seconds", current.uptime_seconds.map(|seconds| seconds as f64));
    points.push("processes.total", current.process_count.map(|count| count as f64));
    points.list
}

/// Collects points; one that is unknown or not finite is left out.
struct Points<'a> {
    prefix: &'a str,
    list: Vec<(String, f64)>,
}

impl Points<'_> {
    fn push(&mut self, name: impl Display, value: Option<f64>) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.list.push((format!("{}.{name}", self.prefix), value));
        }
    }
}

fn processors(points: &mut Points, previous: Option<&Reading>, current: &Reading) {
    match &current.stat {
        Some(stat) => stat_points(points, previous.and_then(|reading| reading.stat.as_ref()), stat),
        None => used_points(points, &current.core_used_percent),
    }
}

fn stat_points(points: &mut Points, previous: Option<&ProcStat>, current: &ProcStat) {
    if let Some(previous) = previous {
        if let (Some(before), Some(now)) = (&previous.total, &current.total) {
            share_points(points, "total", before, now);
        }
        for (number, now) in &current.cores {
            if let Some((_, before)) = previous.cores.iter().find(|(old, _)| old == number) {
                share_points(points, &format!("core{number}"), before, now);
            }
        }
    }
    points.push("processes.running", current.running.map(|count| count as f64));
    points.push("processes.blocked", current.blocked.map(|count| count as f64));
}

fn share_points(points: &mut Points, processor: &str, before: &CpuTicks, now: &CpuTicks) {
    let Some(CpuShares { modes, used }) = proc_stat::shares(before, now) else {
        return;
    };
    points.push(format_args!("cpu.{processor}.used"), Some(used));
    for (mode, share) in proc_stat::MODE_NAMES.iter().zip(modes) {
        points.push(format_args!("cpu.{processor}.{mode}"), Some(share));
    }
}

fn used_points(points: &mut Points, cores: &[f64]) {
    points.push("cpu.total.used", percent(cores.iter().sum(), 100.0 * cores.len() as f64));
    for (number, used) in cores.iter().enumerate() {
        points.push(format_args!("cpu.core{number}.used"), Some(*used));
    }
}

fn memory_points(points: &mut Points, memory: &Memory) {
    let used = memory.total.saturating_sub(memory.available);
    let swap_used = memory.swap_total.saturating_sub(memory.swap_free);
    let values = [
        ("total", memory.total),
        ("used", used),
        ("available", memory.available),
        ("free", memory.free),
        ("swap_total", memory.swap_total),
        ("swap_used", swap_used),
        ("swap_free", memory.swap_free),
    ];
    for (name, bytes) in values {
        points.push(format_args!("memory.{name}_bytes"), Some(bytes as f64));
    }
    points.push("memory.used_percent", percent(used as f64, memory.total as f64));
}

fn filesystems(points: &mut Points, filesystems: &[Filesystem]) {
    let mounts: Vec<String> = filesystems.iter().map(|filesystem| filesystem.mount_point.clone()).collect();
    for (filesystem, node) in filesystems.iter().zip(mount_nodes(&mounts)) {
        let used = filesystem.total.saturating_sub(filesystem.free) as f64;
        let available = filesystem.available as f64;
        let prefix = format!("filesystem.{node}");
        points.push(format_args!("{prefix}.total_bytes"), Some(filesystem.total as f64));
        points.push(format_args!("{prefix}.used_bytes"), Some(used));
        points.push(format_args!("{prefix}.free_bytes"), Some(filesystem.free as f64));
        points.push(format_args!("{prefix}.available_bytes"), Some(available));
        // What is reserved for the superuser counts as neither: this is the percentage that `df` shows.
        points.push(format_args!("{prefix}.used_percent"), percent(used, used + available));
    }
}

fn device_points(
    points: &mut Points,
    before: Option<&DeviceCounters>,
    now: &DeviceCounters,
    elapsed: Duration,
) {
    let prefix = format!("disk.{}", node(&now.name));
    let rate = |counter: fn(&DeviceCounters) -> u64| per_second(counter(before?), counter(now), elapsed);
    points.push(format_args!("{prefix}.read_bytes"), Some(now.read_bytes as f64));
    points.push(format_args!("{prefix}.write_bytes"), Some(now.write_bytes as f64));
    points.push(format_args!("{prefix}.read_bytes_per_second"), rate(|device| device.read_bytes));
    points.push(format_args!("{prefix}.write_bytes_per_second"), rate(|device| device.write_bytes));
    points.push(format_args!("{prefix}.reads_per_second"), rate(|device| device.reads));
    points.push(format_args!("{prefix}.writes_per_second"), rate(|device| device.writes));
    let busy = before.and_then(|before| increase(before.busy_milliseconds, now.busy_milliseconds));
    // The kernel's counter is a little coarser than our clock, so a busy device may come out just above 100.
    let busy = busy
        .and_then(|busy| percent(busy as f64, elapsed.as_secs_f64() * 1000.0))
        .map(|busy| busy.min(100.0));
    points.push(format_args!("{prefix}.busy_percent"), busy);
}

fn interface_points(
    points: &mut Points,
    before: Option<&InterfaceCounters>,
    now: &InterfaceCounters,
    elapsed: Duration,
) {
    let node = node(&now.name);
    let directions = [
        ("rx", before.map(|before| before.received), now.received),
        ("tx", before.map(|before| before.transmitted), now.transmitted),
    ];
    for (direction, before, now) in directions {
        let prefix = format!("network.{node}.{direction}");
        let rate =
            |counter: fn(&Traffic) -> u64| per_second(counter(before.as_ref()?), counter(&now), elapsed);
        points.push(format_args!("{prefix}_bytes"), Some(now.bytes as f64));
        points.push(format_args!("{prefix}_packets"), Some(now.packets as f64));
        points.push(format_args!("{prefix}_errors"), Some(now.errors as f64));
        points.push(format_args!("{prefix}_bytes_per_second"), rate(|traffic| traffic.bytes));
        points.push(format_args!("{prefix}_packets_per_second"), rate(|traffic| traffic.packets));
    }
}

#[cfg(test)]
mod tests;
