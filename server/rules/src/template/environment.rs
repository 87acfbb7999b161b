//! The template engine, set up once: no loader, no escaping, fuel, our filters.
//!
//! Invariant: a template of ours is the only one in its environment, so that nothing can be included.

use std::collections::HashSet;
use std::sync::LazyLock;

use minijinja::value::ValueKind;
use minijinja::{Environment, UndefinedBehavior, Value};
use plumbago_protocol::limits;

use super::error::{TemplateError, describe};
use super::go::Translated;
use super::{Vocabulary, humanize, printf};

/// The name of the one template of an environment.
pub(super) const NAME: &str = "template";

/// What every environment begins as; copies share its filters.
static BASE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut base = Environment::new();
    base.set_debug(false);
    base.set_fuel(Some(limits::TEMPLATE_FUEL_MAX));
    base.set_recursion_limit(limits::TEMPLATE_NESTING_MAX);
    base.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    base.remove_global("debug");
    // Built-in fallbacks of the engine that make no sense without HTML, or that show its internals.
    for filter in ["safe", "escape", "e", "pprint"] {
        base.remove_filter(filter);
    }
    base.add_filter("humanize", humanize::plain);
    base.add_filter("humanizePercentage", humanize::percentage);
    base.add_filter("humanizeDuration", humanize::duration);
    base.add_filter("printf", printf::printf);
    base.set_formatter(|output, state, value| minijinja::escape_formatter(output, state, &shown(value)));
    base
});

/// A value as it is inserted: nothing as `null`, whole numbers without a fraction.
fn shown(value: &Value) -> Value {
    match value.kind() {
        ValueKind::None => Value::from("null"),
        ValueKind::Number => {
            let number = f64::try_from(value.clone()).ok().map(|number| super::scope::number(Some(number)));
            number.unwrap_or_else(|| value.clone())
        }
        _ => value.clone(),
    }
}

/// Compiles a translated text; also returned are the names that it uses and does not set itself.
pub(super) fn compile(
    translated: &Translated<'_>,
    vocabulary: &Vocabulary,
) -> Result<(Environment<'static>, HashSet<String>), TemplateError> {
    let mut environment = BASE.clone();
    if !vocabulary.inserts_as_is() {
        let escape = vocabulary.escape;
        environment.set_formatter(move |output, _, value| {
            let shown = match value.as_str() {
                Some(text) => escape(text).into_owned(),
                None => escape(&shown(value).to_string()).into_owned(),
            };
            output.write_str(&shown).map_err(minijinja::Error::from)
        });
    }
    let compiled = environment
        .add_template_owned(NAME, translated.text.clone())
        .and_then(|()| environment.get_template(NAME).map(|one| one.undeclared_variables(false)));
    match compiled {
        Ok(used) => Ok((environment, used)),
        Err(error) => {
            let offset = error.range().map_or(0, |range| range.start);
            Err(TemplateError::at(translated.original, translated.original_offset(offset), describe(&error)))
        }
    }
}

/// Whether the engine has a filter of this name.
pub(super) fn has_filter(name: &str) -> bool {
    FILTERS.contains(&name)
}

/// Whether the engine has a function of this name besides those of the series.
pub(super) fn has_function(name: &str) -> bool {
    ["range", "dict", "namespace", "loop"].contains(&name)
}

/// Every filter that a template can use.
pub(super) const FILTERS: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "format",
    "groupby",
    "humanize",
    "humanizeDuration",
    "humanizePercentage",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "printf",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
    "zip",
];
