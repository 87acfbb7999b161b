//! consolidateBy, cumulative and setXFilesFactor: how values are consolidated.

use crate::consolidation::Consolidation;
use crate::error::QueryError;
use crate::functions::shared::{ONLY_SERIES, Outcome, SERIES_LIST};
use crate::functions::{Descriptor, Group, Kind, Parameter};
use crate::python::representation;
use crate::run::Invocation;

const METHODS: &[&str] = &["average", "avg", "avg_zero", "first", "last", "max", "min", "sum"];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "consolidateBy",
        Group::Special,
        &[SERIES_LIST, Parameter::required("consolidationFunc", Kind::Text).one_of(METHODS).or(&["stored"])],
        consolidate_by,
    )
    .slot_by_slot().help("Chooses how values become one point where there are more values than points wanted.", r#"web.hits: 1 2 3 @60
         > consolidateBy(web.hits, "max")
         consolidateBy(web.hits,"max"): 1 2 3 @60"#),
    Descriptor::new("cumulative", Group::Special, ONLY_SERIES, |call| consolidated(call, "sum"))
        .slot_by_slot().help("Adds values up where there are more of them than points wanted.", r#"web.hits: 1 2 3 @60
         > cumulative(web.hits)
         consolidateBy(web.hits,"sum"): 1 2 3 @60"#),
    Descriptor::new(
        "setXFilesFactor",
        Group::Special,
        &[SERIES_LIST, Parameter::required("xFilesFactor", Kind::Float)],
        set_x_files_factor,
    )
    .aliased(&["xFilesFactor"])
    .slot_by_slot().help("Sets the share of known values that a consolidated point needs, for all that is evaluated later too.", "web.hits: 1 - - @60
         > setXFilesFactor(web.hits, 0.5)
         web.hits: 1 - - @60"),
];

fn consolidate_by(call: &mut Invocation<'_, '_>) -> Outcome {
    let method = call.arguments().text("consolidationFunc")?;
    consolidated(call, method)
}

fn consolidated(call: &mut Invocation<'_, '_>, name: &str) -> Outcome {
    let method = match name {
        // The method that the store has for each series.
        "stored" => None,
        name => Some(Consolidation::parse(name).ok_or_else(|| {
            QueryError::bad_request(format!("{}: {name:?} is no consolidation method", call.name()))
        })?),
    };
    let mut series = call.take_series();
    for one in &mut series {
        one.consolidation = method.or(one.stored).unwrap_or_default();
        one.tags.set("consolidateBy", name);
        one.rename(format!("consolidateBy({},\"{name}\")", one.name));
    }
    Ok(series.into())
}

fn set_x_files_factor(call: &mut Invocation<'_, '_>) -> Outcome {
    let factor = call.arguments().float("xFilesFactor")?;
    call.set_x_files_factor(factor);
    let mut series = call.take_series();
    for one in &mut series {
        one.x_files_factor = factor;
        one.tags.set("xFilesFactor", representation(factor));
    }
    Ok(series.into())
}
