//! The functions: a static table of descriptors, one small file for each function or family.
//!
//! Invariant: names and aliases are unique; a function that is not in the table does not exist.

mod alias;
mod calculate;
mod choices;
mod combine;
mod descriptor;
mod example;
mod filter_data;
mod filter_series;
mod graph;
mod left_out;
mod shared;
mod sorting;
mod special;
mod transform;

pub use choices::{Choice, options, suggestions};
pub(crate) use combine::total;
pub use descriptor::{Default, Descriptor, Group, Kind, Origin, Parameter};
pub use example::{Example, ExampleSeries};
pub(crate) use left_out::reason as left_out_because;
pub use left_out::{LEFT_OUT, LeftOut};
pub(crate) use shared::Grouping;
pub use shared::node_of_name;

use std::collections::HashMap;
use std::sync::LazyLock;

/// The families' tables.
static FAMILIES: &[&[&[Descriptor]]] = &[
    alias::FAMILIES,
    calculate::FAMILIES,
    combine::FAMILIES,
    filter_data::FAMILIES,
    filter_series::FAMILIES,
    graph::FAMILIES,
    sorting::FAMILIES,
    special::FAMILIES,
    transform::FAMILIES,
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Descriptor>> = LazyLock::new(|| {
    let named = |function: &'static Descriptor| function.names().map(move |name| (name, function));
    all().flat_map(named).collect()
});

/// Every function, group by group.
pub fn all() -> impl Iterator<Item = &'static Descriptor> {
    FAMILIES.iter().copied().flatten().copied().flatten()
}

/// The function of a name or alias.
pub fn find(name: &str) -> Option<&'static Descriptor> {
    BY_NAME.get(name).copied()
}

/// Names that a misspelt one may have meant, at most three, the nearest first.
pub(crate) fn nearest(name: &str) -> Vec<&'static str> {
    // Comparing takes the product of both lengths: a long name is near nothing anyway.
    if name.len() > 64 {
        return Vec::new();
    }
    let wanted = name.to_ascii_lowercase();
    let mut near: Vec<(usize, &'static str)> = BY_NAME
        .keys()
        .map(|known| (distance(&wanted, &known.to_ascii_lowercase()), *known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4)
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, known)| known).collect()
}

/// Levenshtein's distance: insertions, deletions and replacements from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_descriptors_complete() {
        let names: Vec<_> = all().flat_map(Descriptor::names).collect();
        assert_eq!(names.len(), BY_NAME.len(), "a name is used twice");
        for function in all() {
            let name = function.name;
            assert!(function.help.len() > 10 && !function.help.contains('\n'), "{name} has no one-line help");
            let example = function.example().unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert!(example.call.contains(name), "{name}: the example shows another function");
            let many = function.parameters.iter().rev().skip(1).any(|p| p.multiple);
            assert!(!many, "{name}: only the last parameter may take many");
        }
    }

    #[test]
    fn misspelt_names_have_neighbours() {
        assert_eq!(nearest("sumserie").first(), Some(&"sumSeries"));
        assert_eq!(nearest("Scale").first(), Some(&"scale"));
        assert!(nearest("nosuchfunctionatall").is_empty());
    }
}
