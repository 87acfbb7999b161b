//! Owns the exclusive lock on a data directory.
//!
//! Invariant: held by at most one process, released by the system when that process dies; the file names the holder
//! so that the next one can say who it is. Reading beside a holder needs no lock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::Error;

const NAME: &str = "LOCK";

/// The lock, held until dropped.
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock on `directory` (created if need be), or says which process holds it.
    pub fn acquire(directory: &Path) -> Result<Self, Error> {
        let shown = directory.display().to_string();
        let io = |operation| {
            let shown = shown.clone();
            move |error| Error::io(shown, operation, error)
        };
        fs::create_dir_all(directory).map_err(io("create"))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join(NAME))
            .map_err(io("open the lock of"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let read = file.read_to_string(&mut holder);
                let holder_pid = read.ok().and_then(|_| holder.trim().parse().ok());
                return Err(Error::Locked { path: shown, holder_pid });
            }
            Err(TryLockError::Error(error)) => return Err(io("lock")(error)),
        }
        let write = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        match write.map_err(|error| Error::io_or_full(shown.clone(), "write the lock of", error)) {
            // The lock is held all the same, only without a name on it: on a full disk one can still read, and make room.
            Err(error) if error.is_disk_full() => {}
            write => write?,
        }
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let held = DirectoryLock::acquire(folder.path()).unwrap();
        match DirectoryLock::acquire(folder.path()) {
            Err(Error::Locked { holder_pid, .. }) => assert_eq!(holder_pid, Some(std::process::id())),
            Err(other) => panic!("expected the lock to be held, found {other}"),
            Ok(_) => panic!("the lock was given twice"),
        }
        drop(held);
        DirectoryLock::acquire(folder.path()).unwrap();
    }
}
