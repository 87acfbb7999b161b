//! The registry as a whole: against a model with random changes and restarts, and against damaged logs.

mod format;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plumbago_protocol::Aggregation;
use proptest::prelude::*;

use super::*;
use crate::disk::{DiskFile, MemoryDisk};
use crate::policy::Archive;

fn policy(step_secs: u32) -> Policy {
    let archive = Archive { step_secs, retention_secs: step_secs * 100 };
    Policy::new(vec![archive], 0.5, Aggregation::Average).unwrap()
}

fn open(disk: &MemoryDisk) -> Registry {
    Registry::open(Arc::new(disk.clone()), true).unwrap()
}

fn disk_with(bytes: &[u8]) -> MemoryDisk {
    let disk = MemoryDisk::new();
    disk.create("names.log").unwrap().append(bytes).unwrap();
    disk
}

type Facts = Vec<Option<(String, u16, Vec<Era>)>>;

fn facts(registry: &Registry) -> Facts {
    (0..registry.id_end())
        .map(|id| registry.series(id).map(|s| (s.name.to_owned(), s.policy, s.eras.to_vec())))
        .collect()
}

/// A log of several records of every kind, and the facts after each prefix of whole records.
fn sample_log() -> Vec<(usize, Facts)> {
    let disk = MemoryDisk::new();
    let mut registry = open(&disk);
    let mut stages = Vec::new();
    let mut stage = |registry: &mut Registry| {
        registry.write_pending().unwrap();
        stages.push((disk.read("names.log").unwrap().len(), facts(registry)));
    };
    stage(&mut registry);
    let first = registry.intern_policy(&policy(10)).unwrap();
    stage(&mut registry);
    for name in ["a.b", "a.c", "d;k=v"] {
        registry.create(name, first).unwrap();
    }
    stage(&mut registry);
    let second = registry.intern_policy(&policy(60)).unwrap();
    stage(&mut registry);
    registry.change_policy(1, second, 1_710_504_000).unwrap();
    stage(&mut registry);
    registry.rename(0, "renamed").unwrap();
    stage(&mut registry);
    registry.delete(2).unwrap();
    stage(&mut registry);
    stages
}

fn sample_bytes() -> Vec<u8> {
    let disk = MemoryDisk::new();
    let mut registry = open(&disk);
    let first = registry.intern_policy(&policy(10)).unwrap();
    let second = registry.intern_policy(&policy(60)).unwrap();
    for name in ["a.b", "a.c", "d;k=v"] {
        registry.create(name, first).unwrap();
    }
    registry.change_policy(1, second, 1_710_504_000).unwrap();
    registry.rename(0, "renamed").unwrap();
    registry.delete(2).unwrap();
    registry.write_pending().unwrap();
    sync(&mut registry);
    disk.read("names.log").unwrap()
}

fn sync(registry: &mut Registry) {
    let sync = registry.log_sync().unwrap();
    sync.file.sync().unwrap();
    registry.set_synced(sync.written_bytes);
    registry.note_synced().unwrap();
}

#[test]
fn a_log_torn_at_any_byte_opens_with_what_was_whole_and_goes_on() {
    let stages = sample_log();
    let disk = MemoryDisk::new();
    {
        let mut registry = open(&disk);
        let first = registry.intern_policy(&policy(10)).unwrap();
        registry.write_pending().unwrap();
        assert_eq!(disk.read("names.log").unwrap().len(), stages[1].0);
        for name in ["a.b", "a.c", "d;k=v"] {
            registry.create(name, first).unwrap();
        }
        registry.write_pending().unwrap();
        let second = registry.intern_policy(&policy(60)).unwrap();
        registry.change_policy(1, second, 1_710_504_000).unwrap();
        registry.rename(0, "renamed").unwrap();
        registry.delete(2).unwrap();
        registry.write_pending().unwrap();
    }
    let bytes = disk.read("names.log").unwrap();
    assert_eq!(bytes.len(), stages.last().unwrap().0);
    for cut in 0..=bytes.len() {
        let expected = stages.iter().rev().find(|(length, _)| *length <= cut);
        let expected = expected.map(|(_, facts)| facts.clone()).unwrap_or_default();

        let torn = disk_with(&bytes[..cut]);
        let read_only = Registry::open(Arc::new(torn.clone()), false).unwrap();
        assert_eq!(facts(&read_only), expected, "read-only, cut at {cut}");
        assert_eq!(torn.read("names.log").unwrap().len(), cut);

        let mut registry = open(&torn);
        assert_eq!(facts(&registry), expected, "cut at {cut}");
        let added = registry.intern_policy(&policy(7)).unwrap();
        let id = registry.create("after.the.tear", added).unwrap();
        registry.write_pending().unwrap();
        let again = open(&torn);
        assert_eq!(again.get("after.the.tear"), Some(id));
        assert_eq!(facts(&again), facts(&registry));
    }
}

