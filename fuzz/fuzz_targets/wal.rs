//! A store whose log, names or manifest end in any bytes opens, or is refused with a precise error; what opens can be
//! read and verified and, where the bytes changed what is in it, flushed and opened again. Odd inputs first get an
//! honest record frame, so that what lies behind the checksum is reached.
#![no_main]

use std::sync::{Arc, OnceLock};

use libfuzzer_sys::{Corpus, fuzz_target};
use plumbago_engine::{
    Archive, Disk, Engine, Error, FetchQuery, MemoryDisk, Options, Policy, PolicyRules, Selector, verify,
};
use plumbago_protocol::{Aggregation, Glob};

const NOW: i64 = 1_000_000;
/// Longer inputs hold more points, not other ones; each point of a time of its own costs a segment.
const BYTES_MAX: usize = 512;
const FILES: [&str; 4] = ["wal/0000000002-000.wal", "wal/0000000002-001.wal", "names.log", "manifest.log"];

struct OnePolicy;

impl PolicyRules for OnePolicy {
    fn policy_for(&self, _name: &str) -> Policy {
        let archive = |step_secs, retention_secs| Archive { step_secs, retention_secs };
        let archives = vec![archive(10, 3_600), archive(60, 86_400)];
        Policy::new(archives, 0.5, Aggregation::Average).expect("a valid policy")
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

/// The files of a small store with a segment and a log.
fn files() -> &'static [(String, Vec<u8>)] {
    static FILES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    FILES.get_or_init(|| {
        let disk = MemoryDisk::new();
        let engine = Engine::open(Arc::new(disk.clone()), Options::default(), Arc::new(OnePolicy), NOW).expect("open");
        let mut writer = engine.writer();
        for round in 0..2 {
            for index in 0..50 {
                let (value, timestamp) = (f64::from(index) / 4.0, NOW - i64::from(index) * 10 - round);
                writer.push(["a.b", "a.c", "d;k=v"][index as usize % 3], value, timestamp, NOW).expect("push");
            }
            writer.commit().expect("commit");
            if round == 0 {
                engine.flush(NOW).expect("flush");
            }
        }
        let in_folder = |folder: &str| {
            let names = disk.list(folder).expect("list");
            let path = |name: &String| if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            names.iter().map(path).collect::<Vec<_>>()
        };
        let paths = ["", "wal", "segments"].into_iter().flat_map(in_folder);
        paths.map(|path| (path.clone(), disk.read(&path).expect("read"))).collect()
    })
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_le_bytes();
    let crc = crc32fast::hash(&[&length, payload].concat()).to_le_bytes();
    [&b"PlR1"[..], &length, &crc, payload].concat()
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((&mode, bytes)) = input.split_first().filter(|_| input.len() <= BYTES_MAX) else {
        return Corpus::Reject;
    };
    let tail = if mode & 4 == 0 || bytes.is_empty() { bytes.to_vec() } else { framed(bytes) };
    let target = FILES[usize::from(mode & 3)];
    let disk = MemoryDisk::new();
    for (path, content) in files() {
        disk.create(path).and_then(|file| file.append(content)).expect("copy");
    }
    let keeps_content = mode & 8 == 0 && files().iter().any(|(path, _)| path == target);
    if !keeps_content {
        disk.create(target).expect("create");
    }
    let length = disk.read(target).expect("read").len() as u64;
    disk.append_at(target, length).and_then(|file| file.append(&tail)).expect("append");

    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let _ = verify(&shared);
    match Engine::open_as_it_is(shared.clone(), Options::default(), NOW) {
        Ok(engine) => use_store(&engine, &shared),
        Err(Error::Corrupt { .. } | Error::Version { .. } | Error::Caller(_)) => {}
        Err(error) => panic!("neither opened nor damaged: {error}"),
    }
    Corpus::Keep
});

/// What a fetch answers, bit for bit, and how many points, series and segments there are.
type Content = (Option<Vec<(String, Vec<u64>)>>, [u64; 3]);

fn content(engine: &Engine) -> Content {
    let glob = Glob::parse("**").expect("a glob");
    let query = FetchQuery {
        selector: Selector::Glob(glob),
        from: NOW - 3_000,
        until: NOW,
        now: NOW,
        series_max: 1_000,
        points_max: 1_000_000,
    };
    let bits = |column: plumbago_engine::FetchedColumn| {
        (column.name.to_string(), column.values.iter().map(|value| value.to_bits()).collect())
    };
    let columns = engine.fetch(&query).ok().map(|columns| columns.into_iter().map(bits).collect());
    let stats = engine.stats();
    (columns, [stats.points_replayed, stats.series, stats.segments])
}

/// The content of the store that nothing was appended to.
fn untouched() -> &'static Content {
    static CONTENT: OnceLock<Content> = OnceLock::new();
    CONTENT.get_or_init(|| {
        let disk = MemoryDisk::new();
        for (path, content) in files() {
            disk.create(path).and_then(|file| file.append(content)).expect("copy");
        }
        let shared: Arc<dyn Disk> = Arc::new(disk);
        content(&Engine::open_as_it_is(shared, Options::default(), NOW).expect("a good store"))
    })
}

fn use_store(engine: &Engine, disk: &Arc<dyn Disk>) {
    let before = content(engine);
    // The bytes were left out as a torn tail, or said nothing new: nothing else comes of this store than of the first.
    if before == *untouched() {
        return;
    }
    if engine.flush(NOW).is_ok() && let (Some(before), _) = before {
        let reopened = Engine::open_to_read(disk.clone(), NOW).expect("what was flushed opens");
        assert_eq!(content(&reopened).0, Some(before), "a flush changes nothing");
    }
}
