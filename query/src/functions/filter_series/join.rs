//! join: two lists of series as sets of names.

use std::collections::HashSet;
use std::sync::Arc;

use crate::functions::shared::Outcome;
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::run::Invocation;
use crate::series::Series;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "join",
    Group::FilterSeries,
    &[
        Parameter::required("seriesA", Kind::SeriesList),
        Parameter::required("seriesB", Kind::SeriesList),
        Parameter::optional("type", Kind::Text, Default::Text("AND")).one_of(&["AND", "OR", "XOR", "SUB"]).or(&[
            "and", "or", "xor", "sub",
        ]),
    ],
    join,
)
.from(Origin::Carbonapi)
.help("Keeps series by name: those in both lists (AND), in either (OR), in one only (XOR), or in the first only (SUB).", r#"web.a: 1 2 @60
         web.b: 3 4 @60
         web.c: 5 6 @60
         > join(web.{a,b}, web.{b,c}, "XOR")
         web.a: 1 2 @60
         web.c: 5 6 @60"#)];

fn join(call: &mut Invocation<'_, '_>) -> Outcome {
    let kind = call.arguments().text("type")?.to_ascii_uppercase();
    let mut first = call.take_series();
    let mut second = call.take_named("seriesB").unwrap_or_default();
    let names = |list: &[Series]| list.iter().map(|one| Arc::clone(&one.name)).collect::<HashSet<_>>();
    let (in_first, in_second) = (names(&first), names(&second));
    second.retain(|one| !in_first.contains(&one.name));
    match kind.as_str() {
        "AND" => first.retain(|one| in_second.contains(&one.name)),
        "XOR" | "SUB" => first.retain(|one| !in_second.contains(&one.name)),
        _ => {}
    }
    if matches!(kind.as_str(), "OR" | "XOR") {
        first.append(&mut second);
    }
    Ok(first.into())
}
