//! Owns the memory of where labels of the frozen tree lead, so that a pattern is tried once a label, not once a node.
//!
//! Invariant: what is remembered is what the automaton says. A table for a set is made once the set has been asked
//! often, and not beyond a bound on all tables: then patterns are tried again.

use super::automaton::{Automaton, Outcome};
use super::view::View;

/// A set is asked this often before its answers are kept.
const ASKED_BEFORE_KEPT: u32 = 64;
/// Bound on the bytes of all tables of one walk.
const TABLE_BYTES_MAX: usize = 64 << 20;

#[derive(Default)]
struct SetMemory {
    asked: u32,
    /// By label: 0 is unknown, else `1 + 2 × next + accepts`.
    outcomes: Vec<u32>,
    /// Once asked: the labels of the set's texts that the tree has, ascending.
    labels: Option<Vec<u32>>,
}

/// What a walk has learned of the frozen tree's labels.
#[derive(Default)]
pub(super) struct Steps {
    sets: Vec<SetMemory>,
    table_bytes: usize,
}

impl Steps {
    /// Where a label of `tree` leads from `set`.
    pub(super) fn step(
        &mut self,
        automaton: &mut Automaton<'_>,
        tree: View<'_>,
        set: u32,
        label: u32,
    ) -> Outcome {
        if let Some(otherwise) = automaton.facts(set).otherwise
            && self.labels(automaton, tree, set).binary_search(&label).is_err()
        {
            return otherwise;
        }
        let known = self.memory(set).outcomes.get(label as usize).copied().unwrap_or(0);
        if known != 0 {
            return Outcome { next: (known - 1) >> 1, accepts: (known - 1) & 1 == 1 };
        }
        let text = std::str::from_utf8(tree.label(label)).unwrap_or("");
        let outcome = automaton.step(set, text);
        self.keep(tree, set, label, outcome);
        outcome
    }

    fn keep(&mut self, tree: View<'_>, set: u32, label: u32, outcome: Outcome) {
        let bytes = tree.label_count() * size_of::<u32>();
        let may_grow = self.table_bytes + bytes <= TABLE_BYTES_MAX;
        let memory = self.memory(set);
        memory.asked = memory.asked.saturating_add(1);
        if memory.outcomes.is_empty() {
            if memory.asked < ASKED_BEFORE_KEPT || !may_grow {
                return;
            }
            memory.outcomes = vec![0; tree.label_count()];
            self.table_bytes += bytes;
        }
        if let Some(kept) = self.memory(set).outcomes.get_mut(label as usize) {
            *kept = 1 + (outcome.next << 1 | u32::from(outcome.accepts));
        }
    }

    /// The labels of `tree` that are texts of `set`, ascending.
    pub(super) fn labels(&mut self, automaton: &Automaton<'_>, tree: View<'_>, set: u32) -> &[u32] {
        self.memory(set).labels.get_or_insert_with(|| {
            let texts = automaton.set(set).texts().iter();
            let mut labels: Vec<u32> = texts.filter_map(|text| tree.find_label(text.as_bytes())).collect();
            labels.sort_unstable();
            labels
        })
    }

    fn memory(&mut self, set: u32) -> &mut SetMemory {
        let set = set as usize;
        if set >= self.sets.len() {
            self.sets.resize_with(set + 1, SetMemory::default);
        }
        &mut self.sets[set]
    }
}
