//! Limits, owners and last sightings, as a whole engine shows them.

use std::sync::Arc;

use plumbago_protocol::{Aggregation, Glob, Refusal, TagExpression};

use super::*;
use crate::{
    Archive, Arrivals, Disk, Engine, MemoryDisk, Options, Policy, PolicyRules, Selector, StaleSeries, Writer,
};

const NOW: i64 = 1_710_504_000;

struct OnePolicy;

impl PolicyRules for OnePolicy {
    fn policy_for(&self, _name: &str) -> Policy {
        let archive = |step_secs, retention_secs| Archive { step_secs, retention_secs };
        let archives = vec![archive(10, 3600), archive(600, 864_000)];
        Policy::new(archives, 0.0, Aggregation::Average).expect("a policy")
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

fn rule(name: &str, prefix: &str, series_max: Option<u64>, rate: Option<u64>) -> CardinalityRule {
    let prefix = PrefixPattern::parse(prefix).expect("a prefix");
    CardinalityRule { name: name.to_owned(), prefix, series_max, new_series_per_sec_max: rate }
}

fn open(disk: &Arc<dyn Disk>, rules: Vec<CardinalityRule>, now: i64) -> Engine {
    let cardinality = CardinalityLimits { rules, burst_secs: 2 };
    let options = Options { cardinality, ..Options::default() };
    Engine::open(disk.clone(), options, Arc::new(OnePolicy), now).expect("a store")
}

fn engine(rules: Vec<CardinalityRule>) -> Engine {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    open(&disk, rules, NOW)
}

/// Pushes one point of each name at `now`; answers how many were taken.
fn push(writer: &mut Writer, names: &[&str], now: i64) -> usize {
    let taken = names.iter().filter(|name| writer.push(name, 1.0, now, now).is_ok()).count();
    writer.commit().expect("a commit");
    taken
}

/// The limit that refuses a point of `name`.
fn limit_of(writer: &mut Writer, name: &str) -> String {
    let mut arrivals = Arrivals::default();
    arrivals.push(name.as_bytes(), 0..name.len(), 1.0, NOW);
    let mut limit = None;
    writer.accept(&arrivals, NOW, |_, refused| limit = refused.limit.map(|limit| limit.to_string()));
    limit.expect("refused for a limit")
}

fn glob(text: &str) -> Selector {
    Selector::Glob(Glob::parse(text).expect("a glob"))
}

#[test]
fn a_total_holds_and_existing_series_go_on() {
    let engine = engine(vec![rule("all", "", Some(2), None)]);
    let mut writer = engine.writer();
    assert_eq!(push(&mut writer, &["a", "b", "c", "d;k=v"], NOW), 2);
    assert_eq!(writer.push("c", 1.0, NOW, NOW), Err(Refusal::SeriesLimit));
    assert_eq!(limit_of(&mut writer, "c"), "rule all, all series: at most 2");
    assert_eq!(push(&mut writer, &["a", "b", "c"], NOW + 10), 2, "those that exist are taken");
    engine.delete_selected(&glob("a"), false).expect("a delete");
    assert_eq!(push(&mut writer, &["c", "a"], NOW + 20), 1, "a deleted one makes room");
    let status = engine.cardinality_rules();
    assert_eq!(
        (status[0].series, status[0].refused_series_limit, status[0].refused_new_series_rate),
        (2, 6, 0)
    );
}

#[test]
fn a_pattern_limits_each_prefix_by_itself() {
    let engine = engine(vec![rule("apps", "apps.*", Some(2), None)]);
    let mut writer = engine.writer();
    let names = ["apps.a.x", "apps.a.y", "apps.a.z", "apps.b.x", "apps.b.y;k=v", "apps.b;k=v", "other.a.b"];
    assert_eq!(push(&mut writer, &names, NOW), 5);
    assert_eq!(limit_of(&mut writer, "apps.b;k=v"), "rule apps, apps.b: at most 2");
    assert_eq!(engine.cardinality_rules()[0].fullest, Some(("apps.a".to_owned(), 2)));
    let outcome =
        engine.rename(&Glob::parse("apps.a.x").expect("a glob"), &|_| Ok("new.x".to_owned()), false, NOW);
    assert_eq!(outcome.expect("a rename").renamed.len(), 1);
    assert_eq!(push(&mut writer, &["apps.a.z"], NOW), 1, "a renamed one makes room");
}

#[test]
fn a_rate_fills_with_time_up_to_its_burst() {
    let engine = engine(vec![rule("slowly", "a", None, Some(2)), rule("all", "", Some(9), None)]);
    let mut writer = engine.writer();
    let names: Vec<String> = (0..40).map(|number| format!("a.s{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(push(&mut writer, &names, NOW), 4, "two seconds' worth at once");
    assert_eq!(writer.push("a.x", 1.0, NOW, NOW), Err(Refusal::NewSeriesRate));
    assert_eq!(limit_of(&mut writer, "a.x"), "rule slowly, a: at most 2 new ones a second");
    assert_eq!(push(&mut writer, &["b.free"], NOW), 1, "others are not slowed down");
    assert_eq!(push(&mut writer, &names, NOW + 1), 4 + 2);
    assert_eq!(push(&mut writer, &names, NOW + 100), 6 + 2, "the total is 9");
    assert_eq!(engine.cardinality_rules()[0].series, 8, "what another rule refuses takes no place");
}

#[test]
fn series_are_counted_again_at_a_start() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let first = open(&disk, Vec::new(), NOW);
    push(&mut first.writer(), &["a.x", "a.y", "b.x"], NOW);
    first.close(NOW).expect("a close");
    drop(first);
    let second = open(&disk, vec![rule("a", "a", Some(1), None)], NOW + 60);
    assert_eq!(second.cardinality_rules()[0].series, 2);
    assert_eq!(push(&mut second.writer(), &["a.x", "a.y", "a.z"], NOW + 60), 2);
}

#[test]
fn other_limits_count_what_there_is_and_remember_what_was_refused() {
    let limits = |rules| CardinalityLimits { rules, burst_secs: 2 };
    let engine = engine(vec![rule("all", "", Some(3), None), rule("slowly", "a", None, Some(1))]);
    let mut writer = engine.writer();
    assert_eq!(push(&mut writer, &["a.x", "a.y", "b.x", "b.y"], NOW), 3);
    assert_eq!(engine.cardinality_rules()[0].refused_series_limit, 1);

    let slowly = rule("slowly", "a", None, Some(1));
    engine.set_cardinality_limits(limits(vec![slowly, rule("all", "", Some(4), None)]), NOW);
    let status = engine.cardinality_rules();
    assert_eq!((status[0].series, status[1].series, status[1].refused_series_limit), (2, 3, 1));
    assert_eq!(push(&mut writer, &["a.z"], NOW), 0, "what has come too fast has still come too fast");
    assert_eq!(push(&mut writer, &["b.y", "b.z"], NOW), 1);
    assert_eq!(limit_of(&mut writer, "b.z"), "rule all, all series: at most 4");

    engine.set_cardinality_limits(limits(vec![rule("all", "b", Some(1), None)]), NOW);
    let status = engine.cardinality_rules();
    assert_eq!(
        (status[0].series, status[0].refused_series_limit),
        (2, 3),
        "a limit may be below what there is"
    );
    assert_eq!(push(&mut writer, &["b.x", "b.y", "b.z", "c"], NOW), 3);
    engine.set_cardinality_limits(CardinalityLimits::default(), NOW);
    assert_eq!(push(&mut writer, &["b.z"], NOW), 1);
    assert_eq!(engine.cardinality_rules(), []);
}

/// Rules that replace the limits when a series is about to be created, and count how often they are asked.
#[derive(Default)]
struct Meddling {
    limits: Mutex<Option<(Engine, CardinalityLimits)>>,
    asked: std::sync::atomic::AtomicU64,
}

impl PolicyRules for Meddling {
    fn policy_for(&self, name: &str) -> Policy {
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let armed = self.limits.lock().take();
        if let Some((engine, limits)) = armed {
            engine.set_cardinality_limits(limits, NOW);
        }
        OnePolicy.policy_for(name)
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

#[test]
fn a_series_that_old_limits_admitted_counts_under_new_ones_and_a_refused_one_costs_no_rules() {
    let limits = |most| CardinalityLimits { rules: vec![rule("all", "", Some(most), None)], burst_secs: 1 };
    let rules = Arc::new(Meddling::default());
    let options = Options { cardinality: limits(5), ..Options::default() };
    let disk = Arc::new(MemoryDisk::new());
    let engine = Engine::open(disk, options, rules.clone(), NOW).expect("a store");
    let mut writer = engine.writer();
    *rules.limits.lock() = Some((engine.clone(), limits(2)));
    assert_eq!(push(&mut writer, &["a", "b", "c"], NOW), 2);
    assert_eq!(engine.cardinality_rules()[0].series, 2);
    let asked = || rules.asked.load(std::sync::atomic::Ordering::Relaxed);
    let before = asked();
    assert_eq!(push(&mut writer, &["c", "d", "e"], NOW), 0);
    assert_eq!(asked(), before, "a limit refuses before the rules are asked");
}

#[test]
fn writers_together_never_exceed_a_limit() {
    let engine = engine(vec![rule("all", "", Some(50), None)]);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let engine = &engine;
            scope.spawn(move || {
                let mut writer = engine.writer();
                for number in 0..100 {
                    let _ = writer.push(&format!("t{}.s{number}", thread % 2), 1.0, NOW, NOW);
                }
                writer.commit().expect("a commit");
            });
        }
    });
    assert_eq!((engine.stats().series, engine.cardinality_rules()[0].series), (50, 50));
}

#[test]
fn the_census_names_the_owners() {
    let engine = engine(Vec::new());
    let mut writer = engine.writer();
    push(&mut writer, &["a.x.1", "a.x.2", "a.x.3", "a.y.1;k=v", "b"], NOW);
    for round in 1..=5 {
        push(&mut writer, &["b", "a.y.1;k=v"], NOW + 10 * round);
    }
    let query = |depth, below: &str, top| CensusQuery { depth, below: below.to_owned(), top };
    let prefixes = |uses: &[PrefixUse]| -> Vec<(String, u64)> {
        uses.iter().map(|one| (one.prefix.clone(), one.series)).collect()
    };
    let named = |pairs: &[(&str, u64)]| -> Vec<(String, u64)> {
        pairs.iter().map(|(prefix, series)| ((*prefix).to_owned(), *series)).collect()
    };
    let at = NOW + 100;
    let census = engine.census(&query(2, "", 9), at);
    assert_eq!((census.series, census.points_secs, census.new_series_secs), (5, 100, 100));
    assert_eq!(prefixes(&census.most_series), named(&[("a.x", 3), ("a.y", 1), ("b", 1)]));
    assert_eq!(prefixes(&census.most_points), named(&[("a.y", 1), ("b", 1), ("a.x", 3)]));
    assert_eq!(census.most_points[0].points_per_sec, Some(0.06));
    assert_eq!(census.most_new_series[0].new_series_per_sec, Some(0.03));
    assert_eq!(
        prefixes(&engine.census(&query(3, "a.x", 2), at).most_series),
        named(&[("a.x.1", 1), ("a.x.2", 1)])
    );
    assert_eq!(prefixes(&engine.census(&query(0, "", 1), at).most_series), named(&[("", 5)]));

    // What was flushed counts until the window after it is flushed too.
    engine.flush(at).expect("a flush");
    push(&mut writer, &["b"], at);
    let census = engine.census(&query(1, "", 9), at + 100);
    assert_eq!(census.points_secs, 200);
    assert_eq!(census.most_points[0].points_per_sec, Some(9.0 / 200.0));
    assert_eq!(census.most_points[1].points_per_sec, Some(7.0 / 200.0));
    engine.flush(at + 100).expect("a flush");
    let census = engine.census(&query(1, "", 9), at + 200);
    assert_eq!((census.most_points.len(), census.most_points[0].points_per_sec), (1, Some(1.0 / 200.0)));
}

#[test]
fn nothing_is_new_after_ten_minutes_and_rates_need_time() {
    let engine = engine(Vec::new());
    push(&mut engine.writer(), &["a"], NOW);
    let query = CensusQuery { depth: 1, below: String::new(), top: 9 };
    let census = engine.census(&query, NOW);
    assert_eq!(
        (census.most_series[0].points_per_sec, census.most_series[0].new_series_per_sec),
        (None, None)
    );
    assert_eq!(engine.census(&query, NOW + 600).most_new_series.len(), 1);
    assert_eq!(engine.census(&query, NOW + 601).most_new_series.len(), 0);
}

fn stale(engine: &Engine, selector: &Selector, before: i64, now: i64) -> Vec<(String, Option<i64>)> {
    let stale = engine.stale(selector, before, now).expect("a list");
    stale.into_iter().map(|StaleSeries { name, last_seen }| (name.to_string(), last_seen)).collect()
}

#[test]
fn a_series_is_stale_when_its_newest_cell_is_old_wherever_it_is() {
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let engine = open(&disk, Vec::new(), NOW);
    let mut writer = engine.writer();
    push(&mut writer, &["old.a", "old.b", "on.c", "t;k=v"], NOW);
    push(&mut writer, &["old.b"], NOW + 1000);
    let all = glob("**");
    let old = |name: &str, at: i64| (name.to_owned(), Some(at));
    for state in ["hot", "flushed", "settled", "closed"] {
        match state {
            "flushed" => engine.flush(NOW + 1000).expect("a flush"),
            "settled" => engine.compact(NOW + 1000, |_| ()).expect("merges"),
            "closed" => engine.close(NOW + 1000).expect("a close"),
            _ => {}
        }
        let at = NOW + 2000;
        assert_eq!(stale(&engine, &all, NOW + 9, at), [], "{state}: the slot reaches beyond");
        let names = [old("old.a", NOW), old("on.c", NOW)];
        assert_eq!(stale(&engine, &all, NOW + 10, at), names, "{state}");
        assert_eq!(
            stale(&engine, &glob("old.*"), NOW + 1010, at),
            [old("old.a", NOW), old("old.b", NOW + 1000)]
        );
        let tagged = Selector::Tags(vec![TagExpression::parse("k=v").expect("an expression")]);
        assert_eq!(stale(&engine, &tagged, NOW + 10, at), [old("t;k=v", NOW)]);
    }
    drop(writer);
    drop(engine);
    let engine = open(&disk, Vec::new(), NOW + 2000);
    push(&mut engine.writer(), &["on.c"], NOW + 2000);
    assert_eq!(stale(&engine, &all, NOW + 1500, NOW + 2000), [old("old.a", NOW), old("old.b", NOW + 1000)]);
    let deleted = engine.delete_stale(&glob("old.*"), NOW + 500, NOW + 2000).expect("a delete");
    assert_eq!(deleted.len(), 1);
    assert_eq!(stale(&engine, &all, NOW + 1500, NOW + 2000), [old("old.b", NOW + 1000)]);
}

#[test]
fn what_only_a_coarse_archive_knows_counts_to_the_end_of_its_slot() {
    let engine = engine(Vec::new());
    push(&mut engine.writer(), &["a"], NOW + 590);
    // Everything fine has expired by then.
    let later = NOW + 20_000;
    engine.compact(later, |_| ()).expect("merges");
    assert_eq!(stale(&engine, &glob("a"), NOW + 599, later), []);
    let stale = stale(&engine, &glob("a"), NOW + 600, later);
    assert_eq!(stale.len(), 1);
    assert!(matches!(stale[0].1, Some(at) if at == NOW || at == NOW + 590), "{stale:?}");
}

#[test]
fn a_series_of_which_nothing_is_stored_is_stale_unless_it_is_new() {
    let engine = engine(Vec::new());
    push(&mut engine.writer(), &["a"], NOW);
    let mut waiting = engine.writer();
    waiting.push("b", 1.0, NOW, NOW).expect("a point");
    assert_eq!(stale(&engine, &glob("b"), i64::MAX, NOW), [], "its point is on its way");
    drop(waiting);
    let far = NOW + 2_000_000;
    engine.compact(far, |_| ()).expect("merges");
    engine.merge_if_due(far).expect("expiry");
    let names = stale(&engine, &glob("*"), far - 1_000_000, far);
    assert_eq!(names, [("a".to_owned(), None), ("b".to_owned(), None)]);
}
