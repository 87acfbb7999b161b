//! Owns the walk of all layers along a glob, in byte order of full paths.
//!
//! Invariant: every branch is visited at most once, with all positions of the glob that are possible there, so that
//! what is found comes sorted and unique. The walk keeps its own stack: a path of two thousand labels costs no
//! recursion. What becomes of a find is the sink's business.

use super::automaton::{Automaton, NOTHING, Outcome};
use super::descent::Descent;
use super::find::Sink;
use super::layers::{ABSENT, Cursor, Label, Layers};
use super::order::{compare_branches, leaf_precedes_branch};
use super::steps::Steps;

struct Leaf<'a> {
    label: Label<'a>,
    id: u32,
}

struct Branch<'a> {
    label: Label<'a>,
    cursor: Cursor,
    outcome: Outcome,
}

enum Step<'a> {
    Found { label: Label<'a>, id: Option<u32>, is_branch: bool, path_bytes: usize },
    Descend { label: Label<'a>, cursor: Cursor, set: u32, path_bytes: usize },
}

/// One walk.
pub(super) struct Walk<'a, 'g> {
    layers: Layers<'a>,
    automaton: Automaton<'g>,
    steps: Steps,
    todo: Vec<Step<'a>>,
    path: String,
    leaves: Vec<Leaf<'a>>,
    branches: Vec<Branch<'a>>,
}

impl<'a, 'g> Walk<'a, 'g> {
    pub(super) fn new(layers: Layers<'a>, automaton: Automaton<'g>) -> Self {
        Self {
            layers,
            automaton,
            steps: Steps::default(),
            todo: Vec::new(),
            path: String::new(),
            leaves: Vec::new(),
            branches: Vec::new(),
        }
    }

    /// Walks until everything was found or the sink has enough.
    pub(super) fn run<S: Sink>(mut self, sink: &mut S) {
        let start = self.automaton.start();
        let mut goes_on = start == NOTHING || self.visit(Cursor::TOP, start, sink);
        while goes_on && let Some(step) = self.todo.pop() {
            goes_on = match step {
                Step::Found { label, id, is_branch, path_bytes } => {
                    self.enter::<S>(label, path_bytes);
                    sink.take(&self.path, id, is_branch)
                }
                Step::Descend { label, cursor, set, path_bytes } => {
                    self.enter::<S>(label, path_bytes);
                    if S::NAMED {
                        self.path.push('.');
                    }
                    self.visit(cursor, set, sink)
                }
            };
        }
    }

    fn enter<S: Sink>(&mut self, label: Label<'a>, path_bytes: usize) {
        if S::NAMED {
            self.path.truncate(path_bytes);
            self.path.push_str(self.layers.label_text(label));
        }
    }

    /// Finds what matches right below a branch and plans what comes next.
    fn visit<S: Sink>(&mut self, cursor: Cursor, set: u32, sink: &mut S) -> bool {
        if !S::NAMED && cursor.overlays == Cursor::NOWHERE.overlays {
            let descent = Descent::new(self.layers, &mut self.automaton, &mut self.steps);
            return descent.run(cursor.frozen, set, sink);
        }
        self.leaves.clear();
        self.branches.clear();
        if cursor.frozen != ABSENT {
            self.gather_frozen::<S>(cursor.frozen, set);
        }
        self.gather_overlays(cursor, set);
        if !S::NAMED && self.branches.is_empty() {
            return self.leaves.drain(..).all(|leaf| sink.take("", Some(leaf.id), false));
        }
        self.plan::<S>();
        true
    }

    fn gather_frozen<S: Sink>(&mut self, node: u32, set: u32) {
        let tree = self.layers.frozen();
        let facts = self.automaton.facts(set);
        let leaves = if facts.can_accept { tree.leaves(node) } else { 0..0 };
        let wants_branches = facts.can_go_on || (S::NAMED && facts.can_accept);
        let branches = if wants_branches { tree.branches(node) } else { 0..0 };
        if let Some(labels) = self.steps.labels(&self.automaton, tree, set)
            && labels.len() <= (leaves.len() + branches.len()).max(1)
        {
            let mut found: Vec<u32> =
                labels.iter().filter_map(|&label| tree.branch_labelled(branches.clone(), label)).collect();
            found.sort_unstable();
            let found_leaves: Vec<u32> =
                labels.iter().filter_map(|&label| tree.leaf_labelled(leaves.clone(), label)).collect();
            self.push_frozen(set, found_leaves, found);
            return;
        }
        let prefix = self.automaton.set(set).prefix().as_bytes();
        if prefix.is_empty() {
            self.push_frozen(set, leaves, branches);
        } else {
            let leaves = tree.leaves_with_prefix(leaves, prefix);
            let branches = tree.branches_with_prefix(branches, prefix);
            self.push_frozen(set, leaves, branches);
        }
    }

    /// Keeps those of the frozen tree's leaves and branches that match.
    fn push_frozen(
        &mut self,
        set: u32,
        leaves: impl IntoIterator<Item = u32>,
        branches: impl IntoIterator<Item = u32>,
    ) {
        let tree = self.layers.frozen();
        let uniform = self.automaton.facts(set).uniform;
        for leaf in leaves {
            let label = tree.leaf_label(leaf);
            let accepts = match uniform {
                Some(outcome) => outcome.accepts,
                None => self.steps.step(&mut self.automaton, tree, set, label).accepts,
            };
            let id = tree.leaf_id(leaf);
            if accepts && self.layers.is_frozen_visible(id) {
                self.leaves.push(Leaf { label: Label::Frozen(label), id });
            }
        }
        for branch in branches {
            let label = tree.branch_label(branch);
            let outcome = match uniform {
                Some(outcome) => outcome,
                None => self.steps.step(&mut self.automaton, tree, set, label),
            };
            if outcome.accepts || outcome.next != NOTHING {
                let cursor = Cursor { frozen: branch, ..Cursor::NOWHERE };
                self.branches.push(Branch { label: Label::Frozen(label), cursor, outcome });
            }
        }
    }

    /// Adds what the overlays have below the branch; puts all in order when more than one layer has something.
    fn gather_overlays(&mut self, cursor: Cursor, set: u32) {
        let layers = self.layers;
        let counts = (self.leaves.len(), self.branches.len());
        for (number, overlay, node) in layers.overlays_at(cursor) {
            if let Some(texts) = self.automaton.set(set).texts(overlay.child_count(node)) {
                for text in texts {
                    if let Some((label, id)) = overlay.leaf(node, text) {
                        self.push_overlay_leaf(number, set, label, id);
                    }
                    if let Some((label, child)) = overlay.branch(node, text) {
                        self.push_overlay_branch(number, set, label, child);
                    }
                }
                continue;
            }
            let prefix = self.automaton.set(set).prefix();
            for (label, id) in overlay.leaves(node, prefix) {
                self.push_overlay_leaf(number, set, label, id);
            }
            for (label, child) in overlay.branches(node, prefix) {
                self.push_overlay_branch(number, set, label, child);
            }
        }
        if self.leaves.len() != counts.0 {
            self.leaves
                .sort_by(|left, right| layers.label_bytes(left.label).cmp(layers.label_bytes(right.label)));
        }
        if self.branches.len() != counts.1 {
            let bytes = |branch: &Branch<'a>| layers.label_bytes(branch.label);
            self.branches.sort_by(|left, right| compare_branches(bytes(left), bytes(right)));
            self.branches.dedup_by(|next, first| {
                let same = bytes(next) == bytes(first);
                if same {
                    first.cursor = first.cursor.join(next.cursor);
                }
                same
            });
        }
    }

    fn push_overlay_leaf(&mut self, number: usize, set: u32, label: &'a str, id: u32) {
        if self.automaton.step(set, label).accepts && self.layers.is_overlay_visible(number, id) {
            self.leaves.push(Leaf { label: Label::Text(label), id });
        }
    }

    fn push_overlay_branch(&mut self, number: usize, set: u32, label: &'a str, child: u32) {
        let outcome = self.automaton.step(set, label);
        if outcome.accepts || outcome.next != NOTHING {
            let mut cursor = Cursor::NOWHERE;
            cursor.overlays[number] = child;
            self.branches.push(Branch { label: Label::Text(label), cursor, outcome });
        }
    }

    /// Turns what was gathered into steps, the first one on top.
    fn plan<S: Sink>(&mut self) {
        let path_bytes = self.path.len();
        let bottom = self.todo.len();
        let layers = self.layers;
        let mut found = self.found_here::<S>().into_iter().peekable();
        for branch in &self.branches {
            if branch.outcome.next == NOTHING {
                continue;
            }
            let before = |&(label, ..): &(Label<'a>, Option<u32>, bool)| {
                leaf_precedes_branch(layers.label_bytes(label), layers.label_bytes(branch.label))
            };
            while let Some((label, id, is_branch)) = found.next_if(before) {
                self.todo.push(Step::Found { label, id, is_branch, path_bytes });
            }
            let Branch { label, cursor, outcome } = *branch;
            self.todo.push(Step::Descend { label, cursor, set: outcome.next, path_bytes });
        }
        self.todo.extend(found.map(|(label, id, is_branch)| Step::Found {
            label,
            id,
            is_branch,
            path_bytes,
        }));
        self.todo[bottom..].reverse();
    }

    /// The nodes that match right here, in order: leaves and, when wanted, branches, as one where both are.
    fn found_here<S: Sink>(&self) -> Vec<(Label<'a>, Option<u32>, bool)> {
        let layers = self.layers;
        if self.leaves.is_empty() && !(S::NAMED && self.branches.iter().any(|branch| branch.outcome.accepts))
        {
            return Vec::new();
        }
        let mut found: Vec<_> = self.leaves.iter().map(|leaf| (leaf.label, Some(leaf.id), false)).collect();
        if !S::NAMED {
            return found;
        }
        let branches = self.branches.iter().filter(|branch| branch.outcome.accepts);
        let alive = branches.filter(|branch| layers.is_alive(branch.cursor));
        let leaf_count = found.len();
        found.extend(alive.map(|branch| (branch.label, None, true)));
        if found.len() != leaf_count {
            found.sort_by(|left, right| layers.label_bytes(left.0).cmp(layers.label_bytes(right.0)));
            found.dedup_by(|next, first| {
                let same = layers.label_bytes(next.0) == layers.label_bytes(first.0);
                if same {
                    first.1 = first.1.or(next.1);
                    first.2 |= next.2;
                }
                same
            });
        }
        found
    }
}
