//! Owns what a crash leaves of a simulated disk.
//!
//! Invariant: what was durable is there, byte for byte. The death of a process leaves everything that was written; a
//! loss of power leaves of the rest whatever a file system may: all of it, none, a part that ends anywhere, sectors
//! without those before them, and any of the changes of names, in whatever order they were made.

use std::sync::Arc;

use super::FaultyDisk;
use super::state::{Content, FileId, State};

/// What gets to the disk at once, in bytes. The small ones stand for the real one: simulated files are small as well.
const SECTOR_BYTES: [usize; 3] = [16, 64, 512];

/// How the run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// The process was killed; the machine goes on.
    Process,
    /// The machine lost its power.
    Power,
}

/// A disk at the moment before an operation, or in the middle of a write.
pub struct DiskImage {
    operation: u64,
    state: State,
    /// What was being appended, and to which file.
    writing: Option<(FileId, Vec<u8>)>,
}

impl DiskImage {
    pub(super) fn new(operation: u64, state: State, writing: Option<(FileId, Vec<u8>)>) -> Self {
        Self { operation, state, writing }
    }

    /// The number of the operation that the crash came before, or into.
    pub fn operation(&self) -> u64 {
        self.operation
    }

    /// The disk as the next process finds it. A write in progress got anywhere between not at all and to its end.
    pub fn after(&self, crash: Crash, seed: u64) -> FaultyDisk {
        let mut choices = Choices(seed ^ self.operation.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut state = self.state.clone();
        if let Some((file, bytes)) = &self.writing {
            state.append(*file, &bytes[..choices.below(bytes.len() + 1)]);
        }
        if crash == Crash::Power {
            lose_names(&mut state, &mut choices);
            let mut contents = std::mem::take(&mut state.contents);
            contents.values_mut().for_each(|content| lose_bytes(content, &mut choices));
            state.contents = contents;
        }
        FaultyDisk::with_state(state)
    }
}

fn lose_names(state: &mut State, choices: &mut Choices) {
    // All or nothing are the likely cases, and the ones that a mixture would hardly ever hit.
    let fate = choices.below(4);
    for change in std::mem::take(&mut state.changes) {
        let survives = match fate {
            0 => false,
            1 => true,
            _ => choices.below(2) == 0,
        };
        if survives {
            change.apply(&mut state.durable_names);
        }
    }
    state.names = state.durable_names.clone();
    state.folders.clear();
}

fn lose_bytes(content: &mut Content, choices: &mut Choices) {
    let durable = content.durable_bytes;
    let mut bytes = Arc::unwrap_or_clone(std::mem::take(&mut content.bytes.0));
    let tail_bytes = bytes.len() - durable;
    if tail_bytes > 0 {
        match choices.below(5) {
            0 => bytes.truncate(durable),
            1 => {}
            2 => bytes.truncate(durable + choices.below(tail_bytes)),
            _ => lose_sectors(&mut bytes, durable, choices),
        }
    }
    *content = Content::durable(bytes);
}

/// Each sector that is not durable as a whole gets to the disk or reads as zeros, in any combination.
fn lose_sectors(bytes: &mut [u8], durable: usize, choices: &mut Choices) {
    let sector_bytes = SECTOR_BYTES[choices.below(SECTOR_BYTES.len())];
    let mut start = durable;
    while start < bytes.len() {
        let end = (start / sector_bytes + 1).saturating_mul(sector_bytes).min(bytes.len());
        if choices.below(2) == 0 {
            bytes[start..end].fill(0);
        }
        start = end;
    }
}

/// SplitMix64.
struct Choices(u64);

impl Choices {
    /// A number in `0..end`; `end` is at least 1.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use crate::disk::{Disk, Fault};

    use super::*;

    fn prepared() -> FaultyDisk {
        let disk = FaultyDisk::new();
        let file = disk.create("a").unwrap();
        file.append(b"durable").unwrap();
        file.sync().unwrap();
        disk.sync_folder("").unwrap();
        file.append(b", and not yet").unwrap();
        disk.create("b").unwrap();
        disk
    }

    #[test]
    fn the_death_of_a_process_keeps_everything_written() {
        let disk = prepared().image().after(Crash::Process, 1);
        assert_eq!(disk.read("a").unwrap(), b"durable, and not yet");
        assert_eq!(disk.list("").unwrap(), ["a", "b"]);
    }

    #[test]
    fn a_loss_of_power_keeps_what_was_synced_and_anything_of_the_rest() {
        let image = prepared().image();
        let (mut lengths, mut names) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        for seed in 0..200 {
            let disk = image.after(Crash::Power, seed);
            let bytes = disk.read("a").unwrap();
            assert!(bytes.starts_with(b"durable"));
            lengths.insert(bytes.len());
            names.insert(disk.list("").unwrap().len());
        }
        assert!(lengths.len() > 10, "{lengths:?}");
        assert_eq!(names.len(), 2, "the new name is lost or is not");
    }

    #[test]
    fn what_a_failed_sync_was_asked_for_never_becomes_durable() {
        let disk = prepared();
        let file = disk.append_at("a", 20).unwrap();
        disk.fail_at(disk.operations(), Fault::Io);
        assert!(file.sync().is_err());
        file.sync().unwrap();
        assert_eq!(disk.read("a").unwrap().len(), 20, "it can still be read");
        let lost =
            (0..50).any(|seed| disk.image().after(Crash::Power, seed).read("a").unwrap() == b"durable");
        assert!(lost);
    }

    #[test]
    fn on_a_full_disk_only_reserved_room_is_left() {
        let disk = FaultyDisk::new();
        let file = disk.create("a").unwrap();
        file.reserve(4).unwrap();
        disk.fail_at(disk.operations(), Fault::NoSpace { operations: 4 });
        file.append(b"12").unwrap();
        assert!(file.append(b"345").is_err());
        assert_eq!(disk.read("a").unwrap(), b"1234", "a write that fails may have begun");
        assert!(file.reserve(1).is_err());
        assert!(disk.create("b").is_err());
        disk.create("b").unwrap();
    }
}
