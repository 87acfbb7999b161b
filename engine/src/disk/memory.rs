//! Owns the disk backend that lives in memory, for tests and simulations.
//!
//! Invariant: behaves as `RealDisk` does where the engine can see it, and forgets nothing: a "restart" is a second
//! engine opened on a clone of the handle.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Disk, DiskFile, Mapped};

type Content = Arc<Mutex<Vec<u8>>>;

/// A data directory in memory; clones share it.
#[derive(Clone, Default)]
pub struct MemoryDisk {
    files: Arc<Mutex<BTreeMap<String, Content>>>,
    /// Folders that were made by themselves; one that holds a file needs no mention.
    folders: Arc<Mutex<BTreeSet<String>>>,
}

impl MemoryDisk {
    /// An empty directory.
    pub fn new() -> Self {
        Self::default()
    }

    fn content(&self, path: &str) -> io::Result<Content> {
        self.files
            .lock()
            .get(path)
            .cloned()
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    }
}

struct MemoryFile(Content);

impl DiskFile for MemoryFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().extend_from_slice(bytes);
        Ok(())
    }

    fn reserve(&self, _bytes: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk for MemoryDisk {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let files = self.files.lock();
        let inside = files.keys().filter_map(|path| path.strip_prefix(&prefix));
        Ok(inside.filter(|name| !name.contains('/')).map(str::to_owned).collect())
    }

    fn create(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        let content = Content::default();
        self.files.lock().insert(path.to_owned(), content.clone());
        Ok(Arc::new(MemoryFile(content)))
    }

    fn append_at(&self, path: &str, length_bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        let content = self.content(path)?;
        let length = usize::try_from(length_bytes).unwrap_or(usize::MAX);
        content.lock().truncate(length);
        Ok(Arc::new(MemoryFile(content)))
    }

    fn map(&self, path: &str) -> io::Result<Mapped> {
        self.read(path).map(Mapped::new)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        Ok(self.content(path)?.lock().clone())
    }

    fn length_bytes(&self, path: &str) -> io::Result<u64> {
        Ok(self.content(path)?.lock().len() as u64)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.files.lock();
        let content =
            files.remove(from).ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))?;
        files.insert(to.to_owned(), content);
        Ok(())
    }

    fn create_folder(&self, path: &str) -> io::Result<bool> {
        let (files, inside) = (self.files.lock(), format!("{path}/"));
        Ok(!files.keys().any(|name| name.starts_with(&inside)) && self.folders.lock().insert(path.to_owned()))
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.files.lock().remove(path);
        Ok(())
    }

    fn sync_folder(&self, _folder: &str) -> io::Result<()> {
        Ok(())
    }
}
