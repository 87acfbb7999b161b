//! Whether two globs can match one path.
//!
//! Owns the comparison of patterns with patterns. Invariant: the answer errs on one side only: globs that share a path
//! are never told apart. It says yes without looking where looking would take too long, and for two negated classes.

use super::node::{Choice, NodePattern, Pattern};
use super::segment::Part;

/// Most comparisons of characters for one pair of globs.
const COMPARISONS_MAX: usize = 1 << 20;

/// Whether some path matches an alternative of both.
pub(super) fn overlap(one: &[Vec<NodePattern>], other: &[Vec<NodePattern>]) -> bool {
    let mut left = COMPARISONS_MAX;
    one.iter().any(|one| other.iter().any(|other| sequences_overlap(one, other, &mut left)))
}

/// Whether some path matches both sequences of nodes; an empty one matches none.
fn sequences_overlap(one: &[NodePattern], other: &[NodePattern], left: &mut usize) -> bool {
    if one.is_empty() || other.is_empty() || differ_at_an_end(one, other) {
        return false;
    }
    // `row[j]`: whether the first i patterns of `one` and the first j of `other` have a common beginning of a path.
    let mut row = vec![false; other.len() + 1];
    row[0] = true;
    spread(&mut row, other);
    for pattern in one {
        let any_depth = *pattern == NodePattern::AnyDepth;
        let mut next = if any_depth { row.clone() } else { vec![false; row.len()] };
        for (at, against) in other.iter().enumerate() {
            // A node that both consume; `**` consumes it and stays.
            let consumed = row[at] || (any_depth && next[at]);
            let stays = row[at + 1] && *against == NodePattern::AnyDepth;
            if (consumed || stays) && !next[at + 1] {
                next[at + 1] = nodes_overlap(pattern, against, left);
            }
            if *against == NodePattern::AnyDepth {
                next[at + 1] |= next[at];
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// Whether plain nodes at the same distance from the start or from the end are unlike, or the paths unlike in length: most
/// pairs are told apart by this, without taking memory.
fn differ_at_an_end(one: &[NodePattern], other: &[NodePattern]) -> bool {
    let any_depth = |pattern: &NodePattern| *pattern == NodePattern::AnyDepth;
    let differ = |(one, other): (&NodePattern, &NodePattern)| match (one, other) {
        (NodePattern::Literal(one), NodePattern::Literal(other)) => one != other,
        _ => false,
    };
    let fixed = |(one, other): &(&NodePattern, &NodePattern)| !any_depth(one) && !any_depth(other);
    if one.iter().zip(other).take_while(fixed).any(differ) {
        return true;
    }
    if one.iter().rev().zip(other.iter().rev()).take_while(fixed).any(differ) {
        return true;
    }
    one.len() != other.len() && !one.iter().any(any_depth) && !other.iter().any(any_depth)
}

/// A `**` may match no node at all.
fn spread(row: &mut [bool], patterns: &[NodePattern]) {
    for (at, pattern) in patterns.iter().enumerate() {
        if *pattern == NodePattern::AnyDepth {
            row[at + 1] |= row[at];
        }
    }
}

fn nodes_overlap(one: &NodePattern, other: &NodePattern, left: &mut usize) -> bool {
    match (one, other) {
        (NodePattern::Any | NodePattern::AnyDepth, _) | (_, NodePattern::Any | NodePattern::AnyDepth) => true,
        (NodePattern::Literal(text), pattern) | (pattern, NodePattern::Literal(text)) => {
            let cost = text.len().saturating_add(1);
            spend(left, cost).is_none() || pattern.matches(text)
        }
        (NodePattern::Pattern(one), NodePattern::Pattern(other)) => patterns_overlap(one, other, left),
    }
}

fn patterns_overlap(one: &Pattern, other: &Pattern, left: &mut usize) -> bool {
    one.choices().iter().any(|one| other.choices().iter().any(|other| choices_overlap(one, other, left)))
}

/// What a choice is made of, character by character.
#[derive(Clone, Copy)]
enum Element<'a> {
    Character(char),
    /// `?` or a class.
    Part(&'a Part),
    /// `*`
    Run,
}

fn elements(choice: &Choice) -> Vec<Element<'_>> {
    let mut elements = Vec::new();
    for (at, segment) in choice.segments().enumerate() {
        if at > 0 {
            elements.push(Element::Run);
        }
        for part in segment.parts() {
            match part {
                Part::Text(text) => elements.extend(text.chars().map(Element::Character)),
                part => elements.push(Element::Part(part)),
            }
        }
    }
    elements
}

fn choices_overlap(one: &Choice, other: &Choice, left: &mut usize) -> bool {
    let (one, other) = (elements(one), elements(other));
    if spend(left, (one.len() + 1).saturating_mul(other.len() + 1)).is_none() {
        return true;
    }
    let is_run = |element: &Element<'_>| matches!(element, Element::Run);
    let mut row = vec![false; other.len() + 1];
    row[0] = true;
    for (at, against) in other.iter().enumerate() {
        row[at + 1] = row[at] && is_run(against);
    }
    for element in &one {
        let mut next = vec![false; row.len()];
        next[0] = row[0] && is_run(element);
        for (at, against) in other.iter().enumerate() {
            next[at + 1] = match (is_run(element), is_run(against)) {
                (true, true) => row[at + 1] || next[at] || row[at],
                (true, false) => row[at + 1] || next[at],
                (false, true) => next[at] || row[at + 1],
                (false, false) => row[at] && elements_overlap(*element, *against),
            };
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

fn elements_overlap(one: Element<'_>, other: Element<'_>) -> bool {
    match (one, other) {
        (Element::Character(one), Element::Character(other)) => one == other,
        (Element::Character(character), Element::Part(part))
        | (Element::Part(part), Element::Character(character)) => part.accepts(character),
        (Element::Part(Part::Class(one)), Element::Part(Part::Class(other))) => one.overlaps(other),
        _ => true,
    }
}

/// Takes from what may still be compared; `None` if that is used up.
fn spend(left: &mut usize, cost: usize) -> Option<()> {
    *left = left.checked_sub(cost)?;
    Some(())
}
