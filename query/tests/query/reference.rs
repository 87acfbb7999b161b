//! The function reference: every example holds, docs/functions.md is what the descriptors say, and no name of
//! graphite-web or carbonapi is forgotten.
//!
//! `PLUMBAGO_RENEW=1 cargo test -p plumbago-query reference` writes docs/functions.md anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use plumbago_protocol::Aggregation;
use plumbago_query::{
    DefaultValue, Descriptor, Example, FUNCTIONS_LEFT_OUT, Group, Origin, Parameter, RenderRequest, function,
    functions, render,
};

use crate::memory::{Class, Memory};

/// Every function of graphite-web 1.1.10 and of carbonapi, a line `PROJECT: NAME NAME…` each.
const NAMES: &str = include_str!("../names.txt");

fn names_of(project: &str) -> Vec<&'static str> {
    let line = NAMES.lines().find_map(|line| line.strip_prefix(project)?.strip_prefix(": "));
    line.unwrap().split(' ').collect()
}

#[test]
fn every_name_is_there_or_left_out_with_a_reason() {
    let (graphite, carbonapi) = (names_of("graphite-web"), names_of("carbonapi"));
    assert!(graphite.len() >= 154 && carbonapi.len() >= 190, "the lists of names are cut short");
    let left_out = |name: &str| FUNCTIONS_LEFT_OUT.iter().any(|function| function.name == name);
    for name in graphite.iter().chain(&carbonapi) {
        assert!(function(name).is_some() != left_out(name), "{name} is not there, or there and left out");
    }
    for function in functions() {
        let (by, names) = match function.origin {
            Origin::Graphite => ("graphite-web", graphite.clone()),
            Origin::Carbonapi => ("carbonapi", carbonapi.clone()),
            Origin::Plumbago => {
                assert!(!graphite.contains(&function.name) && !carbonapi.contains(&function.name));
                continue;
            }
        };
        assert!(names.contains(&function.name), "{by} has no {}", function.name);
        let unknown = function.carbonapi_names.iter().find(|name| !carbonapi.contains(*name));
        assert_eq!(unknown, None, "carbonapi does not have it");
    }
}

