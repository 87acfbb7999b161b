//! nPercentile: each series' own percentile as a line.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_AND_FLOAT_N};
use crate::functions::{Descriptor, Group};
use crate::python::{general, representation};
use crate::reducer::percentile;
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] =
    &[Descriptor::new("nPercentile", Group::Calculate, SERIES_AND_FLOAT_N, n_percentile).help(
        "Shows the n-th percentile of each series as a line; series without values are dropped.",
        "web.latency: 1 2 3 4 5 6 7 8 9 @60
         > nPercentile(web.latency, 50)
         nPercentile(web.latency, 50): 5 5 5 5 5 5 5 5 5 @60",
    )];

fn n_percentile(call: &mut Invocation<'_, '_>) -> Outcome {
    let n = call.arguments().float("n")?;
    if n == 0.0 {
        return Err(QueryError::bad_request("nPercentile: the percentile must be above 0"));
    }
    let mut results = Vec::new();
    for mut one in call.take_series() {
        let value = percentile(&one.values, n, false);
        if value.is_nan() {
            continue;
        }
        let count = usize::try_from((one.end - one.start) / one.step.max(1)).unwrap_or(0);
        call.check_points(count)?;
        one.tags.set("nPercentile", representation(n));
        let name = format!("nPercentile({}, {})", one.name, general(n));
        results.push(one.derived(name, vec![value; count]));
    }
    Ok(results.into())
}
