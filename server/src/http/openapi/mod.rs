//! The document at `/api/v1/openapi.json`, which tells programs what may be asked: made of the table of routes, which
//! says paths, methods and scopes, and of what `described` and `glossary` say about each in words.
//!
//! Invariant: every line of the table is in it, and nothing else; tests compare the two.

mod described;
mod glossary;

use super::App;
use super::access::Needs;
use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::json;
use super::routes::{ROUTES, Route};
use described::{Body, Described, Shape, described};
use glossary::Parameter;
use hyper::Method;
use serde_json::{Map, Value, json as value};

/// `GET /api/v1/openapi.json`
pub(super) fn document(_app: &App, call: &Call) -> Result<Answer, Fault> {
    json(&call.params, &build())
}

fn build() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        for method in route.methods {
            let one = described(method, route.path);
            let path = one.map_or(route.path, |one| one.template);
            let item = paths.entry(path).or_insert_with(|| value!({}));
            item[method.as_str().to_ascii_lowercase()] = operation(route, method, one);
        }
    }
    value!({
        "openapi": "3.0.3",
        "info": {
            "title": "Plumbago",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A Graphite-compatible time-series database and query engine. Every fault is one line of text. \
                            Paths are answered with and without a slash at their end, and HEAD wherever GET is.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "user": { "type": "http", "scheme": "basic" },
            },
            "responses": {
                "fault": {
                    "description": "What is wrong, and where, in one line.",
                    "content": {
                        "text/plain": { "schema": { "type": "string" } },
                        // Graphite's and Grafana's own paths for events answer in their own shapes.
                        "application/json": { "schema": { "type": "object" } },
                    },
                },
            },
        },
    })
}

fn operation(route: &Route, method: &Method, one: Option<&Described>) -> Value {
    let Some(one) = one else {
        return value!({ "responses": { "default": { "$ref": "#/components/responses/fault" } } });
    };
    let is_form = *method == Method::POST && one.body == Body::Form;
    let mut parameters: Vec<Value> = path_parameters(one.template);
    if !is_form {
        parameters.extend(one.parameters().map(|parameter| query_parameter(&parameter)));
    }
    let mut operation = value!({
        "summary": one.summary,
        "operationId": operation_id(method, one.template),
        "parameters": parameters,
        "responses": {
            "200": { "description": "The answer.", "content": content(one) },
            "default": { "$ref": "#/components/responses/fault" },
        },
    });
    match route.needs() {
        Needs::Nothing | Needs::Signature => operation["security"] = value!([]),
        Needs::Scope(scope) => {
            operation["security"] = value!([{ "token": [] }, { "user": [] }, {}]);
            operation["x-scope"] = value!(scope.name());
        }
    }
    if let Some(body) = request_body(one, is_form) {
        operation["requestBody"] = body;
    }
    operation
}

/// Every name in braces of a path.
fn path_parameters(template: &str) -> Vec<Value> {
    let names = template.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name| {
        let schema = match name {
            "id" => value!({ "type": "integer", "minimum": 1 }),
            _ => value!({ "type": "string", "minLength": 1 }),
        };
        value!({ "name": name, "in": "path", "required": true, "schema": schema })
    };
    names.map(parameter).collect()
}

fn query_parameter(parameter: &Parameter) -> Value {
    value!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.is_required,
        "description": parameter.help(),
        "schema": parameter.schema(),
    })
}

fn request_body(one: &Described, is_form: bool) -> Option<Value> {
    let (kind, schema) = match one.body {
        Body::None => return None,
        Body::Form if !is_form => return None,
        Body::Form => {
            let properties: Map<String, Value> =
                one.parameters().map(|parameter| (parameter.name.to_owned(), parameter.schema())).collect();
            let required: Vec<&str> =
                one.parameters().filter(|one| one.is_required).map(|parameter| parameter.name).collect();
            let mut schema = value!({ "type": "object", "properties": properties });
            if !required.is_empty() {
                schema["required"] = value!(required);
            }
            ("application/x-www-form-urlencoded", schema)
        }
        Body::Json(help) => ("application/json", value!({ "description": help })),
        Body::Lines => ("text/plain", value!({ "type": "string" })),
    };
    Some(value!({ "required": one.body != Body::Form, "content": { kind: { "schema": schema } } }))
}

fn content(one: &Described) -> Value {
    let mut content = match one.shape {
        Shape::Html => value!({ "text/html": { "schema": { "type": "string" } } }),
        Shape::Text => value!({ "text/plain": { "schema": { "type": "string" } } }),
        Shape::Json => value!({ "application/json": { "schema": {} } }),
        Shape::List => value!({ "application/json": { "schema": { "type": "array", "items": {} } } }),
        Shape::Object => value!({ "application/json": { "schema": { "type": "object" } } }),
        Shape::Lines => value!({ "application/x-ndjson": { "schema": { "type": "string" } } }),
        Shape::Stream => value!({ "text/event-stream": { "schema": { "type": "string" } } }),
        Shape::Png => value!({ "image/png": { "schema": { "type": "string", "format": "binary" } } }),
        Shape::Formats => value!({ "application/json": { "schema": {} }, "*/*": { "schema": {} } }),
    };
    if one.parameters().any(|parameter| parameter.name == "jsonp") {
        content["text/javascript"] = value!({ "schema": { "type": "string" } });
    }
    content
}

/// Such as `post_api_v1_series_delete`.
fn operation_id(method: &Method, template: &str) -> String {
    let words = template.split(['/', '{', '}', '.']).filter(|word| !word.is_empty());
    std::iter::once(method.as_str().to_ascii_lowercase())
        .chain(words.map(str::to_owned))
        .collect::<Vec<_>>()
        .join("_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let routes: BTreeSet<String> = ROUTES
            .iter()
            .flat_map(|route| route.methods.iter().map(move |method| format!("{method} {}", route.path)))
            .collect();
        let described: BTreeSet<String> = described::DESCRIBED
            .iter()
            .flat_map(|one| one.methods.split(' ').map(move |method| format!("{method} {}", one.path)))
            .collect();
        assert_eq!(routes, described);
    }

    #[test]
    fn the_document_holds_every_route_once() {
        let document = build();
        let paths = document["paths"].as_object().unwrap();
        let operations: usize = paths.values().map(|item| item.as_object().unwrap().len()).sum();
        let expected: usize = ROUTES.iter().map(|route| route.methods.len()).sum();
        assert_eq!(operations, expected);
        let mut ids = BTreeSet::new();
        for (path, item) in paths {
            assert!(!path.contains('*') && path.starts_with('/'), "{path}");
            for operation in item.as_object().unwrap().values() {
                assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
                assert!(operation["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{operation}");
            }
        }
    }

    #[test]
    fn every_parameter_of_a_description_is_in_the_glossary_and_the_reverse() {
        let mut used = BTreeSet::new();
        for one in described::DESCRIBED {
            assert_eq!(
                one.parameters().count(),
                one.parameters.split_ascii_whitespace().count(),
                "{}",
                one.path
            );
            used.extend(one.parameters().map(|parameter| parameter.name));
        }
        let known: BTreeSet<&str> = glossary::GLOSSARY.iter().map(|(name, ..)| *name).collect();
        assert_eq!(used, known);
    }
}
