//! What an editor may offer for a parameter: the values it accepts, where they are a list, and values that are usual.
//!
//! Invariant: options are in the order in which clients of graphite-web know them, that of their text. Nothing here
//! decides what a call accepts; the planner does.

use crate::reducer::REDUCER_NAMES;

use super::{Descriptor, Kind, Parameter, all};

/// A value to offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A string.
    Text(String),
    /// A number of points.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
    /// `None`.
    Nothing,
}

impl Choice {
    fn text(text: &str) -> Choice {
        Choice::Text(text.to_owned())
    }
}

/// All values that a parameter accepts; empty where there is no such list.
pub fn options(descriptor: &Descriptor, parameter: &Parameter) -> Vec<Choice> {
    let given = || parameter.options.iter().copied();
    let mut names: Vec<String> = match (descriptor.name, parameter.name, parameter.kind) {
        ("legendValue", ..) if parameter.kind == Kind::Text => {
            with_series(REDUCER_NAMES).chain(units()).collect()
        }
        (_, _, Kind::AggFunc) => REDUCER_NAMES.iter().map(|name| (*name).to_owned()).collect(),
        (_, _, Kind::AggOrSeriesFunc) => {
            let reducers = REDUCER_NAMES.iter().copied();
            reducers.chain(aggregators()).map(str::to_owned).collect()
        }
        _ => given().map(str::to_owned).collect(),
    };
    names.sort_unstable();
    names.dedup();
    let mut choices: Vec<Choice> = names.into_iter().map(Choice::Text).collect();
    if (descriptor.name, parameter.name) == ("smartSummarize", "alignTo") {
        choices.splice(0..0, [Choice::Boolean(false), Choice::Nothing, Choice::Boolean(true)]);
    }
    choices
}

/// Values that are usual for a parameter, for an editor to begin with.
pub fn suggestions(parameter: &Parameter) -> Vec<Choice> {
    let intervals: &[&str] = match (parameter.name, parameter.kind) {
        ("windowSize", Kind::IntOrInterval) => &["1min", "5min", "10min", "30min", "1hour"],
        ("intervalString", Kind::Interval) => &["10min", "1h", "1d"],
        ("bootstrapInterval", _) => &["7d", "30d"],
        ("seasonality", _) => &["1d", "7d"],
        ("timeShift" | "timeShiftUnit", Kind::Interval) => {
            &["1h", "6h", "12h", "1d", "2d", "7d", "14d", "30d"]
        }
        _ => &[],
    };
    let points: &[i64] = if parameter.kind == Kind::IntOrInterval { &[5, 7, 10] } else { &[] };
    let points = points.iter().copied().map(Choice::Integer);
    points.chain(intervals.iter().copied().map(Choice::text)).collect()
}

/// Every name of an aggregation, and with `Series` behind it.
fn with_series(names: &'static [&'static str]) -> impl Iterator<Item = String> {
    names.iter().flat_map(|name| [(*name).to_owned(), format!("{name}Series")])
}

fn units() -> impl Iterator<Item = String> {
    ["binary", "si"].into_iter().map(str::to_owned)
}

/// The functions that `groupByNode` and its kin take as their callback, under all of their names.
fn aggregators() -> impl Iterator<Item = &'static str> {
    let found = all().filter(|descriptor| descriptor.aggregator);
    found.flat_map(|descriptor| [descriptor.name].into_iter().chain(descriptor.aliases.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::find;

    fn of(function: &str, parameter: &str) -> (Vec<Choice>, Vec<Choice>) {
        let descriptor = find(function).expect("a function");
        let found = descriptor.parameters.iter().find(|one| one.name == parameter).expect("a parameter");
        (options(descriptor, found), suggestions(found))
    }

    #[test]
    fn what_is_accepted_is_offered() {
        assert_eq!(of("cactiStyle", "system").0, [Choice::text("binary"), Choice::text("si")]);
        assert_eq!(of("aggregate", "func").0.len(), REDUCER_NAMES.len());
        assert!(of("groupByNode", "callback").0.contains(&Choice::text("asPercent")));
        assert!(of("legendValue", "valuesTypes").0.contains(&Choice::text("rangeOfSeries")));
        let aligned = of("smartSummarize", "alignTo").0;
        assert_eq!(
            &aligned[..4],
            [Choice::Boolean(false), Choice::Nothing, Choice::Boolean(true), Choice::text("days")]
        );
        assert!(of("alias", "newName").0.is_empty());
    }

    #[test]
    fn usual_values_are_offered() {
        assert_eq!(
            of("movingAverage", "windowSize").1[..4],
            [Choice::Integer(5), Choice::Integer(7), Choice::Integer(10), Choice::text("1min")]
        );
        assert_eq!(of("holtWintersForecast", "seasonality").1, [Choice::text("1d"), Choice::text("7d")]);
        assert!(of("scale", "factor").1.is_empty());
    }
}
