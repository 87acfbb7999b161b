//! The answers that hold names rather than values, as JSON: find, expand and the index.
//!
//! Owns their shapes. Order, and that no name comes twice, are up to the caller.

use super::json::{push_json_string, push_json_text};
use std::borrow::Cow;

/// One node of a find answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeNode<'a> {
    /// What is shown.
    pub text: Cow<'a, str>,
    /// The pattern that leads to it, in two parts: up to its last dot, and the node's own name.
    pub id: (&'a str, &'a str),
    /// Whether it is a series. One that has children too is shown as a branch.
    pub is_leaf: bool,
}

/// Writes nodes in find's `treejson` format: `[{"text":…,"id":…,"allowChildren":0|1,"expandable":0|1,"leaf":0|1},…]`.
pub fn tree_json<'a>(out: &mut Vec<u8>, nodes: impl IntoIterator<Item = TreeNode<'a>>) {
    push_list(out, nodes, |out, node| {
        out.extend_from_slice(b"{\"text\":");
        push_json_string(out, &node.text);
        out.extend_from_slice(b",\"id\":\"");
        push_json_text(out, node.id.0);
        push_json_text(out, node.id.1);
        out.push(b'"');
        out.extend_from_slice(if node.is_leaf {
            b",\"allowChildren\":0,\"expandable\":0,\"leaf\":1}"
        } else {
            b",\"allowChildren\":1,\"expandable\":1,\"leaf\":0}"
        });
    });
}

/// Writes names as a list: the index of all series.
pub fn names_json(out: &mut Vec<u8>, names: impl IntoIterator<Item = impl AsRef<str>>) {
    push_list(out, names, |out, name| push_json_string(out, name.as_ref()));
}

/// Writes names as expand does: `{"results":[…]}`.
pub fn expand_json(out: &mut Vec<u8>, names: impl IntoIterator<Item = impl AsRef<str>>) {
    out.extend_from_slice(b"{\"results\":");
    names_json(out, names);
    out.push(b'}');
}

/// Writes names as expand does when asked to group them by pattern: `{"results":{"pattern":[…],…}}`.
pub fn expand_grouped_json<'a, Names>(out: &mut Vec<u8>, groups: impl IntoIterator<Item = (&'a str, Names)>)
where
    Names: IntoIterator<Item: AsRef<str>>,
{
    out.extend_from_slice(b"{\"results\":{");
    let mut is_first = true;
    for (pattern, names) in groups {
        if !std::mem::replace(&mut is_first, false) {
            out.push(b',');
        }
        push_json_string(out, pattern);
        out.push(b':');
        names_json(out, names);
    }
    out.extend_from_slice(b"}}");
}

fn push_list<Item>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = Item>,
    mut push: impl FnMut(&mut Vec<u8>, Item),
) {
    out.push(b'[');
    for (position, item) in items.into_iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        push(out, item);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(push: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        push(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn flags_of_tree_nodes_are_integers() {
        let nodes = [
            TreeNode { text: "cpu".into(), id: ("a.*.", "cpu"), is_leaf: false },
            TreeNode { text: "load".into(), id: ("a.*.", "load"), is_leaf: true },
        ];
        assert_eq!(
            written(|out| tree_json(out, nodes)),
            "[{\"text\":\"cpu\",\"id\":\"a.*.cpu\",\"allowChildren\":1,\"expandable\":1,\"leaf\":0},\
             {\"text\":\"load\",\"id\":\"a.*.load\",\"allowChildren\":0,\"expandable\":0,\"leaf\":1}]"
        );
    }

    #[test]
    fn lists_of_names() {
        let none: [&str; 0] = [];
        assert_eq!(written(|out| names_json(out, none)), "[]");
        assert_eq!(written(|out| names_json(out, ["a.b", "c\"d"])), "[\"a.b\",\"c\\\"d\"]");
        assert_eq!(written(|out| expand_json(out, vec!["a".to_owned()])), "{\"results\":[\"a\"]}");
        let groups = [("a.*", vec!["a.b", "a.c"]), ("x", vec![])];
        assert_eq!(
            written(|out| expand_grouped_json(out, groups)),
            "{\"results\":{\"a.*\":[\"a.b\",\"a.c\"],\"x\":[]}}"
        );
    }
}
