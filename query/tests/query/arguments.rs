//! Every function against every wrong argument, made from what it declares: each is refused before anything is read, in
//! one line that names the function and the parameter.

use plumbago_query::{Descriptor, Kind, Parameter, QueryError, RenderRequest, functions, render};

use crate::memory::Memory;

const NOW: i64 = 100_000;

/// An argument that the planner takes.
fn right(parameter: &Parameter) -> String {
    if let Some(option) = parameter.options.first() {
        return format!("\"{option}\"");
    }
    match parameter.kind {
        Kind::AggFunc | Kind::AggOrSeriesFunc => "\"sum\"",
        Kind::SeriesLists => "mapSeries(a.b, 0)",
        Kind::Any | Kind::SeriesList => "a.b",
        Kind::Boolean => "true",
        Kind::Date => "\"-1h\"",
        Kind::Float => "1.5",
        Kind::Integer | Kind::IntOrInf | Kind::Node | Kind::NodeOrTag => "1",
        Kind::Interval | Kind::IntOrInterval => "\"5min\"",
        // Also a tag expression, and a regular one.
        Kind::Text | Kind::Tag => "\"name=x\"",
    }
    .to_owned()
}

/// Arguments that it does not.
fn wrong(parameter: &Parameter) -> Vec<&'static str> {
    let mut wrong = match parameter.kind {
        Kind::SeriesList => vec!["5", "\"a.b\"", "true", "inf", "mapSeries(a.b, 0)"],
        Kind::SeriesLists => vec!["5", "\"a.b\"", "a.b"],
        Kind::Any => vec!["\"x\"", "mapSeries(a.b, 0)"],
        Kind::AggFunc | Kind::AggOrSeriesFunc => vec!["5", "\"bogus\"", "true", "\"\""],
        Kind::Boolean => vec!["2", "\"maybe\"", "0.5"],
        Kind::Date | Kind::Tag => vec!["5", "true", "1.5"],
        Kind::Float => vec!["\"x\"", "\"\"", "\"nan\""],
        Kind::Integer | Kind::Node => vec!["1.5", "\"x\"", "1e3", "inf"],
        Kind::IntOrInf => vec!["1.5", "\"x\""],
        Kind::Interval => vec!["5", "\"5\"", "\"5 parsecs\"", "true"],
        Kind::IntOrInterval => vec!["\"5\"", "\"5 parsecs\"", "true"],
        Kind::NodeOrTag => vec!["1.0"],
        Kind::Text if !parameter.options.is_empty() => vec!["\"no such option\"", "5"],
        Kind::Text if parameter.numbers => vec!["true"],
        Kind::Text => vec!["5", "true", "0.5"],
    };
    if !matches!(parameter.kind, Kind::SeriesList | Kind::SeriesLists | Kind::Any) {
        wrong.extend(["a.b", "scale(a.b, 2)"]);
    }
    if parameter.required {
        wrong.push("None");
    }
    wrong
}

/// The parameters that need no keyword.
fn by_position(function: &Descriptor) -> impl Iterator<Item = &Parameter> {
    function.parameters.iter().filter(|parameter| !parameter.beyond_graphite)
}

fn refusal(call: &str) -> String {
    let memory = Memory::default();
    let error = match render(&memory, &RenderRequest::new(vec![call.to_owned()], NOW - 600, NOW, NOW)) {
        Ok(series) => panic!("{call} is answered with {} series", series.len()),
        Err(error) => error,
    };
    assert!(matches!(error, QueryError::BadRequest { .. }), "{call}: {error:?}");
    assert!(memory.fetched.lock().unwrap().is_empty(), "{call} was read for");
    let text = error.to_string();
    assert!(!text.contains('\n'), "{call}: {text}");
    text
}

fn call(function: &Descriptor, arguments: &[String]) -> String {
    format!("{}({})", function.name, arguments.join(","))
}

#[test]
fn every_wrong_argument_is_refused_by_name() {
    let mut count = 0;
    for function in functions() {
        let all: Vec<String> = by_position(function).map(right).collect();
        for (position, parameter) in function.parameters.iter().enumerate() {
            for wrong in wrong(parameter) {
                let mut arguments = all[..position.min(all.len())].to_vec();
                let keyword =
                    if parameter.beyond_graphite { format!("{}=", parameter.name) } else { String::new() };
                arguments.push(keyword + wrong);
                let call = call(function, &arguments);
                let text = refusal(&call);
                let named = text.contains(function.name) && text.contains(parameter.name);
                assert!(named, "{call}: {text:?} names no {}", parameter.name);
                count += 1;
            }
        }
    }
    assert!(count > 2_000, "only {count} wrong arguments were tried");
}

#[test]
fn missing_and_surplus_arguments_are_refused() {
    for function in functions() {
        let all: Vec<String> = by_position(function).map(right).collect();
        for (position, parameter) in function.parameters.iter().enumerate().filter(|(_, one)| one.required) {
            let text = refusal(&call(function, &all[..position]));
            assert!(
                text.contains(parameter.name) && text.contains("is required"),
                "{}: {text}",
                function.name
            );
        }
        if function.parameters.last().is_none_or(|last| !last.multiple) {
            let too_many = [&all[..], &["1".to_owned()]].concat();
            let text = refusal(&call(function, &too_many));
            let most = format!("at most {} argument", all.len());
            assert!(text.contains(&most), "{}: {text}", function.name);
        }
    }
}

#[test]
fn unknown_and_repeated_keywords_are_refused() {
    // A call of nothing but keywords is a path to graphite-web, and dashboards have such paths.
    for function in functions().filter(|one| one.parameters.iter().any(|parameter| parameter.required)) {
        let required = function.parameters.iter().filter(|one| one.required).map(right);
        let mut arguments: Vec<String> = required.collect();
        arguments.push("noSuchParameter=1".to_owned());
        let text = refusal(&call(function, &arguments));
        assert!(text.contains("has no parameter noSuchParameter"), "{}: {text}", function.name);
        let Some(first) = function.parameters.first().filter(|one| one.required && !one.multiple) else {
            continue;
        };
        let last = arguments.len() - 1;
        arguments[last] = format!("{}={}", first.name, right(first));
        let text = refusal(&call(function, &arguments));
        assert!(text.contains(first.name) && text.contains("twice"), "{}: {text}", function.name);
    }
}

#[test]
fn unknown_functions_are_refused_with_their_neighbours_or_the_reason() {
    assert!(refusal("sumSerie(a.b)").contains("near it: sumSeries"));
    assert!(refusal("quantileserie(a.b, 1)").contains("quantileSeries"));
    assert!(refusal("noSuchThingAtAll(a.b)").ends_with("unknown function noSuchThingAtAll"));
    assert!(refusal("aliasByRedis(a.b, \"x\")").contains("Redis"));
}
