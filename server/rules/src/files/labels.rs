//! Labels: names and values that can be tags, values as templates.

use std::collections::BTreeMap;

use plumbago_protocol::canonical;

use super::common::template;
use super::fault::Faults;
use super::fields::{Fields, text};
use super::tree::Node;

/// The labels below a node. Their values do not depend on values of series.
pub(super) fn read(node: &Node, faults: &mut Faults<'_>) -> BTreeMap<String, String> {
    let Some(fields) = Fields::of(node, "labels", faults) else { return BTreeMap::new() };
    let mut labels = BTreeMap::new();
    for (key, node) in fields.entries() {
        if key.name == "name" || canonical(&format!("x;{}=y", key.name)).is_err() {
            faults.at(key.mark, format!("{:?} cannot be the name of a label", key.name));
            continue;
        }
        let Some(value) = text(node, &key.name, faults) else { continue };
        let Some(compiled) = template(node, value, faults) else { continue };
        if compiled.uses_value() {
            faults.at(
                node.mark,
                "a label does not depend on value or last: it would be another series each time",
            );
        }
        let constant = compiled.constant();
        if let Some(Err(refusal)) =
            constant.map(|constant| canonical(&format!("x;{}={constant}", key.name)).map(drop))
        {
            faults.at(node.mark, format!("{value:?} cannot be the value of a label: {}", refusal.sentence()));
        }
        labels.insert(key.name.clone(), value.to_owned());
    }
    labels
}
