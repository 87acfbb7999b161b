//! Owns the check of a frozen tree's numbers, once its frame is known to be whole.
//!
//! Invariant: after it every label, shape and id exists, every shape is made of earlier ones (no walk can run in a
//! circle), and the places of a shape's names run from 0 to its size without a gap: places of the whole tree are then
//! indices of its ids. That labels are in order is not checked: a tree out of order finds too little, but ends.

use super::frozen::{Frozen, Malformed, malformed};
use super::view::{BRANCH_BYTES, LEAF_BYTES, SHAPE_BYTES, View};

/// Checks all numbers of `tree`.
pub(super) fn check(tree: &Frozen) -> Result<(), Malformed> {
    Check::new(tree).run()
}

struct Check<'a> {
    tree: &'a Frozen,
    view: View<'a>,
    /// Offsets of the sections; the header's counts were checked against the file's size.
    starts: [usize; 7],
}

impl<'a> Check<'a> {
    fn new(tree: &'a Frozen) -> Self {
        let starts = tree.header().section_starts().map(|start| usize::try_from(start).unwrap_or(usize::MAX));
        Self { tree, view: tree.view(), starts }
    }

    fn run(&self) -> Result<(), Malformed> {
        let (view, header) = (self.view, self.tree.header());
        self.check_firsts()?;
        for shape in 0..header.shape_count {
            self.check_shape(shape)?;
        }
        if view.size(view.root()) != header.name_count {
            return malformed(
                self.shape_at(view.root()),
                "a last shape of all names",
                view.size(view.root()),
            );
        }
        let id_end = header.id_end;
        if let Some(at) = view.ids(0..header.name_count).position(|id| id >= id_end) {
            return malformed(self.starts[3] + at * 4, "a number in bounds", view.id(at as u32));
        }
        self.check_labels()
    }

    /// Children of consecutive shapes follow one another, from the first to the last there is.
    fn check_firsts(&self) -> Result<(), Malformed> {
        let (view, header) = (self.view, self.tree.header());
        let (mut branch, mut leaf) = (0, 0);
        for shape in 0..=header.shape_count {
            // At the end there is one more record, which opens nothing.
            let firsts = (view.branches(shape).start, view.leaves(shape).start);
            if firsts.0 < branch || firsts.1 < leaf || (shape == 0 && firsts != (0, 0)) {
                return malformed(self.shape_at(shape), "numbers that do not fall", firsts.0.min(firsts.1));
            }
            (branch, leaf) = firsts;
        }
        match (branch, leaf) == (header.branch_count, header.leaf_count) {
            true => Ok(()),
            false => malformed(self.shape_at(header.shape_count), "all branches and leaves", branch),
        }
    }

    /// The names of `shape` have the places from 0 to its size, each once.
    fn check_shape(&self, shape: u32) -> Result<(), Malformed> {
        let (view, header) = (self.view, self.tree.header());
        let mut branches = view.branches(shape).peekable();
        let mut leaves = view.leaves(shape).peekable();
        let mut place = 0u32;
        loop {
            if let Some(leaf) = leaves.next_if(|&leaf| view.leaf_place(leaf) == place) {
                place = place.saturating_add(1);
                if view.leaf_label(leaf) >= header.label_count {
                    return malformed(self.leaf_at(leaf), "a label's number", view.leaf_label(leaf));
                }
            } else if let Some(branch) = branches.next_if(|&branch| view.branch_place(branch) == place) {
                let below = view.branch_shape(branch);
                if below >= shape || view.size(below) == 0 || view.branch_label(branch) >= header.label_count
                {
                    return malformed(self.branch_at(branch), "a label and an earlier shape", below);
                }
                // More names than the tree has are found out here, before the sum can overflow.
                place = match place.checked_add(view.size(below)) {
                    Some(next) if next <= header.name_count => next,
                    _ => return malformed(self.branch_at(branch), "no more names than there are", place),
                };
            } else {
                break;
            }
        }
        match (leaves.peek(), branches.peek()) {
            (Some(&leaf), _) => malformed(self.leaf_at(leaf), "the next place", view.leaf_place(leaf)),
            (_, Some(&branch)) => {
                malformed(self.branch_at(branch), "the next place", view.branch_place(branch))
            }
            _ if view.size(shape) != place => {
                malformed(self.shape_at(shape), "the shape's size", view.size(shape))
            }
            _ => Ok(()),
        }
    }

    /// Labels are pieces of a valid text, one behind another.
    fn check_labels(&self) -> Result<(), Malformed> {
        let (view, text_at) = (self.view, self.starts[5]);
        let text = match std::str::from_utf8(view.text) {
            Ok(text) => text,
            Err(error) => return malformed(text_at + error.valid_up_to(), "UTF-8", "other bytes"),
        };
        let mut previous = 0;
        for (index, start) in view.label_starts.iter().enumerate() {
            let start = u32::from_le_bytes(*start) as usize;
            let is_next = start >= previous && (index != 0 || start == 0);
            if !is_next || !text.is_char_boundary(start) {
                return malformed(self.starts[4] + index * 4, "a label's start behind the one before", start);
            }
            previous = start;
        }
        match previous == text.len() {
            true => Ok(()),
            false => malformed(self.starts[5], "labels up to the end of the text", previous),
        }
    }

    fn shape_at(&self, shape: u32) -> usize {
        self.starts[0] + shape as usize * SHAPE_BYTES
    }

    fn branch_at(&self, branch: u32) -> usize {
        self.starts[1] + branch as usize * BRANCH_BYTES
    }

    fn leaf_at(&self, leaf: u32) -> usize {
        self.starts[2] + leaf as usize * LEAF_BYTES
    }
}
