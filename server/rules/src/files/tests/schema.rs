//! The schema against the code that reads files: the same keys, and good files satisfy it.

use plumbago_protocol::StartRegex;
use saphyr_parser::ScalarStyle;
use serde_json::{Value as Json, json};

use crate::files::tree::{Node, Value, parse};
use crate::files::{FILE_KEYS, alert, event, group, record, schema};

fn keys_of(definition: &Json) -> Vec<&str> {
    let mut keys: Vec<&str> =
        definition["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys
}

fn sorted<'a>(keys: &[&'a str]) -> Vec<&'a str> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys
}

#[test]
fn the_schema_has_the_keys_that_are_read() {
    let schema = schema();
    assert_eq!(keys_of(schema), sorted(FILE_KEYS));
    assert_eq!(keys_of(&schema["$defs"]["group"]), sorted(group::KEYS));
    assert_eq!(keys_of(&schema["$defs"]["record"]), sorted(record::KEYS));
    assert_eq!(keys_of(&schema["$defs"]["event"]), sorted(event::KEYS));
    assert_eq!(keys_of(&schema["$defs"]["alert"]), sorted(alert::KEYS));
    assert_eq!(keys_of(&schema["$defs"]["on"]), sorted(alert::ON_KEYS));
}

#[test]
fn good_files_satisfy_the_schema() {
    for text in [
        include_str!("good/everything.yaml"),
        include_str!("good/vmalert.yaml"),
        include_str!("good/prometheus.yaml"),
    ] {
        let root = parse(text).expect("YAML").expect("a document");
        if let Err(fault) = satisfies(&json_of(&root), schema(), "") {
            panic!("{fault}");
        }
    }
}

#[test]
fn wrong_files_do_not_satisfy_the_schema() {
    for (name, text) in [
        ("keys", include_str!("bad/keys.yaml")),
        ("conditions", include_str!("bad/conditions.yaml")),
        ("durations", include_str!("bad/durations.yaml")),
        ("groups", include_str!("bad/groups.yaml")),
        ("records", include_str!("bad/records.yaml")),
        ("anomaly", include_str!("bad/anomaly.yaml")),
        ("alert", include_str!("bad/alert.yaml")),
    ] {
        let root = parse(text).expect("YAML").expect("a document");
        assert!(satisfies(&json_of(&root), schema(), "").is_err(), "{name}");
    }
}

/// YAML's core schema, as far as the files need it.
fn json_of(node: &Node) -> Json {
    match &node.value {
        Value::List(list) => list.iter().map(json_of).collect(),
        Value::Map(entries) => entries.iter().map(|(key, node)| (key.name.clone(), json_of(node))).collect(),
        Value::Text(text) if text.is_null() => Json::Null,
        Value::Text(text) if text.style != ScalarStyle::Plain => json!(text.text),
        Value::Text(text) => match (text.text.as_str(), text.text.parse::<i64>()) {
            ("true", _) => json!(true),
            ("false", _) => json!(false),
            (_, Ok(number)) => json!(number),
            (text, _) => json!(text),
        },
    }
}

/// The keywords of JSON Schema that ours uses, and a panic for any other.
fn satisfies(value: &Json, schema: &Json, path: &str) -> Result<(), String> {
    let fault = |what: &str| Err(format!("{path}: {value} is against {what} of {schema}"));
    for (keyword, argument) in schema.as_object().expect("a schema is an object") {
        let list = || argument.as_array().expect("a list").iter();
        let holds = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let name =
                    argument.as_str().and_then(|name| name.strip_prefix("#/$defs/")).expect("a definition");
                satisfies(value, definition(name), path)?;
                true
            }
            "type" => match argument {
                Json::Array(types) => types.iter().any(|one| is_a(value, one)),
                one => is_a(value, one),
            },
            "const" => value == argument,
            "enum" => list().any(|one| one == value),
            "not" => satisfies(value, argument, path).is_err(),
            "anyOf" => list().any(|one| satisfies(value, one, path).is_ok()),
            "oneOf" => list().filter(|one| satisfies(value, one, path).is_ok()).count() == 1,
            "minLength" => {
                value.as_str().is_none_or(|text| text.chars().count() as u64 >= argument.as_u64().unwrap())
            }
            "minimum" => value.as_i64().is_none_or(|number| number >= argument.as_i64().unwrap()),
            "minProperties" => {
                value.as_object().is_none_or(|map| map.len() as u64 >= argument.as_u64().unwrap())
            }
            "pattern" => {
                let regex = StartRegex::parse(argument.as_str().expect("a pattern")).expect("a pattern");
                value.as_str().is_none_or(|text| regex.matches(text))
            }
            "required" => {
                value.as_object().is_none_or(|map| list().all(|key| map.contains_key(key.as_str().unwrap())))
            }
            "items" => {
                for (at, one) in value.as_array().into_iter().flatten().enumerate() {
                    satisfies(one, argument, &format!("{path}/{at}"))?;
                }
                true
            }
            "properties" => {
                for (key, one) in value.as_object().into_iter().flatten() {
                    if let Some(schema) = argument.get(key) {
                        satisfies(one, schema, &format!("{path}/{key}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = |key: &String| schema["properties"].get(key).is_some();
                for (key, one) in value.as_object().into_iter().flatten().filter(|(key, _)| !known(key)) {
                    match argument {
                        Json::Bool(false) => return fault("additionalProperties"),
                        schema => satisfies(one, schema, &format!("{path}/{key}"))?,
                    }
                }
                true
            }
            other => panic!("the keyword {other} is unknown here"),
        };
        if !holds {
            return fault(keyword);
        }
    }
    Ok(())
}

fn definition(name: &str) -> &'static Json {
    schema()["$defs"].get(name).expect("every reference has its definition")
}

fn is_a(value: &Json, name: &Json) -> bool {
    match name.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        other => panic!("unknown type {other}"),
    }
}
