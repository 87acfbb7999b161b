//! Owns where cells are put: a class is a step and its retention, and time is cut into partitions.
//!
//! Invariant: a class's partitions are a fixed grid from the epoch, so two processes always agree on them. A cell is
//! *found* by series and step alone; the class only decides which file it is written to, so that whole files expire.

use crate::policy::Archive;

/// A class, as dense number; never stored, segments carry step and retention themselves.
pub(crate) type ClassId = u16;

/// Slots of a partition are a multiple of this: whole buckets of the usual coarser steps fall into one partition.
const SLOTS_QUANTUM: i64 = 360;
const SLOTS_MAX: i64 = 7200;
/// A retention is cut into about this many partitions; expiry keeps at most one of them too long.
const PARTITIONS: i64 = 16;

/// The partitions of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) step_secs: i64,
    pub(crate) slots: i64,
}

impl Grid {
    pub(crate) fn of(archive: Archive) -> Self {
        let step_secs = i64::from(archive.step_secs);
        let slots = i64::from(archive.retention_secs) / step_secs / PARTITIONS;
        let slots = (slots + SLOTS_QUANTUM - 1) / SLOTS_QUANTUM * SLOTS_QUANTUM;
        Self { step_secs, slots: slots.clamp(SLOTS_QUANTUM, SLOTS_MAX) }
    }

    /// The widest partitions there are.
    pub(crate) fn widest(archive: Archive) -> Self {
        Self { step_secs: i64::from(archive.step_secs), slots: SLOTS_MAX }
    }

    pub(crate) fn partition_secs(self) -> i64 {
        self.step_secs * self.slots
    }

    /// Start of the partition that holds `timestamp`.
    pub(crate) fn partition_start(self, timestamp: i64) -> i64 {
        floor_to(timestamp, self.partition_secs())
    }
}

/// `timestamp` rounded down to a multiple of `step`.
pub(crate) fn floor_to(timestamp: i64, step: i64) -> i64 {
    timestamp - timestamp.rem_euclid(step)
}

/// `timestamp` rounded up to a multiple of `step`.
pub(crate) fn ceil_to(timestamp: i64, step: i64) -> i64 {
    floor_to(timestamp + step - 1, step)
}

/// All classes that occur, numbered in the order they were met.
#[derive(Default)]
pub(crate) struct Classes {
    archives: Vec<Archive>,
}

impl Classes {
    /// The number of `archive`'s class, given one if it has none yet.
    pub(crate) fn intern(&mut self, archive: Archive) -> ClassId {
        let known = self.archives.iter().position(|known| *known == archive);
        let index = known.unwrap_or_else(|| {
            self.archives.push(archive);
            self.archives.len() - 1
        });
        // Policies are u16 with at most 16 archives each; the registry refuses more long before this wraps.
        ClassId::try_from(index).unwrap_or(ClassId::MAX)
    }

    pub(crate) fn archive(&self, class: ClassId) -> Archive {
        self.archives[usize::from(class)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_hold_whole_buckets_and_a_fraction_of_the_retention() {
        let cases = [((10, 86_400), 7_200), ((60, 30 * 86_400), 172_800), ((1, 600), 360)];
        for ((step_secs, retention_secs), partition_secs) in cases {
            let grid = Grid::of(Archive { step_secs, retention_secs });
            assert_eq!(grid.partition_secs(), partition_secs);
            assert_eq!(grid.partition_start(partition_secs * 3 + 1), partition_secs * 3);
        }
    }

    #[test]
    fn rounding_works_on_both_sides_of_the_epoch() {
        assert_eq!((floor_to(-1, 10), ceil_to(-1, 10), floor_to(19, 10), ceil_to(11, 10)), (-10, 0, 10, 20));
    }
}
