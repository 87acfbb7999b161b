//! Owns the disk backend that fails: a simulated directory that loses what was not synced, for tests.
//!
//! Invariant: promises no more than POSIX does. Bytes are durable after `sync`, names after `sync_folder`; after a sync
//! that failed, the bytes it was asked for never are. Everything is a function of the calls and of seeds. How the
//! simulated disk stores things is `state`'s, what a crash leaves of them `image`'s.

mod image;
mod state;

use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Disk, DiskFile, Mapped};
pub use image::{Crash, DiskImage};
use state::{FileId, State};

/// What goes wrong at an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The device reports an error (EIO). A write stops half-way; a sync loses what it should have made durable.
    Io,
    /// From here on there is no room for new files and bytes, for as many operations; room that was reserved is there.
    NoSpace {
        /// Operations until there is room again.
        operations: u64,
    },
}

/// A directory on a simulated disk; clones share it. Every call of `Disk` and `DiskFile` but those that only read is one
/// *operation*, counted from 0.
#[derive(Clone, Default)]
pub struct FaultyDisk {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    state: State,
    operations: u64,
    fault: Option<(u64, Fault)>,
    images: Option<Vec<DiskImage>>,
    /// What only seems to be synced.
    lie: Option<String>,
}

impl FaultyDisk {
    /// An empty directory that works.
    pub fn new() -> Self {
        Self::default()
    }

    fn opened(&self, path: &str, file: FileId) -> Arc<dyn DiskFile> {
        Arc::new(FaultyFile { disk: self.clone(), path: path.to_owned(), file })
    }

    fn with_state(state: State) -> Self {
        Self { inner: Arc::new(Mutex::new(Inner { state, ..Inner::default() })) }
    }

    /// Operations so far.
    pub fn operations(&self) -> u64 {
        self.inner.lock().operations
    }

    /// Lets `fault` happen at the operation with that number.
    pub fn fail_at(&self, operation: u64, fault: Fault) {
        self.inner.lock().fault = Some((operation, fault));
    }

    /// From now on a sync of `path`, a file or a folder, answers and does nothing; so does one of any file in it where it
    /// ends in `/`. A test that does not notice tests nothing.
    pub fn lie_about(&self, path: &str) {
        self.inner.lock().lie = Some(path.to_owned());
    }

    /// Keeps, from now on, what the disk holds at each operation.
    pub fn record(&self) {
        self.inner.lock().images = Some(Vec::new());
    }

    /// What was kept since `record`, or since the last call.
    pub fn take_images(&self) -> Vec<DiskImage> {
        self.inner.lock().images.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// This moment, as the next operation finds it.
    pub fn image(&self) -> DiskImage {
        let inner = self.inner.lock();
        DiskImage::new(inner.operations, inner.state.clone(), None)
    }
}

/// How an operation ends.
enum Outcome {
    Works,
    Fails,
    /// Only what was reserved can be written.
    Full,
}

impl Inner {
    /// Begins an operation; `writing` is what it would append, and to which file.
    fn begin(&mut self, writing: Option<(FileId, &[u8])>) -> Outcome {
        let number = self.operations;
        self.operations += 1;
        if let Some(images) = &mut self.images {
            let writing = writing.map(|(file, bytes)| (file, bytes.to_vec()));
            images.push(DiskImage::new(number, self.state.clone(), writing));
        }
        match self.fault {
            Some((at, Fault::Io)) if at == number => Outcome::Fails,
            Some((at, Fault::NoSpace { operations })) if number >= at && number - at < operations => {
                Outcome::Full
            }
            _ => Outcome::Works,
        }
    }

    fn is_lie(&self, path: &str) -> bool {
        let lie = self.lie.as_deref();
        lie.is_some_and(|lie| lie == path || (lie.ends_with('/') && path.starts_with(lie)))
    }

    /// An operation that takes no room.
    fn change(&mut self) -> io::Result<&mut State> {
        match self.begin(None) {
            Outcome::Fails => Err(device_error()),
            Outcome::Works | Outcome::Full => Ok(&mut self.state),
        }
    }

    /// An operation that takes room.
    fn grow(&mut self) -> io::Result<&mut State> {
        match self.begin(None) {
            Outcome::Fails => Err(device_error()),
            Outcome::Full => Err(io::ErrorKind::StorageFull.into()),
            Outcome::Works => Ok(&mut self.state),
        }
    }
}

fn device_error() -> io::Error {
    io::Error::other("the device reports an error")
}

struct FaultyFile {
    disk: FaultyDisk,
    path: String,
    file: FileId,
}

impl DiskFile for FaultyFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.disk.inner.lock();
        match inner.begin(Some((self.file, bytes))) {
            Outcome::Fails => {
                inner.state.append(self.file, &bytes[..bytes.len() / 2]);
                Err(device_error())
            }
            Outcome::Full if inner.state.reserved_bytes(self.file) < bytes.len() => {
                let fits = inner.state.reserved_bytes(self.file);
                inner.state.append(self.file, &bytes[..fits]);
                Err(io::ErrorKind::StorageFull.into())
            }
            Outcome::Works | Outcome::Full => {
                inner.state.append(self.file, bytes);
                Ok(())
            }
        }
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        let bytes = usize::try_from(bytes).map_err(|_| io::ErrorKind::StorageFull)?;
        self.disk.inner.lock().grow()?.reserve(self.file, bytes);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut inner = self.disk.inner.lock();
        match inner.begin(None) {
            Outcome::Fails => {
                inner.state.doom(self.file);
                Err(device_error())
            }
            Outcome::Works | Outcome::Full => {
                if !inner.is_lie(&self.path) {
                    inner.state.sync(self.file);
                }
                Ok(())
            }
        }
    }
}

impl Disk for FaultyDisk {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        Ok(self.inner.lock().state.list(folder))
    }

    fn create(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.inner.lock().grow()?.create(path);
        Ok(self.opened(path, file))
    }

    fn append_at(&self, path: &str, length_bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.inner.lock().change()?.cut(path, length_bytes)?;
        Ok(self.opened(path, file))
    }

    fn map(&self, path: &str) -> io::Result<Mapped> {
        Ok(Mapped::new(self.inner.lock().state.read(path)?))
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        Ok(self.inner.lock().state.read(path)?.0.to_vec())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.lock().change()?.rename(from, to)
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.lock().grow()?.link(from, to)
    }

    fn create_folder(&self, path: &str) -> io::Result<bool> {
        Ok(self.inner.lock().grow()?.create_folder(path))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.inner.lock().change()?.remove(path);
        Ok(())
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        let mut inner = self.inner.lock();
        let is_lie = inner.is_lie(folder);
        let state = inner.change()?;
        if !is_lie {
            state.sync_folder(folder);
        }
        Ok(())
    }
}
