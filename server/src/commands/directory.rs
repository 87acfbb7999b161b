//! A data directory as a command opens it: to read beside a server, or to change while none runs.

use super::CommandError;
use plumbago_engine::{DirectoryLock, Disk, Engine, Finding, MANIFEST_PATH, Options, RealDisk};
use std::path::Path;
use std::sync::Arc;

/// The present of upkeep. A command cannot know the clock of the data, which may be a fixed one: at this moment
/// nothing has expired, and what has is left to the server.
pub(super) const UPKEEP_NOW: i64 = 0;

/// A store that nobody else has open.
pub(super) struct OwnedStore {
    /// The store.
    pub(super) engine: Engine,
    /// Held as long as the store is open.
    _lock: DirectoryLock,
}

impl OwnedStore {
    /// Opens the store in `path` to change it; its series stay under the policies they have.
    ///
    /// # Errors
    /// There is no store, a server runs on it, or it cannot be read.
    pub(super) fn open(path: &Path) -> Result<OwnedStore, CommandError> {
        let disk = disk(path)?;
        let lock = DirectoryLock::acquire(path)?;
        let engine = Engine::open_as_it_is(disk, Options::default(), UPKEEP_NOW)?;
        Ok(OwnedStore { engine, _lock: lock })
    }

    /// Leaves the store as a stopped server does.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn close(self) -> Result<(), CommandError> {
        Ok(self.engine.close(UPKEEP_NOW)?)
    }
}

/// Opens the store in `path` to read it, whether or not a server runs on it; says what answers will lack.
///
/// # Errors
/// There is no store, or it cannot be read.
pub(super) fn open_to_read(path: &Path, now: i64) -> Result<Engine, CommandError> {
    let engine = Engine::open_to_read(disk(path)?, now)?;
    for finding in engine.take_findings() {
        // What a server is appending just now looks like an append that was cut short.
        if !matches!(finding, Finding::TornTail(_) | Finding::PointsDropped(_)) {
            eprintln!("{finding}");
        }
    }
    Ok(engine)
}

/// The disk of the store in `path`. Opening would make a store where there is none.
///
/// # Errors
/// There is none.
pub(super) fn disk(path: &Path) -> Result<Arc<dyn Disk>, CommandError> {
    if !path.is_dir() {
        return Err(CommandError::new(format!("{} is no directory", path.display())));
    }
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(path));
    let files = disk.list("").map_err(|error| CommandError::new(format!("{}: {error}", path.display())))?;
    let segments =
        disk.list("segments").map_err(|error| CommandError::new(format!("{}: {error}", path.display())))?;
    // A store that lost its manifest still is one, and damaged.
    let is_store = files.iter().any(|file| file == MANIFEST_PATH)
        || segments.iter().any(|segment| segment.ends_with(".seg"));
    if !is_store {
        let shown = path.display();
        return Err(CommandError::new(format!("{shown} is no data directory: it has no {MANIFEST_PATH}")));
    }
    Ok(disk)
}
