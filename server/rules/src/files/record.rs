//! The keys that only `record` rules have.

use plumbago_protocol::canonical;

use super::common::template;
use super::fault::Faults;
use super::fields::Fields;
use super::tree::Node;
use crate::rule::RecordRule;
use crate::template::Piece;

/// The keys of a record rule.
pub(crate) const KEYS: &[&str] = &[
    "record",
    "expr",
    "labels",
    "keep_tags",
    "exclude_self",
    "delay",
    "limit",
    "debug",
    "update_entries_limit",
];

/// Reads what only a record rule has, and checks its name.
pub(super) fn read(fields: &Fields<'_>, name: Option<(&Node, &str)>, faults: &mut Faults<'_>) -> RecordRule {
    if let Some((node, name)) = name {
        check_name(node, name, faults);
    }
    let mut keep_tags = Vec::new();
    for (node, tag) in fields.texts("keep_tags", faults) {
        if tag == "name" || canonical(&format!("x;{tag}=y")).is_err() {
            faults.at(node.mark, format!("{tag:?} cannot be the name of a tag"));
        } else {
            keep_tags.push(tag.to_owned());
        }
    }
    RecordRule { keep_tags, exclude_self: fields.boolean("exclude_self", faults).unwrap_or(false) }
}

/// The name can be one of a series, whatever its template's parts render to.
fn check_name(node: &Node, name: &str, faults: &mut Faults<'_>) {
    let Some(compiled) = template(node, name, faults) else { return };
    if compiled.uses_value() {
        faults.at(
            node.mark,
            "the name of a series does not depend on value or last: it would be another one each time",
        );
    }
    let pieces = compiled.pieces();
    let example: String =
        pieces.iter().map(|piece| if let Piece::Text(text) = piece { text } else { "x" }).collect();
    if let Err(refusal) = canonical(&example) {
        faults.at(node.mark, format!("{name:?} cannot be the name of a series: {}", refusal.sentence()));
    }
}
