//! legendValue: the values of a series in its name.

use std::sync::Arc;

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::python;
use crate::reducer::Reducer;
use crate::run::Invocation;
use crate::series::Series;

use super::units::Units;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "legendValue",
    Group::Alias,
    &[SERIES_LIST, Parameter::optional("valuesTypes", Kind::Text, Default::Absent).many()],
    legend_value,
)
.help("Adds values such as \"last\" or \"avg\" to the names; a last argument of \"si\" or \"binary\" shortens them.", r#"net.a: 1 3 2 @60
         > legendValue(net.a, "max", "avg")
         net.a (max: 3.0) (avg: 2.0): 1 3 2 @60"#)];

fn legend_value(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut types: Vec<String> = call.arguments().rest().map(|literal| literal.show()).collect();
    let units = match types.last() {
        None => {
            return Err(QueryError::bad_request(
                "legendValue needs at least one kind of value, such as \"last\"",
            ));
        }
        Some(last) => Units::parse(last),
    };
    if units.is_some() {
        types.pop();
    }
    let mut series = call.take_series();
    for kind in &types {
        for one in &mut series {
            one.name = Arc::from(with_value(one, kind, units));
        }
    }
    Ok(series.into())
}

fn with_value(series: &Series, kind: &str, units: Option<Units>) -> String {
    let value = Reducer::parse(kind).map(|reducer| (reducer, reducer.apply(&series.values)));
    let shown = match value {
        None => "(?)".to_owned(),
        Some((_, value)) if value.is_nan() => "None".to_owned(),
        Some((_, value)) if units.is_some() => {
            let (scaled, prefix) = units.map_or((value, ""), |units| units.scale(value));
            format!("{scaled:.2}{prefix}")
        }
        Some((reducer, value)) if reducer.keeps_integers(series.integral) => format!("{value:.0}"),
        Some((_, value)) => python::representation(value),
    };
    match units {
        None => format!("{} ({kind}: {shown})", series.name),
        Some(_) => format!("{:<20}{kind:<5}{shown:<10}", series.name),
    }
}
