//! Owns taking a snapshot: a second store that holds what this one holds at one moment, taken while it is written to.
//!
//! Invariant: files that never change are linked, files that are appended to are copied, so that neither store can change
//! the other. The manifest is written last: until then the folder is no store. Every point that was acknowledged before
//! the call is in it; of those that came meanwhile, some may be.

use std::io;

use crate::Error;
use crate::disk::Disk;
use crate::engine::Engine;
use crate::manifest::{PATH as MANIFEST, State};
use crate::open::READ_TRIES;
use crate::wal;

/// The folder of snapshots inside the data directory.
const FOLDER: &str = "snapshots";
const NAMES: &str = "names.log";
/// Marks a log file that is linked only until it has been copied.
const LIVE: &str = ".live";

/// What a snapshot is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnapshotTaken {
    /// Its folder inside the data directory.
    pub path: String,
    /// Segments, which share their bytes with the store while both have them.
    pub segments: u64,
    /// Bytes of them.
    pub segment_bytes: u64,
    /// Bytes of logs that were copied.
    pub copied_bytes: u64,
}

impl Engine {
    /// Takes a snapshot into a new folder of the data directory called after `label`, which is one plain file name.
    /// Writers go on; flushes and merges wait until it is taken.
    pub fn snapshot(&self, label: &str) -> Result<SnapshotTaken, Error> {
        let shared = &self.shared;
        let _no_flush = shared.flushing.lock();
        let _no_merge = shared.maintenance.lock();
        take_snapshot(&*shared.disk, label)
    }
}

/// Takes a snapshot of the store on `disk`, whether or not another process has it open, into a new folder of it called
/// after `label`, which is one plain file name.
///
/// # Errors
/// `Error::Caller` when `label` is no plain name, or when the store changes too fast; `Error::Corrupt` when the manifest is
/// damaged; `Error::Io` when the disk fails or is full. What was begun is removed then, as far as that is possible.
pub fn take_snapshot(disk: &dyn Disk, label: &str) -> Result<SnapshotTaken, Error> {
    if label.is_empty() || !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(Error::Caller(format!(
            "a snapshot is called by letters, digits and dashes, not {label:?}"
        )));
    }
    let folder = claim_folder(disk, label)?;
    let mut tries = 0;
    loop {
        tries += 1;
        match try_once(disk, &folder) {
            Ok(Some(taken)) => return Ok(taken),
            Ok(None) if tries < READ_TRIES => remove(disk, &folder)?,
            Ok(None) => {
                remove(disk, &folder)?;
                let message = "the store changes faster than a snapshot can be taken; try again";
                return Err(Error::Caller(message.to_owned()));
            }
            Err(error) => {
                // The first error is the one to tell.
                let _ = remove(disk, &folder);
                return Err(error);
            }
        }
    }
}

/// Makes the first folder of that name that is not there. Making it decides whose it is: snapshots may be taken at the same
/// time, also by another process.
fn claim_folder(disk: &dyn Disk, label: &str) -> Result<String, Error> {
    let mut folder = format!("{FOLDER}/{label}");
    let mut number = 1_u64;
    while !disk.create_folder(&folder).map_err(|error| Error::io_or_full(&folder, "create", error))? {
        number += 1;
        folder = format!("{FOLDER}/{label}-{number}");
    }
    Ok(folder)
}

/// The parts of a store that can have files.
fn parts(folder: &str) -> [String; 4] {
    let inside = |part: &str| format!("{folder}/{part}");
    [folder.to_owned(), inside("segments"), inside(wal::FOLDER), inside("index")]
}

fn files(disk: &dyn Disk, folder: &str) -> Result<Vec<String>, Error> {
    let mut files = Vec::new();
    for part in parts(folder) {
        let names = disk.list(&part).map_err(|error| Error::io(&part, "list", error))?;
        files.extend(names.into_iter().map(|name| format!("{part}/{name}")));
    }
    Ok(files)
}

fn remove(disk: &dyn Disk, folder: &str) -> Result<(), Error> {
    for path in files(disk, folder)? {
        disk.remove(&path).map_err(|error| Error::io(&path, "remove", error))?;
    }
    Ok(())
}

/// A snapshot, or none if the store changed so that it would not be of one moment.
fn try_once(disk: &dyn Disk, folder: &str) -> Result<Option<SnapshotTaken>, Error> {
    let state = State::read(disk)?;
    let Some(live) = link(disk, folder, &state)? else { return Ok(None) };
    // Everything that can be removed has a second name now; only then is there time.
    if State::read(disk)?.length_bytes() != state.length_bytes() {
        return Ok(None);
    }
    let mut copied_bytes = 0;
    for path in live {
        let whole = path.strip_suffix(LIVE).unwrap_or(&path);
        copied_bytes += copy(disk, &path, whole)?;
        disk.remove(&path).map_err(|error| Error::io(&path, "remove", error))?;
    }
    // After the logs: whoever refers to a series wrote its name before.
    copied_bytes += copy(disk, NAMES, &format!("{folder}/{NAMES}"))?;
    let now = State::read(disk)?;
    if (now.wal_floor, now.rules_fingerprint) != (state.wal_floor, state.rules_fingerprint) {
        // Series may have been put under another policy after the points that were copied.
        return Ok(None);
    }
    write_manifest(disk, folder, &state)?;
    Ok(Some(SnapshotTaken {
        path: folder.to_owned(),
        segments: state.segments.len() as u64,
        segment_bytes: state.segments.values().map(|entry| entry.bytes).sum(),
        copied_bytes,
    }))
}

/// Links segments, trees and live logs into `folder`; answers the links of the logs, or none if a file has gone.
fn link(disk: &dyn Disk, folder: &str, state: &State) -> Result<Option<Vec<String>>, Error> {
    let names = |folder: &str| disk.list(folder).map_err(|error| Error::io(folder, "list", error));
    let mut links: Vec<(String, String)> =
        state.segments.values().map(|entry| (entry.path(), format!("{folder}/{}", entry.path()))).collect();
    let mut live = Vec::new();
    for name in names(wal::FOLDER)? {
        if wal::parse_name(&name).is_some_and(|(generation, _)| generation >= state.wal_floor) {
            let link = format!("{folder}/{}/{name}{LIVE}", wal::FOLDER);
            links.push((format!("{}/{name}", wal::FOLDER), link.clone()));
            live.push(link);
        }
    }
    let trees = names("index")?.into_iter().filter(|name| name.ends_with(".idx"));
    links.extend(trees.map(|name| (format!("index/{name}"), format!("{folder}/index/{name}"))));
    for (from, to) in links {
        match disk.link(&from, &to) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(to, "link", error)),
        }
    }
    Ok(Some(live))
}

fn copy(disk: &dyn Disk, from: &str, to: &str) -> Result<u64, Error> {
    disk.copy(from, to).map_err(|error| Error::io(to, "write", error))
}

/// Makes everything durable, then the folder a store.
fn write_manifest(disk: &dyn Disk, folder: &str, state: &State) -> Result<(), Error> {
    let sync = |folder: &str| disk.sync_folder(folder).map_err(|error| Error::io(folder, "sync", error));
    parts(folder).iter().try_for_each(|part| sync(part))?;
    let path = format!("{folder}/{MANIFEST}");
    let file = disk.create(&path).map_err(|error| Error::io(&path, "create", error))?;
    file.append(&state.to_bytes()).map_err(|error| Error::io(&path, "write", error))?;
    file.sync().map_err(|error| Error::io(&path, "sync", error))?;
    sync(folder)?;
    sync(FOLDER)?;
    sync("")
}
