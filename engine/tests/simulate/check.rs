//! Compares what an engine answers with what it must answer, or may.

use plumbago_engine::{Engine, FetchQuery, Selector};

use super::history::{Model, Point};
use super::reference::Series;
use super::rules::NAMES;

const AGES_SECS: [i64; 6] = [100, 600, 1_200, 3_000, 7_000, 90_000];
/// A point has a say in every bucket it falls into; none is wider than this.
const BUCKET_SECS_MAX: i64 = 300;

/// Start, step and values; `None` for a series that is not there.
type Column = Option<(i64, i64, Vec<Option<f64>>)>;

fn names(model: &Model) -> impl Iterator<Item = String> {
    let moved = NAMES.iter().map(|name| format!("moved.{name}"));
    let known = NAMES.iter().map(|name| (*name).to_owned()).chain(moved);
    let mut names: Vec<String> = known.chain(model.keys().cloned()).collect();
    names.sort();
    names.dedup();
    names.into_iter()
}

/// The ages at which a check looks: every archive is the answer to one of them. All, or two of them by `choice`.
fn ages(choice: Option<u64>) -> impl Iterator<Item = i64> {
    let count = AGES_SECS.len();
    let chosen = choice.map(|choice| [choice as usize % count, (choice as usize / count) % count]);
    AGES_SECS
        .iter()
        .enumerate()
        .filter(move |(index, _)| chosen.is_none_or(|chosen| chosen.contains(index)))
        .map(|(_, age)| *age)
}

pub(crate) fn fetch(engine: &Engine, name: &str, from: i64, until: i64, now: i64) -> Column {
    let selector = Selector::Name(name.to_owned());
    let query = FetchQuery { selector, from, until, now, series_max: 10, points_max: 100_000 };
    let columns = engine.fetch(&query).expect("fetch");
    columns.first().map(|column| {
        let known = |value: &f64| (!value.is_nan()).then_some(*value);
        (column.start, column.step, column.values.iter().map(known).collect())
    })
}

/// Whether the engine holds what `model` says was counted, no more and no less. A series without points may be left
/// of a batch that was cut short.
pub(crate) fn holds(engine: &Engine, model: &Model, now: i64, choice: Option<u64>) -> Result<(), String> {
    compare(engine, model, now, choice, |_, name, _| {
        if model.contains_key(name) { Allowed::Nothing } else { Allowed::Empty }
    })
}

/// Whether the engine holds all of `durable`, and besides that nothing but points of `since`.
pub(crate) fn holds_durable(
    engine: &Engine,
    durable: &Model,
    since: &[Point],
    now: i64,
    choice: Option<u64>,
) -> Result<(), String> {
    compare(engine, durable, now, choice, |slots, name, index| {
        let Some((start, step)) = slots else { return Allowed::Empty };
        let slot = start + index as i64 * step;
        let range = slot - BUCKET_SECS_MAX..slot + step + BUCKET_SECS_MAX;
        let mut own = since.iter().filter(|point| point.name == name);
        if own.any(|point| range.contains(&point.timestamp)) { Allowed::Other } else { Allowed::Empty }
    })
}

/// What a slot may hold that does not hold what it should.
#[derive(PartialEq)]
enum Allowed {
    /// It must be as expected.
    Nothing,
    /// A series nobody knows may be there, empty.
    Empty,
    /// A value where one is expected; any where none is.
    Other,
}

fn compare(
    engine: &Engine,
    model: &Model,
    now: i64,
    choice: Option<u64>,
    allowed: impl Fn(Option<(i64, i64)>, &str, usize) -> Allowed,
) -> Result<(), String> {
    for name in names(model) {
        for age_secs in ages(choice) {
            let (from, until) = (now - age_secs, now);
            let found = fetch(engine, &name, from, until, now);
            let expected = model.get(&name).and_then(|series: &Series| series.fetch(from, until, now));
            let fault = |what: String| Err(format!("{name} from {from} until {until} at {now}: {what}"));
            let Some((start, step, values)) = found else {
                if expected.is_some() {
                    return fault("the series is gone".to_owned());
                }
                continue;
            };
            let blank;
            let expected = match &expected {
                Some((expected_start, expected_step, expected)) => {
                    if (*expected_start, *expected_step, expected.len()) != (start, step, values.len()) {
                        return fault(format!(
                            "found {start} {step}, expected {expected_start} {expected_step}"
                        ));
                    }
                    expected
                }
                None if model.contains_key(&name) => return fault("an answer without an archive".to_owned()),
                None => {
                    if allowed(None, &name, 0) == Allowed::Nothing {
                        return fault("a series that was never there".to_owned());
                    }
                    blank = vec![None; values.len()];
                    &blank
                }
            };
            for (index, (found, expected)) in values.iter().zip(expected).enumerate() {
                if found == expected {
                    continue;
                }
                let is_lost = expected.is_some() && found.is_none();
                if is_lost || allowed(Some((start, step)), &name, index) != Allowed::Other {
                    let slot = start + index as i64 * step;
                    return fault(format!("slot {slot} step {step}: found {found:?}, expected {expected:?}"));
                }
            }
        }
    }
    Ok(())
}