#[test]
fn a_changed_byte_before_the_last_record_is_corruption_at_its_record() {
    let bytes = sample_bytes();
    let mut starts = vec![0];
    let mut records = crate::record::Records::new(&bytes, 0);
    while let crate::record::Next::Record { offset, .. } = records.next() {
        starts.push(offset as usize);
    }
    let last = *starts.last().unwrap();
    for at in 0..last {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x04;
        let start = *starts.iter().rfind(|&&start| start <= at).unwrap();
        match Registry::open(Arc::new(disk_with(&damaged)), true) {
            Err(Error::Corrupt { path, offset, .. }) => {
                assert_eq!((path.as_str(), offset), ("names.log", start as u64), "byte {at}");
            }
            Err(error) => panic!("byte {at}: {error}"),
            Ok(_) => panic!("byte {at} was believed"),
        }
    }
}

#[test]
fn a_hole_in_what_was_never_synced_is_a_tear_and_what_lies_behind_it_goes_with_it() {
    let disk = MemoryDisk::new();
    let mut registry = open(&disk);
    let first = registry.intern_policy(&policy(10)).unwrap();
    registry.create("synced", first).unwrap();
    registry.write_pending().unwrap();
    sync(&mut registry);
    let synced = disk.read("names.log").unwrap();
    for name in ["lost", "whole.but.behind.the.hole"] {
        registry.create(name, first).unwrap();
        registry.write_pending().unwrap();
    }
    let whole = disk.read("names.log").unwrap();
    let mut holed = whole.clone();
    holed[synced.len()..synced.len() + 20].fill(0);
    let disk = disk_with(&holed);
    let registry = open(&disk);
    assert_eq!((registry.get("synced"), registry.id_end()), (Some(0), 1));
    assert_eq!(disk.read("names.log").unwrap(), synced, "the next change goes where the hole began");

    let mut damaged = whole;
    damaged[30] ^= 1;
    assert!(Registry::open(Arc::new(disk_with(&damaged)), true).is_err(), "that was synced");
}

#[test]
fn whole_records_that_make_no_sense_are_corruption_at_their_byte() {
    let layout = [0u8, 1].as_slice();
    let cases: &[(&[&[u8]], u64)] = &[
        (&[&[0, 2]], 13),
        (&[&[3, 0]], 13),
        (&[layout, &[9, 9]], 26),
        (&[layout, &[3, 0]], 27),
        (&[layout, &[2, 0, 0, 1, b'a']], 27),
        (&[layout, layout], 27),
        (&[layout, &[1, 0, 0, 0, 0, 0, 0, 0]], 27),
        (&[layout, &[6, 15]], 27),
    ];
    for (payloads, expected) in cases {
        let mut bytes = Vec::new();
        payloads.iter().for_each(|payload| crate::record::append_record(payload, &mut bytes));
        match Registry::open(Arc::new(disk_with(&bytes)), true) {
            Err(Error::Corrupt { offset, .. }) => assert_eq!(offset, *expected, "{payloads:?}"),
            Err(error) => panic!("{payloads:?}: {error}"),
            Ok(_) => panic!("{payloads:?} was believed"),
        }
    }
}

