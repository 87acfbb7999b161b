//! Owns the disk backend that is a directory of the file system.
//!
//! Invariant: a mapping is read-only and only ever made of files that are not written any more. The one `unsafe`
//! of the package's storage side stands here.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::{Advice, Mmap};
use rustix::fs::{FallocateFlags, fallocate, fstatvfs};
use rustix::io::{Errno, retry_on_intr};

use super::{Disk, DiskFile, Mapped, Mapping};

/// Room that is left alone on file systems that cannot promise any.
const FREE_BYTES_MIN: u64 = 16 << 20;

/// A data directory on a file system.
pub struct RealDisk {
    root: PathBuf,
}

impl RealDisk {
    /// A backend rooted at `root`; the directory is created with the first file.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

/// A mapped file.
struct FileMap(Mmap);

impl Mapping for FileMap {
    fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn bring(&self, range: Range<usize>) -> io::Result<()> {
        let end = range.end.min(self.0.len());
        // The system takes whole pages, from the start of one.
        let start = range.start.min(end) / PAGE_BYTES * PAGE_BYTES;
        match self.0.advise_range(Advice::PopulateRead, start, end - start) {
            // Systems that do not know this advice leave it to the first touch.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            // "Bad address" is right for the memory and misleading for the file behind it.
            Err(error) if error.raw_os_error() == Some(EFAULT) => {
                Err(io::Error::other("the device cannot read it, or the file has been cut"))
            }
            result => result,
        }
    }
}

/// What Linux answers where a touch would raise SIGBUS.
const EFAULT: i32 = 14;
/// A multiple of every usual page size.
const PAGE_BYTES: usize = 1 << 16;

/// A new name in a folder is durable only when the folder that holds the folder is, too.
fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    match folder.parent() {
        Some(parent) if parent.is_dir() => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

/// Makes sure that there is the folder of `path`, and no such file: a new one must have an inode of its own, since an older
/// one of that name may still be mapped by a reader, or be linked to elsewhere.
fn make_way(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_no_link(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::CrossesDevices | io::ErrorKind::Unsupported)
}

impl Disk for RealDisk {
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(self.path(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_file()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn create(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        let path = self.path(path);
        make_way(&path)?;
        Ok(Arc::new(OpenOptions::new().create_new(true).append(true).open(&path)?))
    }

    fn append_at(&self, path: &str, length_bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new().append(true).open(self.path(path))?;
        if file.metadata()?.len() != length_bytes {
            file.set_len(length_bytes)?;
            file.sync_all()?;
        }
        Ok(Arc::new(file))
    }

    fn map(&self, path: &str) -> io::Result<Mapped> {
        let file = File::open(self.path(path))?;
        if file.metadata()?.len() == 0 {
            return Ok(Mapped::new(Vec::new()));
        }
        // SAFETY: the engine maps only files that were finished, renamed into place and are never written or
        // truncated afterwards (`Disk`'s invariant), so the bytes cannot change or vanish under the mapping.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Mapped::of(FileMap(map)))
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(path))
    }

    fn length_bytes(&self, path: &str) -> io::Result<u64> {
        fs::metadata(self.path(path)).map(|facts| facts.len())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        let target = self.path(to);
        make_way(&target)?;
        match fs::hard_link(self.path(from), &target) {
            // Another file system, or one without second names.
            Err(error) if is_no_link(error.kind()) => self.copy(from, to).map(|_bytes| ()),
            linked => linked,
        }
    }

    fn copy(&self, from: &str, to: &str) -> io::Result<u64> {
        let target = self.path(to);
        make_way(&target)?;
        let mut copy = OpenOptions::new().create_new(true).append(true).open(&target)?;
        let bytes = io::copy(&mut File::open(self.path(from))?, &mut copy)?;
        copy.sync_all()?;
        Ok(bytes)
    }

    fn create_folder(&self, path: &str) -> io::Result<bool> {
        let folder = self.path(path);
        if let Some(parent) = folder.parent() {
            create_folder(parent)?;
        }
        match fs::create_dir(folder) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        match fs::remove_file(self.path(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        let folder = self.path(folder);
        create_folder(&folder)?;
        File::open(folder)?.sync_all()
    }
}

impl DiskFile for File {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = self;
        file.write_all(bytes)
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        let length_bytes = self.metadata()?.len();
        match retry_on_intr(|| fallocate(self, FallocateFlags::KEEP_SIZE, length_bytes, bytes)) {
            Ok(()) => Ok(()),
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => look_for_room(self, bytes),
            Err(error) => Err(error.into()),
        }
    }

    fn release(&self) -> io::Result<()> {
        // Cutting a file at its end changes nothing but what the file system keeps behind it.
        self.set_len(self.metadata()?.len())
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Where room cannot be taken in advance, only that there is some left can be said.
fn look_for_room(file: &File, bytes: u64) -> io::Result<()> {
    let system = fstatvfs(file)?;
    let free_bytes = system.f_bavail.saturating_mul(system.f_frsize);
    // Others write there, too, and every file system needs some room of its own.
    if free_bytes < bytes.saturating_add(FREE_BYTES_MIN) {
        return Err(io::ErrorKind::StorageFull.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacing_a_file_leaves_an_older_mapping_alone() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(folder.path());
        disk.create("a/x").unwrap().append(b"old").unwrap();
        let old = disk.map("a/x").unwrap();
        disk.create("a/x").unwrap().append(b"newer").unwrap();
        assert_eq!(&*old, b"old");
        assert_eq!(disk.read("a/x").unwrap(), b"newer");
        assert_eq!(disk.list("a").unwrap(), ["x"]);
        assert!(disk.list("nowhere").unwrap().is_empty());
    }

    #[test]
    fn a_file_that_is_cut_under_its_mapping_is_an_error_and_not_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(folder.path());
        disk.create("x").unwrap().append(&vec![7; 300_000]).unwrap();
        let map = disk.map("x").unwrap();
        map.bring(100..300_000).unwrap();
        disk.append_at("x", 1_000).unwrap();
        assert!(map.bring(200_000..200_001).is_err());
        map.bring(0..10).unwrap();
        assert_eq!(map[..10], [7; 10]);
    }

    #[test]
    fn a_second_name_keeps_the_bytes_when_the_first_goes() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(folder.path());
        disk.create("a/x").unwrap().append(b"kept").unwrap();
        disk.create("b/x").unwrap().append(b"replaced").unwrap();
        disk.link("a/x", "b/x").unwrap();
        disk.remove("a/x").unwrap();
        assert_eq!(disk.read("b/x").unwrap(), b"kept");
    }

    #[test]
    fn a_folder_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(folder.path());
        assert!(disk.create_folder("a/b").unwrap());
        assert!(!disk.create_folder("a/b").unwrap());
        disk.create("a/c/x").unwrap();
        assert!(!disk.create_folder("a/c").unwrap());
    }

    #[test]
    fn room_taken_in_advance_does_not_show_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(folder.path());
        let file = disk.create("x").unwrap();
        file.append(b"one").unwrap();
        file.reserve(1 << 16).unwrap();
        file.append(b"two").unwrap();
        assert_eq!(disk.read("x").unwrap(), b"onetwo");
        file.release().unwrap();
        file.append(b"three").unwrap();
        assert_eq!(disk.read("x").unwrap(), b"onetwothree");
        assert!(file.reserve(1 << 60).is_err(), "no disk has that much room");
    }

    #[test]
    fn appending_at_a_length_cuts_what_lies_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(folder.path());
        disk.create("x").unwrap().append(b"good torn").unwrap();
        disk.append_at("x", 4).unwrap().append(b"!").unwrap();
        assert_eq!(disk.read("x").unwrap(), b"good!");
    }
}
