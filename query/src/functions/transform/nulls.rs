//! transformNull, isNonNull, keepLastValue and interpolate: what stands in for missing values.

use crate::error::QueryError;
use crate::functions::shared::{ONLY_SERIES, Outcome, SERIES_LIST, wrapped};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::locality::Lookback;
use crate::plan::{Arguments, Literal};
use crate::python::general;
use crate::run::Invocation;
use crate::series::Series;

static WITH_LIMIT: &[Parameter] =
    &[SERIES_LIST, Parameter::optional("limit", Kind::IntOrInf, Default::Infinity)];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "transformNull",
        Group::Transform,
        &[
            SERIES_LIST,
            Parameter::optional("default", Kind::Float, Default::Integer(0)),
            Parameter::optional("referenceSeries", Kind::SeriesList, Default::Absent),
        ],
        transform_null,
    )
    .looks_back(without_reference)
    .help(
        "Puts a number in the place of missing values, only where a reference has a value if one is given.",
        "web.errors: 1 - - 2 @60
         > transformNull(web.errors, 0)
         transformNull(web.errors,0): 1 0 0 2 @60",
    ),
    Descriptor::new("isNonNull", Group::Transform, ONLY_SERIES, is_non_null)
        .known_to_carbonapi_as(&["isNotNull"])
        .slot_by_slot()
        .help(
            "Shows 1 where there is a value and 0 where there is none.",
            "web.errors: 1 - - 2 @60
         > isNonNull(web.errors)
         isNonNull(web.errors): 1 0 0 1 @60",
        ),
    Descriptor::new("keepLastValue", Group::Transform, WITH_LIMIT, |call| fill(call, keep_last)).help(
        "Repeats the last value over gaps of at most limit values.",
        "web.errors: 1 - - 2 @60
         > keepLastValue(web.errors)
         keepLastValue(web.errors): 1 1 1 2 @60",
    ),
    Descriptor::new("interpolate", Group::Transform, WITH_LIMIT, |call| fill(call, interpolate)).help(
        "Draws a straight line over gaps of at most limit values.",
        "web.errors: 1 - - 4 @60
         > interpolate(web.errors)
         interpolate(web.errors): 1 2 3 4 @60",
    ),
];

/// References meet the series by position and length: without them each slot is by itself.
fn without_reference(arguments: &Arguments<'_>) -> Option<Lookback> {
    (!arguments.is_given("referenceSeries")).then(Lookback::default)
}

fn transform_null(call: &mut Invocation<'_, '_>) -> Outcome {
    let default = call.arguments().float("default")?;
    let tag = call.arguments().literal("default").map(Literal::show).unwrap_or_default();
    let reference = call.take_named("referenceSeries").filter(|series| !series.is_empty());
    let known_at = reference.as_deref().map(known_rows);
    let shown = general(default);
    let mut series = call.take_series();
    for one in &mut series {
        one.tags.set("transformNull", &tag);
        match &known_at {
            None => {
                one.rename(format!("transformNull({},{shown})", one.name));
                one.values.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = default);
            }
            Some(known_at) => {
                one.tags.set("referenceSeries", "1");
                one.rename(format!("transformNull({},{shown},referenceSeries)", one.name));
                let own = one.values.len();
                one.values.resize(own.max(known_at.len()), f64::NAN);
                let missing =
                    one.values.iter_mut().zip(known_at).filter(|(value, known)| value.is_nan() && **known);
                missing.for_each(|(value, _)| *value = default);
                // As many values as before: where the references have more, graphite-web shows the last ones.
                one.values.drain(..one.values.len() - own);
            }
        }
    }
    Ok(series.into())
}

/// Where any of the reference series has a value; they meet by position, whatever their steps.
fn known_rows(reference: &[Series]) -> Vec<bool> {
    let rows = reference.iter().map(|one| one.values.len()).max().unwrap_or(0);
    let known =
        |row: usize| reference.iter().any(|one| one.values.get(row).is_some_and(|value| !value.is_nan()));
    (0..rows).map(known).collect()
}

fn is_non_null(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = call.take_series();
    for one in &mut series {
        one.tags.set("isNonNull", "1");
        one.rename(wrapped("isNonNull", &one.name));
        one.integral = true;
        one.values.iter_mut().for_each(|value| *value = f64::from(u8::from(!value.is_nan())));
    }
    Ok(series.into())
}

/// Fills one gap, `values[start..end]`, from its neighbours; either may not exist.
type FillGap = fn(values: &mut [f64], start: usize, end: usize);

fn fill(call: &mut Invocation<'_, '_>, fill_gap: FillGap) -> Outcome {
    let limit = match call.arguments().literal("limit") {
        Some(Literal::Integer(limit)) => usize::try_from(*limit).unwrap_or(0),
        Some(Literal::Float(_)) => usize::MAX,
        _ => {
            return Err(QueryError::bad_request(format!(
                "{}: the limit must be an integer or inf",
                call.name()
            )));
        }
    };
    let function = call.name();
    let mut series = call.take_series();
    for one in &mut series {
        one.rename(wrapped(function, &one.name));
        let mut start = 0;
        while let Some(offset) = one.values[start..].iter().position(|value| value.is_nan()) {
            let gap = start + offset;
            let length = one.values[gap..].iter().position(|value| !value.is_nan());
            let end = length.map_or(one.values.len(), |length| gap + length);
            if end - gap <= limit {
                fill_gap(&mut one.values, gap, end);
            }
            start = end;
        }
    }
    Ok(series.into())
}

fn keep_last(values: &mut [f64], start: usize, end: usize) {
    if let Some(before) = start.checked_sub(1) {
        let last = values[before];
        values[start..end].fill(last);
    }
}

fn interpolate(values: &mut [f64], start: usize, end: usize) {
    let (Some(before), Some(&after)) = (start.checked_sub(1), values.get(end)) else { return };
    let (first, length) = (values[before], (end - start + 1) as f64);
    for (distance, value) in values[start..end].iter_mut().enumerate() {
        *value = first + (distance + 1) as f64 * (after - first) / length;
    }
}
