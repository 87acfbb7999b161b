//! Owns the files being appended to: one lane a writer, all lanes of one generation at a time.
//!
//! Invariant: a lane's file is created on its first record of a generation, and its name made durable before the
//! record counts as synced. Room for a record is taken before a byte of it is written, so that a full disk refuses whole
//! batches. A file whose end is unknown is never appended to again, and a failed sync never repeated: that is the
//! caller's to latch on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use parking_lot::Mutex;

use super::batch::{self, BatchHeader};
use super::value::Tags;
use super::{FOLDER, LoggedPoint, path};
use crate::disk::{Disk, DiskFile, Room};
use crate::record;
use crate::{Error, record::PAYLOAD_BYTES_MAX};

/// Points a record holds at most: far below the record cap whatever they are.
const POINTS_MAX: usize = PAYLOAD_BYTES_MAX / 64;

/// The lanes of all writers, and which files still wait for a sync.
pub(crate) struct Lanes {
    disk: Arc<dyn Disk>,
    next_number: AtomicU32,
    unsynced: Mutex<Unsynced>,
}

#[derive(Default)]
struct Unsynced {
    files: Vec<Arc<LaneFile>>,
    folder: bool,
}

struct LaneFile {
    path: String,
    file: Arc<dyn DiskFile>,
    dirty: AtomicBool,
}

/// One writer's place in the log.
pub(crate) struct Lane {
    number: u32,
    generation: u64,
    file: Option<Arc<LaneFile>>,
    room: Room,
    buffer: Vec<u8>,
    tags: Tags,
}

impl Lanes {
    pub(crate) fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk, next_number: AtomicU32::new(0), unsynced: Mutex::default() }
    }

    /// A lane that no writer has had before.
    pub(crate) fn lane(&self) -> Lane {
        Lane {
            number: self.number(),
            generation: 0,
            file: None,
            room: Room::default(),
            buffer: Vec::new(),
            tags: Tags::default(),
        }
    }

    fn number(&self) -> u32 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes every record appended so far durable. Files that stay clean cost nothing.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        let (files, folder) = {
            let mut unsynced = self.unsynced.lock();
            (unsynced.files.clone(), std::mem::take(&mut unsynced.folder))
        };
        if folder {
            self.disk.sync_folder(FOLDER).map_err(|error| Error::io(FOLDER, "sync", error))?;
        }
        for lane in files {
            if lane.dirty.swap(false, Ordering::AcqRel) {
                lane.file.sync().map_err(|error| Error::io(&lane.path, "sync", error))?;
            }
        }
        Ok(())
    }

    /// Forgets the files of generations before `floor`: their points are in segments.
    pub(crate) fn retire(&self, floor: u64) {
        self.unsynced.lock().files.retain(|lane| {
            let name = lane.path.rsplit('/').next().unwrap_or_default();
            super::parse_name(name).is_none_or(|(generation, _)| generation >= floor)
        });
    }
}

impl Lane {
    /// Appends `points` to this lane's file of `generation`; answers the bytes written. After `Error::DiskFull` nothing
    /// was logged, and the same points can be appended later.
    pub(crate) fn append(
        &mut self,
        lanes: &Lanes,
        generation: u64,
        header: BatchHeader,
        points: &[LoggedPoint],
    ) -> Result<u64, Error> {
        if self.file.is_none() || self.generation != generation {
            self.file = Some(self.open(lanes, generation)?);
            self.generation = generation;
        }
        let Some(lane) = self.file.clone() else { return Ok(0) };
        self.buffer.clear();
        for part in points.chunks(POINTS_MAX) {
            let start = record::begin_record(&mut self.buffer);
            batch::encode(header, part.iter().copied(), &mut self.tags, &mut self.buffer);
            record::finish_record(&mut self.buffer, start);
        }
        let written_bytes = self.buffer.len() as u64;
        let room = self.room.take(&*lane.file, written_bytes);
        room.map_err(|error| Error::io_or_full(&lane.path, "take room for", error))?;
        if let Err(error) = lane.file.append(&self.buffer) {
            // The room was there for certain, or there is no certainty to be had on this file system: the batch may be
            // cut short here, so the next one goes to a file of its own.
            self.file = None;
            self.number = lanes.number();
            return Err(Error::io_or_full(&lane.path, "write", error));
        }
        lane.dirty.store(true, Ordering::Release);
        self.room.add_written(written_bytes);
        if self.buffer.capacity() > 1 << 20 {
            self.buffer = Vec::new();
        }
        Ok(written_bytes)
    }

    fn open(&mut self, lanes: &Lanes, generation: u64) -> Result<Arc<LaneFile>, Error> {
        let path = path(generation, self.number);
        let file = lanes.disk.create(&path).map_err(|error| Error::io_or_full(&path, "create", error))?;
        self.room = Room::default();
        let lane = Arc::new(LaneFile { path, file, dirty: AtomicBool::new(false) });
        let mut unsynced = lanes.unsynced.lock();
        unsynced.files.push(lane.clone());
        unsynced.folder = true;
        Ok(lane)
    }
}
