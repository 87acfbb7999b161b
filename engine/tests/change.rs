//! Series that are deleted or renamed while points of theirs are on the way, or while the disk is full: no point goes
//! without a word, and memory and disk agree.

mod common;

use std::sync::Arc;

use common::{OneDay, known, one_day};
use parking_lot::Mutex;
use plumbago_engine::{
    Arrivals, CardinalityLimits, CardinalityRule, Engine, Error, Fault, FaultyDisk, MemoryDisk, Options,
    Policy, PolicyRules, PrefixPattern, Writer,
};
use plumbago_protocol::{Glob, Refusal};

const NOW: i64 = 1_710_504_000;

fn open_with(disk: &MemoryDisk, options: Options) -> Engine {
    Engine::open(Arc::new(disk.clone()), options, Arc::new(OneDay), NOW).unwrap()
}

fn glob(text: &str) -> Glob {
    Glob::parse(text).unwrap()
}

/// A writer that has accepted a point of each of `names`, which exist.
fn accepted(engine: &Engine, names: &[&str]) -> Writer {
    let mut writer = engine.writer();
    for value in [1.0, 2.0] {
        for name in names {
            writer.push(name, value, NOW, NOW).unwrap();
        }
        if value == 1.0 {
            writer.commit().unwrap();
        }
    }
    writer
}

#[test]
fn a_point_whose_series_is_deleted_before_its_commit_makes_a_new_one() {
    let disk = MemoryDisk::new();
    let engine = open_with(&disk, Options::default());
    let mut writer = accepted(&engine, &["a.one", "a.two", "b"]);
    writer.push("a.two", 3.0, NOW - 10, NOW).unwrap();
    assert_eq!(engine.delete(&glob("a.*"), false).unwrap().len(), 2);
    let committed = writer.commit().unwrap();
    assert_eq!((committed.points, committed.new_series, committed.refused), (4, 2, Vec::new()));
    for restarted in [false, true] {
        let engine = if restarted { open_with(&disk, Options::default()) } else { engine.clone() };
        assert_eq!(known(&engine, "a.one", 20, NOW), [2.0], "what was there before is deleted");
        assert_eq!(known(&engine, "a.two", 20, NOW), [3.0, 2.0]);
        assert_eq!(known(&engine, "b", 20, NOW), [2.0]);
        assert_eq!(engine.stats().series, 3);
    }
}

#[test]
fn a_point_whose_series_is_renamed_before_its_commit_goes_with_it() {
    let disk = MemoryDisk::new();
    let engine = open_with(&disk, Options::default());
    let mut writer = accepted(&engine, &["a.one"]);
    engine.rename(&glob("a.one"), &|_| Ok("b.one".to_owned()), false, NOW).unwrap();
    assert_eq!(writer.commit().unwrap().points, 1);
    assert_eq!((known(&engine, "a.one", 20, NOW), known(&engine, "b.one", 20, NOW)), (vec![], vec![2.0]));
    assert_eq!(engine.stats().series, 1);
}

#[test]
fn where_no_new_series_is_admitted_the_point_is_refused_with_its_name() {
    let rule = CardinalityRule {
        name: "all".to_owned(),
        prefix: PrefixPattern::everything(),
        series_max: Some(2),
        new_series_per_sec_max: None,
    };
    let limits = CardinalityLimits { rules: vec![rule], burst_secs: 1 };
    let engine = open_with(&MemoryDisk::new(), Options { cardinality: limits, ..Options::default() });
    let mut writer = accepted(&engine, &["a", "b"]);
    engine.delete(&glob("a"), false).unwrap();
    let mut other = engine.writer();
    other.push("c", 1.0, NOW, NOW).unwrap();
    other.commit().unwrap();
    let committed = writer.commit().unwrap();
    assert_eq!((committed.points, committed.new_series), (1, 0));
    let [refused] = committed.refused.as_slice() else { panic!("{:?}", committed.refused) };
    assert_eq!((refused.name.as_str(), refused.value, refused.timestamp), ("a", 2.0, NOW));
    assert_eq!(refused.refused.refusal, Refusal::SeriesLimit);
    assert_eq!(refused.refused.limit.as_deref(), Some("rule all, all series: at most 2"));
    assert_eq!(engine.cardinality_rules()[0].refused_series_limit, 1);
    assert_eq!(known(&engine, "b", 20, NOW), [2.0]);
    assert_eq!(writer.commit().unwrap().refused, [], "it is told once");

    engine.delete(&glob("*"), false).unwrap();
    let mut writer = accepted(&engine, &["d"]);
    engine.delete(&glob("d"), false).unwrap();
    for name in ["e", "f"] {
        other.push(name, 1.0, NOW, NOW).unwrap();
    }
    other.commit().unwrap();
    let committed = writer.commit().unwrap();
    assert_eq!((committed.points, committed.refused.len()), (0, 1), "a batch may be refused as a whole");
}

