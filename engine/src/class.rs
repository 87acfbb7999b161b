//! Owns where cells are put: a class is a step and its retention, and time is cut into partitions.
//!
//! Invariant: a class's partitions are a fixed grid from the epoch, so two processes always agree on them. A cell is
//! *found* by series and step alone; the class only decides which file it is written to, so that whole files expire.

use crate::Error;
use crate::policy::Archive;

/// A class, as dense number; never stored, segments carry step and retention themselves.
pub(crate) type ClassId = u16;

/// Classes that can be numbered. Policies are as many, with several archives each, so that they may need more: a
/// policy for which there is no room is refused before it is written down.
const CLASSES_MAX: usize = ClassId::MAX as usize + 1;

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
    /// The number of `archive`'s class, given one if it has none yet; an error where all numbers are given.
    pub(crate) fn intern(&mut self, archive: Archive) -> Result<ClassId, Error> {
        let known = self.archives.iter().position(|known| *known == archive);
        let Ok(class) = ClassId::try_from(known.unwrap_or(self.archives.len())) else {
            return Err(too_many());
        };
        if known.is_none() {
            self.archives.push(archive);
        }
        Ok(class)
    }

    /// An error if there are not enough numbers left for the classes of `archives`, each of which is another one.
    pub(crate) fn check_room(&self, archives: &[Archive]) -> Result<(), Error> {
        let added = archives.iter().filter(|archive| !self.archives.contains(archive)).count();
        if self.archives.len() + added > CLASSES_MAX { Err(too_many()) } else { Ok(()) }
    }

    pub(crate) fn archive(&self, class: ClassId) -> Archive {
        self.archives[usize::from(class)]
    }
}

fn too_many() -> Error {
    Error::OverLimit(format!("a data directory holds archives of at most {CLASSES_MAX} kinds"))
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

    #[test]
    fn numbers_run_out_with_an_error_and_stay_as_they_were() {
        let archive = |step_secs| Archive { step_secs, retention_secs: u32::MAX };
        let mut classes = Classes { archives: (1..=CLASSES_MAX as u32 - 1).map(archive).collect() };
        let last = archive(u32::MAX);
        assert!(classes.check_room(&[last, archive(1)]).is_ok());
        assert!(classes.check_room(&[last, archive(u32::MAX - 1)]).is_err());
        assert_eq!(classes.intern(last).ok(), Some(ClassId::MAX));
        assert!(classes.intern(archive(u32::MAX - 1)).is_err());
        assert_eq!(classes.intern(archive(1)).ok(), Some(0));
        assert_eq!(classes.archive(ClassId::MAX), last);
    }
}
