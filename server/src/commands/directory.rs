//! A data directory as a command opens it: to read beside a server, or to change while none runs.

use super::CommandError;
use plumbago_engine::{DirectoryLock, Engine, Options, RealDisk};
use std::path::Path;
use std::sync::Arc;

/// A store that nobody else has open.
pub(super) struct OwnedStore {
    /// The store.
    pub(super) engine: Engine,
    /// Held as long as the store is open.
    _lock: DirectoryLock,
}

/// Opens the store in `path` to read it, whether or not a server runs on it.
///
/// # Errors
/// There is no store, or it cannot be read.
pub(super) fn open_to_read(path: &Path, now: i64) -> Result<Engine, CommandError> {
    check_is_store(path)?;
    Ok(Engine::open_to_read(Arc::new(RealDisk::new(path)), now)?)
}

/// Opens the store in `path` to change it; its series stay under the policies they have.
///
/// # Errors
/// There is no store, a server runs on it, or it cannot be read.
pub(super) fn open_to_change(path: &Path, now: i64) -> Result<OwnedStore, CommandError> {
    check_is_store(path)?;
    let lock = DirectoryLock::acquire(path)?;
    let engine = Engine::open_as_it_is(Arc::new(RealDisk::new(path)), Options::default(), now)?;
    Ok(OwnedStore { engine, _lock: lock })
}

/// Opening would make a store where there is none.
fn check_is_store(path: &Path) -> Result<(), CommandError> {
    if path.join("MANIFEST").is_file() {
        return Ok(());
    }
    Err(CommandError::new(format!("{} is no data directory: it has no manifest", path.display())))
}
