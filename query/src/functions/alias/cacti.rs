//! cactiStyle: names aligned in columns with current, maximum and minimum.

use std::sync::Arc;

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::reducer::{self, Reducer};
use crate::run::Invocation;

use super::units::Units;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "cactiStyle",
    Group::Special,
    &[
        SERIES_LIST,
        Parameter::optional("system", Kind::Text, Default::Absent).one_of(&["si", "binary"]),
        Parameter::optional("units", Kind::Text, Default::Absent),
    ],
    cacti_style,
)
.help(
    "Adds the current, largest and smallest value to the names, aligned in columns.",
    r#"net.a: 1 3 2 @60
         net.bb: 10 - 30 @60
         > cactiStyle(net.*, "si")
         net.a  Current:2.00     Max:3.00     Min:1.00     : 1 3 2 @60
         net.bb Current:30.00    Max:30.00    Min:10.00    : 10 - 30 @60"#,
)];

fn cacti_style(call: &mut Invocation<'_, '_>) -> Outcome {
    let units = call.arguments().optional_text("system").and_then(Units::parse);
    let unit = call.arguments().optional_text("units").filter(|unit| !unit.is_empty());
    let mut series = call.take_series();
    let show = |value: f64| match (units, unit) {
        (Some(units), Some(unit)) => {
            let (scaled, prefix) = units.scale(value);
            format!("{scaled:.2} {prefix}{unit}")
        }
        (Some(units), None) => {
            let (scaled, prefix) = units.scale(value);
            format!("{scaled:.2}{prefix}")
        }
        (None, Some(unit)) => format!("{value:.2} {unit}"),
        (None, None) => format!("{value:.2}"),
    };
    // Widths are measured on the integer parts; a series without a value, or with zero, counts as 3.
    let width = |value: f64| {
        show(if value.is_nan() || value == 0.0 { 3.0 } else { value.trunc() + 0.0 }).chars().count() + 3
    };
    let values: Vec<[f64; 3]> = series
        .iter()
        .map(|one| [Reducer::Last.apply(&one.values), reducer::max(&one.values), reducer::min(&one.values)])
        .collect();
    let mut widths = [0; 3];
    for of_one in &values {
        for (widest, value) in widths.iter_mut().zip(of_one) {
            *widest = width(*value).max(*widest);
        }
    }
    let name_width = series.iter().map(|one| one.name.chars().count()).max().unwrap_or(0);
    for (one, of_one) in series.iter_mut().zip(&values) {
        let shown = of_one.map(|value| if value.is_nan() { "nan".to_owned() } else { show(value) });
        let ([last, max, min], [last_width, max_width, min_width]) = (shown, widths);
        one.name = Arc::from(format!(
            "{:<name_width$} Current:{last:<last_width$} Max:{max:<max_width$} Min:{min:<min_width$} ",
            one.name
        ));
    }
    Ok(series.into())
}
