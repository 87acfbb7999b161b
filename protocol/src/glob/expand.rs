//! Braces to alternatives.
//!
//! Owns the expansion of a sequence of items into every sequence without (some) braces, and its bound: the number of
//! results, and of items in all of them, is checked while they grow.

use super::GlobError;
use super::parse::Item;
use crate::limits::{GLOB_ALTERNATIVES_MAX, GLOB_PARTS_MAX};

/// Every sequence that the braces chosen by `expands` stand for, in the order written; other braces stay.
pub(super) fn expand(items: &[Item], expands: fn(&Item) -> bool) -> Result<Vec<Vec<Item>>, GlobError> {
    let mut results: Vec<Vec<Item>> = vec![Vec::new()];
    for item in items {
        match item {
            Item::Braces(choices) if expands(item) => {
                let mut tails = Vec::new();
                for choice in choices {
                    tails.extend(expand(choice, expands)?);
                    check(tails.len(), parts_of(&tails))?;
                }
                results = product(&results, &tails)?;
            }
            _ => {
                results.iter_mut().for_each(|result| result.push(item.clone()));
                // Every result is as long or longer than before: looking at the first is enough to stay near the cap.
                check(results.len(), results.first().map_or(0, Vec::len).saturating_mul(results.len()))?;
            }
        }
    }
    check(results.len(), parts_of(&results))?;
    Ok(results)
}

fn parts_of(sequences: &[Vec<Item>]) -> usize {
    sequences.iter().map(Vec::len).sum()
}

/// Each head followed by each tail.
fn product(heads: &[Vec<Item>], tails: &[Vec<Item>]) -> Result<Vec<Vec<Item>>, GlobError> {
    let parts = (parts_of(heads).saturating_mul(tails.len()))
        .saturating_add(parts_of(tails).saturating_mul(heads.len()));
    check(heads.len().saturating_mul(tails.len()), parts)?;
    let join = |head: &Vec<Item>, tail: &Vec<Item>| head.iter().chain(tail).cloned().collect();
    Ok(heads.iter().flat_map(|head| tails.iter().map(move |tail| join(head, tail))).collect())
}

/// Whether braces hold a dot, at any depth: such braces cannot stay within one node.
pub(super) fn spans_dots(item: &Item) -> bool {
    match item {
        Item::Dot => true,
        Item::Braces(choices) => choices.iter().flatten().any(spans_dots),
        _ => false,
    }
}

pub(super) fn check(alternatives: usize, parts: usize) -> Result<(), GlobError> {
    let (limit, what, found) = if alternatives > GLOB_ALTERNATIVES_MAX {
        (GLOB_ALTERNATIVES_MAX, "alternatives", alternatives)
    } else if parts > GLOB_PARTS_MAX {
        (GLOB_PARTS_MAX, "parts", parts)
    } else {
        return Ok(());
    };
    let expected = format!("braces that expand to at most {limit} {what}");
    Err(GlobError { column: 1, expected, found: format!("{found} {what}") })
}