#[test]
fn a_registry_opened_read_only_refuses_changes() {
    let disk = disk_with(&sample_bytes());
    let mut registry = Registry::open(Arc::new(disk), false).unwrap();
    assert!(matches!(registry.create("new", 0), Err(Error::Caller(_))));
    assert_eq!(registry.create("a.c", 0).unwrap(), 1);
    assert!(matches!(registry.delete(0), Err(Error::Caller(_))));
    assert!(registry.log_sync().is_none());
    assert_eq!(Registry::open(Arc::new(MemoryDisk::new()), false).unwrap().id_end(), 0);
}

#[test]
fn names_out_of_bounds_and_taken_names_are_the_callers_mistake() {
    let mut registry = open(&MemoryDisk::new());
    let id = registry.intern_policy(&policy(10)).unwrap();
    registry.create("a", id).unwrap();
    let other = registry.create("b", id).unwrap();
    for result in [
        registry.create("", id).err(),
        registry.create(&"x".repeat(4097), id).err(),
        registry.create("c", id + 1).err(),
        registry.rename(other, "a").err(),
        registry.rename(9, "z").err(),
        registry.delete(9).err(),
        registry.change_policy(other, 9, 0).err(),
    ] {
        assert!(matches!(result, Some(Error::Caller(_))), "{result:?}");
    }
    registry.create(&"x".repeat(4096), id).unwrap();
    assert_eq!(registry.live_count(), 3);
}

#[test]
fn after_a_failed_write_nothing_is_accepted() {
    struct Full;
    impl DiskFile for Full {
        fn append(&self, _: &[u8]) -> std::io::Result<()> {
            Err(std::io::Error::new(std::io::ErrorKind::StorageFull, "full"))
        }
        fn reserve(&self, _: u64) -> std::io::Result<()> {
            Ok(())
        }
        fn sync(&self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut registry = open(&MemoryDisk::new());
    registry.log = log::NamesLog::with_file(Arc::new(Full));
    let id = registry.intern_policy(&policy(10)).unwrap();
    assert!(matches!(registry.write_pending(), Err(Error::Io { .. })));
    assert!(matches!(registry.write_pending(), Err(Error::Latched(_))));
    assert!(matches!(registry.create("a", id), Err(Error::Latched(_))));
}

#[test]
fn prediction_learns_the_order_and_survives_changes() {
    let mut registry = open(&MemoryDisk::new());
    let id = registry.intern_policy(&policy(10)).unwrap();
    for name in ["a", "b", "c", "d"] {
        registry.create(name, id).unwrap();
    }
    assert_eq!(registry.predict(u32::MAX, b"a"), Some(0));
    assert_eq!(registry.predict(0, b"b"), Some(1), "before anything was learned: the order of creation");
    assert_eq!(registry.predict(0, b"c"), None);
    registry.follow(0, 2);
    registry.follow(2, 1);
    assert_eq!((registry.predict(0, b"c"), registry.predict(2, b"b")), (Some(2), Some(1)));
    assert_eq!(registry.predict(0, b"b"), None);
    registry.rename(2, "z").unwrap();
    assert_eq!((registry.predict(0, b"c"), registry.predict(0, b"z")), (None, Some(2)));
    registry.delete(2).unwrap();
    assert_eq!(registry.predict(0, b"z"), None);
    assert_eq!(registry.create("z", id).unwrap(), 4);
    assert_eq!(registry.predict(0, b"z"), None);
    registry.follow(0, 4);
    assert_eq!(registry.predict(0, b"z"), Some(4));
}

#[derive(Debug, Clone)]
enum Step {
    Create(u8, u16),
    Delete(u8),
    Rename(u8, u8),
    ChangePolicy(u8, u16, i64),
    Write,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (any::<u8>(), 0..3u16).prop_map(|(name, policy)| Step::Create(name % 40, policy)),
        2 => any::<u8>().prop_map(|id| Step::Delete(id % 50)),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(id, name)| Step::Rename(id % 50, name % 40)),
        2 => (any::<u8>(), 0..3u16, -9..9i64).prop_map(|(id, p, at)| Step::ChangePolicy(id % 50, p, at)),
        1 => Just(Step::Write),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 0..120)
}

