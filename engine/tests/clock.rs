//! A clock that is set must not delete: what leaps ahead is believed only when it has stood, on the second measure.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::OneDay;
use plumbago_engine::{ClockEvent, Engine, MemoryDisk, Options};
use plumbago_protocol::Refusal;

const NOW: i64 = 1_800_000_000;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const YEARS: i64 = 4 * 365 * DAY;

fn open(disk: &MemoryDisk, now: i64) -> Engine {
    let options = Options { is_clock_trusted: false, ..Options::default() };
    Engine::open(Arc::new(disk.clone()), options, Arc::new(OneDay), now).unwrap()
}

fn accept(engine: &Engine, value: f64, timestamp: i64, clock: i64) {
    let mut writer = engine.writer();
    writer.push("a.b", value, timestamp, clock).unwrap();
    writer.commit().unwrap();
}

/// What a background thread does all the time.
fn upkeep(engine: &Engine, clock: i64) {
    engine.flush(clock).unwrap();
    while engine.merge_if_due(clock).unwrap() {}
}

fn known(engine: &Engine, now: i64) -> Vec<f64> {
    common::known(engine, "a.b", 2 * HOUR, now)
}

fn elapsed(secs: i64) -> Duration {
    Duration::from_secs(secs.unsigned_abs())
}

#[test]
fn a_minute_in_another_decade_deletes_nothing_and_refuses_no_point() {
    let engine = open(&MemoryDisk::default(), NOW);
    assert_eq!(engine.keep_time(NOW, elapsed(0)), None);
    accept(&engine, 1.0, NOW, NOW);
    assert_eq!(engine.hot_series(), 1);
    upkeep(&engine, NOW);
    assert_eq!(engine.hot_series(), 0, "what is in segments is hot no more");

    for second in 10..70 {
        let clock = NOW + second + YEARS;
        let event = engine.keep_time(clock, elapsed(second));
        assert_eq!(matches!(event, Some(ClockEvent::Ahead { .. })), second == 10);
        upkeep(&engine, clock);
        // Agents elsewhere know the right time; this machine's own points have the wrong one.
        accept(&engine, 2.0, NOW + 10, clock);
        accept(&engine, 3.0, clock, clock);
    }
    assert_eq!(engine.stats().clock_ahead_secs, YEARS);
    assert_eq!(engine.keep_time(NOW + 70, elapsed(70)), Some(ClockEvent::Agrees));
    upkeep(&engine, NOW + 70);
    let stats = engine.stats();
    assert_eq!((stats.segments_expired, stats.clock_ahead_secs, stats.clock_leaps), (0, 0, 1));
    assert_eq!(known(&engine, NOW + 70), [1.0, 2.0]);
}

#[test]
fn a_start_with_a_wrong_clock_deletes_nothing_whether_the_last_end_was_clean_or_not() {
    for is_clean in [true, false] {
        let disk = MemoryDisk::default();
        let engine = open(&disk, NOW - HOUR);
        accept(&engine, 1.0, NOW - HOUR, NOW - HOUR);
        engine.keep_time(NOW - HOUR, elapsed(0));
        upkeep(&engine, NOW - HOUR);
        engine.keep_time(NOW, elapsed(HOUR));
        accept(&engine, 2.0, NOW, NOW);
        if is_clean {
            engine.close(NOW).unwrap();
        }
        drop(engine);

        let clock = NOW + YEARS;
        let engine = open(&disk, clock);
        upkeep(&engine, clock);
        assert!(engine.keep_time(clock, elapsed(0)).is_some());
        upkeep(&engine, clock);
        accept(&engine, 3.0, NOW + 10, clock);
        engine.close(clock).unwrap();
        assert_eq!(known(&open(&disk, NOW + 10), NOW + 10), [1.0, 2.0, 3.0]);
    }
}

#[test]
fn a_leap_that_has_stood_for_a_day_is_believed_and_going_back_is_too() {
    let engine = open(&MemoryDisk::default(), NOW);
    engine.keep_time(NOW, elapsed(0));
    accept(&engine, 1.0, NOW, NOW);
    upkeep(&engine, NOW);
    let clock = |secs: i64| NOW + YEARS + secs;
    engine.keep_time(clock(1), elapsed(1));
    engine.keep_time(clock(DAY), elapsed(DAY));
    upkeep(&engine, clock(DAY));
    assert_eq!(engine.stats().segments_expired, 0);
    let believed = engine.keep_time(clock(DAY + 1), elapsed(DAY + 1));
    assert_eq!(believed, Some(ClockEvent::Believed { secs: YEARS }));
    upkeep(&engine, clock(DAY + 1));
    assert_eq!(engine.stats().segments_expired, 1);
    let mut writer = engine.writer();
    assert_eq!(writer.push("a.b", 2.0, NOW, clock(DAY + 1)), Err(Refusal::TooOld));

    let now = NOW + DAY + 2;
    assert_eq!(engine.keep_time(now, elapsed(DAY + 2)), Some(ClockEvent::Back { secs: YEARS }));
    accept(&engine, 3.0, now, now);
    assert!(engine.flush_if_due(now).unwrap(), "a window that was opened in the future is closed");
    assert_eq!(known(&engine, now), [3.0]);
}
