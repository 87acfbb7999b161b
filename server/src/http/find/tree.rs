//! The tree as Grafana's editor shows it.

use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::wrap;
use super::super::{App, query_fault};
use super::{flag, nodes};
use percent_encoding::percent_decode_str;
use plumbago_protocol::encode::{TreeNode, tree_json};
use plumbago_query::find;
use std::borrow::Cow;

/// `format=treejson`
pub(super) fn tree(app: &App, call: &Call, query: &str) -> Result<Answer, Fault> {
    let mut tree = find::tree(&app.source(), query).map_err(query_fault)?;
    if flag(call, "leavesOnly")? {
        tree.entries.retain(|entry| entry.is_leaf);
    }
    let wildcard = match flag(call, "wildcards")? && nodes(app, call, query)?.len() > 1 {
        true => Some(("*", tree.entries.iter().all(|entry| entry.is_leaf))),
        false => None,
    };
    let entries = tree.entries.iter().map(|entry| (entry.text(), entry.is_leaf));
    let node = |(name, is_leaf)| TreeNode { text: unescaped(name), id: (&tree.base, name), is_leaf };
    let mut text = Vec::new();
    tree_json(&mut text, wildcard.into_iter().chain(entries).map(node));
    wrap(&call.params, text)
}

/// A node as it is shown: without the escapes of a URL, as graphite-web shows it. What is asked next keeps them.
fn unescaped(name: &str) -> Cow<'_, str> {
    if !name.contains(['%', '+']) {
        return Cow::Borrowed(name);
    }
    let spaced = name.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_not_shown() {
        assert_eq!(unescaped("a%41b+c%zz"), "aAb c%zz");
        assert_eq!(unescaped("plain"), "plain");
    }
}
