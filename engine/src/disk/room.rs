//! Owns the room that an appended file has taken on the disk in advance.
//!
//! Invariant: what `take` has answered for can be appended whatever else fills the disk, where the file system promises
//! that. Room is taken in steps as large as the file is already, within bounds: a small disk is not taken up by files that
//! hardly grow, and a busy one seldom asks.

use std::io;

use super::{DiskFile, is_full};

const STEP_BYTES_MIN: u64 = 64 << 10;
const STEP_BYTES_MAX: u64 = 4 << 20;

/// How long a file is, and how long it can become for certain.
#[derive(Debug, Default)]
pub(crate) struct Room {
    written_bytes: u64,
    reserved_bytes: u64,
}

impl Room {
    /// The room of a file of that length.
    pub(crate) fn new(written_bytes: u64) -> Self {
        Self { written_bytes, reserved_bytes: written_bytes }
    }

    /// Takes room for `bytes` more.
    ///
    /// # Errors
    /// The disk's; nothing has changed then.
    pub(crate) fn take(&mut self, file: &dyn DiskFile, bytes: u64) -> io::Result<()> {
        let end = self.written_bytes + bytes;
        if end <= self.reserved_bytes {
            return Ok(());
        }
        let step = self.written_bytes.clamp(STEP_BYTES_MIN, STEP_BYTES_MAX).max(bytes);
        let taken = match file.reserve(step) {
            Err(error) if is_full(&error) && step > bytes => file.reserve(bytes).map(|()| bytes)?,
            result => result.map(|()| step)?,
        };
        self.reserved_bytes = self.written_bytes + taken;
        Ok(())
    }

    /// Gives back what was taken and not used: nothing more will be appended for long.
    ///
    /// # Errors
    /// The disk's; the room may be lost until the file is opened again.
    pub(crate) fn release(&mut self, file: &dyn DiskFile) -> io::Result<()> {
        self.reserved_bytes = self.written_bytes;
        file.release()
    }

    /// So many bytes were appended.
    pub(crate) fn add_written(&mut self, bytes: u64) {
        self.written_bytes += bytes;
    }

    /// Length of the file.
    pub(crate) fn written_bytes(&self) -> u64 {
        self.written_bytes
    }
}
