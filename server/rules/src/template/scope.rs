//! What a template can ask about: a series, its values and its labels.
//!
//! Invariant: a missing tag, label or node is the empty text, as Prometheus's missing labels are; a missing value is null.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use minijinja::Value;
use minijinja::value::{Object, ObjectRepr};
use plumbago_query::Tags;

/// Every name that a template can use.
pub(super) const NAMES: [&str; 7] = ["node", "tag", "series", "value", "last", "labels", "graph_url"];

/// The series that a template is rendered for.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// `series`: the name of the result; `node(i)` counts in it as `aliasByNode` does.
    pub series: &'a str,
    /// `tag(name)`: the tags of the result.
    pub tags: &'a Tags,
    /// `value`: that of the slot that is evaluated.
    pub value: Option<f64>,
    /// `last`: the newest known value.
    pub last: Option<f64>,
    /// `labels.x`: the rule's labels, rendered, or what else has them.
    pub labels: &'a BTreeMap<String, String>,
    /// `graph_url`: where the expression can be looked at.
    pub graph_url: &'a str,
}

static NO_TAGS: LazyLock<Tags> = LazyLock::new(Tags::default);
static NO_LABELS: BTreeMap<String, String> = BTreeMap::new();

impl Default for Subject<'_> {
    /// No series at all.
    fn default() -> Self {
        let (tags, labels) = (&*NO_TAGS, &NO_LABELS);
        Subject { series: "", tags, value: None, last: None, labels, graph_url: "" }
    }
}

impl Subject<'_> {
    /// The root of a template's names.
    pub(super) fn to_value(self) -> Value {
        Value::from_object(Scope {
            series: Arc::from(self.series),
            tags: self.tags.clone(),
            value: number(self.value),
            last: number(self.last),
            labels: Value::from_object(Labels(self.labels.clone())),
            graph_url: Arc::from(self.graph_url),
        })
    }
}

/// A value as a template sees it. A whole one is an integer, so that 90 is shown as 90.
pub(super) fn number(value: Option<f64>) -> Value {
    /// From here on not every integer is a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value.filter(|value| !value.is_nan()) {
        None => Value::from(()),
        Some(value) if value.fract() == 0.0 && value.abs() < EXACT => Value::from(value as i64),
        Some(value) => Value::from(value),
    }
}

#[derive(Debug)]
struct Scope {
    series: Arc<str>,
    tags: Tags,
    value: Value,
    last: Value,
    labels: Value,
    graph_url: Arc<str>,
}

impl Object for Scope {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "series" => Value::from(Arc::clone(&self.series)),
            "value" => self.value.clone(),
            "last" => self.last.clone(),
            "labels" => self.labels.clone(),
            "graph_url" => Value::from(Arc::clone(&self.graph_url)),
            "node" => {
                let scope = Arc::clone(self);
                Value::from_function(move |position: i64| scope.node(position))
            }
            "tag" => {
                let scope = Arc::clone(self);
                Value::from_function(move |name: &str| scope.tags.get(name).unwrap_or_default().to_owned())
            }
            _ => return None,
        })
    }
}

impl Scope {
    fn node(&self, position: i64) -> String {
        plumbago_query::node_of_name(&self.series, position).unwrap_or_default()
    }
}

/// Labels as a template sees them: `labels.x` is the empty text for one that is not there.
pub fn label_values(labels: &BTreeMap<String, String>) -> Value {
    Value::from_object(Labels(labels.clone()))
}

/// Labels, of which every one exists: those that nobody set are empty.
#[derive(Debug)]
struct Labels(BTreeMap<String, String>);

impl Object for Labels {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let label = self.0.get(key.as_str()?);
        Some(Value::from(label.map_or("", String::as_str)))
    }

    fn enumerate(self: &Arc<Self>) -> minijinja::value::Enumerator {
        minijinja::value::Enumerator::Values(self.0.keys().map(|key| Value::from(key.as_str())).collect())
    }
}
