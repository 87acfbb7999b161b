//! Conditions on labels in their three forms: `matchers`, and the older mappings for equality and for expressions.

use plumbago_protocol::limits;
use plumbago_rules::yaml::{Faults, Fields, Value, text};

use crate::matcher::{Matcher, Operator};

/// The keys of one side's conditions: their list, equality, expressions.
pub(super) type Keys = [&'static str; 3];

/// Reads all forms, in an order that does not depend on that of the file.
pub(super) fn read(fields: &Fields<'_>, keys: Keys, faults: &mut Faults<'_>) -> Vec<Matcher> {
    let [list, equal, like] = keys;
    let mut matchers = Vec::new();
    for (node, text) in fields.texts(list, faults) {
        match Matcher::parse_list(text) {
            Ok(read) => matchers.extend(read),
            Err(error) => faults.at(node.mark, error.message),
        }
    }
    for (key, operator) in [(equal, Operator::Equal), (like, Operator::Like)] {
        let Some(node) = fields.get(key) else { continue };
        let Value::Map(entries) = &node.value else {
            faults.at(node.mark, format!("{key} is a mapping of labels to values, not {}", node.kind()));
            continue;
        };
        for (name, value) in entries {
            let Some(written) = text(value, &name.name, faults) else { continue };
            match Matcher::new(&name.name, operator, written) {
                Ok(matcher) => matchers.push(matcher),
                Err(error) => faults.at(value.mark, error.message),
            }
        }
    }
    if let (true, Some(mark)) = (matchers.len() > limits::MATCHERS_MAX, fields.key_mark(list)) {
        faults.at(mark, format!("at most {} conditions", limits::MATCHERS_MAX));
    }
    matchers.sort_by(|a, b| (a.name(), a.value(), a.operator()).cmp(&(b.name(), b.value(), b.operator())));
    matchers
}
