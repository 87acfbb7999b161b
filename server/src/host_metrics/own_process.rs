//! Owns what the operating system says of this very process: its processor time and its memory.

use std::time::Duration;

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

/// What this process has used.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct ProcessUse {
    /// Processor time since the process started, all threads together.
    pub(crate) cpu_time: Duration,
    /// Main memory that it holds now (its resident set), in bytes.
    pub(crate) memory_bytes: u64,
}

/// Asks the operating system; `None` where it does not tell.
pub(crate) fn process_use() -> Option<ProcessUse> {
    let pid = sysinfo::get_current_pid().ok()?;
    let mut system = System::new().ok()?;
    let wanted = ProcessRefreshKind::nothing().with_cpu().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, wanted);
    let process = system.process(pid)?;
    Some(ProcessUse {
        cpu_time: Duration::from_millis(process.accumulated_cpu_time()),
        memory_bytes: process.memory(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_holds_memory() {
        let now = process_use().expect("the system tells about its own process");
        assert!(now.memory_bytes > 100_000, "a running test holds more than {} bytes", now.memory_bytes);
    }
}
