//! Points that come as a batch, their names as they were received: which are taken, which refused, and as what.

mod common;

use std::sync::Arc;

use common::{OneDay, known};
use plumbago_engine::{Arrivals, Engine, MemoryDisk, Options};
use plumbago_protocol::Refusal;

const NOW: i64 = 1_710_504_000;

fn open() -> Engine {
    Engine::open(Arc::new(MemoryDisk::new()), Options::default(), Arc::new(OneDay), NOW).unwrap()
}

fn value_of(engine: &Engine, name: &str) -> Option<f64> {
    known(engine, name, 10, NOW).last().copied()
}

/// Accepts points given as name, value and timestamp; answers what was refused, by position.
fn accept(engine: &Engine, points: &[(&str, f64, i64)]) -> Vec<(usize, Refusal)> {
    let mut arrivals = Arrivals::default();
    for (name, value, timestamp) in points {
        let text = format!("{name} {value} {timestamp}");
        arrivals.push(text.as_bytes(), 0..name.len(), *value, *timestamp);
    }
    let (mut writer, mut refused) = (engine.writer(), Vec::new());
    writer.accept(&arrivals, NOW, |position, why| refused.push((position, why.refusal)));
    let committed = writer.commit().unwrap();
    assert_eq!(committed.points as usize + refused.len(), points.len());
    refused.sort_by_key(|(position, _)| *position);
    refused
}

#[test]
fn every_spelling_of_a_name_is_the_same_series() {
    let engine = open();
    for (round, name) in ["a.b", "a..b", "~a.b", ".a.b.", "a.b"].into_iter().enumerate() {
        assert_eq!(accept(&engine, &[(name, round as f64, NOW)]), []);
        assert_eq!(value_of(&engine, "a.b"), Some(round as f64));
    }
    for name in ["t;x=1;a=2", "t;a=2;x=1"] {
        assert_eq!(accept(&engine, &[(name, 1.0, NOW), (name, 7.0, NOW)]), []);
    }
    assert_eq!((engine.stats().series, value_of(&engine, "t;a=2;x=1")), (2, Some(7.0)));
}

#[test]
fn a_refused_point_is_named_by_its_position_and_harms_no_other() {
    let engine = open();
    let (old, far) = (NOW - 2 * 86_400, NOW + 2 * 86_400);
    let points = [
        ("a", 1.0, NOW),
        ("a;b", 1.0, NOW),
        ("a", f64::NAN, NOW),
        ("new", f64::INFINITY, NOW),
        ("a", 2.0, old),
        ("never", 2.0, old),
        ("a", 2.0, far),
        ("a", 2.0, -5),
        ("x y", 1.0, NOW),
        ("a\u{b}", 1.0, NOW),
        ("b", 3.0, NOW),
    ];
    for _known_the_second_time in 0..2 {
        let refused = accept(&engine, &points);
        let expected = [
            (1, Refusal::TagInvalid),
            (2, Refusal::ValueNan),
            (3, Refusal::ValueInfinite),
            (4, Refusal::TooOld),
            (5, Refusal::TooOld),
            (6, Refusal::TooFarInFuture),
            (7, Refusal::TimestampNegative),
            (8, Refusal::FieldCount),
            (9, Refusal::NameInvalid),
        ];
        assert_eq!(refused, expected);
        assert_eq!((value_of(&engine, "a"), value_of(&engine, "b")), (Some(1.0), Some(3.0)));
    }
    assert_eq!(engine.stats().series, 2, "what is refused creates nothing");
}

#[test]
fn any_order_in_any_cut_stores_the_same() {
    let engine = open();
    let names: Vec<String> = (0..500).map(|number| format!("host{number}.load")).collect();
    // Steps of 7, 9, 11 and 13 share no factor with 500: each is another order, and the last batch is short.
    for (round, step) in [1, 7, 9, 11, 13].into_iter().enumerate() {
        let value = |number: usize| (number + 1000 * round) as f64;
        let order: Vec<usize> = (0..500).map(|at| (at * step + round) % 500).collect();
        let point = |number: &usize| (names[*number].as_str(), value(*number), NOW);
        let points: Vec<(&str, f64, i64)> = order.iter().map(point).collect();
        for part in points.chunks(93) {
            assert_eq!(accept(&engine, part), []);
        }
        for (number, name) in names.iter().enumerate() {
            assert_eq!(value_of(&engine, name), Some(value(number)), "{name}");
        }
    }
    assert_eq!(engine.stats().series, 500);
}
