//! After a write that fails the store takes nothing more, still answers, and a restart has every accepted point.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use plumbago_engine::{
    Archive, Disk, DiskFile, Engine, Error, FetchQuery, Mapped, MemoryDisk, Options, Policy, PolicyRules,
    Selector,
};
use plumbago_protocol::Aggregation;

const NOW: i64 = 1_000_000;

struct OnePolicy;

impl PolicyRules for OnePolicy {
    fn policy_for(&self, _name: &str) -> Policy {
        let archive = |step_secs, retention_secs| Archive { step_secs, retention_secs };
        Policy::new(vec![archive(10, 3_600), archive(60, 86_400)], 0.5, Aggregation::Average).unwrap()
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

/// A disk on which no segment can be created while `is_full`.
#[derive(Clone, Default)]
struct Filling {
    disk: MemoryDisk,
    is_full: Arc<AtomicBool>,
}

impl Disk for Filling {
    fn create(&self, path: &str) -> io::Result<Arc<dyn DiskFile>> {
        if self.is_full.load(Ordering::Relaxed) && path.starts_with("segments/") {
            return Err(io::Error::other("no room"));
        }
        self.disk.create(path)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.disk.list(folder)
    }

    fn append_at(&self, path: &str, length_bytes: u64) -> io::Result<Arc<dyn DiskFile>> {
        self.disk.append_at(path, length_bytes)
    }

    fn map(&self, path: &str) -> io::Result<Mapped> {
        self.disk.map(path)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.disk.read(path)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn create_folder(&self, path: &str) -> io::Result<bool> {
        self.disk.create_folder(path)
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        self.disk.remove(path)
    }

    fn sync_folder(&self, folder: &str) -> io::Result<()> {
        self.disk.sync_folder(folder)
    }
}

fn open(disk: &Filling) -> Engine {
    Engine::open(Arc::new(disk.clone()), Options::default(), Arc::new(OnePolicy), NOW).unwrap()
}

fn known(engine: &Engine) -> Vec<f64> {
    let selector = Selector::Name("a.b".to_owned());
    let query =
        FetchQuery { selector, from: NOW - 1_000, until: NOW, now: NOW, series_max: 1, points_max: 1_000 };
    let columns = engine.fetch(&query).unwrap();
    columns.iter().flat_map(|column| &column.values).copied().filter(|value| !value.is_nan()).collect()
}

#[test]
fn a_flush_that_fails_latches_and_loses_nothing() {
    let disk = Filling::default();
    let engine = open(&disk);
    let mut writer = engine.writer();
    writer.push("a.b", 1.0, NOW - 20, NOW).unwrap();
    writer.commit().unwrap();

    disk.is_full.store(true, Ordering::Relaxed);
    assert!(matches!(engine.flush(NOW), Err(Error::Io { operation: "create", .. })));
    assert_eq!(known(&engine), [1.0], "what was accepted is still answered");
    writer.push("a.b", 2.0, NOW - 10, NOW).unwrap();
    assert!(matches!(writer.commit(), Err(Error::Latched(_))), "nothing more is accepted");

    disk.is_full.store(false, Ordering::Relaxed);
    assert!(
        matches!(engine.flush(NOW), Err(Error::Latched(_))),
        "a second flush must not remove the first one's log"
    );
    assert!(matches!(engine.close(NOW), Err(Error::Latched(_))));
    drop((writer, engine));
    assert_eq!(known(&open(&disk)), [1.0], "a restart finds every accepted point, and no other");
}

#[test]
fn a_store_without_its_manifest_is_refused_and_left_alone() {
    let disk = Filling::default();
    let engine = open(&disk);
    let mut writer = engine.writer();
    writer.push("a.b", 1.0, NOW - 20, NOW).unwrap();
    writer.commit().unwrap();
    engine.flush(NOW).unwrap();
    drop((writer, engine));

    let manifest = disk.read("manifest.log").unwrap();
    for damaged in [None, Some(vec![0; manifest.len()])] {
        disk.remove("manifest.log").unwrap();
        if let Some(bytes) = damaged {
            disk.create("manifest.log").unwrap().append(&bytes).unwrap();
        }
        let opened = Engine::open(Arc::new(disk.clone()), Options::default(), Arc::new(OnePolicy), NOW);
        assert!(matches!(opened, Err(Error::Corrupt { offset: 0, .. })));
        assert_eq!(disk.list("segments").unwrap().len(), 1, "the segment is still there");
    }
    disk.create("manifest.log").unwrap().append(&manifest).unwrap();
    assert_eq!(known(&open(&disk)), [1.0]);
}
