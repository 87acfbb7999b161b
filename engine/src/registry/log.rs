//! Owns `names.log`: buffers changes as records, appends them with one write, and reads them back.
//!
//! Invariant: changes reach the file in the order in which they were made. Room for them is taken first; without it they
//! stay buffered. After a failed write the tail of the file is unknown, so the log refuses everything from then on.

use std::io;
use std::sync::Arc;

use super::catalogue::Catalogue;
use super::entry::{Entries, Entry, Kind, LAYOUT_VERSION};
use crate::Error;
use crate::disk::{Disk, DiskFile};
use crate::record::{Next, Records, begin_record, finish_record};

/// The log's path inside the data directory.
pub(super) const LOG_PATH: &str = "names.log";

/// A record is closed at this size: what one damaged byte can cost.
const RECORD_BYTES_TARGET: usize = 256 << 10;

/// The append side of the log.
pub(super) struct NamesLog {
    file: Option<Arc<dyn DiskFile>>,
    pending: Vec<u8>,
    open: Option<OpenRecord>,
    failure: Option<Arc<str>>,
}

struct OpenRecord {
    start: usize,
    kind: Kind,
}

impl NamesLog {
    /// Opens the log and replays it into `catalogue`. When `writable`, a missing log is created and a torn tail cut;
    /// else the one is empty and the other ignored.
    pub(super) fn open(disk: &dyn Disk, writable: bool, catalogue: &mut Catalogue) -> Result<Self, Error> {
        let bytes = match disk.read(LOG_PATH) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(Error::io(LOG_PATH, "read", error)),
        };
        let whole_bytes = replay(bytes.as_deref().unwrap_or_default(), catalogue)?;
        let mut log = Self { file: None, pending: Vec::new(), open: None, failure: None };
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
        if self.pending.is_empty() {
            return Ok(());
        }
        self.check_writable()?;
        self.close_record();
        let Some(file) = &self.file else { return Ok(()) };
        let reserved = file.reserve(self.pending.len() as u64);
        reserved.map_err(|error| Error::io_or_full(LOG_PATH, "take room for", error))?;
        if let Err(error) = file.append(&self.pending) {
            let error = Error::io(LOG_PATH, "write", error);
            self.failure = Some(error.to_string().into());
            return Err(error);
        }
        self.pending.clear();
        // A burst of new series must not hold its memory for good.
        self.pending.shrink_to(RECORD_BYTES_TARGET);
        Ok(())
    }

    pub(super) fn file(&self) -> Option<Arc<dyn DiskFile>> {
        self.file.clone()
    }

    #[cfg(test)]
    pub(super) fn with_file(file: Arc<dyn DiskFile>) -> Self {
        Self { file: Some(file), pending: Vec::new(), open: None, failure: None }
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

/// Applies every whole record and returns where they end.
fn replay(bytes: &[u8], catalogue: &mut Catalogue) -> Result<u64, Error> {
    let mut records = Records::new(bytes, 0);
    loop {
        match records.next() {
            Next::Record { offset, payload } => replay_record(bytes, offset, payload, catalogue)?,
            Next::Damage { offset, length_bytes } => {
                return Err(Error::corrupt(
                    LOG_PATH,
                    offset,
                    "a whole record",
                    format!("{length_bytes} bytes that are none, and whole records after them"),
                ));
            }
            Next::Torn { offset, .. } => return Ok(offset),
            Next::End => return Ok(bytes.len() as u64),
        }
    }
}

fn replay_record(bytes: &[u8], offset: u64, payload: &[u8], catalogue: &mut Catalogue) -> Result<(), Error> {
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
            (_, 0) => {
                return Err(Error::corrupt(LOG_PATH, at, "the layout's version", "another record"));
            }
            _ => catalogue
                .apply(&entry)
                .map_err(|refusal| Error::corrupt(LOG_PATH, at, refusal.expected, refusal.found))?,
        }
    }
    Ok(())
}
