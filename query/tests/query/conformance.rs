//! Replays the recorded answers of graphite-web, without a server in between.
//!
//! Every render answer in JSON counts, but for `events`, which needs the events store. Numbers may differ by one part in
//! 10^9; names, times, order and nulls may not differ at all.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use plumbago_protocol::at_time;
use plumbago_query::{Label, QueryError, RenderRequest, RenderedSeries, render};
use serde_json::Value;

use crate::dataset;
use crate::memory::Memory;

const TOLERANCE: f64 = 1e-9;

#[test]
fn answers_equal_those_of_graphite_web() {
    let memory = dataset::load();
    let mut tally: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in dataset::cases().into_iter().filter(is_ours) {
        let function = case["function"].as_str().unwrap().to_owned();
        let verdict = judge(&case, &memory);
        let count = tally.entry(function).or_default();
        match verdict {
            Ok(()) => count.0 += 1,
            Err(reason) => {
                count.1 += 1;
                failures.push(format!("{} {}\n    {reason}", case["id"], target_of(&case)));
            }
        }
    }
    for (function, (passed, failed)) in &tally {
        println!("{function}: {passed} of {}", passed + failed);
    }
    let passed: usize = tally.values().map(|(passed, _)| passed).sum();
    println!("{passed} of {} answers are equal", passed + failures.len());
    assert!(passed > 2000, "only {passed} answers were compared");
    assert!(failures.is_empty(), "{} answers differ:\n{}", failures.len(), failures.join("\n"));
}

fn is_ours(case: &Value) -> bool {
    let area = case["area"].as_str().unwrap();
    let known_area = ["render", "archive", "time", "consolidation", "grammar", "pipeline"].contains(&area);
    let compared = ["render", "error"].contains(&case["compare"].as_str().unwrap());
    known_area && compared && case["path"] == "/render" && case["function"] != "events"
}

fn target_of(case: &Value) -> String {
    case["params"].to_string().chars().take(300).collect()
}

fn judge(case: &Value, memory: &Memory) -> Result<(), String> {
    let lenient = case["flags"].as_array().is_some_and(|flags| flags.iter().any(|flag| flag == "lenient"));
    let answer = answer(case, memory);
    if case["compare"] == "error" {
        return match answer {
            Err(_) => Ok(()),
            Ok(series) => Err(format!("expected an error, got {:?}", names(&series))),
        };
    }
    match answer {
        Err(_) if lenient => Ok(()),
        Err(error) => Err(format!("expected {}, got: {error}", expected_names(case))),
        Ok(series) => compare(&case["expect"], &series),
    }
}

fn names(series: &[RenderedSeries]) -> Vec<&str> {
    series.iter().map(|one| &*one.name).collect()
}

fn expected_names(case: &Value) -> String {
    let names: Vec<_> =
        case["expect"].as_array().unwrap().iter().map(|one| one["target"].to_string()).collect();
    names.join(" ").chars().take(200).collect()
}

