//! `/functions`: what the query language has, as Grafana's editor reads it.
//!
//! The list is made from the functions' own descriptors, so that it cannot drift from what is evaluated. Unless more is
//! asked for it has the names of graphite-web and no others: clients that were written for it know these.

use super::App;
use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::json;
use super::shown::shown;
use hyper::StatusCode;
use plumbago_query::{
    Choice, DefaultValue, Descriptor, Origin, Parameter, function, functions, options, suggestions,
};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A function as clients read it.
#[derive(Serialize)]
struct Function {
    name: &'static str,
    /// The call with its parameters.
    function: String,
    description: String,
    module: &'static str,
    group: &'static str,
    params: Vec<FunctionParameter>,
}

#[derive(Serialize)]
struct FunctionParameter {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    required: bool,
    #[serde(skip_serializing_if = "is_false")]
    multiple: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Value>,
}

/// Says whose functions are listed, as the parameter `origin` does: Grafana lets its users add headers to a data source,
/// but no parameters.
const ORIGIN_HEADER: &str = "plumbago-functions";

/// `/functions`: those of graphite-web, or of `origin`; with `group` those of one group; with `grouped`, by group.
pub(super) fn list(_app: &App, call: &Call) -> Result<Answer, Fault> {
    let group = call.params.last_filled("group");
    let origins = origins(call)?;
    let mut wanted: BTreeMap<&str, Function> = BTreeMap::new();
    for descriptor in functions().filter(|one| group.is_none_or(|group| one.group.name() == group)) {
        for name in origins.iter().flat_map(|origin| descriptor.names_of(*origin)) {
            wanted.insert(name, describe(name, descriptor));
        }
    }
    if !call.params.is_set("grouped") {
        return json(&call.params, &wanted);
    }
    let mut groups: BTreeMap<&str, BTreeMap<&str, Function>> = BTreeMap::new();
    for (name, function) in wanted {
        groups.entry(function.group).or_default().insert(name, function);
    }
    json(&call.params, &groups)
}

/// Whose functions are wanted.
fn origins(call: &Call) -> Result<Vec<Origin>, Fault> {
    let header = || call.header(ORIGIN_HEADER).map(|text| (ORIGIN_HEADER, text));
    let wanted = call.params.last_filled("origin").map(|text| ("origin", text)).or_else(header);
    let (place, text) = match wanted {
        None => return Ok(vec![Origin::Graphite]),
        Some((_, "all")) => return Ok(Origin::ALL.to_vec()),
        Some(wanted) => wanted,
    };
    match Origin::ALL.into_iter().find(|origin| origin.name().eq_ignore_ascii_case(text)) {
        Some(origin) => Ok(vec![origin]),
        None => {
            let text = shown(text.as_bytes());
            let expected = "all, graphite-web, carbonapi or plumbago";
            Err(Fault::bad_request(format!("{place}: expected {expected}, found {text}")))
        }
    }
}

/// `/functions/<name>`: whoever's it is.
pub(super) fn one(_app: &App, call: &Call) -> Result<Answer, Fault> {
    let name = call.path_after("/functions/");
    let found = function(&name).filter(|_| call.params.last("type") != Some("pie"));
    let Some(descriptor) = found else {
        let message = format!("there is no function {}", shown(name.as_bytes()));
        return Err(Fault::new(StatusCode::NOT_FOUND, message));
    };
    let known = descriptor.names().find(|one| *one == name);
    json(&call.params, &describe(known.unwrap_or(descriptor.name), descriptor))
}

fn describe(name: &'static str, descriptor: &Descriptor) -> Function {
    // Editors give arguments by their position; those that go by name only are in docs/functions.md.
    let listed = || descriptor.parameters.iter().filter(|parameter| !parameter.beyond_graphite);
    let names: Vec<&str> = listed().map(|parameter| parameter.name).collect();
    Function {
        name,
        function: format!("{name}({})", names.join(", ")),
        description: description(descriptor),
        module: "plumbago",
        group: descriptor.group.name(),
        params: listed().map(|one| describe_parameter(descriptor, one)).collect(),
    }
}

/// What it does, and an example.
fn description(descriptor: &Descriptor) -> String {
    match descriptor.example() {
        Ok(example) => format!("{}\n\n{}", descriptor.help, example.text),
        Err(_) => descriptor.help.to_owned(),
    }
}

fn describe_parameter(descriptor: &Descriptor, parameter: &Parameter) -> FunctionParameter {
    FunctionParameter {
        name: parameter.name,
        kind: parameter.kind.name(),
        required: parameter.required,
        multiple: parameter.multiple,
        default: default_text(parameter.default).and_then(|text| RawValue::from_string(text).ok()),
        options: options(descriptor, parameter).into_iter().map(choice).collect(),
        suggestions: suggestions(parameter).into_iter().map(choice).collect(),
    }
}

fn choice(choice: Choice) -> Value {
    match choice {
        Choice::Text(text) => Value::from(text),
        Choice::Integer(number) => Value::from(number),
        Choice::Boolean(value) => Value::from(value),
        Choice::Nothing => Value::Null,
    }
}

fn default_text(default: DefaultValue) -> Option<String> {
    Some(match default {
        DefaultValue::Absent => return None,
        DefaultValue::Boolean(value) => value.to_string(),
        DefaultValue::Integer(value) | DefaultValue::Implied(value) => value.to_string(),
        DefaultValue::Number(value) => value.to_string(),
        // JSON knows no infinity; clients read this number as one.
        DefaultValue::Infinity => "1e9999".to_owned(),
        DefaultValue::Text(value) => serde_json::Value::from(value).to_string(),
    })
}

/// Shaped as serde wants it.
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_written_as_json() {
        let text = |default| default_text(default).unwrap_or_default();
        assert_eq!(text(DefaultValue::Absent), "");
        assert_eq!(text(DefaultValue::Boolean(true)), "true");
        assert_eq!(text(DefaultValue::Number(0.1)), "0.1");
        assert_eq!(text(DefaultValue::Text("a\"b")), "\"a\\\"b\"");
        assert!(RawValue::from_string(text(DefaultValue::Infinity)).is_ok());
    }
}
