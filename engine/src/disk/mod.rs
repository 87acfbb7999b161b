//! Owns the trait through which the engine touches storage, so that a test can replace the disk.
//!
//! Invariant: files are only ever appended to, renamed whole, or removed; a mapped file is never written again.
//! Paths are relative to the data directory, with `/` between parts. What a file contains is not known here.

mod faulty;
mod lock;
mod memory;
mod real;
mod room;

use std::io;
use std::ops::{Deref, Range};
use std::sync::Arc;

pub use faulty::{Crash, DiskImage, Fault, FaultyDisk};
pub use lock::DirectoryLock;
pub use memory::MemoryDisk;
pub use real::RealDisk;
pub(crate) use room::Room;

/// Whether an operation failed for want of room, so that it can succeed later.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// The operations the engine needs from a disk.
pub trait Disk: Send + Sync {
    /// Names of the files in `folder`, sorted; a folder that does not exist has none.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Creates `path` (and its folder) empty, for appending; an older file of that name is replaced.
    fn create(&self, path: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Cuts `path` to `length_bytes` and opens it for appending there.
    fn append_at(&self, path: &str, length_bytes: u64) -> io::Result<Arc<dyn DiskFile>>;

    /// The whole content of `path`, immutable: a read-only mapping where the backend has one.
    fn map(&self, path: &str) -> io::Result<Mapped>;

    /// The whole content of `path` in memory of its own, for files that are still being appended to.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// The length of `path` at this moment.
    fn length_bytes(&self, path: &str) -> io::Result<u64> {
        self.read(path).map(|bytes| bytes.len() as u64)
    }

    /// Renames `from` to `to`, replacing it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Gives the file `from`, which is finished, a second name: `to`, whose folder is made if need be and which replaces
    /// an older file. A backend without second names copies.
    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.copy(from, to).map(|_bytes| ())
    }

    /// Copies the bytes that `from` holds now into a new file `to`, whose folder is made if need be, durably; answers how
    /// many.
    fn copy(&self, from: &str, to: &str) -> io::Result<u64> {
        let bytes = self.read(from)?;
        let file = self.create(to)?;
        file.append(&bytes)?;
        file.sync()?;
        Ok(bytes.len() as u64)
    }

    /// Makes the folder `path`, and those that it is in; answers whether there was none. Of several callers at once, also in
    /// other processes, one is told so.
    fn create_folder(&self, path: &str) -> io::Result<bool>;

    /// Removes `path`; one that is already gone is not an error.
    fn remove(&self, path: &str) -> io::Result<()>;

    /// Makes creations, renames and removals in `folder` durable.
    fn sync_folder(&self, folder: &str) -> io::Result<()>;
}

/// A file open for appending. One thread appends; any thread may sync.
pub trait DiskFile: Send + Sync {
    /// Appends all of `bytes`, or fails; after a failure the tail of the file is unknown.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Takes room on the disk for the next `bytes` to be appended, so that appending them cannot meet a full disk. The
    /// file grows by appending only. Where the file system keeps no such promise, there is that much room now.
    fn reserve(&self, bytes: u64) -> io::Result<()>;

    /// Gives back what room was taken and not used. A backend that does not keep an account has nothing to give.
    fn release(&self) -> io::Result<()> {
        Ok(())
    }

    /// Makes everything appended so far durable. After an error nothing says which bytes are: it is not tried again.
    fn sync(&self) -> io::Result<()>;
}

/// What keeps the bytes of a whole file within reach.
pub trait Mapping: Send + Sync {
    /// All of them.
    fn bytes(&self) -> &[u8];

    /// Makes sure that the bytes in `range` can be read, or says why they cannot: where a mapping reads from a device
    /// that fails, or from a file that somebody has cut, touching it would end the process.
    fn bring(&self, range: Range<usize>) -> io::Result<()>;
}

/// Bytes in memory.
struct InMemory<T>(T);

impl<T: AsRef<[u8]> + Send + Sync> Mapping for InMemory<T> {
    fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    fn bring(&self, _range: Range<usize>) -> io::Result<()> {
        Ok(())
    }
}

/// An immutable view of a whole file, cheap to clone.
#[derive(Clone)]
pub struct Mapped(Arc<dyn Mapping>);

impl Mapped {
    /// Wraps whatever keeps the bytes in memory.
    pub fn new(owner: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self::of(InMemory(owner))
    }

    /// Wraps a mapping.
    pub fn of(mapping: impl Mapping + 'static) -> Self {
        Self(Arc::new(mapping))
    }

    /// Makes sure that the bytes in `range` can be read, or says why they cannot.
    pub fn bring(&self, range: Range<usize>) -> io::Result<()> {
        self.0.bring(range)
    }
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.bytes()
    }
}
