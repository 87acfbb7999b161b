//! Device errors at single operations, and disks that are full for a while.

use plumbago_engine::{Crash, Error, Fault};

use super::check;
use super::crash::{CALLS, Case, open, recover};
use super::random::Random;
use super::workload::{Failed, Workload};

/// A fault is tried at one operation in so many, on average.
const STRIDE: u64 = 12;

/// Tries `fault` at some operations of the workload with `seed`; answers at how many.
fn at_some_operations(seed: u64, mut fault: impl FnMut(u64, &mut Random)) -> u64 {
    let mut workload = Workload::new(seed, false);
    if let Err(failed) = workload.go(CALLS) {
        panic!("{}: {}", failed.after.call, failed.error);
    }
    let end = workload.disk.operations();
    let mut random = Random::new(seed ^ 0xfa17);
    let (mut at, mut tried) = (random.below(STRIDE), 0);
    while at < end {
        fault(at, &mut random);
        tried += 1;
        at += 1 + random.below(2 * STRIDE);
    }
    tried
}

/// A device error at an operation: the engine takes nothing more, answers from what it has, and after a restart
/// everything counted is there. Answers how many errors were tried.
pub(crate) fn device_errors(seed: u64, is_told: bool) -> u64 {
    at_some_operations(seed, |at, random| {
        let mut workload = Workload::new(seed, is_told);
        workload.disk.fail_at(at, Fault::Io);
        let Err(failed) = workload.go(CALLS) else { panic!("an error at operation {at} went unnoticed") };
        let Failed { error, before, after, has_steps } = &*failed;
        let told = format!("{error} at operation {at} ({})", after.call);
        if let Some(engine) = workload.engine()
            && after.call != "close and open"
        {
            assert!(matches!(engine.sync(), Err(Error::Latched(_))), "{told}: the engine goes on");
            let holds = |model| check::holds(engine, model, after.now, None);
            let seen = holds(&before.model).or_else(|_| holds(&after.model));
            assert!(*has_steps || seen.is_ok(), "{told}: it answers otherwise: {seen:?}");
        }
        let snapshot = workload.disk.snapshot();
        drop(workload);
        for crash in [Crash::Process, Crash::Power] {
            let (is_power_lost, fate) = (crash == Crash::Power, random.next());
            let told = format!("{told}, then {crash:?}, fate {fate}");
            recover(&snapshot.after(crash, fate), &Case { seed, before, after, is_power_lost, told }, random);
        }
    })
}

/// A disk that is full for a number of operations: nothing latches, and once there is room everything that was sent is
/// there. Answers how many were tried.
pub(crate) fn full_disks(seed: u64, is_told: bool) -> u64 {
    at_some_operations(seed, |at, random| {
        let mut workload = Workload::new(seed, is_told);
        workload.waits_for_room = true;
        let operations = 1 + random.below(40);
        workload.disk.fail_at(at, Fault::NoSpace { operations });
        let told = format!("full from operation {at} for {operations}");
        match workload.go(CALLS) {
            Ok(history) => {
                let engine = workload.engine().expect("an open engine");
                assert_eq!(engine.stats().latched, None, "{told}");
                let last = history.last().expect("a history");
                check::holds(engine, &last.model, last.now, None)
                    .unwrap_or_else(|fault| panic!("{told}: {fault}"));
            }
            // A change of series is not repeated: it is there as a whole or not at all.
            Err(failed) if failed.error.is_disk_full() => {
                let (before, after, fate) = (&failed.before, &failed.after, random.next());
                let disk = workload.disk.snapshot().after(Crash::Process, fate);
                let case = Case { seed, before, after, is_power_lost: false, told };
                if let Some(engine) = workload.engine() {
                    let recovered = open(&disk.snapshot().after(Crash::Process, fate), &case);
                    let names = [engine, &recovered].map(|engine| engine.names(usize::MAX));
                    assert_eq!(names[0], names[1], "{}: memory and disk", case.told);
                }
                recover(&disk, &case, random);
            }
            Err(failed) => panic!("{told}: {}: {}", failed.after.call, failed.error),
        }
    })
}
