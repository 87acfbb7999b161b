//! Owns `names.log`: buffers changes as records, appends them with one write, and reads them back.
//!
//! Invariant: changes reach the file in the order in which they were made. Room for them is taken first; without it they
//! stay buffered. After a failed write the tail of the file is unknown, so the log refuses everything from then on. The
//! log notes in itself how much of it was synced: a loss of power may leave a hole in what was not, and that tells it from
//! damage.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::census::Census;
use super::entry::{Entries, Entry, Kind, LAYOUT_VERSION, SYNCED_BYTES_MAX};
use crate::Error;
use crate::disk::{Disk, DiskFile, Room};
use crate::finding::TornTail;
use crate::record::{HEADER_BYTES, Next, Records, begin_record, finish_record};

/// The log's path inside the data directory.
pub(super) const LOG_PATH: &str = "names.log";

/// A record is closed at this size: what one damaged byte can cost.
const RECORD_BYTES_TARGET: usize = 256 << 10;

/// The append side of the log.
pub(super) struct NamesLog {
    file: Option<Arc<dyn DiskFile>>,
    pending: Vec<u8>,
    open: Option<OpenRecord>,
    /// What stood behind the last whole record when the file was read.
    torn: Option<TornTail>,
    failure: Option<Arc<str>>,
    room: Room,
    /// How much of it was synced.
    synced_bytes: AtomicU64,
    /// How much of it is said in the file to be synced, what says so included.
    noted_bytes: u64,
    is_note_pending: bool,
}

/// A sync of the log that can be done without holding the registry.
pub struct LogSync {
    /// The log's file.
    pub file: Arc<dyn DiskFile>,
    /// How much of it is durable once it is synced.
    pub written_bytes: u64,
}

struct OpenRecord {
    start: usize,
    kind: Kind,
}

impl NamesLog {
    /// Opens the log and replays it into `census`. When `writable`, a missing log is created and a torn tail cut;
    /// else the one is empty and the other ignored.
    pub(super) fn open(disk: &dyn Disk, writable: bool, census: &mut Census) -> Result<Self, Error> {
        let bytes = match disk.read(LOG_PATH) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(Error::io(LOG_PATH, "read", error)),
        };
        let Replayed { whole_bytes, is_noted } = replay(bytes.as_deref().unwrap_or_default(), census)?;
        let length_bytes = bytes.as_ref().map_or(0, |bytes| bytes.len() as u64) - whole_bytes;
        let torn = TornTail { path: LOG_PATH.to_owned(), offset: whole_bytes, length_bytes };
        let mut log = Self::new(None, whole_bytes);
        log.torn = Some(torn).filter(|torn| torn.length_bytes > 0);
        log.noted_bytes = if is_noted { whole_bytes } else { 0 };
        if writable {
            log.file = Some(match bytes {
                Some(_) => disk
                    .append_at(LOG_PATH, whole_bytes)
                    .map_err(|error| Error::io(LOG_PATH, "open", error))?,
                None => create(disk)?,
            });
            if whole_bytes == 0 {
                log.push(&Entry::Layout { version: LAYOUT_VERSION });
            }
        }
        Ok(log)
    }

    fn new(file: Option<Arc<dyn DiskFile>>, written_bytes: u64) -> Self {
        Self {
            file,
            pending: Vec::new(),
            open: None,
            torn: None,
            failure: None,
            room: Room::new(written_bytes),
            synced_bytes: AtomicU64::new(0),
            noted_bytes: 0,
            is_note_pending: false,
        }
    }

    /// Fails when changes cannot be logged: opened read-only, or closed by an earlier failure.
    pub(super) fn check_writable(&self) -> Result<(), Error> {
        if let Some(reason) = &self.failure {
            return Err(Error::Latched(reason.clone()));
        }
        match self.file {
            Some(_) => Ok(()),
            None => Err(Error::Caller("the data directory was opened read-only".to_owned())),
        }
    }

    /// Buffers a change.
    pub(super) fn push(&mut self, entry: &Entry<'_>) {
        let kind = entry.kind();
        let full =
            |open: &OpenRecord| open.kind != kind || self.pending.len() - open.start >= RECORD_BYTES_TARGET;
        if self.open.as_ref().is_some_and(full) {
            self.close_record();
        }
        let first = self.open.is_none();
        if first {
            self.open = Some(OpenRecord { start: begin_record(&mut self.pending), kind });
            self.pending.push(kind as u8);
        }
        entry.encode(first, &mut self.pending);
    }

    pub(super) fn pending_bytes(&self) -> usize {
        self.pending.len()
    }

    /// Appends the buffered changes with one write. After `Error::DiskFull` they are still buffered.
    pub(super) fn write_pending(&mut self) -> Result<(), Error> {
        if self.pending.is_empty() { Ok(()) } else { self.note_synced() }
    }

    /// Likewise, and writes down how much was synced, if the file does not say so yet.
    pub(super) fn note_synced(&mut self) -> Result<(), Error> {
        self.check_writable()?;
        let synced_bytes = self.synced_bytes.load(Ordering::Acquire);
        if synced_bytes > self.noted_bytes {
            self.push(&Entry::Synced { bytes: synced_bytes });
            (self.noted_bytes, self.is_note_pending) = (synced_bytes, true);
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        self.close_record();
        let Some(file) = &self.file else { return Ok(()) };
        let pending_bytes = self.pending.len() as u64;
        let room = self.room.take(&**file, pending_bytes);
        room.map_err(|error| Error::io_or_full(LOG_PATH, "take room for", error))?;
        if let Err(error) = file.append(&self.pending) {
            let error = Error::io(LOG_PATH, "write", error);
            self.failure = Some(error.to_string().into());
            return Err(error);
        }
        self.room.add_written(pending_bytes);
        if std::mem::take(&mut self.is_note_pending) {
            self.noted_bytes = self.room.written_bytes();
        }
        self.pending.clear();
        // A burst of new series must not hold its memory for good.
        self.pending.shrink_to(RECORD_BYTES_TARGET);
        Ok(())
    }

    /// Takes room for changes of one kind that come to so many bytes, on top of what is buffered, which is written.
    pub(super) fn make_room(&mut self, changes_bytes: u64) -> Result<(), Error> {
        self.write_pending()?;
        let Some(file) = &self.file else { return Ok(()) };
        // Each full record, a last one, and one that says what was synced have a head and a kind of their own.
        let records = changes_bytes / RECORD_BYTES_TARGET as u64 + 2;
        let bytes = changes_bytes + records * (HEADER_BYTES as u64 + 1) + SYNCED_BYTES_MAX;
        let room = self.room.take(&**file, bytes);
        room.map_err(|error| Error::io_or_full(LOG_PATH, "take room for", error))
    }

    pub(super) fn sync(&self) -> Option<LogSync> {
        self.file.clone().map(|file| LogSync { file, written_bytes: self.room.written_bytes() })
    }

    pub(super) fn set_synced(&self, bytes: u64) {
        self.synced_bytes.fetch_max(bytes, Ordering::AcqRel);
    }

    pub(super) fn torn(&self) -> Option<&TornTail> {
        self.torn.as_ref()
    }

    #[cfg(test)]
    pub(super) fn with_file(file: Arc<dyn DiskFile>) -> Self {
        Self::new(Some(file), 0)
    }

    fn close_record(&mut self) {
        if let Some(open) = self.open.take() {
            finish_record(&mut self.pending, open.start);
        }
    }
}

