//! useSeriesAbove: where one series is high, show another one.

use crate::error::QueryError;
use crate::functions::alias::substitution;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Descriptor, Group, Kind, Parameter};
use crate::reducer;
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "useSeriesAbove",
    Group::FilterSeries,
    &[
        SERIES_LIST,
        Parameter::required("value", Kind::Float),
        Parameter::required("search", Kind::Text),
        Parameter::required("replace", Kind::Text),
    ],
    use_series_above,
)
.known_to_carbonapi_as(&["aboveSeries"])
.help(
    "For every series whose largest value is above a threshold, shows the series with the rewritten name.",
    r#"web.a.queue: 1 20 @60
         web.a.hits: 7 8 @60
         web.b.queue: 1 2 @60
         > useSeriesAbove(web.*.queue, 10, "queue", "hits")
         web.a.hits: 7 8 @60"#,
)];

fn use_series_above(call: &mut Invocation<'_, '_>) -> Outcome {
    let threshold = call.arguments().float("value")?;
    let (pattern, template) = substitution(call)?;
    let mut names = Vec::new();
    for one in call.take_series() {
        let name = pattern.replace_all(&one.name, &template).map_err(QueryError::bad_request)?;
        if reducer::max(&one.values) > threshold {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Ok(Vec::new().into());
    }
    let mut found = call.evaluate_text(&format!("group({})", names.join(",")))?;
    found.retain(|one| !one.values.is_empty());
    Ok(found.into())
}
