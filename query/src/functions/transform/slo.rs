//! slo and sloErrorBudget: the share of values that meet an objective.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST, steps_in};
use crate::functions::{Descriptor, Group, Kind, Origin, Parameter};
use crate::python::representation;
use crate::run::Invocation;
use crate::series::Series;
use crate::times;

const INTERVAL: Parameter = Parameter::required("interval", Kind::Interval);
const METHOD: Parameter =
    Parameter::required("method", Kind::Text).one_of(&["above", "aboveOrEqual", "below", "belowOrEqual"]);
const VALUE: Parameter = Parameter::required("value", Kind::Float);

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("slo", Group::Transform, &[SERIES_LIST, INTERVAL, METHOD, VALUE], |call| shares(call, None))
        .from(Origin::Carbonapi)
        .help("Shows the share of known values in each interval that are above or below a value.", r#"web.latency: 1 9 2 3 @60
         > slo(web.latency, "2min", "below", 5)
         slo(web.latency, 2min, below, 5.0): 0.5 1 @120 from 11:57:00"#),
    Descriptor::new(
        "sloErrorBudget",
        Group::Transform,
        &[SERIES_LIST, INTERVAL, METHOD, VALUE, Parameter::required("objective", Kind::Float)],
        |call| {
            let objective = call.arguments().float("objective")?;
            shares(call, Some(objective))
        },
    )
    .from(Origin::Carbonapi)
    .help("Shows how many seconds of failure are left in each interval until the share falls below the objective.", r#"web.latency: 1 9 2 3 @60
         > sloErrorBudget(web.latency, "2min", "below", 5, 0.25)
         sloErrorBudget(web.latency, 2min, below, 5.0, 0.25): 30 90 @120 from 11:57:00"#),
];

fn shares(call: &mut Invocation<'_, '_>, objective: Option<f64>) -> Outcome {
    let arguments = call.arguments();
    let (text, method, value) =
        (arguments.text("interval")?, arguments.text("method")?, arguments.float("value")?);
    let interval = times::positive_interval(text)?;
    let is_met = |one: f64| match method {
        "above" => one > value,
        "aboveOrEqual" => one >= value,
        "below" => one < value,
        _ => one <= value,
    };
    let mut series = call.take_series();
    let (from, until) = call.range();
    let mut known_grids = None;
    if interval > until.saturating_sub(from) {
        // One interval is longer than the range: it counts as a whole, and is shown at the range's start.
        known_grids = Some(series.iter().map(Series::grid).collect::<Vec<_>>());
        series = call.again_over(until.saturating_sub(interval), until)?;
    }
    let mut results = Vec::new();
    for (at, one) in series.into_iter().enumerate() {
        let start = known_grids.as_ref().and_then(|grids| grids.get(at)).map_or(one.start, |grid| grid.start);
        call.check_points(steps_in(one.end - one.start, interval))?;
        let values = buckets(&one, interval, is_met, objective);
        let objective =
            objective.map(|objective| format!(", {}", representation(objective))).unwrap_or_default();
        let shown = representation(value);
        let name = format!("{}({}, {text}, {method}, {shown}{objective})", call.name(), one.name);
        let end = start.saturating_add(interval.saturating_mul(values.len() as i64));
        results.push(Series { start, end, step: interval, ..one.derived(name, values) });
    }
    if results.iter().any(|one| one.end == i64::MAX) {
        return Err(QueryError::bad_request(format!(
            "{}: the interval reaches beyond all time",
            call.name()
        )));
    }
    Ok(results.into())
}

/// One value for every interval from the series' start; the last one may be shorter.
fn buckets(series: &Series, interval: i64, is_met: impl Fn(f64) -> bool, objective: Option<f64>) -> Vec<f64> {
    if series.step > interval {
        return vec![f64::NAN; steps_in(series.end - series.start, interval)];
    }
    let mut output = Vec::new();
    let (mut met, mut known, mut seconds, mut elapsed) = (0_u64, 0_u64, 0_i64, 0_i64);
    let mut close = |met: u64, known: u64, seconds: i64| {
        let share = if known == 0 { f64::NAN } else { met as f64 / known as f64 };
        output.push(objective.map_or(share, |objective| (share - objective) * seconds as f64));
    };
    for value in &series.values {
        known += u64::from(!value.is_nan());
        met += u64::from(!value.is_nan() && is_met(*value));
        seconds += series.step;
        elapsed += series.step;
        if elapsed >= interval {
            close(met, known, interval);
            (met, known, seconds) = (0, 0, 0);
            elapsed -= interval;
        }
    }
    if seconds > 0 {
        close(met, known, seconds);
    }
    output
}