/// Rules that delete a series when another is about to be created.
#[derive(Default)]
struct Deleting(Mutex<Option<(Engine, &'static str)>>);

impl PolicyRules for Deleting {
    fn policy_for(&self, _name: &str) -> Policy {
        let armed = self.0.lock().take();
        if let Some((engine, name)) = armed {
            engine.delete(&glob(name), false).unwrap();
        }
        one_day()
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

#[test]
fn a_point_whose_series_is_deleted_right_after_its_lookup_makes_a_new_one() {
    let (disk, rules) = (MemoryDisk::new(), Arc::new(Deleting::default()));
    let engine = Engine::open(Arc::new(disk), Options::default(), rules.clone(), NOW).unwrap();
    let mut writer = accepted(&engine, &["a.one"]);
    writer.commit().unwrap();
    let mut arrivals = Arrivals::default();
    for (name, value) in [("a.one", 7.0), ("new", 8.0), ("a.one", 9.0)] {
        arrivals.push_name(name.as_bytes(), value, NOW);
    }
    *rules.0.lock() = Some((engine.clone(), "a.one"));
    writer.accept(&arrivals, NOW, |position, why| panic!("point {position} is refused: {why}"));
    let committed = writer.commit().unwrap();
    assert_eq!((committed.points, committed.new_series, committed.refused), (3, 2, Vec::new()));
    assert_eq!((known(&engine, "a.one", 20, NOW), known(&engine, "new", 20, NOW)), (vec![9.0], vec![8.0]));
}

#[test]
fn on_a_full_disk_a_change_is_made_as_a_whole_or_not_at_all() {
    type Change = fn(&Engine) -> Result<(), Error>;
    let delete: Change = |engine| engine.delete(&glob("a.*"), false).map(drop);
    let rename: Change =
        |engine| engine.rename(&glob("a.*"), &|name| Ok(name.replace('a', "moved")), false, NOW).map(drop);
    // More names than the room that a log takes ahead.
    let names: Vec<String> = (0..2_000).map(|number| format!("a.series{number:060}")).collect();
    for change in [delete, rename] {
        for full_from in 0..6 {
            let disk = FaultyDisk::new();
            let open = |disk: &FaultyDisk| {
                Engine::open(Arc::new(disk.clone()), Options::default(), Arc::new(OneDay), NOW).unwrap()
            };
            let engine = open(&disk);
            let mut writer = engine.writer();
            names.iter().for_each(|name| writer.push(name, 1.0, NOW, NOW).unwrap());
            writer.commit().unwrap();
            engine.sync().unwrap();
            disk.fail_at(disk.operations() + full_from, Fault::NoSpace { operations: u64::MAX / 2 });
            let outcome = change(&engine);
            assert!(outcome.is_ok() || outcome.as_ref().is_err_and(Error::is_disk_full), "{outcome:?}");
            assert_eq!(engine.stats().latched, None);
            let in_memory = engine.names(10_000);
            assert_eq!(in_memory.iter().any(|name| name.starts_with("a.")), outcome.is_err());
            let on_disk = open(&disk.snapshot().after(plumbago_engine::Crash::Process, 1)).names(10_000);
            assert_eq!(in_memory, on_disk, "full from operation {full_from}");
            disk.fail_at(u64::MAX, Fault::Io);
            change(&engine).unwrap();
            assert!(!engine.names(10_000).iter().any(|name| name.starts_with("a.")));
        }
    }
}
