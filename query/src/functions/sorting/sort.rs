//! sortBy and its kin, and sortByName. All sorts are stable; equal keys keep their order in both directions.

use std::cmp::Ordering;

use crate::functions::shared::{ONLY_SERIES, Outcome, SERIES_LIST, reducer};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::reducer::{self, Reducer};
use crate::run::Invocation;
use crate::series::Series;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "sortBy",
        Group::Sorting,
        &[
            SERIES_LIST,
            Parameter::optional("func", Kind::AggFunc, Default::Text("average")),
            Parameter::optional("reverse", Kind::Boolean, Default::Boolean(false)),
        ],
        sort_by_call,
    )
    .help(
        "Sorts series by an aggregation of their values, the smallest first.",
        r#"web.a: 1 9 @60
         web.b: 3 4 @60
         > sortBy(web.*, "max", true)
         web.a: 1 9 @60
         web.b: 3 4 @60"#,
    ),
    Descriptor::new(
        "sortByName",
        Group::Sorting,
        &[
            SERIES_LIST,
            Parameter::optional("natural", Kind::Boolean, Default::Boolean(false)),
            Parameter::optional("reverse", Kind::Boolean, Default::Boolean(false)),
        ],
        sort_by_name,
    )
    .slot_by_slot()
    .help(
        "Sorts series by name; naturally means srv2 before srv10.",
        "srv10: 1 @60
         srv9: 2 @60
         > sortByName(srv*, true)
         srv9: 2 @60
         srv10: 1 @60",
    ),
    Descriptor::new("sortByTotal", Group::Sorting, ONLY_SERIES, |call| {
        Ok(sort_by(call.take_series(), Reducer::Sum, Order::Descending).into())
    })
    .help(
        "Sorts series by the sum of their values, the largest first.",
        "web.a: 1 2 @60
         web.b: 3 4 @60
         > sortByTotal(web.*)
         web.b: 3 4 @60
         web.a: 1 2 @60",
    ),
    Descriptor::new("sortByMaxima", Group::Sorting, ONLY_SERIES, |call| {
        Ok(sort_by(call.take_series(), Reducer::Max, Order::Descending).into())
    })
    .help(
        "Sorts series by their largest value, the largest first.",
        "web.a: 1 2 @60
         web.b: 3 4 @60
         > sortByMaxima(web.*)
         web.b: 3 4 @60
         web.a: 1 2 @60",
    ),
    Descriptor::new("sortByMinima", Group::Sorting, ONLY_SERIES, sort_by_minima).help(
        "Sorts series by their smallest value and drops those that are never above zero.",
        "web.a: 5 6 @60
         web.b: 3 9 @60
         web.c: 0 0 @60
         > sortByMinima(web.*)
         web.b: 3 9 @60
         web.a: 5 6 @60",
    ),
];

/// Direction of a sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::functions) enum Order {
    Ascending,
    Descending,
}

/// Sorts by a reducer; a series without a value counts as smaller than all others.
pub(in crate::functions) fn sort_by(series: Vec<Series>, by: Reducer, order: Order) -> Vec<Series> {
    sort_by_key(series, |one| by.apply(&one.values), order)
}

/// Sorts by a number; NaN counts as negative infinity.
pub(in crate::functions) fn sort_by_key(
    series: Vec<Series>,
    key: impl Fn(&Series) -> f64,
    order: Order,
) -> Vec<Series> {
    let keyed = |one: Series| {
        let value = key(&one);
        (if value.is_nan() { f64::NEG_INFINITY } else { value }, one)
    };
    let mut keyed: Vec<(f64, Series)> = series.into_iter().map(keyed).collect();
    keyed.sort_by(|(a, _), (b, _)| {
        let ascending = a.partial_cmp(b).unwrap_or(Ordering::Equal);
        if order == Order::Descending { ascending.reverse() } else { ascending }
    });
    keyed.into_iter().map(|(_, one)| one).collect()
}

fn sort_by_call(call: &mut Invocation<'_, '_>) -> Outcome {
    let by = reducer(call, "func")?;
    let order = if call.arguments().boolean("reverse")? { Order::Descending } else { Order::Ascending };
    Ok(sort_by(call.take_series(), by, order).into())
}

fn sort_by_minima(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = call.take_series();
    series.retain(|one| reducer::max(&one.values) > 0.0);
    Ok(sort_by(series, Reducer::Min, Order::Ascending).into())
}

fn sort_by_name(call: &mut Invocation<'_, '_>) -> Outcome {
    let natural = call.arguments().boolean("natural")?;
    let reverse = call.arguments().boolean("reverse")?;
    let key = |series: &Series| if natural { natural_key(&series.name) } else { series.name.to_string() };
    let mut keyed: Vec<(String, Series)> =
        call.take_series().into_iter().map(|one| (key(&one), one)).collect();
    keyed.sort_by(|(a, _), (b, _)| if reverse { b.cmp(a) } else { a.cmp(b) });
    let series: Vec<Series> = keyed.into_iter().map(|(_, one)| one).collect();
    Ok(series.into())
}

/// The name with every run of digits padded to ten.
fn natural_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len() + 16);
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            key.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            let number = rest[..digits].trim_start_matches('0');
            let number = if number.is_empty() { "0" } else { number };
            key.push_str(&format!("{number:0>10}"));
            rest = &rest[digits..];
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natural_keys_order_numbers() {
        let mut names = ["srv10", "srv2", "srv002", "srv1.v9", "srv1.v10"];
        names.sort_by_key(|name| natural_key(name));
        assert_eq!(names, ["srv1.v9", "srv1.v10", "srv2", "srv002", "srv10"]);
    }
}
