//! A crash at every operation of a workload, and at every operation of some recoveries.

use std::sync::Arc;

use plumbago_engine::{Crash, Disk, Engine, FaultyDisk, PolicyRules, Snapshot, verify};

use super::check;
use super::history::{History, Moment, around};
use super::random::Random;
use super::workload::{Workload, options};

pub(crate) const CALLS: u64 = 40;
/// One recovery in so many is crashed, too, at every one of its operations.
const NESTED_ONE_IN: u64 = 40;

/// What a recovery is judged by.
pub(crate) struct Case<'a> {
    pub(crate) seed: u64,
    pub(crate) before: &'a Moment,
    pub(crate) after: &'a Moment,
    /// Whether power was lost, now or in an earlier crash.
    pub(crate) is_power_lost: bool,
    pub(crate) told: String,
}

/// Runs the workload with `seed` and tries every crash; answers how many.
pub(crate) fn crash_everywhere(seed: u64, is_told: bool) -> u64 {
    crash_everywhere_on(seed, is_told, None)
}

/// Likewise, on a disk that lies about syncs of a path.
pub(crate) fn crash_everywhere_on(seed: u64, is_told: bool, lie: Option<&str>) -> u64 {
    let mut workload = Workload::new(seed, is_told);
    workload.disk.record();
    if let Some(path) = lie {
        workload.disk.lie_about(path);
    }
    let history = match workload.go(CALLS) {
        Ok(history) => history,
        Err(failed) => panic!("{}: {}", failed.after.call, failed.error),
    };
    let (engine, last) = (workload.engine().expect("an open engine"), history.last().expect("a history"));
    check::holds(engine, &last.model, last.now, None)
        .unwrap_or_else(|fault| panic!("without a crash: {fault}"));
    let mut random = Random::new(seed ^ 0xc4a5);
    let snapshots = workload.disk.take_snapshots();
    snapshots.iter().map(|snapshot| crash_at(seed, &history, snapshot, &mut random)).sum()
}

fn crash_at(seed: u64, history: &History, snapshot: &Snapshot, random: &mut Random) -> u64 {
    let Some((before, after)) = around(history, snapshot.operation()) else { return 0 };
    let mut tried = 0;
    let reverted;
    let after = if !Arc::ptr_eq(&before.rules, &after.rules) && random.one_in(2) {
        reverted = with_old_rules(before, after);
        &reverted
    } else {
        after
    };
    for crash in [Crash::Process, Crash::Power] {
        let fate = random.next();
        let told = format!("{crash:?} at operation {} ({}), fate {fate}", snapshot.operation(), after.call);
        let case = Case { seed, before, after, is_power_lost: crash == Crash::Power, told };
        let disk = snapshot.after(crash, fate);
        let is_nested = random.one_in(NESTED_ONE_IN);
        if is_nested {
            disk.record();
        }
        recover(&disk, &case, random);
        tried += 1;
        if is_nested {
            tried += crash_recovery(&disk.take_snapshots(), &case, random);
        }
    }
    tried
}

/// How things stand when a change of rules that was cut short is followed by a start with the old ones.
fn with_old_rules(before: &Moment, after: &Moment) -> Moment {
    let mut reverted = Moment { rules: before.rules.clone(), ..after.clone() };
    for (name, series) in Arc::make_mut(&mut reverted.model) {
        series.change_policy(before.rules.policy_for(name), after.now);
    }
    reverted
}

fn crash_recovery(snapshots: &[Snapshot], first: &Case<'_>, random: &mut Random) -> u64 {
    for snapshot in snapshots {
        let crash = *random.pick(&[Crash::Process, Crash::Power]);
        let fate = random.next();
        let told =
            format!("{}, then {crash:?} at its operation {}, fate {fate}", first.told, snapshot.operation());
        let is_power_lost = first.is_power_lost || crash == Crash::Power;
        recover(&snapshot.after(crash, fate), &Case { told, is_power_lost, ..*first }, random);
    }
    snapshots.len() as u64
}

/// Opens the store and looks at it; some of them a second time, after everything was flushed and merged, or after more
/// points came and the process was killed again.
pub(crate) fn recover(disk: &FaultyDisk, case: &Case<'_>, random: &mut Random) {
    let engine = open(disk, case);
    judge(&engine, case, Some(random.next()));
    check_files(disk, case, case.is_power_lost);
    match random.below(4) {
        0 => {
            let compacted = engine.compact(case.after.now, |_| ());
            compacted.unwrap_or_else(|error| panic!("{}: compact: {error}", case.told));
            check_files(disk, case, false);
            judge(&engine, case, Some(random.next()));
        }
        1 => go_on(disk, engine, case, random),
        _ => {}
    }
}

pub(crate) fn open(disk: &FaultyDisk, case: &Case<'_>) -> Engine {
    let after = case.after;
    Engine::open(Arc::new(disk.clone()), options(case.seed), after.rules.clone(), after.now)
        .unwrap_or_else(|error| panic!("{}: the store does not open: {error}", case.told))
}

/// A call that was cut short counts as not made or as made. After a loss of power that is so for calls that make
/// everything durable; of other points, any may be there.
fn judge(engine: &Engine, case: &Case<'_>, choice: Option<u64>) {
    let (before, after) = (case.before, case.after);
    let as_before = if case.is_power_lost {
        let since = [before.since.as_slice(), &after.since].concat();
        check::holds_durable(engine, &before.durable, &since, after.now, choice)
    } else {
        check::holds(engine, &before.model, after.now, choice)
    };
    let Err(as_before) = as_before else { return };
    let as_after = if case.is_power_lost {
        check::holds_durable(engine, &after.model, &[], after.now, choice)
    } else {
        check::holds(engine, &after.model, after.now, choice)
    };
    if let Err(as_after) = as_after {
        panic!("{}:\n  as before the call: {as_before}\n  as after it: {as_after}", case.told);
    }
}

/// A log may have lost anything behind the last sync, also in its middle; nothing else may be damaged.
fn check_files(disk: &FaultyDisk, case: &Case<'_>, is_log_torn: bool) {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let verified = verify(&disk).unwrap_or_else(|error| panic!("{}: verify: {error}", case.told));
    let faults: Vec<String> = verified.faults.iter().map(ToString::to_string).collect();
    let is_fault = |fault: &&String| !is_log_torn || !fault.starts_with("wal/");
    if let Some(fault) = faults.iter().find(is_fault) {
        panic!("{}: verify: {fault}", case.told);
    }
}

/// More points come, of a series that exists and a new one, and the process is killed again.
fn go_on(disk: &FaultyDisk, engine: Engine, case: &Case<'_>, random: &mut Random) {
    const NAME: &str = "after.the.crash";
    let now = case.after.now;
    let mut writer = engine.writer();
    let value = random.below(1_000) as f64;
    writer.push(NAME, value, now, now).expect("a point of now");
    writer.commit().unwrap_or_else(|error| panic!("{}: commit after it: {error}", case.told));
    drop((writer, engine));
    let engine = open(disk, case);
    judge(&engine, case, Some(random.next()));
    let column = check::fetch(&engine, NAME, now - 100, now + 100, now).map(|(_, _, values)| values);
    let known: Vec<f64> = column.into_iter().flatten().flatten().collect();
    assert_eq!(known, [value], "{}: a point that came after it", case.told);
}
