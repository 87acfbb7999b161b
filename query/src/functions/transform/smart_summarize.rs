//! smartSummarize: values gathered into intervals from the start of the range, or of the hour, day, week… it lies in.

use jiff::civil::Weekday;
use jiff::{Timestamp, Unit, Zoned, ZonedRound};

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST, reducer, steps_in};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;
use crate::series::Series;
use crate::times;

use super::summarize::gather;

/// What `alignTo` accepts; a week begins on Monday.
const UNITS: &[&str] = &["seconds", "minutes", "hours", "days", "weeks", "months", "years"];

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "smartSummarize",
    Group::Transform,
    &[
        SERIES_LIST,
        Parameter::required("intervalString", Kind::Interval),
        Parameter::optional("func", Kind::AggFunc, Default::Text("sum")),
        Parameter::optional("alignTo", Kind::Text, Default::Absent).one_of(UNITS),
    ],
    smart_summarize,
)
.help(
    "Gathers values into intervals that begin with the range, or with the unit of time it begins in.",
    r#"web.hits: 1 2 3 4 @60
         > smartSummarize(web.hits, "2min")
         smartSummarize(web.hits, "2min", "sum"): 3 7 @120 from 11:57:00"#,
)];

fn smart_summarize(call: &mut Invocation<'_, '_>) -> Outcome {
    let text = call.arguments().text("intervalString")?;
    let function = call.arguments().text("func")?;
    let by = reducer(call, "func")?;
    let interval = times::positive_interval(text)?;
    let series = match call.arguments().optional_text("alignTo") {
        None => call.take_series(),
        Some(unit) => {
            let (from, until) = call.range();
            let aligned = beginning_of(unit, from, call.zone())?;
            call.again_over(aligned, until)?
        }
    };
    let mut results = Vec::new();
    for mut one in series {
        call.check_points(steps_in(one.end - one.start, interval))?;
        let values = gather(&one, by, interval, one.start, one.end);
        let end = one.start + interval * values.len() as i64;
        one.tags.set("smartSummarize", text);
        one.tags.set("smartSummarizeFunction", function);
        let name = format!("smartSummarize({}, \"{text}\", \"{function}\")", one.name);
        results.push(Series { end, step: interval, ..one.derived(name, values) });
    }
    Ok(results.into())
}

/// The begin of the unit of local time in which `time` lies.
pub(super) fn beginning_of(unit: &str, time: i64, zone: &jiff::tz::TimeZone) -> Result<i64, QueryError> {
    let fault = |error: jiff::Error| {
        QueryError::bad_request(format!("the range cannot be aligned to {unit}: {error}"))
    };
    let local = Timestamp::from_second(time).map_err(fault)?.to_zoned(zone.clone());
    let floor = |unit: Unit| local.round(ZonedRound::new().smallest(unit).mode(jiff::RoundMode::Floor));
    let day = |zoned: Result<Zoned, jiff::Error>| zoned.and_then(|zoned| zoned.start_of_day());
    let aligned = match unit {
        "seconds" => Ok(local.clone()),
        "minutes" => floor(Unit::Minute),
        "hours" => floor(Unit::Hour),
        "days" => local.start_of_day(),
        "weeks" => {
            let since_monday = local.weekday().since(Weekday::Monday);
            day(local.checked_sub(jiff::Span::new().days(since_monday)))
        }
        "months" => day(local.first_of_month()),
        _ => day(local.first_of_year()),
    };
    aligned.map(|zoned| zoned.timestamp().as_second()).map_err(fault)
}
