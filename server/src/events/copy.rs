//! A copy of the store for a snapshot, taken beside a running server too.
//!
//! Invariant: the copy is what the store held at one moment, and durable. It is older than the points of its snapshot, never
//! newer: what rules had not done by then they do again. Whoever goes on from it is another server.

use super::error::StoreError;
use super::store::FILE;
use super::{instance, schema};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A copy that is not in its place yet; dropped, it is removed.
#[derive(Debug)]
pub(crate) struct EventsCopy {
    path: Option<PathBuf>,
}

impl EventsCopy {
    /// Copies the store of a data directory, where there is one, into a file beside it.
    ///
    /// # Errors
    /// The store cannot be read, or there is no room.
    pub(crate) fn take(data_dir: &Path, label: &str) -> Result<EventsCopy, StoreError> {
        let source = data_dir.join(FILE);
        if !source.exists() {
            return Ok(EventsCopy { path: None });
        }
        let path = data_dir.join(format!("{FILE}.{label}.copy"));
        let copy = EventsCopy { path: Some(path.clone()) };
        // One that was cut short under this name is of no use.
        let _ = fs::remove_file(&path);
        let copying = StoreError::sqlite("copying its file");
        let connection = schema::open_reader(&source)?;
        connection.execute("VACUUM INTO ?1", [path.to_string_lossy()]).map_err(copying)?;
        instance::forget(&path)?;
        File::open(&path).and_then(|file| file.sync_all()).map_err(|cause| fault(&path, cause))?;
        Ok(copy)
    }

    /// Brings the copy into the folder of a snapshot, below the data directory.
    ///
    /// # Errors
    /// It cannot be moved.
    pub(crate) fn place(mut self, folder: &Path) -> Result<(), StoreError> {
        if let Some(path) = &self.path {
            let moved = fs::rename(path, folder.join(FILE)).and_then(|()| File::open(folder)?.sync_all());
            moved.map_err(|cause| fault(path, cause))?;
            self.path = None;
        }
        Ok(())
    }
}

impl Drop for EventsCopy {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // It may never have been made.
            let _ = fs::remove_file(path);
        }
    }
}

fn fault(path: &Path, cause: io::Error) -> StoreError {
    StoreError::Copy { path: path.to_owned(), cause: Arc::new(cause) }
}
