//! grep, exclude and unique: keep series by name.

use std::collections::HashSet;

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Descriptor, Group, Kind, Parameter};
use crate::python::Pattern;
use crate::run::Invocation;

static BY_PATTERN: &[Parameter] = &[SERIES_LIST, Parameter::required("pattern", Kind::Text)];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("grep", Group::FilterSeries, BY_PATTERN, |call| by_pattern(call, true))
        .slot_by_slot()
        .help(
            "Keeps series in whose name a regular expression is found.",
            r#"web.a: 1 2 @60
         web.b: 3 4 @60
         > grep(web.*, "a$")
         web.a: 1 2 @60"#,
        ),
    Descriptor::new("exclude", Group::FilterSeries, BY_PATTERN, |call| by_pattern(call, false))
        .slot_by_slot()
        .help(
            "Drops series in whose name a regular expression is found.",
            r#"web.a: 1 2 @60
         web.b: 3 4 @60
         > exclude(web.*, "a$")
         web.b: 3 4 @60"#,
        ),
    Descriptor::new(
        "unique",
        Group::FilterSeries,
        &[Parameter::required("seriesLists", Kind::SeriesList).many()],
        unique,
    )
    .slot_by_slot()
    .help(
        "Keeps the first series of every name.",
        "web.a: 1 2 @60
         web.b: 3 4 @60
         > unique(web.*, web.a)
         web.a: 1 2 @60
         web.b: 3 4 @60",
    ),
];

fn by_pattern(call: &mut Invocation<'_, '_>, keep_found: bool) -> Outcome {
    let pattern = Pattern::compile(call.arguments().text("pattern")?).map_err(QueryError::bad_request)?;
    let mut kept = Vec::new();
    for one in call.take_series() {
        if pattern.is_found_in(&one.name).map_err(QueryError::bad_request)? == keep_found {
            kept.push(one);
        }
    }
    Ok(kept.into())
}

fn unique(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut seen = HashSet::new();
    let mut series: Vec<_> = call.take_lists().into_iter().flatten().collect();
    series.retain(|one| seen.insert(one.name.clone()));
    Ok(series.into())
}
