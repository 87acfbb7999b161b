//! The JSON Schema of rule files.
//!
//! Invariant: it names exactly the keys that are read; a test compares them. What a schema cannot say (that expressions
//! parse, that names are free of cycles) is only checked by reading.

use std::sync::LazyLock;

use serde_json::Value;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("schema.json")).unwrap_or_default());

/// The schema as one JSON document.
///
/// ```
/// assert_eq!(plumbago_rules::schema()["required"][0], "groups");
/// ```
pub fn schema() -> &'static Value {
    &SCHEMA
}
