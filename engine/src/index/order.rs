//! Owns the two orders of labels that make a walk of the tree yield full paths in byte order.
//!
//! Invariant: leaves of a branch are ordered by their label, branches by their label with a `.` behind it, because
//! that is how their paths go on: `a`, then `a-b`, then `a.b`, although `a` is a prefix of `a-b`.

use std::cmp::Ordering;

/// Separates the labels of a path.
pub(super) const SEPARATOR: u8 = b'.';

/// How the paths below two sibling branches compare.
pub(super) fn compare_branches(left: &[u8], right: &[u8]) -> Ordering {
    let common = left.len().min(right.len());
    left[..common].cmp(&right[..common]).then_with(|| match (left.get(common), right.get(common)) {
        (None, None) => Ordering::Equal,
        (after_left, after_right) => after_left.unwrap_or(&SEPARATOR).cmp(after_right.unwrap_or(&SEPARATOR)),
    })
}

/// How a sibling leaf's path compares with the paths below a branch; never equal.
pub(super) fn leaf_precedes_branch(leaf: &[u8], branch: &[u8]) -> bool {
    match leaf.strip_prefix(branch) {
        Some(rest) => rest.first().is_none_or(|&byte| byte < SEPARATOR),
        None => leaf < branch,
    }
}

/// How a leaf's label, cut to the prefix's length, compares with the prefix.
pub(super) fn compare_leaf_to_prefix(label: &[u8], prefix: &[u8]) -> Ordering {
    label[..label.len().min(prefix.len())].cmp(prefix)
}

/// How a branch's label with its `.`, cut to the prefix's length, compares with the prefix.
pub(super) fn compare_branch_to_prefix(label: &[u8], prefix: &[u8]) -> Ordering {
    let common = label.len().min(prefix.len());
    label[..common].cmp(&prefix[..common]).then_with(|| match prefix.get(common) {
        None => Ordering::Equal,
        // Equal at this byte cannot be: labels and prefixes have no separator in them.
        Some(after) => SEPARATOR.cmp(after),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dotted(label: &str) -> Vec<u8> {
        [label.as_bytes(), b"."].concat()
    }

    proptest! {
        #[test]
        fn orders_are_those_of_the_whole_paths(left in "[-a/!]{0,4}", right in "[-a/!]{0,4}") {
            let (l, r) = (left.as_bytes(), right.as_bytes());
            prop_assert_eq!(compare_branches(l, r), dotted(&left).cmp(&dotted(&right)));
            prop_assert_eq!(leaf_precedes_branch(l, r), l < dotted(&right).as_slice());
            let cut = |mut key: Vec<u8>| { key.truncate(r.len()); key };
            prop_assert_eq!(compare_leaf_to_prefix(l, r), cut(l.to_vec()).as_slice().cmp(r));
            prop_assert_eq!(compare_branch_to_prefix(l, r), cut(dotted(&left)).as_slice().cmp(r));
        }
    }
}
