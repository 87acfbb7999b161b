//! Owns the shape of one reading of the machine: plain numbers, as the system gave them at one moment.
//!
//! Invariant: what the system did not tell is `None` or absent, never zero. Nothing here reads or computes.

use std::time::Instant;

use super::diskstats::DeviceCounters;
use super::proc_stat::ProcStat;

/// Everything that one visit to the operating system found out.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// When it was read, on the clock that never jumps.
    pub(crate) at: Instant,
    /// Processor times and process counts, where the system has `/proc/stat`.
    pub(crate) stat: Option<ProcStat>,
    /// Use of each processor in percent, for systems without `/proc/stat`.
    pub(crate) core_used_percent: Vec<f64>,
    /// Main memory and swap.
    pub(crate) memory: Option<Memory>,
    /// Average number of processes that wanted to run, over 1, 5 and 15 minutes.
    pub(crate) load: Option<[f64; 3]>,
    /// Space on each mounted file system.
    pub(crate) filesystems: Vec<Filesystem>,
    /// Work of each block device.
    pub(crate) devices: Vec<DeviceCounters>,
    /// Traffic of each network interface.
    pub(crate) interfaces: Vec<InterfaceCounters>,
    /// Seconds since the machine started.
    pub(crate) uptime_seconds: Option<u64>,
    /// Processes that exist.
    pub(crate) process_count: Option<u64>,
}

/// Main memory and swap, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Main memory of the machine.
    pub(crate) total: u64,
    /// What programs could still get without swapping.
    pub(crate) available: u64,
    /// What is used for nothing at all, not even caches.
    pub(crate) free: u64,
    /// Swap of the machine.
    pub(crate) swap_total: u64,
    /// Swap that is not in use.
    pub(crate) swap_free: u64,
}

/// Space on one mounted file system, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filesystem {
    /// Where it is mounted.
    pub(crate) mount_point: String,
    /// The file system's size.
    pub(crate) total: u64,
    /// Free space, with what is reserved for the superuser.
    pub(crate) free: u64,
    /// Free space that ordinary users can have.
    pub(crate) available: u64,
}

/// Traffic of one network interface since it came up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InterfaceCounters {
    /// The system's name of the interface, as `eth0`.
    pub(crate) name: String,
    /// Bytes, packets and errors that came in.
    pub(crate) received: Traffic,
    /// Bytes, packets and errors that went out.
    pub(crate) transmitted: Traffic,
}

/// One direction of an interface's traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Traffic {
    /// Bytes since the interface came up.
    pub(crate) bytes: u64,
    /// Packets since the interface came up.
    pub(crate) packets: u64,
    /// Errors since the interface came up.
    pub(crate) errors: u64,
}
