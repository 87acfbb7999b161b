//! Owns the cache file of the frozen tree: its name, its writing, and the test whether it still fits the registry.
//!
//! Invariant: a file that is damaged, torn, stale or of another layout is as good as none; only a disk that fails is
//! an error. A file is written under another name and renamed when it is durable; on a full disk it is given up.

use super::digest::digest_of;
use super::frozen::{Frozen, Malformed};
use super::is_tagged;
use crate::disk::Disk;
use crate::{Error, Registry};

const FOLDER: &str = "index";
const PREFIX: &str = "tree-";
const SUFFIX: &str = ".idx";
const UNFINISHED: &str = "index/tree.tmp";

/// The newest tree that is whole and fits.
pub(super) fn load(disk: &dyn Disk, registry: &Registry) -> Result<Option<Frozen>, Error> {
    for (_, path) in files(disk)?.into_iter().rev() {
        let bytes = disk.map(&path).map_err(|error| Error::io(&path, "map", error))?;
        if let Ok(frozen) = Frozen::open(bytes)
            && fits(&frozen, registry)
        {
            return Ok(Some(frozen));
        }
    }
    Ok(None)
}

/// Writes a new file, removes the older ones, and returns the tree mapped from it.
pub(super) fn save(disk: &dyn Disk, frozen: &Frozen) -> Result<Frozen, Error> {
    let older = files(disk)?;
    let number = older.last().map_or(0, |&(number, _)| number.wrapping_add(1));
    let path = format!("{FOLDER}/{PREFIX}{number:08x}{SUFFIX}");
    let file = disk.create(UNFINISHED).map_err(|error| Error::io_or_full(UNFINISHED, "create", error))?;
    if let Err(error) = file.append(frozen.bytes()) {
        let error = Error::io_or_full(UNFINISHED, "write", error);
        if error.is_disk_full() {
            disk.remove(UNFINISHED).map_err(|error| Error::io(UNFINISHED, "remove", error))?;
        }
        return Err(error);
    }
    file.sync().map_err(|error| Error::io(UNFINISHED, "sync", error))?;
    disk.rename(UNFINISHED, &path).map_err(|error| Error::io(&path, "rename", error))?;
    disk.sync_folder(FOLDER).map_err(|error| Error::io(FOLDER, "sync", error))?;
    for (_, older) in older {
        disk.remove(&older).map_err(|error| Error::io(older, "remove", error))?;
    }
    let bytes = disk.map(&path).map_err(|error| Error::io(&path, "map", error))?;
    Frozen::open(bytes)
        .map_err(|Malformed { offset, expected, found }| Error::corrupt(path, offset, expected, found))
}

/// Numbers and paths of the cache files, oldest first.
fn files(disk: &dyn Disk) -> Result<Vec<(u32, String)>, Error> {
    let names = disk.list(FOLDER).map_err(|error| Error::io(FOLDER, "list", error))?;
    let mut files: Vec<(u32, String)> = names
        .iter()
        .filter_map(|name| {
            let number = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
            Some((u32::from_str_radix(number, 16).ok()?, format!("{FOLDER}/{name}")))
        })
        .collect();
    files.sort_unstable();
    Ok(files)
}

/// Whether the tree holds just the untagged series below its `id_end`, each under its name.
fn fits(frozen: &Frozen, registry: &Registry) -> bool {
    let mut count = 0;
    let mut digest = 0u64;
    for id in 0..frozen.id_end().min(registry.id_end()) {
        if let Some(name) = registry.name(id).filter(|name| !is_tagged(name)) {
            count += 1;
            digest = digest.wrapping_add(digest_of(name, id));
        }
    }
    frozen.id_end() <= registry.id_end() && count == frozen.name_count() && digest == frozen.digest()
}
