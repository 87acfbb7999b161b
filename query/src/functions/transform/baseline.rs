//! baseline and baselineAberration: what is usual at this time of the day or week, and how far values are from it.

use std::collections::HashMap;

use plumbago_protocol::limits;

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST, grouped, wrapped};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::plan::Shift;
use crate::reducer::Reducer;
use crate::run::Invocation;
use crate::series::Series;
use crate::times;

use super::shift::signed;

static PARAMETERS: &[Parameter] = &[
    SERIES_LIST,
    Parameter::required("timeShiftUnit", Kind::Interval),
    Parameter::required("timeShiftStart", Kind::Integer),
    Parameter::required("timeShiftEnd", Kind::Integer),
    Parameter::optional("maxAbsentPercent", Kind::Float, Default::Absent),
    Parameter::optional("minAvg", Kind::Float, Default::Absent),
];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("baseline", Group::Transform, PARAMETERS, |call| baselines(call, |usual, _| usual))
        .from(Origin::Carbonapi)
        .help("Takes the median of each series and its past, shifted by one unit after the other from timeShiftStart up to, not including, timeShiftEnd; too empty or too low ones are dropped.", r#"web.hits: 1 2 3 4 9 6 @60
         > baseline(web.hits, "2min", 0, 3) since 2min
         baseline(web.hits): 2 3 @60"#),
    Descriptor::new("baselineAberration", Group::Transform, PARAMETERS, |call| {
        // Where zero is usual there is nothing to divide by: zero stays, unless there is no value at all.
        baselines(call, |usual, value| if usual == 0.0 { value * 0.0 } else { value / usual })
    })
    .from(Origin::Carbonapi)
    .help("Divides values by their baseline: 1.1 is ten percent above what is usual.", r#"web.hits: 2 4 3 4 6 6 @60
         > baselineAberration(web.hits, "2min", 1, 3) since 2min
         baselineAberration(web.hits): 2.4 1.5 @60"#),
];

/// What is shown for a usual value and the present one.
type Finish = fn(usual: f64, value: f64) -> f64;

fn baselines(call: &mut Invocation<'_, '_>, finish: Finish) -> Outcome {
    let arguments = call.arguments();
    let unit = times::interval(&signed(arguments.text("timeShiftUnit")?))?;
    let (start, end) = (arguments.integer("timeShiftStart")?, arguments.integer("timeShiftEnd")?);
    let absent_percent_max = arguments.optional_float("maxAbsentPercent")?;
    let mean_min = arguments.optional_float("minAvg")?;
    if end.saturating_sub(start) > limits::QUERY_EVALUATIONS_MAX as i64 {
        return Err(QueryError::over_limit(format!("{}: {start} to {end} are too many shifts", call.name())));
    }
    let function = call.name();
    let present: HashMap<_, _> =
        call.take_series().into_iter().map(|one| (one.name.clone(), one.values)).collect();
    let mut past = Vec::new();
    for count in (start..end).filter(|count| *count != 0) {
        let shift = unit.saturating_mul(count);
        for mut one in call.again(Shift { from: shift, until: shift })? {
            one.start = one.start.saturating_sub(shift);
            one.end = one.end.saturating_sub(shift);
            past.push(one);
        }
    }
    let mut results = Vec::new();
    for (name, members) in grouped(past, |one| one.name.to_string()) {
        let now = present.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        let usual = medians(&members);
        if is_left_out(&usual, absent_percent_max, mean_min) || function != "baseline" && now.is_empty() {
            continue;
        }
        let at = |row: usize| now.get(row).copied().unwrap_or(f64::NAN);
        let values = usual.iter().enumerate().map(|(row, usual)| finish(*usual, at(row))).collect();
        results.extend(members.into_iter().next().map(|one| one.derived(wrapped(function, &name), values)));
    }
    Ok(results.into())
}

/// The median at each position of the first series.
fn medians(members: &[Series]) -> Vec<f64> {
    let rows = members.first().map_or(0, |one| one.values.len());
    let columns: Vec<&[f64]> =
        members.iter().map(|one| one.values.get(..rows).unwrap_or(&one.values)).collect();
    let mut medians = Reducer::Median.combine(&columns, 0.0);
    medians.resize(rows, f64::NAN);
    medians
}

fn is_left_out(usual: &[f64], absent_percent_max: Option<f64>, mean_min: Option<f64>) -> bool {
    let absent = usual.iter().filter(|value| value.is_nan()).count();
    let absent_percent = 100.0 * absent as f64 / usual.len().max(1) as f64;
    let mean = Reducer::Average.apply(usual);
    absent_percent_max.is_some_and(|most| absent_percent > most) || mean_min.is_some_and(|least| mean < least)
}
