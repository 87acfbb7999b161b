//! Owns what a simulated disk holds: the names and bytes that programs see, and which of them are durable.
//!
//! Invariant: cheap to clone, for a copy is taken at every operation of a recorded run: bytes are shared until written.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

/// A file by itself, whatever its name.
pub(super) type FileId = u64;

/// Bytes of a file, shared between the copies of a state.
#[derive(Debug, Clone, Default)]
pub(super) struct Bytes(pub(super) Arc<Vec<u8>>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// What a file holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pub(super) bytes: Bytes,
    /// How many of them, from the front, survive a loss of power.
    pub(super) durable_bytes: usize,
    /// A sync failed: nothing more of this file becomes durable.
    is_doomed: bool,
    /// Room taken for what comes next.
    reserved_bytes: usize,
}

/// What happened to names in one operation, not durable yet: each name and what it stands for now.
#[derive(Debug, Clone)]
pub(super) struct NameChange {
    folder: String,
    pub(super) names: Vec<(String, Option<FileId>)>,
}

/// A directory on a simulated disk.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) names: BTreeMap<String, FileId>,
    pub(super) durable_names: BTreeMap<String, FileId>,
    /// In the order in which they were made.
    pub(super) changes: Vec<NameChange>,
    pub(super) contents: BTreeMap<FileId, Content>,
    /// Folders that were made by themselves; one that holds a file needs no mention.
    pub(super) folders: BTreeSet<String>,
    next_file: FileId,
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn not_found() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "no such file")
}

impl State {
    pub(super) fn list(&self, folder: &str) -> Vec<String> {
        let inside = self.names.keys().filter(|path| folder_of(path) == folder);
        inside.filter_map(|path| path.rsplit('/').next()).map(str::to_owned).collect()
    }

    pub(super) fn read(&self, path: &str) -> io::Result<Bytes> {
        let file = self.names.get(path).ok_or_else(not_found)?;
        Ok(self.content(*file).bytes)
    }

    fn content(&self, file: FileId) -> Content {
        self.contents.get(&file).cloned().unwrap_or_default()
    }

    fn change_names(&mut self, names: Vec<(String, Option<FileId>)>) {
        let folder = names.first().map_or("", |(path, _)| folder_of(path)).to_owned();
        for (path, file) in &names {
            match file {
                Some(file) => self.names.insert(path.clone(), *file),
                None => self.names.remove(path),
            };
        }
        self.changes.push(NameChange { folder, names });
    }

    pub(super) fn create(&mut self, path: &str) -> FileId {
        let file = self.next_file;
        self.next_file += 1;
        self.contents.insert(file, Content::default());
        self.change_names(vec![(path.to_owned(), Some(file))]);
        file
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let file = *self.names.get(from).ok_or_else(not_found)?;
        self.change_names(vec![(from.to_owned(), None), (to.to_owned(), Some(file))]);
        Ok(())
    }

    pub(super) fn link(&mut self, from: &str, to: &str) -> io::Result<()> {
        let file = *self.names.get(from).ok_or_else(not_found)?;
        self.change_names(vec![(to.to_owned(), Some(file))]);
        Ok(())
    }

    /// Answers whether there was no such folder.
    pub(super) fn create_folder(&mut self, path: &str) -> bool {
        let inside = format!("{path}/");
        !self.names.keys().any(|name| name.starts_with(&inside)) && self.folders.insert(path.to_owned())
    }

    pub(super) fn remove(&mut self, path: &str) {
        if self.names.contains_key(path) {
            self.change_names(vec![(path.to_owned(), None)]);
        }
    }

    pub(super) fn sync_folder(&mut self, folder: &str) {
        let (done, left) =
            std::mem::take(&mut self.changes).into_iter().partition(|change| change.folder == folder);
        self.changes = left;
        let done: Vec<NameChange> = done;
        done.iter().for_each(|change| change.apply(&mut self.durable_names));
    }

    pub(super) fn append(&mut self, file: FileId, bytes: &[u8]) {
        let content = self.contents.entry(file).or_default();
        Arc::make_mut(&mut content.bytes.0).extend_from_slice(bytes);
        content.reserved_bytes = content.reserved_bytes.saturating_sub(bytes.len());
    }

    pub(super) fn reserve(&mut self, file: FileId, bytes: usize) {
        let content = self.contents.entry(file).or_default();
        content.reserved_bytes = content.reserved_bytes.max(bytes);
    }

    pub(super) fn reserved_bytes(&self, file: FileId) -> usize {
        self.contents.get(&file).map_or(0, |content| content.reserved_bytes)
    }

    pub(super) fn sync(&mut self, file: FileId) {
        let content = self.contents.entry(file).or_default();
        if !content.is_doomed {
            content.durable_bytes = content.bytes.0.len();
        }
    }

    /// What a failed sync does: the bytes stay in memory, and count as written, but never get to the disk.
    pub(super) fn doom(&mut self, file: FileId) {
        self.contents.entry(file).or_default().is_doomed = true;
    }

    /// Cuts a file to a length, durably, as the file system's own disk does; one that has it is left alone.
    pub(super) fn cut(&mut self, path: &str, length_bytes: u64) -> io::Result<FileId> {
        let file = *self.names.get(path).ok_or_else(not_found)?;
        let content = self.contents.entry(file).or_default();
        let length = usize::try_from(length_bytes).unwrap_or(usize::MAX);
        if content.bytes.0.len() != length {
            Arc::make_mut(&mut content.bytes.0).truncate(length);
            content.durable_bytes = content.durable_bytes.min(content.bytes.0.len());
            self.sync(file);
        }
        Ok(file)
    }
}

impl Content {
    /// A file after a start of the machine.
    pub(super) fn durable(bytes: Vec<u8>) -> Self {
        Self { durable_bytes: bytes.len(), bytes: Bytes(Arc::new(bytes)), ..Self::default() }
    }
}

impl NameChange {
    pub(super) fn apply(&self, names: &mut BTreeMap<String, FileId>) {
        for (path, file) in &self.names {
            match file {
                Some(file) => names.insert(path.clone(), *file),
                None => names.remove(path),
            };
        }
    }
}