#[derive(Default)]
struct Model {
    names: HashMap<String, u32>,
    series: Facts,
}

impl Model {
    fn apply(&mut self, step: &Step) -> bool {
        match step {
            Step::Create(name, policy) => {
                let name = format!("n.{name}");
                if !self.names.contains_key(&name) {
                    self.names.insert(name.clone(), self.series.len() as u32);
                    self.series.push(Some((name, *policy, Vec::new())));
                }
                true
            }
            Step::Delete(id) => match self.series.get_mut(usize::from(*id)).and_then(Option::take) {
                Some((name, ..)) => self.names.remove(&name).is_some(),
                None => false,
            },
            Step::Rename(id, name) => {
                let name = format!("n.{name}");
                let taken = self.names.get(&name).copied();
                match self.series.get_mut(usize::from(*id)) {
                    Some(Some(series)) if taken.is_none() => {
                        self.names.remove(&series.0);
                        self.names.insert(name.clone(), u32::from(*id));
                        series.0 = name;
                        true
                    }
                    Some(Some(_)) => taken == Some(u32::from(*id)),
                    _ => false,
                }
            }
            Step::ChangePolicy(id, policy, at) => match self.series.get_mut(usize::from(*id)) {
                Some(Some((_, current, eras))) => {
                    if current != policy {
                        let until = eras.last().map_or(*at, |era| era.until.max(*at));
                        eras.push(Era { policy: *current, until });
                        *current = *policy;
                    }
                    true
                }
                _ => false,
            },
            Step::Write | Step::Restart => true,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn agrees_with_the_model_through_restarts(steps in steps()) {
        let disk = MemoryDisk::new();
        let mut registry = open(&disk);
        for step in [10, 60, 300] {
            registry.intern_policy(&policy(step)).unwrap();
        }
        let mut model = Model::default();
        for step in &steps {
            let accepted = match step {
                Step::Create(name, policy) => registry.create(&format!("n.{name}"), *policy).is_ok(),
                Step::Delete(id) => registry.delete(u32::from(*id)).is_ok(),
                Step::Rename(id, name) => registry.rename(u32::from(*id), &format!("n.{name}")).is_ok(),
                Step::ChangePolicy(id, policy, at) => {
                    registry.change_policy(u32::from(*id), *policy, *at).is_ok()
                }
                Step::Write => registry.write_pending().is_ok(),
                Step::Restart => {
                    registry.write_pending().unwrap();
                    registry = open(&disk);
                    true
                }
            };
            prop_assert_eq!(accepted, model.apply(step), "{:?}", step);
        }
        prop_assert_eq!(facts(&registry), model.series.clone());
        prop_assert_eq!(registry.live_count(), model.names.len());
        let live = model.series.iter().enumerate().filter(|(_, s)| s.is_some()).map(|(id, _)| id as u32);
        prop_assert!(registry.ids().eq(live));
        let mut by_name: Vec<u32> = registry.ids().collect();
        registry.sort_by_name(&mut by_name);
        let sorted: BTreeMap<&String, &u32> = model.names.iter().collect();
        prop_assert!(by_name.iter().eq(sorted.into_values()));
        let names: Vec<String> = (0..40).map(|number| format!("n.{number}")).collect();
        let mut found = vec![None; names.len()];
        registry.get_many(&names.iter().map(|name| name.as_bytes()).collect::<Vec<_>>(), &mut found);
        for (number, (name, found)) in (0..).zip(names.iter().zip(found)) {
            let expected = model.names.get(name).copied();
            prop_assert_eq!((registry.get(name), found), (expected, expected));
            let guess = registry.predict(number, name.as_bytes());
            prop_assert!(guess.is_none() || guess == expected);
            if let Some(id) = expected {
                registry.follow(number, id);
                let learned = (number < registry.id_end()).then_some(id);
                prop_assert!(learned.is_none() || registry.predict(number, name.as_bytes()) == learned);
            }
        }
        for (id, step) in [10, 60, 300].into_iter().enumerate() {
            prop_assert_eq!(registry.policy(id as u16), Some(&policy(step)));
        }
    }
}
