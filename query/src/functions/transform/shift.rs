//! timeShift and timeStack: the past laid over the present.

use std::sync::Arc;

use jiff::Timestamp;
use plumbago_protocol::limits;

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::locality::Lookback;
use crate::plan::{Arguments, Shift};
use crate::run::{Invocation, Times};
use crate::times;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "timeShift",
        Group::Transform,
        &[
            SERIES_LIST,
            Parameter::required("timeShift", Kind::Interval),
            Parameter::optional("resetEnd", Kind::Boolean, Default::Boolean(true)),
            Parameter::optional("alignDst", Kind::Boolean, Default::Boolean(false)).positional_only(),
        ],
        time_shift,
    )
    .widens(shift_hook)
    .takes_times()
    .looks_back(shift_lookback)
    .help(
        "Shows values of an earlier time at the present one.",
        r#"web.hits: 1 2 3 4 @60
         > timeShift(web.hits, "2min") since 2min
         timeShift(web.hits, "-2min"): 1 2 @60"#,
    ),
    Descriptor::new(
        "timeStack",
        Group::Transform,
        &[
            SERIES_LIST,
            Parameter::optional("timeShiftUnit", Kind::Interval, Default::Text("1d")),
            Parameter::optional("timeShiftStart", Kind::Integer, Default::Integer(0)),
            Parameter::optional("timeShiftEnd", Kind::Integer, Default::Integer(7)),
        ],
        time_stack,
    )
    .takes_times()
    .help(
        "Shows series several times, each earlier by one more unit.",
        r#"web.hits: 1 2 3 4 5 6 @60
         > timeStack(web.hits, "2min", 0, 3) since 2min
         timeShift(web.hits, -2min, 0): 5 6 @60
         timeShift(web.hits, -2min, 1): 3 4 @60
         timeShift(web.hits, -2min, 2): 1 2 @60"#,
    ),
];

/// The interval with its sign shown: without one it means the past.
pub(super) fn signed(text: &str) -> String {
    if text.starts_with(|c: char| c.is_ascii_digit()) { format!("-{text}") } else { text.to_owned() }
}

fn shift_hook(arguments: &Arguments<'_>) -> Option<Shift> {
    if arguments.boolean("alignDst").ok()? {
        return None;
    }
    let seconds = times::interval(&signed(arguments.optional_text("timeShift")?)).ok()?;
    Some(Shift { from: seconds, until: seconds })
}

/// What a value of the past depends on; one of the future is not known yet.
fn shift_lookback(arguments: &Arguments<'_>) -> Option<Lookback> {
    let shift = shift_hook(arguments).filter(|shift| shift.from <= 0)?;
    Some(Lookback { warmup_slots: 0, reach_slots: 1, reach_secs: shift.from.saturating_neg() })
}

fn time_shift(call: &mut Invocation<'_, '_>) -> Outcome {
    let text = call.arguments().text("timeShift")?;
    if text.is_empty() {
        return Err(QueryError::bad_request("timeShift: the interval is empty"));
    }
    let shown = signed(text);
    let mut seconds = times::interval(&shown)?;
    let reset_end = call.arguments().boolean("resetEnd")?;
    if call.arguments().boolean("alignDst")? {
        seconds += daylight_saving_difference(call, seconds)?;
    }
    let Some(Times { first: grid, .. }) = call.take_times() else { return Ok(Vec::new().into()) };
    let mut shifted = call.again(Shift { from: seconds, until: seconds })?;
    for one in &mut shifted {
        one.tags.set("timeShift", &shown);
        one.name = Arc::from(format!("timeShift({}, \"{shown}\")", one.name));
        one.end = if reset_end { grid.end } else { one.end - one.start + grid.start };
        one.start = grid.start;
    }
    Ok(shifted.into())
}

/// The seconds by which a shift must be longer or shorter so that the same hours of the day meet, where the whole range
/// lies on one side of a clock change and the shifted one on the other.
fn daylight_saving_difference(call: &Invocation<'_, '_>, shift: i64) -> Result<i64, QueryError> {
    let offset = |time: i64| {
        Timestamp::from_second(time)
            .map(|time| i64::from(call.zone().to_offset(time).seconds()))
            .map_err(|error| QueryError::bad_request(format!("timeShift: {error}")))
    };
    let (from, until) = call.range();
    let here = (offset(from)?, offset(until)?);
    let there = (offset(from.saturating_add(shift))?, offset(until.saturating_add(shift))?);
    Ok(if here.0 == here.1 && there.0 == there.1 { here.0 - there.0 } else { 0 })
}

fn time_stack(call: &mut Invocation<'_, '_>) -> Outcome {
    let unit = signed(call.arguments().text("timeShiftUnit")?);
    let seconds = times::interval(&unit)?;
    let (first, end) =
        (call.arguments().integer("timeShiftStart")?, call.arguments().integer("timeShiftEnd")?);
    if end.saturating_sub(first) > limits::QUERY_EVALUATIONS_MAX as i64 {
        return Err(QueryError::over_limit(format!("timeStack: {first} to {end} are too many shifts")));
    }
    let Some(Times { first: grid, .. }) = call.take_times() else { return Ok(Vec::new().into()) };
    let mut results = Vec::new();
    for count in first..end {
        let shift = seconds.saturating_mul(count);
        for mut one in call.again(Shift { from: shift, until: shift })? {
            one.tags.set("timeShiftUnit", &unit);
            one.tags.set("timeShift", count.to_string());
            one.rename(format!("timeShift({}, {unit}, {count})", one.name));
            (one.start, one.end) = (grid.start, grid.end);
            results.push(one);
        }
    }
    Ok(results.into())
}