#[test]
fn every_example_holds() {
    let mut wrong = Vec::new();
    for function in functions() {
        let example = function.example().unwrap();
        let answer = answer(&example);
        if answer != example.answer {
            wrong.push(format!("{}: {} is\n{}", function.name, example.call, answer.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn answer(example: &Example) -> Vec<String> {
    let mut memory = Memory::default();
    for series in &example.input {
        let last = series.values.len() as i64 - 1;
        let time = |at: i64| Example::NOW - (last - at) * series.step;
        let points = series.values.iter().zip(0..).filter(|(value, _)| !value.is_nan());
        let class = Class {
            archives: vec![(series.step, 1_000_000)],
            aggregation: Aggregation::Sum,
            x_files_factor: 0.0,
        };
        let points: Vec<(i64, f64)> = points.map(|(value, at)| (time(at), *value)).collect();
        memory.insert(&series.name, class, &points);
    }
    let from = Example::NOW - example.range_seconds;
    let request = RenderRequest::new(vec![example.call.clone()], from, Example::NOW, Example::NOW);
    match render(&memory, &request) {
        Ok(series) => series
            .iter()
            .map(|one| example.show(&one.name, one.start, one.step, &one.values))
            .map(|line| line.trim_start().to_owned())
            .collect(),
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn the_reference_is_what_the_functions_say() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/functions.md");
    let expected = reference();
    if std::env::var_os("PLUMBAGO_RENEW").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let first = found.lines().zip(expected.lines()).position(|(a, b)| a != b);
    assert!(
        found == expected,
        "docs/functions.md is stale from line {}; `make reference` renews it",
        first.map_or(found.lines().count().min(expected.lines().count()), |at| at) + 1
    );
}

const GROUPS: &[Group] = &[
    Group::Alias,
    Group::Calculate,
    Group::Combine,
    Group::FilterData,
    Group::FilterSeries,
    Group::Graph,
    Group::Sorting,
    Group::Special,
    Group::Transform,
];

fn reference() -> String {
    let mut text = String::from(
        "# Functions\n\n\
         Made from the functions themselves by `make reference`; a test fails when it is stale, and runs every example.\n\n\
         In an example, a line `NAME: v v - v @STEP` is a series: its values, `-` for a missing one, and its step in\n\
         seconds. What stands above the call is stored and ends at 2024-03-15 12:00:00, what stands below is the answer.\n\
         The range is that of the longest input, unless `since` says otherwise; an answer that does not begin with the\n\
         range shows where it does (`from`). A parameter with a star, which graphite-web does not have, is given by its name\n\
         only (`scale(x, 2, timestamp=1710503940)`). Every function may also be called with a pipe: `a.* | sumSeries()`.\n\n\
         A server lists its functions at `/functions`: those of graphite-web, or with `?origin=all` every one. Grafana reads\n\
         that list, too, and offers the others as well when its data source sends the header `Plumbago-Functions: all`\n\
         (under *Custom HTTP Headers*).\n",
    );
    for group in GROUPS {
        let mut members: Vec<&Descriptor> = functions().filter(|one| one.group == *group).collect();
        members.sort_by_key(|one| one.name.to_lowercase());
        let _ = write!(text, "\n## {}\n", group.name());
        members.iter().for_each(|one| push_function(&mut text, one));
    }
    text.push_str("\n## Left out\n\n| function | of | why |\n|---|---|---|\n");
    for function in FUNCTIONS_LEFT_OUT {
        let reason = function.reason.trim_start_matches("is left out: ");
        let _ = writeln!(text, "| `{}` | {} | {reason} |", function.name, function.origin.name());
    }
    text
}

fn push_function(text: &mut String, function: &Descriptor) {
    let _ = write!(text, "\n### {}\n\n{}", function.name, function.help);
    let others: Vec<String> =
        function.aliases.iter().map(|name| format!("`{name}`")).chain(carbonapi_names(function)).collect();
    if !others.is_empty() {
        let _ = write!(text, " Also called {}.", others.join(", "));
    }
    match function.origin {
        Origin::Graphite => {}
        Origin::Carbonapi => text.push_str(" From carbonapi; graphite-web does not have it."),
        Origin::Plumbago => text.push_str(" Plumbago's own."),
    }
    let _ = write!(text, "\n\n`{}(", function.name);
    text.push_str(&function.parameters.iter().map(signature).collect::<Vec<_>>().join(", "));
    text.push_str(")`\n");
    for parameter in function.parameters.iter().filter(|parameter| !parameter.options.is_empty()) {
        let options = [parameter.options, parameter.further_options].concat();
        let options: Vec<String> =
            options.iter().filter(|option| !option.is_empty()).map(|option| format!("`{option}`")).collect();
        let _ = write!(text, "\n{}: {}.\n", parameter.name, options.join(", "));
    }
    let example = function.example().unwrap();
    let _ = write!(text, "\n```\n{}\n```\n", example.text);
}

fn carbonapi_names(function: &Descriptor) -> impl Iterator<Item = String> {
    function.carbonapi_names.iter().map(|name| format!("`{name}` (as in carbonapi)"))
}

fn signature(parameter: &Parameter) -> String {
    // A parameter that is given by its name only is shown behind a star, as in Python.
    let by_name = if parameter.beyond_graphite { "*" } else { "" };
    let (name, kind) = (parameter.name, parameter.kind.name());
    let many = if parameter.multiple { "…" } else { "" };
    let default = match parameter.default {
        DefaultValue::Absent if parameter.required => String::new(),
        DefaultValue::Absent => " = None".to_owned(),
        DefaultValue::Boolean(value) => format!(" = {value}"),
        DefaultValue::Integer(value) | DefaultValue::Implied(value) => format!(" = {value}"),
        DefaultValue::Number(value) => format!(" = {value}"),
        DefaultValue::Infinity => " = inf".to_owned(),
        DefaultValue::Text(value) => format!(" = \"{value}\""),
    };
    format!("{by_name}{name}: {kind}{many}{default}")
}

#[test]
fn no_group_is_forgotten() {
    let shown: BTreeSet<_> = GROUPS.iter().collect();
    assert!(functions().all(|function| shown.contains(&function.group)));
}
