//! Owns the manifest: the one file that says which segments exist and which log generations still count.
//!
//! Invariant: what is not in the manifest does not exist. A torn tail is an edit that never happened; damage before
//! the tail is an error, since edits build on each other. The file is rewritten whole when it is mostly history.

mod edit;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Error;
use crate::disk::{Disk, DiskFile, Room};
use crate::finding::TornTail;
use crate::record::{self, Next, Records};

pub(crate) use edit::{Edit, SegmentEntry, Stage, number_of as segment_number, path as segment_path};

/// Path of the manifest.
pub const PATH: &str = "manifest.log";
const TEMPORARY: &str = "manifest.tmp";
/// Edits after which a rewrite at start-up pays.
const EDITS_MAX: usize = 1000;

/// What all edits add up to.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) segments: BTreeMap<u64, SegmentEntry>,
    pub(crate) wal_floor: u64,
    pub(crate) rules_fingerprint: Option<u64>,
    /// The latest moment on record.
    pub(crate) moment: Option<i64>,
    edits: usize,
    length_bytes: u64,
    torn: Option<TornTail>,
}

impl State {
    /// Reads the manifest; a directory without one is empty.
    pub(crate) fn read(disk: &dyn Disk) -> Result<Self, Error> {
        let mut state = Self::default();
        let names = disk.list("").map_err(|error| Error::io(".", "list", error))?;
        if !names.iter().any(|name| name == PATH) {
            let segments = disk.list("segments").map_err(|error| Error::io("segments", "list", error))?;
            if segments.iter().any(|name| name.ends_with(".seg")) {
                return Err(Error::corrupt(PATH, 0, "a manifest, since there are segments", "no such file"));
            }
            return Ok(state);
        }
        let bytes = disk.read(PATH).map_err(|error| Error::io(PATH, "read", error))?;
        let mut records = Records::new(&bytes, 0);
        loop {
            match records.next() {
                Next::Record { offset, payload } => {
                    let edit = edit::decode(payload).ok_or_else(|| {
                        Error::corrupt(PATH, offset, "an edit of version 1 or 2", "a record of another shape")
                    })?;
                    state.apply(&edit);
                    state.length_bytes = offset + (record::HEADER_BYTES + payload.len()) as u64;
                }
                Next::Damage { offset, length_bytes } => {
                    let found = format!("{length_bytes} bytes that are none");
                    return Err(Error::corrupt(PATH, offset, "a whole record", found));
                }
                // The first record is written before the file gets its name: it cannot be an append cut short.
                Next::Torn { offset: 0, length_bytes } => {
                    let found = format!("{length_bytes} bytes that are none");
                    return Err(Error::corrupt(PATH, 0, "a whole record", found));
                }
                Next::Torn { offset, length_bytes } => {
                    state.torn = Some(TornTail { path: PATH.to_owned(), offset, length_bytes });
                }
                Next::End => return Ok(state),
            }
        }
    }

    /// Sums `edit` into the state.
    fn apply(&mut self, edit: &Edit) {
        for number in &edit.remove {
            self.segments.remove(number);
        }
        self.segments.extend(edit.add.iter().map(|entry| (entry.number, *entry)));
        self.wal_floor = edit.wal_floor.unwrap_or(self.wal_floor);
        self.rules_fingerprint = edit.rules_fingerprint.or(self.rules_fingerprint);
        self.moment = edit.moment.or(self.moment);
        self.edits += 1;
    }

    /// Bytes of whole edits in the file: two equal answers mean that nothing was committed in between.
    pub(crate) fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    /// What stood behind the last whole edit when the file was read.
    pub(crate) fn torn(&self) -> Option<&TornTail> {
        self.torn.as_ref()
    }

    /// A whole manifest that says this and nothing else.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        append(&self.as_edit(), &mut bytes);
        bytes
    }

    fn as_edit(&self) -> Edit {
        Edit {
            add: self.segments.values().copied().collect(),
            remove: Vec::new(),
            wal_floor: Some(self.wal_floor),
            rules_fingerprint: self.rules_fingerprint,
            moment: self.moment,
        }
    }
}

/// The manifest, open for commits unless it was opened to read.
pub(crate) struct Manifest {
    file: Option<Arc<dyn DiskFile>>,
    room: Room,
    state: State,
}

impl Manifest {
    /// Opens the manifest for writing, cutting a torn tail and dropping old history.
    pub(crate) fn open(disk: &dyn Disk) -> Result<Self, Error> {
        let mut state = State::read(disk)?;
        check_tail(disk, &state)?;
        let missing = state.edits == 0;
        if missing || state.edits > EDITS_MAX {
            match rewrite(disk, &state) {
                Ok(length_bytes) => (state.edits, state.length_bytes) = (1, length_bytes),
                // The file as it is will do: whoever starts on a full disk wants to read, and to make room.
                Err(error) if error.is_disk_full() && !missing => {}
                Err(error) => return Err(error),
            }
        }
        let file =
            disk.append_at(PATH, state.length_bytes).map_err(|error| Error::io(PATH, "open", error))?;
        // An edit of a process that died may be in memory alone; what follows from it must not be done before.
        file.sync().map_err(|error| Error::io(PATH, "sync", error))?;
        Ok(Self { file: Some(file), room: Room::new(state.length_bytes), state })
    }

