//! Every byte of every file of a small store, changed: what is answered is right, or missing and told, or a precise error.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use plumbago_engine::{
    Archive, Disk, Engine, Error, FetchQuery, MemoryDisk, Options, Policy, PolicyRules, RealDisk, Selector,
    verify,
};
use plumbago_protocol::Aggregation;

const NOW: i64 = 1_800_000_000;

struct TenSeconds;

impl PolicyRules for TenSeconds {
    fn policy_for(&self, _name: &str) -> Policy {
        let archive = |step_secs, retention_secs| Archive { step_secs, retention_secs };
        Policy::new(vec![archive(10, 3_600), archive(60, 86_400)], 0.5, Aggregation::Average).unwrap()
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

fn open(disk: &MemoryDisk) -> Result<Engine, Error> {
    Engine::open(Arc::new(disk.clone()), Options::default(), Arc::new(TenSeconds), NOW)
}

fn accept(engine: &Engine, name: &str, first: i64) {
    let mut writer = engine.writer();
    for index in 0..5 {
        writer.push(name, (first + index) as f64 / 8.0, NOW - 900 + (first + index) * 10, NOW).unwrap();
    }
    writer.commit().unwrap();
}

/// A store with every kind of file: settled and fresh segments, a log with points of its own, a name that only the log
/// refers to.
fn store() -> MemoryDisk {
    let disk = MemoryDisk::new();
    let engine = open(&disk).unwrap();
    accept(&engine, "a.one", 0);
    accept(&engine, "a.two;host=h", 0);
    engine.flush(NOW).unwrap();
    accept(&engine, "a.one", 5);
    engine.compact(NOW, |_| ()).unwrap();
    engine.close(NOW).unwrap();
    drop(engine);

    let engine = open(&disk).unwrap();
    accept(&engine, "a.one", 10);
    engine.flush(NOW).unwrap();
    accept(&engine, "a.one", 12);
    accept(&engine, "a.two;host=h", 20);
    accept(&engine, "b.only.in.the.log", 30);
    disk
}

/// A second disk with the same files.
fn copy(disk: &MemoryDisk) -> MemoryDisk {
    let copy = MemoryDisk::new();
    for path in paths(disk) {
        copy.create(&path).unwrap().append(&disk.read(&path).unwrap()).unwrap();
    }
    copy
}

fn paths(disk: &MemoryDisk) -> Vec<String> {
    let folders = ["", "segments/", "wal/", "index/"];
    let files = folders.iter().flat_map(|folder| {
        let names = disk.list(folder.trim_end_matches('/')).unwrap();
        names.into_iter().map(move |name| format!("{folder}{name}"))
    });
    files.collect()
}

type Answers = BTreeMap<String, BTreeMap<i64, f64>>;

/// What every series answers at its finest step.
fn answers(engine: &Engine) -> Result<Answers, Error> {
    let mut answers = Answers::new();
    for name in engine.names(100) {
        let query = FetchQuery {
            selector: Selector::Name(name.to_string()),
            from: NOW - 1_000,
            until: NOW,
            now: NOW,
            series_max: 1,
            points_max: 1_000,
        };
        for column in engine.fetch(&query)? {
            let slots = column.values.iter().zip(0_i64..);
            let known = slots.filter(|(value, _)| !value.is_nan());
            let known = known.map(|(value, slot)| (column.start + slot * column.step, *value));
            answers.insert(name.to_string(), known.collect());
        }
    }
    Ok(answers)
}

fn upkeep(engine: &Engine) {
    while engine.merge_if_due(NOW).unwrap() {}
}

fn assert_precise(fault: &Error, path: &str, length: usize) {
    match fault {
        Error::Corrupt { path: found, offset, .. } => {
            assert_eq!(found, path, "{fault}");
            assert!(*offset <= length as u64, "{fault}");
        }
        _ => panic!("{path}: expected damage, found {fault}"),
    }
}

/// What became of one changed byte.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Everything is answered as it was.
    Right,
    /// Something is missing from the answers, and was told.
    Told,
    /// The store does not open and says why.
    Refused,
}

/// `is_told`: nothing may be missing from the answers without a word.
fn try_with(disk: &MemoryDisk, path: &str, bytes: &[u8], expected: &Answers, is_told: bool) -> Outcome {
    let disk = copy(disk);
    disk.create(path).unwrap().append(bytes).unwrap();
    let verified = verify(&(Arc::new(disk.clone()) as Arc<dyn Disk>)).unwrap();
    // Without its last edit a manifest speaks of segments that are gone: that is seen at the segments.
    let faults = verified.faults.iter().filter(|_| path != "manifest.log");
    faults.for_each(|fault| assert_precise(fault, path, bytes.len()));
    let is_seen = !verified.faults.is_empty() || !verified.torn.is_empty();
    let engine = match open(&disk) {
        Ok(engine) => engine,
        Err(fault) => {
            assert_precise(&fault, path, bytes.len());
            assert!(is_seen, "verify does not see what keeps the store from opening: {fault}");
            return Outcome::Refused;
        }
    };
    let found = answers(&engine).unwrap_or_else(|fault| {
        assert_precise(&fault, path, bytes.len());
        upkeep(&engine);
        answers(&engine).expect("what is damaged is set aside once it was found")
    });
    for (name, values) in &found {
        let right = expected.get(name).unwrap_or_else(|| panic!("{path}: {name} comes from nowhere"));
        let wrong = values.iter().find(|(slot, value)| right.get(slot) != Some(value));
        assert_eq!(wrong, None, "{path}: a value of {name} is wrong");
    }
    engine.compact(NOW, |_| ()).expect("merges go on around damage");
    let findings = engine.take_findings();
    if found == *expected {
        return Outcome::Right;
    }
    assert!(!is_told || (!findings.is_empty() && is_seen), "{path}: points are missing, and nothing is told");
    engine.close(NOW).unwrap();
    drop(engine);
    assert_eq!(answers(&open(&disk).unwrap()).unwrap(), found, "{path}: a second start answers the same");
    Outcome::Told
}

#[test]
fn any_changed_byte_is_harmless_or_told_or_refused_and_never_a_wrong_value() {
    let disk = store();
    let expected = answers(&open(&copy(&disk)).unwrap()).unwrap();
    assert_eq!(expected.values().map(BTreeMap::len).collect::<Vec<_>>(), [17, 10, 5]);
    for path in paths(&disk) {
        let whole = disk.read(&path).unwrap();
        let mut outcomes: BTreeMap<Outcome, usize> = BTreeMap::new();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= [0x01, 0x80, 0xff, 0x10][at % 4];
            *outcomes.entry(try_with(&disk, &path, &bytes, &expected, true)).or_default() += 1;
        }
        let of = |outcome| outcomes.get(&outcome).copied().unwrap_or(0);
        match path.split('/').next() {
            // A segment is set aside, or salvaged.
            Some("segments") => assert_eq!(of(Outcome::Refused), 0, "{path}: {outcomes:?}"),
            Some("wal") => assert_eq!(of(Outcome::Told), whole.len(), "{path}: {outcomes:?}"),
            Some("index") => assert_eq!(of(Outcome::Right), whole.len(), "{path}: {outcomes:?}"),
            _ => assert!(of(Outcome::Refused) > 0, "{path}: {outcomes:?}"),
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_harmless_or_told_or_refused_too_unless_the_cut_leaves_whole_records() {
    let disk = store();
    let expected = answers(&open(&copy(&disk)).unwrap()).unwrap();
    for path in paths(&disk) {
        let whole = disk.read(&path).unwrap();
        let ends = record_ends(&whole);
        for length in 0..whole.len() {
            // A log that ends with a whole record is one to which nothing was appended since.
            try_with(&disk, &path, &whole[..length], &expected, !ends.contains(&length));
        }
    }
}

/// Where the records of a log end; nowhere in other files.
fn record_ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = vec![0];
    while let Some(record) = bytes.get(ends[ends.len() - 1]..).filter(|record| record.starts_with(b"PlR1")) {
        let length = u32::from_le_bytes(record[4..8].try_into().unwrap()) as usize;
        ends.push(ends[ends.len() - 1] + 12 + length);
    }
    ends
}

#[test]
fn a_damaged_segment_is_kept_counted_and_not_read_again() {
    let disk = store();
    let names = disk.list("segments").unwrap();
    let path = format!("segments/{}", names[0]);
    let mut bytes = disk.read(&path).unwrap();
    // In the data: the header has 42 bytes.
    bytes[50] ^= 1;
    disk.create(&path).unwrap().append(&bytes).unwrap();
    let engine = open(&disk).unwrap();
    assert!(engine.take_findings().is_empty(), "data are not read at a start");
    assert!(matches!(answers(&engine), Err(Error::Corrupt { path: found, .. }) if found == path));
    upkeep(&engine);
    answers(&engine).unwrap();
    let told: Vec<String> = engine.take_findings().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1);
    let kept = format!("quarantine/{}", names[0]);
    assert!(told[0].contains(&path) && told[0].contains(&kept), "{told:?}");
    let stats = engine.stats();
    assert_eq!((stats.segments_set_aside, stats.segments_quarantined, stats.latched), (1, 1, None));
    assert_eq!(disk.read(&kept).unwrap(), bytes);
    drop(engine);
    let verified = verify(&(Arc::new(disk.clone()) as Arc<dyn Disk>)).unwrap();
    assert_eq!((verified.faults.len(), verified.set_aside), (0, vec![kept.clone()]));
    disk.remove(&kept).unwrap();
    assert_eq!(open(&disk).unwrap().stats().segments_quarantined, 0);
}

/// On a real disk, where touching what is gone would end the process.
#[test]
fn files_that_are_cut_or_removed_under_a_running_store_are_set_aside_or_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let disk = store();
    let target = RealDisk::new(folder.path());
    for path in paths(&disk) {
        target.create(&path).unwrap().append(&disk.read(&path).unwrap()).unwrap();
    }
    let engine =
        Engine::open(Arc::new(target), Options::default(), Arc::new(TenSeconds), NOW).expect("a sound store");
    engine.compact(NOW, |_| ()).unwrap();
    let whole = answers(&engine).unwrap();
    let segments = || -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder.path().join("segments")).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let before = segments();
    before.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    upkeep(&engine);
    assert_eq!(answers(&engine).unwrap(), whole, "nothing is lost while the old files are mapped");
    let anew = segments();
    assert!(anew.len() == before.len() && anew.iter().all(|path| !before.contains(path)));

    for path in anew {
        std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(10).unwrap();
    }
    upkeep(&engine);
    let left = answers(&engine).unwrap();
    assert!(left.values().flatten().count() < whole.values().flatten().count());
    assert_eq!(engine.stats().segments_quarantined, before.len() as u64);
    accept(&engine, "a.one", 40);
    engine.close(NOW).unwrap();
}
