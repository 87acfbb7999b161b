//! What an expression reads, told without reading.
//!
//! Invariant: whatever an evaluation may fetch is among the answers, at times as part of more. Expressions that are only
//! put together while others run are read with wildcards in the place of what is not known yet.

use std::collections::BTreeMap;

use plumbago_protocol::Glob;

use crate::error::QueryError;
use crate::source::Selection;

use super::{Arguments, Literal, Node, PlannedArgument, PlannedCall, plan_derived, plan_target};

/// Checks an expression as far as that is possible without data, and tells which series it may read.
///
/// # Errors
/// A syntax error, an unknown function or a wrong argument, with its column.
///
/// ```
/// let reads = plumbago_query::check("sumSeries(servers.*.cpu)").unwrap();
/// assert_eq!(reads.len(), 1);
/// assert!(plumbago_query::check("sumSeries(servers.*.cpu").is_err());
/// ```
pub fn check(expression: &str) -> Result<Vec<Selection>, QueryError> {
    let node = plan_target(expression, 0, &BTreeMap::new())?;
    let mut reads = Vec::new();
    collect(&node, &mut reads, 0);
    Ok(reads)
}

/// Expressions within expressions are followed this far; what lies deeper may read anything.
const DERIVED_DEPTH_MAX: usize = 4;

/// Any number of nodes, but one at least; `**` at the beginning of a path would stand for none.
const SOME_NODES: &str = "*.**";

fn collect(node: &Node, reads: &mut Vec<Selection>, depth: usize) {
    match node {
        Node::Fetch(fetch) => reads.extend(fetch.selection.as_deref().cloned()),
        Node::Call(call) => {
            for argument in &call.arguments {
                if let PlannedArgument::Series(node) = argument {
                    collect(node, reads, depth);
                }
            }
            if let Some(texts) = derived(call) {
                texts.iter().for_each(|text| collect_text(text.as_deref(), reads, depth + 1));
            }
        }
    }
}

/// The reads of an expression that a function puts together; `None` if it is not known at all.
fn collect_text(text: Option<&str>, reads: &mut Vec<Selection>, depth: usize) {
    let planned = text.filter(|_| depth <= DERIVED_DEPTH_MAX).and_then(|text| plan_derived(text, 0).ok());
    match planned {
        Some(node) => collect(&node, reads, depth),
        None => reads.extend(Glob::parse("**").ok().map(Selection::Pattern)),
    }
}

/// The expressions that a call evaluates besides its arguments, names in them as wildcards; `None` for ordinary functions.
fn derived(call: &PlannedCall) -> Option<Vec<Option<String>>> {
    let arguments = Arguments::new(call.descriptor, &call.arguments);
    let text = |name: &str| arguments.optional_text(name);
    match call.descriptor.name {
        "applyByNode" => {
            let template = text("templateFunction")?;
            let prefixes = names(call).map(|names| match arguments.literal("nodeNum") {
                Some(Literal::Integer(node)) => names.iter().map(|name| prefix(name, *node)).collect(),
                _ => vec![SOME_NODES.to_owned()],
            });
            let prefixes: Vec<String> = prefixes.unwrap_or_else(|| vec![SOME_NODES.to_owned()]);
            Some(prefixes.iter().map(|prefix| Some(template.replace('%', prefix))).collect())
        }
        "useSeriesAbove" | "aliasQuery" => {
            let (search, replacement) = (text("search")?, text("replace")?);
            match names(call) {
                Some(names) => {
                    Some(names.iter().map(|name| substituted(name, search, replacement)).collect())
                }
                None => Some(vec![None]),
            }
        }
        _ => None,
    }
}

/// The patterns of the names that a call's first argument has, where these are those of stored series.
fn names(call: &PlannedCall) -> Option<Vec<String>> {
    let Some(PlannedArgument::Series(Node::Fetch(fetch))) = call.arguments.first() else { return None };
    match fetch.selection.as_deref() {
        None => Some(Vec::new()),
        Some(Selection::Pattern(pattern)) => Some(vec![pattern.text().to_owned()]),
        Some(Selection::Tags(_)) => None,
    }
}

/// The nodes up to and including one of them; more than that where nodes cannot be counted.
fn prefix(pattern: &str, node: i64) -> String {
    let countable = !pattern.contains("**") && !pattern.contains(['{', '[', '\\']);
    let nodes: Vec<&str> = pattern.split('.').collect();
    let count = i64::try_from(nodes.len()).unwrap_or(i64::MAX);
    let kept = match node.saturating_add(1) {
        negative @ ..0 => negative.saturating_add(count).max(0),
        kept => kept.min(count),
    };
    match usize::try_from(kept) {
        Ok(kept) if countable && kept > 0 => nodes[..kept].join("."),
        _ => SOME_NODES.to_owned(),
    }
}

/// What a name becomes: a text is replaced in the nodes that are text, and may be anything in the others.
fn substituted(pattern: &str, search: &str, replacement: &str) -> Option<String> {
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let has_dots_in_braces = pattern.contains(['{', '[', '\\']);
    if search.is_empty() || !plain(search) || replacement.contains('\\') || has_dots_in_braces {
        return None;
    }
    let node = |node: &str| match node {
        "**" => node.to_owned(),
        node if node.contains(['*', '?']) => "*".to_owned(),
        node => node.replace(search, replacement),
    };
    Some(pattern.split('.').map(node).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(expression: &str) -> Vec<String> {
        let show = |selection: &Selection| match selection {
            Selection::Pattern(pattern) => pattern.text().to_owned(),
            Selection::Tags(expressions) => {
                expressions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" & ")
            }
        };
        check(expression).unwrap().iter().map(show).collect()
    }

    #[test]
    fn what_an_expression_reads() {
        for (expression, expected) in [
            ("a.b", &["a.b"][..]),
            ("sumSeries(a.*,b.{c,d})|scale(2)", &["a.*", "b.{c,d}"]),
            ("asPercent(a.*, sumSeries(b.*))", &["a.*", "b.*"]),
            ("seriesByTag('name=cpu','host=~web')", &["name=cpu & host=~web"]),
            ("template(scale($x.load, 2), x='web')", &["web.load"]),
            ("timeShift(a.b,'1d')", &["a.b"]),
            ("applyByNode(a.*.b, 1, 'sumSeries(%.c)')", &["a.*.b", "a.*.c"]),
            ("applyByNode(a.*.b, -2, '%.c')", &["a.*.b", "a.*.c"]),
            ("applyByNode(scale(a.*.b,2), 1, '%.c')", &["a.*.b", "*.**.c"]),
            ("applyByNode(a.*.b, 1, 'applyByNode(%.*, 2, \"%.x\")')", &["a.*.b", "a.*.*", "a.*.x"]),
            ("useSeriesAbove(a.*.queue, 1, 'queue', 'hits')", &["a.*.queue", "a.*.hits"]),
            ("useSeriesAbove(a.*.queue, 1, 'q.*', 'hits')", &["a.*.queue", "**"]),
            ("constantLine(5)", &[]),
        ] {
            assert_eq!(reads(expression), expected, "{expression}");
        }
    }

    #[test]
    fn wrong_expressions_are_refused() {
        for expression in ["", "sumSeries(", "noSuchFunction(a)", "scale(a)", "scale(a, 'x')"] {
            assert!(check(expression).is_err(), "{expression}");
        }
    }
}
