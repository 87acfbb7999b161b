//! Owns the visit to the operating system: the only file of host metrics that reads anything.
//!
//! Invariant: whatever cannot be read is left unknown, and nothing here can hang on a lost network disk: only block
//! devices, ZFS and the root are asked for their space.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;
use std::{fs, iter};

use sysinfo::{DiskRefreshKind, Disks, MemoryRefreshKind, Networks, System};

use super::diskstats::{self, DeviceCounters};
use super::proc_stat::{self, ProcStat};
use super::reading::{Filesystem, InterfaceCounters, Memory, Reading, Traffic};

/// Handles that are worth keeping between visits. Reading blocks for some milliseconds: keep it off async threads.
pub(crate) struct HostSystem {
    system: Option<System>,
    networks: Option<Networks>,
    disks: Option<Disks>,
}

impl HostSystem {
    /// Prepares the visits; a part that this system does not support stays unknown.
    pub(crate) fn new() -> Self {
        Self { system: System::new().ok(), networks: Networks::new().ok(), disks: Disks::new().ok() }
    }

    /// Reads everything once.
    pub(crate) fn read(&mut self) -> Reading {
        let at = Instant::now();
        let stat = read_proc_stat();
        let core_used_percent = if stat.is_none() { self.core_used_percent() } else { Vec::new() };
        Reading {
            at,
            stat,
            core_used_percent,
            memory: self.memory(),
            load: System::load_average().ok().map(|load| [load.one, load.five, load.fifteen]),
            filesystems: self.filesystems(),
            devices: read_devices(),
            interfaces: self.interfaces(),
            uptime_seconds: System::uptime().ok(),
            process_count: count_processes(),
        }
    }

    fn core_used_percent(&mut self) -> Vec<f64> {
        let Some(system) = &mut self.system else {
            return Vec::new();
        };
        system.refresh_cpu_usage();
        system.cpus().iter().map(|cpu| f64::from(cpu.usage())).collect()
    }

    fn memory(&mut self) -> Option<Memory> {
        let system = self.system.as_mut()?;
        system.refresh_memory_specifics(MemoryRefreshKind::everything());
        (system.total_memory() > 0).then(|| Memory {
            total: system.total_memory(),
            available: system.available_memory(),
            free: system.free_memory(),
            swap_total: system.total_swap(),
            swap_free: system.free_swap(),
        })
    }

    /// The root, then all others sorted by mount point; of several mounts of one device (bind mounts, subvolumes)
    /// the first alone.
    fn filesystems(&mut self) -> Vec<Filesystem> {
        let root = Path::new("/");
        let Some(disks) = &mut self.disks else {
            return space_on(root).into_iter().collect();
        };
        disks.refresh_specifics(true, DiskRefreshKind::nothing());
        let root_device =
            disks.iter().find(|disk| disk.mount_point() == root).map(|disk| disk.name().to_owned());
        let mut devices_seen: HashSet<OsString> = root_device.into_iter().collect();
        let mut mounts: Vec<_> = disks.iter().filter(|disk| has_own_space(disk)).collect();
        mounts.sort_by_key(|disk| disk.mount_point());
        mounts.retain(|disk| devices_seen.insert(disk.name().to_owned()));
        iter::once(root).chain(mounts.iter().map(|disk| disk.mount_point())).filter_map(space_on).collect()
    }

    /// Interfaces that have ever carried a packet; neither the loopback nor the ends of containers' cables.
    fn interfaces(&mut self) -> Vec<InterfaceCounters> {
        let Some(networks) = &mut self.networks else {
            return Vec::new();
        };
        networks.refresh(true);
        let mut interfaces: Vec<InterfaceCounters> = networks
            .iter()
            .map(|(name, data)| InterfaceCounters {
                name: name.to_string_lossy().into_owned(),
                received: Traffic {
                    bytes: data.total_received(),
                    packets: data.total_packets_received(),
                    errors: data.total_errors_on_received(),
                },
                transmitted: Traffic {
                    bytes: data.total_transmitted(),
                    packets: data.total_packets_transmitted(),
                    errors: data.total_errors_on_transmitted(),
                },
            })
            .filter(|interface| interface.name != "lo" && !interface.name.starts_with("veth"))
            .filter(|interface| interface.received.packets > 0 || interface.transmitted.packets > 0)
            .collect();
        interfaces.sort_by(|a, b| a.name.cmp(&b.name));
        interfaces
    }
}

fn has_own_space(disk: &sysinfo::Disk) -> bool {
    let block_device = disk.name().as_encoded_bytes().starts_with(b"/dev/");
    // Containers mount single files of the host's disk, as `/etc/hosts`.
    (block_device || disk.file_system() == "zfs") && disk.mount_point().is_dir()
}

fn space_on(mount_point: &Path) -> Option<Filesystem> {
    let space = rustix::fs::statvfs(mount_point).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(space.f_frsize);
    (space.f_blocks > 0).then(|| Filesystem {
        mount_point: mount_point.to_string_lossy().into_owned(),
        total: bytes(space.f_blocks),
        free: bytes(space.f_bfree),
        available: bytes(space.f_bavail),
    })
}

fn read_proc_stat() -> Option<ProcStat> {
    let stat = proc_stat::parse(&fs::read_to_string("/proc/stat").ok()?);
    stat.total.is_some().then_some(stat)
}

fn read_devices() -> Vec<DeviceCounters> {
    let Ok(text) = fs::read_to_string("/proc/diskstats") else {
        return Vec::new();
    };
    diskstats::parse(&text, |name| {
        // In sysfs a slash in a device's name is written as an exclamation mark.
        Path::new("/sys/block").join(name.replace('/', "!")).exists()
    })
}

fn count_processes() -> Option<u64> {
    let entries = fs::read_dir("/proc").ok()?;
    let is_process = |name: &[u8]| !name.is_empty() && name.iter().all(u8::is_ascii_digit);
    let count = entries.flatten().filter(|entry| is_process(entry.file_name().as_encoded_bytes())).count();
    (count > 0).then_some(count as u64)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_machine_tells_its_memory_processors_and_processes() {
        let reading = HostSystem::new().read();
        let memory = reading.memory.expect("memory");
        assert!(memory.available <= memory.total && memory.free <= memory.total);
        let stat = reading.stat.expect("/proc/stat");
        assert!(stat.total.is_some() && !stat.cores.is_empty());
        assert!(reading.process_count.expect("/proc") >= 1);
        assert!(reading.uptime_seconds.expect("uptime") > 0);
    }

    #[test]
    fn the_root_comes_first_and_no_device_twice() {
        let filesystems = HostSystem::new().read().filesystems;
        assert_eq!(filesystems[0].mount_point, "/");
        assert!(filesystems.iter().all(|filesystem| filesystem.available <= filesystem.free));
    }
}