    /// A manifest that only tells what was read.
    pub(crate) fn read_only(state: State) -> Self {
        Self { file: None, room: Room::default(), state }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Makes `edit` durable, then counts it. After `Error::DiskFull` nothing has happened; after any other error the
    /// caller must latch: the file's tail is unknown.
    pub(crate) fn commit(&mut self, edit: &Edit) -> Result<(), Error> {
        let Some(file) = &self.file else {
            return Err(Error::Caller("the store was opened to read".to_owned()));
        };
        let mut bytes = Vec::new();
        append(edit, &mut bytes);
        let room = self.room.take(&**file, bytes.len() as u64);
        room.map_err(|error| Error::io_or_full(PATH, "take room for", error))?;
        file.append(&bytes).map_err(|error| Error::io(PATH, "write", error))?;
        file.sync().map_err(|error| Error::io(PATH, "sync", error))?;
        self.state.apply(edit);
        self.state.length_bytes += bytes.len() as u64;
        self.room.add_written(bytes.len() as u64);
        Ok(())
    }

    /// Gives back the room that was taken for edits to come.
    pub(crate) fn release_room(&mut self) -> Result<(), Error> {
        let Some(file) = &self.file else { return Ok(()) };
        self.room.release(&**file).map_err(|error| Error::io(PATH, "give back room of", error))
    }
}

/// Tells an edit that was cut short from one that was made and is damaged now: after the latter, files may be gone that
/// the edits before it speak of. To go on without it would be to forget what it added.
fn check_tail(disk: &dyn Disk, state: &State) -> Result<(), Error> {
    let Some(torn) = &state.torn else { return Ok(()) };
    let names = disk.list("segments").map_err(|error| Error::io("segments", "list", error))?;
    let is_there = |entry: &SegmentEntry| names.iter().any(|name| entry.path().ends_with(name.as_str()));
    match state.segments.values().find(|entry| !is_there(entry)) {
        None => Ok(()),
        Some(entry) => {
            let expected = format!("an edit that removes segment {}, whose file is gone", entry.number);
            let found = format!("{} bytes that are none", torn.length_bytes);
            Err(Error::corrupt(PATH, torn.offset, expected, found))
        }
    }
}

/// Writes `state` as the one edit of a new file, which takes the old one's place; answers its length.
fn rewrite(disk: &dyn Disk, state: &State) -> Result<u64, Error> {
    let bytes = state.to_bytes();
    let io = |operation| move |error| Error::io_or_full(TEMPORARY, operation, error);
    let file = disk.create(TEMPORARY).map_err(io("create"))?;
    file.append(&bytes).map_err(io("write"))?;
    file.sync().map_err(|error| Error::io(TEMPORARY, "sync", error))?;
    disk.rename(TEMPORARY, PATH).map_err(|error| Error::io(TEMPORARY, "rename", error))?;
    disk.sync_folder("").map_err(|error| Error::io(".", "sync", error))?;
    Ok(bytes.len() as u64)
}

fn append(edit: &Edit, out: &mut Vec<u8>) {
    let start = record::begin_record(out);
    edit::encode(edit, out);
    record::finish_record(out, start);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryDisk;
    use crate::policy::Archive;

    fn entry(number: u64) -> SegmentEntry {
        SegmentEntry {
            number,
            sequence: number + 7,
            archive: Archive { step_secs: 10, retention_secs: 86_400 },
            partition_start: -7200,
            partition_slots: 720,
            stage: Stage::Settled,
            born_day: 3,
            first_slot: 1,
            last_slot: 719,
            series: 5,
            cells: 99,
            bytes: 1 << 40,
        }
    }

    #[test]
    fn commits_add_up_and_survive_reopening_and_a_torn_tail() {
        let disk = MemoryDisk::new();
        let mut manifest = Manifest::open(&disk).unwrap();
        let add = Edit { add: vec![entry(1), entry(2)], wal_floor: Some(4), ..Edit::default() };
        manifest.commit(&add).unwrap();
        manifest.commit(&Edit { remove: vec![1], ..Edit::default() }).unwrap();
        disk.append_at(PATH, manifest.state().length_bytes()).unwrap().append(b"torn").unwrap();

        let state = State::read(&disk).unwrap();
        assert_eq!(state.segments.values().copied().collect::<Vec<_>>(), [entry(2)]);
        assert_eq!(state.wal_floor, 4);
        // Was the tail an edit that removed the segment? Only if its file is gone.
        assert!(matches!(Manifest::open(&disk), Err(Error::Corrupt { .. })));
        disk.create(&segment_path(2)).unwrap();
        Manifest::open(&disk).unwrap().commit(&Edit { remove: vec![2], ..Edit::default() }).unwrap();
        assert!(State::read(&disk).unwrap().segments.is_empty());
    }

    #[test]
    fn damage_before_the_tail_is_an_error_that_names_the_offset() {
        let disk = MemoryDisk::new();
        let mut manifest = Manifest::open(&disk).unwrap();
        let first_edit_at = manifest.state().length_bytes();
        manifest.commit(&Edit { wal_floor: Some(1), ..Edit::default() }).unwrap();
        manifest.commit(&Edit { wal_floor: Some(2), ..Edit::default() }).unwrap();
        let mut bytes = disk.read(PATH).unwrap();
        bytes[first_edit_at as usize + 13] ^= 1;
        disk.create(PATH).unwrap().append(&bytes).unwrap();
        match State::read(&disk) {
            Err(Error::Corrupt { offset, .. }) => assert_eq!(offset, first_edit_at),
            other => panic!("expected corruption, found {other:?}"),
        }
    }
}
