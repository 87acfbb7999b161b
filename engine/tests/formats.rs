//! Stores as earlier versions wrote them stay readable, and can be written on.
//!
//! Each folder of `formats` is a store with every kind of file, and `expected.txt`: a line `series step timestamp value`
//! for each point it answers. A layout whose version is in none of them needs a new folder, which
//! `scripts/write-format-fixture NAME` makes; the old ones stay.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumbago_engine::{
    Archive, Disk, Engine, FetchQuery, MemoryDisk, Options, Policy, PolicyRules, RealDisk, Selector, verify,
};
use plumbago_protocol::Aggregation;

const NOW: i64 = 1_800_000_000;
const FOLDERS: [&str; 4] = ["", "segments/", "wal/", "index/"];

/// Two policies, so that names carry numbers of both.
struct Rules;

impl PolicyRules for Rules {
    fn policy_for(&self, name: &str) -> Policy {
        let archive = |step_secs, retention_secs| Archive { step_secs, retention_secs };
        let archives = vec![archive(10, 3_600), archive(60, 86_400), archive(600, 604_800)];
        match name.starts_with("counters.") {
            true => Policy::new(archives[..2].to_vec(), 0.0, Aggregation::Sum).unwrap(),
            false => Policy::new(archives, 0.5, Aggregation::Average).unwrap(),
        }
    }

    fn fingerprint(&self) -> u64 {
        7
    }
}

fn open(disk: &MemoryDisk) -> Engine {
    Engine::open(Arc::new(disk.clone()), Options::default(), Arc::new(Rules), NOW).unwrap()
}

fn accept(engine: &Engine, name: &str, points: &[(i64, f64)]) {
    let mut writer = engine.writer();
    points.iter().for_each(|(ago, value)| writer.push(name, *value, NOW - ago, NOW).unwrap());
    writer.commit().unwrap();
}

/// A store with settled, fresh and late-born cells, tagged and untagged names, a deleted and a renamed series, a tree
/// and a log of its own.
fn write() -> MemoryDisk {
    let disk = MemoryDisk::new();
    let engine = open(&disk);
    let ramp: Vec<(i64, f64)> = (0..90).map(|index| (1_000 - index * 10, index as f64 / 4.0)).collect();
    accept(&engine, "hosts.web1.load", &ramp);
    accept(&engine, "counters.requests;host=web1", &ramp);
    accept(&engine, "hosts.gone", &ramp[..5]);
    accept(&engine, "hosts.old", &[(500, 1.0 / 3.0), (490, -0.0), (480, 5e-324), (470, 1e300)]);
    accept(&engine, "hosts.web1.load", &[(40_000, 1.5), (39_990, 2.5), (39_980, 3.5)]);
    let glob = |text: &str| plumbago_protocol::Glob::parse(text).unwrap();
    engine.delete(&glob("hosts.gone"), false).unwrap();
    engine.rename(&glob("hosts.old"), &|_| Ok("hosts.new".to_owned()), false, NOW).unwrap();
    engine.compact(NOW, |_| ()).unwrap();
    engine.close(NOW).unwrap();
    drop(engine);

    let engine = open(&disk);
    accept(&engine, "hosts.web1.load", &[(95, 42.17), (85, 43.0)]);
    engine.flush(NOW).unwrap();
    accept(&engine, "hosts.web1.load", &[(75, 44.25), (995, -1.0)]);
    accept(&engine, "hosts.web2.load", &[(70, 0.1), (60, 99.99)]);
    disk
}

/// Every point the store answers, one a line.
fn answers(engine: &Engine) -> String {
    let mut text = String::new();
    let mut names = engine.names(100);
    names.sort();
    for name in names {
        for age_secs in [3_600, 86_400, 604_800] {
            let query = FetchQuery {
                selector: Selector::Name(name.to_string()),
                from: NOW - age_secs,
                until: NOW,
                now: NOW,
                series_max: 1,
                points_max: 100_000,
            };
            for column in engine.fetch(&query).unwrap() {
                for (slot, value) in column.values.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
                    let timestamp = column.start + slot as i64 * column.step;
                    writeln!(text, "{name} {} {timestamp} {value:?}", column.step).unwrap();
                }
            }
        }
    }
    text
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The files of a store.
fn files(disk: &dyn Disk) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        for name in disk.list(folder.trim_end_matches('/')).unwrap() {
            let path = format!("{folder}{name}");
            files.push((path.clone(), disk.read(&path).unwrap()));
        }
    }
    files
}

fn load(fixture: &Path) -> MemoryDisk {
    let disk = MemoryDisk::new();
    for (path, bytes) in files(&RealDisk::new(fixture)) {
        disk.create(&path).unwrap().append(&bytes).unwrap();
    }
    disk
}

/// Which version each kind of file says it has.
fn versions(disk: &dyn Disk) -> BTreeSet<(&'static str, u8)> {
    let version = |(path, bytes): (String, Vec<u8>)| {
        let (kind, at) = match path.rsplit('.').next()? {
            // Behind the header of the first record.
            "log" if path == "manifest.log" => ("manifest", 12),
            "log" => ("names", 13),
            "wal" => ("wal", 12),
            "seg" => ("segment", 8),
            _ => return None,
        };
        Some((kind, *bytes.get(at)?))
    };
    files(disk).into_iter().filter_map(version).collect()
}

#[test]
fn every_earlier_store_answers_as_it_did_and_can_be_written_on() {
    for fixture in fixtures() {
        let disk = load(&fixture);
        let shown = fixture.display();
        let verified = verify(&(Arc::new(disk.clone()) as Arc<dyn Disk>)).unwrap();
        assert!(verified.faults.is_empty(), "{shown}: {:?}", verified.faults);
        let engine = open(&disk);
        let expected = std::fs::read_to_string(fixture.join("expected.txt")).unwrap();
        assert_eq!(answers(&engine), expected, "{shown}");
        accept(&engine, "written.later", &[(50, 8.5)]);
        engine.compact(NOW, |_| ()).unwrap();
        engine.close(NOW).unwrap();
        drop(engine);
        let now = answers(&open(&disk));
        let (later, before): (Vec<&str>, Vec<&str>) =
            now.lines().partition(|line| line.starts_with("written.later "));
        assert_eq!(before, expected.lines().collect::<Vec<_>>(), "{shown}");
        assert_eq!(later, [format!("written.later 10 {} 8.5", NOW - 50)], "{shown}");
    }
}

#[test]
fn the_layouts_of_today_are_among_them() {
    let written = versions(&write());
    assert_eq!(written.len(), 4, "one of each kind: {written:?}");
    let known = fixtures().iter().any(|fixture| versions(&RealDisk::new(fixture)) == written);
    assert!(known, "no fixture has {written:?}: add one with scripts/write-format-fixture NAME");
}

/// Writes the fixture that `PLUMBAGO_FORMAT_FIXTURE` names; without it there is nothing to do.
#[test]
#[ignore = "writes a new fixture, for scripts/write-format-fixture"]
fn write_a_fixture() {
    let Ok(name) = std::env::var("PLUMBAGO_FORMAT_FIXTURE") else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats").join(name);
    assert!(!folder.exists(), "{} is there already: fixtures are never changed", folder.display());
    let disk = write();
    let target = RealDisk::new(&folder);
    for (path, bytes) in files(&disk) {
        target.create(&path).unwrap().append(&bytes).unwrap();
    }
    std::fs::write(folder.join("expected.txt"), answers(&open(&disk))).unwrap();
}