fn create(disk: &dyn Disk) -> Result<Arc<dyn DiskFile>, Error> {
    let file = disk.create(LOG_PATH).map_err(|error| Error::io_or_full(LOG_PATH, "create", error))?;
    disk.sync_folder("").map_err(|error| Error::io(LOG_PATH, "sync the folder of", error))?;
    Ok(file)
}

/// What the file holds.
#[derive(Default)]
struct Replayed {
    /// Where its records end.
    whole_bytes: u64,
    /// Whether the last one says what was synced.
    is_noted: bool,
}

/// Applies every whole record.
fn replay(bytes: &[u8], census: &mut Census) -> Result<Replayed, Error> {
    let mut replayed = Replayed::default();
    let mut records = Records::new(bytes, 0);
    loop {
        match records.next() {
            Next::Record { offset, payload } => {
                replay_record(bytes, offset, payload, census)?;
                replayed.whole_bytes = offset + (HEADER_BYTES + payload.len()) as u64;
                replayed.is_noted = payload.first() == Some(&(Kind::Synced as u8));
            }
            Next::Damage { offset, length_bytes } => {
                if !says_synced(&mut records, offset) {
                    return Ok(replayed);
                }
                let found = format!("{length_bytes} bytes that are none, and whole records after them");
                return Err(Error::corrupt(LOG_PATH, offset, "a whole record", found));
            }
            Next::Torn { .. } | Next::End => return Ok(replayed),
        }
    }
}

/// Whether a record behind a hole says that bytes from `offset` on were synced once. If none does, everything from there
/// on was written after the last sync: the power went before it could get to the disk, and changes build on each other.
fn says_synced(records: &mut Records<'_>, offset: u64) -> bool {
    loop {
        match records.next() {
            Next::Record { payload, .. } => {
                let entry = Entries::new(payload).and_then(|mut entries| entries.decode());
                if matches!(entry, Some(Entry::Synced { bytes }) if bytes > offset) {
                    return true;
                }
            }
            Next::Damage { .. } | Next::Torn { .. } => {}
            Next::End => return false,
        }
    }
}

fn replay_record(bytes: &[u8], offset: u64, payload: &[u8], census: &mut Census) -> Result<(), Error> {
    let payload_at = payload.as_ptr() as usize - bytes.as_ptr() as usize;
    let mut entries = Entries::new(payload).ok_or_else(|| {
        Error::corrupt(
            LOG_PATH,
            payload_at as u64,
            "a record of a known kind",
            format!("{:?}", payload.first()),
        )
    })?;
    while entries.remaining_bytes() > 0 {
        let at = (payload_at + payload.len() - entries.remaining_bytes()) as u64;
        let Some(entry) = entries.decode() else {
            return Err(Error::corrupt(LOG_PATH, at, "a change as the record's kind says", "other bytes"));
        };
        match (&entry, offset) {
            (Entry::Layout { version: LAYOUT_VERSION }, 0) => {}
            (Entry::Layout { version }, _) => {
                let expected = format!("layout {LAYOUT_VERSION}, in the first record only");
                return Err(Error::corrupt(LOG_PATH, at, expected, format!("layout {version}")));
            }
            (Entry::Synced { bytes }, offset) if *bytes > offset => {
                let expected = format!("a length synced, {offset} bytes at most");
                return Err(Error::corrupt(LOG_PATH, at, expected, format!("{bytes} bytes")));
            }
            (_, 0) => {
                return Err(Error::corrupt(LOG_PATH, at, "the layout's version", "another record"));
            }
            _ => census
                .apply(&entry)
                .map_err(|refusal| Error::corrupt(LOG_PATH, at, refusal.expected, refusal.found))?,
        }
    }
    Ok(())
}
