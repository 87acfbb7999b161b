//! Owns the reading of Linux's `/proc/stat`: where each processor spent its time, and how many processes run.
//!
//! Invariant: a line that cannot be read is left out; it never shifts or spoils the others. The shares of one
//! processor add up to 100.

use super::rate::percent;

/// How many modes of a processor are told apart.
pub(crate) const MODES: usize = 8;

/// The modes in the order of `/proc/stat`. The kernel counts guests into `user` and `nice` already.
pub(crate) const MODE_NAMES: [&str; MODES] =
    ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];

const IDLE: usize = 3;
const IOWAIT: usize = 4;

/// Time that a processor has spent in each mode since the machine started, in clock ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CpuTicks(pub(crate) [u64; MODES]);

/// Share of each mode between two readings, in percent of one processor (or of all together for the total).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CpuShares {
    /// One share a mode, in the order of [`MODE_NAMES`].
    pub(crate) modes: [f64; MODES],
    /// Everything but idling and waiting for disks.
    pub(crate) used: f64,
}

/// What `/proc/stat` said at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ProcStat {
    /// All processors together.
    pub(crate) total: Option<CpuTicks>,
    /// Each processor with its number.
    pub(crate) cores: Vec<(u32, CpuTicks)>,
    /// Processes that run or wait for a processor.
    pub(crate) running: Option<u64>,
    /// Processes that wait for a disk.
    pub(crate) blocked: Option<u64>,
}

/// Reads the text of `/proc/stat`.
pub(crate) fn parse(text: &str) -> ProcStat {
    let mut stat = ProcStat::default();
    for line in text.lines() {
        let mut fields = line.split_ascii_whitespace();
        let Some(key) = fields.next() else { continue };
        if key == "procs_running" {
            stat.running = fields.next().and_then(|field| field.parse().ok());
        } else if key == "procs_blocked" {
            stat.blocked = fields.next().and_then(|field| field.parse().ok());
        } else if let Some(number) = key.strip_prefix("cpu") {
            let Some(ticks) = parse_ticks(fields) else {
                continue;
            };
            if number.is_empty() {
                stat.total = Some(ticks);
            } else if let Ok(number) = number.parse() {
                stat.cores.push((number, ticks));
            }
        }
    }
    stat
}

/// Kernels of different ages know four to ten modes; those that an old kernel lacks count as zero.
fn parse_ticks<'a>(fields: impl Iterator<Item = &'a str>) -> Option<CpuTicks> {
    let mut ticks = [0; MODES];
    let mut count = 0;
    for (slot, field) in ticks.iter_mut().zip(fields) {
        *slot = field.parse().ok()?;
        count += 1;
    }
    (count > IDLE).then_some(CpuTicks(ticks))
}

/// Where the time between two readings went; `None` when no time has passed.
///
/// The kernel's idle and waiting times may step back a little; a mode that did counts as zero.
pub(crate) fn shares(previous: &CpuTicks, current: &CpuTicks) -> Option<CpuShares> {
    let mut modes = [0.0; MODES];
    for (mode, share) in modes.iter_mut().enumerate() {
        *share = current.0[mode].saturating_sub(previous.0[mode]) as f64;
    }
    let whole: f64 = modes.iter().sum();
    for share in &mut modes {
        *share = percent(*share, whole)?;
    }
    let used = (100.0 - modes[IDLE] - modes[IOWAIT]).clamp(0.0, 100.0);
    Some(CpuShares { modes, used })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
cpu  21509 10 6721 225434 3118 5 190 1893 7 0
cpu0 10245 0 2988 115100 129 0 19 975 0 0
cpu1 11263 10 3732 110333 2989 5 170 918 7 0
intr 268707 0 0 1
ctxt 400868
procs_running 3
procs_blocked 1
";

    #[test]
    fn the_total_and_every_core_are_read() {
        let stat = parse(TEXT);
        assert_eq!(stat.total, Some(CpuTicks([21509, 10, 6721, 225_434, 3118, 5, 190, 1893])));
        assert_eq!(stat.cores.len(), 2);
        assert_eq!(stat.cores[1], (1, CpuTicks([11263, 10, 3732, 110_333, 2989, 5, 170, 918])));
        assert_eq!((stat.running, stat.blocked), (Some(3), Some(1)));
    }

    #[test]
    fn an_old_kernel_with_four_modes_is_read_too() {
        assert_eq!(parse("cpu 1 2 3 4\n").total, Some(CpuTicks([1, 2, 3, 4, 0, 0, 0, 0])));
    }

    #[test]
    fn a_damaged_line_is_left_out_and_the_rest_stands() {
        let stat = parse("cpu 1 x 3 4\ncpuz 1 2 3 4\ncpu5 1 2\ncpu7 1 2 3 4 5 6 7 8\nprocs_running\n\n");
        assert_eq!(stat.total, None);
        assert_eq!(stat.cores, [(7, CpuTicks([1, 2, 3, 4, 5, 6, 7, 8]))]);
        assert_eq!(stat.running, None);
    }

    #[test]
    fn shares_say_where_the_time_went_and_add_up() {
        let before = CpuTicks([100, 0, 50, 1000, 10, 0, 0, 0]);
        let after = CpuTicks([150, 0, 70, 1120, 20, 0, 0, 0]);
        let shares = shares(&before, &after).expect("time has passed");
        assert_eq!(shares.modes, [25.0, 0.0, 10.0, 60.0, 5.0, 0.0, 0.0, 0.0]);
        assert_eq!(shares.used, 35.0);
        assert_eq!(shares.modes.iter().sum::<f64>(), 100.0);
    }

    #[test]
    fn a_mode_that_stepped_back_counts_as_zero() {
        let before = CpuTicks([100, 0, 0, 0, 500, 0, 0, 0]);
        let after = CpuTicks([110, 0, 0, 10, 499, 0, 0, 0]);
        let shares = shares(&before, &after).expect("time has passed");
        assert_eq!((shares.modes[0], shares.modes[IOWAIT], shares.used), (50.0, 0.0, 50.0));
    }

    #[test]
    fn without_elapsed_time_there_is_no_share() {
        let ticks = CpuTicks([1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(shares(&ticks, &ticks), None);
    }
}
