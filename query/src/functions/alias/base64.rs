//! aliasByBase64: names, or nodes of them, that were sent in base64.

use std::sync::Arc;

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "aliasByBase64",
    Group::Alias,
    &[SERIES_LIST, Parameter::optional("nodeNum", Kind::Integer, Default::Absent)],
    by_base64,
)
.from(Origin::Carbonapi)
.slot_by_slot().help("Decodes names that are base64, or only the given node of the path, counted from 1; others stay as they are.", "host.d2ViIDE=.cpu: 1 2 @60
         > aliasByBase64(host.*.cpu, 2)
         host.web 1.cpu: 1 2 @60")];

fn by_base64(call: &mut Invocation<'_, '_>) -> Outcome {
    let node = call.arguments().optional_integer("nodeNum")?;
    let position = match node.map(|node| usize::try_from(node).unwrap_or(0)) {
        Some(0) => return Err(QueryError::bad_request("aliasByBase64: nodeNum counts from 1")),
        Some(node) => Some(node - 1),
        None => None,
    };
    let mut series = call.take_series();
    for one in &mut series {
        let name = match position {
            None => decoded(&one.name),
            Some(position) => with_node_decoded(one.tags.get("name").unwrap_or_default(), position),
        };
        if let Some(name) = name {
            one.rename(Arc::from(name));
        }
    }
    Ok(series.into())
}

fn with_node_decoded(path: &str, position: usize) -> Option<String> {
    let mut nodes: Vec<&str> = path.split('.').collect();
    let text = decoded(nodes.get(position)?)?;
    nodes[position] = &text;
    Some(nodes.join("."))
}

/// The text behind standard base64 with its padding; `None` if it is none, or no UTF-8.
fn decoded(text: &str) -> Option<String> {
    let padding = text.bytes().rev().take_while(|byte| *byte == b'=').count();
    let digits = &text[..text.len() - padding];
    if !text.len().is_multiple_of(4) || padding > 2 || text.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for quad in digits.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for digit in quad {
            bits = bits << 6 | six_bits(*digit)?;
        }
        // Four digits are three bytes; of three digits two count, of two digits one.
        let missing = 4 - quad.len();
        let whole = (bits << (6 * missing)).to_be_bytes();
        bytes.extend_from_slice(&whole[1..4 - missing]);
    }
    String::from_utf8(bytes).ok()
}

fn six_bits(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_base64_is_decoded() {
        for (text, expected) in [
            ("aGl0cw==", Some("hits")),
            ("aGl0cyE=", Some("hits!")),
            ("aGl0", Some("hit")),
            ("aGl0cw", None),
            ("aGl=cw==", None),
            ("====", None),
            ("/////w==", None),
            ("ü===", None),
            ("", None),
        ] {
            assert_eq!(decoded(text).as_deref(), expected, "{text}");
        }
    }
}