/// What the HTTP layer does with the parameters, then the query.
fn answer(case: &Value, memory: &Memory) -> Result<Vec<RenderedSeries>, String> {
    let parameters: Vec<(&str, &str)> = case["params"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect();
    let get = |name: &str| parameters.iter().rfind(|(key, _)| *key == name).map(|(_, value)| *value);
    let zone = get("tz").and_then(at_time::time_zone).unwrap_or(TimeZone::UTC);
    let time = |name: &str, now: i64, default: &str| {
        at_time::parse(get(name).unwrap_or(default), now, &zone).map_err(|fault| fault.to_string())
    };
    let now = time("now", 1_710_504_000, "now")?;
    let (from, until) = (time("from", now, "-1d")?, time("until", now, "now")?);
    let targets =
        parameters.iter().filter(|(key, _)| *key == "target").map(|(_, value)| (*value).to_owned()).collect();
    let mut request = RenderRequest::new(targets, from, until, now);
    request.time_zone = zone;
    request.max_data_points = get("maxDataPoints").and_then(|text| text.parse().ok());
    if let Some(text) = get("xFilesFactor") {
        request.x_files_factor =
            Some(text.parse().map_err(|_| format!("xFilesFactor {text:?} is no number"))?);
    }
    request.no_null_points = get("noNullPoints").is_some();
    for (key, value) in &parameters {
        if let Some(name) = key.strip_prefix("template[").and_then(|key| key.strip_suffix(']')) {
            request.template.insert(name.to_owned(), (*value).to_owned());
        }
    }
    let result = render(memory, &request);
    if let Err(error) = &result {
        assert!(!error.to_string().contains('\n'), "one line: {error}");
        assert!(error.is_callers_fault(), "{error}");
        assert!(!matches!(error, QueryError::OverLimit { .. }), "{error}");
    }
    result.map_err(|error| error.to_string())
}

fn compare(expected: &Value, series: &[RenderedSeries]) -> Result<(), String> {
    let expected = expected.as_array().unwrap();
    let expected_names: Vec<_> = expected.iter().map(|one| one["target"].clone()).collect();
    let got_names: Vec<_> = series.iter().map(shown_name).collect();
    if expected_names != got_names {
        return Err(format!("names: expected {expected_names:?}, got {got_names:?}"));
    }
    for (wanted, one) in expected.iter().zip(series) {
        let wanted_points = wanted["datapoints"].as_array().unwrap();
        let points: Vec<_> = one.points().collect();
        let times =
            |points: &[i64]| format!("{} from {:?} to {:?}", points.len(), points.first(), points.last());
        let wanted_times: Vec<i64> = wanted_points.iter().map(|point| point[1].as_i64().unwrap()).collect();
        let got_times: Vec<i64> = points.iter().map(|(_, time)| *time).collect();
        if wanted_times != got_times {
            return Err(format!(
                "{}: times: expected {}, got {}",
                one.name,
                times(&wanted_times),
                times(&got_times)
            ));
        }
        for (wanted, (value, time)) in wanted_points.iter().zip(&points) {
            if !equal(&wanted[0], *value) {
                return Err(format!("{} at {time}: expected {}, got {value:?}", one.name, wanted[0]));
            }
        }
        compare_tags(&wanted["tags"], one)?;
    }
    Ok(())
}

fn shown_name(series: &RenderedSeries) -> Value {
    match series.label {
        Label::Text => Value::from(&*series.name),
        Label::Number => serde_json::from_str(&series.name).unwrap(),
        Label::Null => Value::Null,
    }
}

fn compare_tags(expected: &Value, series: &RenderedSeries) -> Result<(), String> {
    let got = serde_json::to_value(series.tags.to_map()).unwrap();
    if *expected == got {
        Ok(())
    } else {
        Err(format!("{}: tags: expected {expected}, got {got}", series.name))
    }
}

fn equal(expected: &Value, got: Option<f64>) -> bool {
    match (expected.as_f64(), got) {
        (Some(wanted), Some(got)) => {
            (wanted - got).abs() <= (TOLERANCE * wanted.abs().max(got.abs())).max(TOLERANCE)
        }
        // Infinity and NaN stand as text in the answers, and are null on our wire.
        (None, None) => expected.is_null() || expected.is_string(),
        _ => false,
    }
}

#[test]
fn functions_declare_what_clients_know() {
    let case = dataset::cases().into_iter().find(|case| case["id"] == "functions_list-001").unwrap();
    let known = case["expect"].as_object().unwrap();
    assert!(known.len() >= 154, "the list of functions is cut short");
    let mut wrong = Vec::new();
    for (name, wanted) in known {
        let Some(found) = plumbago_query::function(name) else {
            wrong.push(format!("{name} is missing"));
            continue;
        };
        if wanted["group"] != found.group.name() {
            wrong.push(format!("{name}: group {}, not {}", found.group.name(), wanted["group"]));
        }
        let parameters: Vec<Value> =
            found.parameters.iter().filter(|one| !one.beyond_graphite).map(declared).collect();
        let expected: Vec<Value> = wanted["params"].as_array().unwrap().iter().map(without_hints).collect();
        if parameters != expected {
            wrong.push(format!("{name}:\n   expected {expected:?}\n   declared {parameters:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn declared(parameter: &plumbago_query::Parameter) -> Value {
    use plumbago_query::DefaultValue;
    let mut value = serde_json::json!({"name": parameter.name, "type": parameter.kind.name()});
    if parameter.required {
        value["required"] = true.into();
    }
    if parameter.multiple {
        value["multiple"] = true.into();
    }
    match parameter.default {
        DefaultValue::Absent => {}
        DefaultValue::Boolean(default) => value["default"] = default.into(),
        DefaultValue::Integer(default) | DefaultValue::Implied(default) => value["default"] = default.into(),
        DefaultValue::Number(default) => value["default"] = default.into(),
        DefaultValue::Infinity => value["default"] = "Infinity".into(),
        DefaultValue::Text(default) => value["default"] = default.into(),
    }
    value
}

/// Lists of values and suggestions are for editors.
fn without_hints(parameter: &Value) -> Value {
    let mut parameter = parameter.clone();
    let fields = parameter.as_object_mut().unwrap();
    fields.remove("options");
    fields.remove("suggestions");
    parameter
}
