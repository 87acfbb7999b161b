//! The tree of a glob to node patterns.
//!
//! Owns the cut into nodes: braces that span dots are expanded first, then each node is compiled by itself, with its
//! other braces as choices. Empty nodes are dropped, as they are from names.

use super::GlobError;
use super::expand::{check, expand, spans_dots};
use super::node::{Choice, NodePattern, Pattern};
use super::parse::Item;
use super::segment::{Part, Segment};

/// The alternatives of a glob.
pub(super) fn compile(items: &[Item]) -> Result<Vec<Vec<NodePattern>>, GlobError> {
    let sequences = expand(items, spans_dots)?;
    let mut parts = 0;
    let mut alternatives = Vec::with_capacity(sequences.len());
    for sequence in &sequences {
        let mut nodes = Vec::new();
        for node in trim_front(sequence).split(|item| *item == Item::Dot).filter(|node| !node.is_empty()) {
            nodes.extend(compile_node(node, &mut parts)?);
            check(1, parts)?;
        }
        alternatives.push(with_depth_in_order(nodes));
    }
    Ok(alternatives)
}

/// The path, if every node is a literal.
pub(super) fn literal_path(nodes: &[NodePattern]) -> Option<Box<str>> {
    let mut texts = Vec::with_capacity(nodes.len());
    for node in nodes {
        match node {
            NodePattern::Literal(text) => texts.push(&**text),
            _ => return None,
        }
    }
    (!texts.is_empty()).then(|| texts.join(".").into())
}

/// Drops what a name loses from its front.
fn trim_front(items: &[Item]) -> &[Item] {
    let dropped = items.iter().take_while(|item| matches!(item, Item::Dot | Item::Character('~'))).count();
    items.get(dropped..).unwrap_or_default()
}

/// One node; none if it can only be empty.
fn compile_node(items: &[Item], parts: &mut usize) -> Result<Option<NodePattern>, GlobError> {
    match items {
        [Item::Run] => return Ok(Some(NodePattern::Any)),
        [Item::Run, Item::Run] => return Ok(Some(NodePattern::AnyDepth)),
        _ => {}
    }
    let sequences = expand(items, |_| true)?;
    *parts += sequences.iter().map(|sequence| sequence.len() + 1).sum::<usize>();
    let choices: Vec<Choice> = sequences.iter().map(|sequence| compile_choice(sequence)).collect();
    Ok(match choices.as_slice() {
        [choice] => match choice.text() {
            Some("") => None,
            Some(text) => Some(NodePattern::Literal(text.into())),
            None => Some(NodePattern::Pattern(Pattern::new(choices))),
        },
        _ => Some(NodePattern::Pattern(Pattern::new(choices))),
    })
}

fn compile_choice(items: &[Item]) -> Choice {
    let mut segments = vec![Segment::default()];
    let mut text = String::new();
    for item in items {
        if let Item::Character(character) = item {
            text.push(*character);
            continue;
        }
        if let Some(segment) = segments.last_mut() {
            flush(segment, &mut text);
            match item {
                Item::One => segment.push(Part::One),
                Item::Class(class) => segment.push(Part::Class(class.clone())),
                // Dots and braces are gone by now; what is left is `*`.
                _ => segments.push(Segment::default()),
            }
        }
    }
    if let Some(segment) = segments.last_mut() {
        flush(segment, &mut text);
    }
    Choice::new(segments)
}

fn flush(segment: &mut Segment, text: &mut String) {
    if !text.is_empty() {
        segment.push(Part::Text(std::mem::take(text).into()));
    }
}

/// Joins `**` that stand in a row, and lets one at the end stand for at least one node.
fn with_depth_in_order(mut nodes: Vec<NodePattern>) -> Vec<NodePattern> {
    nodes.dedup_by(|next, previous| *next == NodePattern::AnyDepth && *previous == NodePattern::AnyDepth);
    if nodes.last() == Some(&NodePattern::AnyDepth) {
        nodes.push(NodePattern::Any);
    }
    nodes
}
