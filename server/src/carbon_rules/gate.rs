//! What every batch goes through on its way into the store, where there are rules.
//!
//! Invariant: a gate belongs to one thread. A name is decided about once as long as the rules stay and it is not
//! forgotten; what is decided is what the rules say. Bytes that are no UTF-8, and names that are too long, are left to the
//! store, which refuses them.

use super::shared::CarbonShared;
use plumbago_engine::{Arrivals, Revision, Shown};
use plumbago_protocol::Refusal;
use plumbago_protocol::limits::{CARBON_DECISIONS_MAX, NAME_RECEIVED_BYTES_MAX};
use plumbago_rules::carbon::{CarbonRules, Decisions, Fate, Moment, Output};
use std::sync::Arc;

/// The gate of one thread.
#[derive(Debug)]
pub(crate) struct Gate {
    generation: u64,
    rules: Option<Arc<CarbonRules>>,
    decisions: Decisions,
}

impl Default for Gate {
    fn default() -> Self {
        Self { generation: 0, rules: None, decisions: Decisions::with_size(CARBON_DECISIONS_MAX) }
    }
}

impl Gate {
    /// Changes the names of `arrivals`, takes those away that are refused, which `refuse` is told, or wanted in aggregates
    /// alone, and lets points no later than `latest` enter their aggregates.
    pub(crate) fn pass(
        &mut self,
        shared: &CarbonShared,
        arrivals: &mut Arrivals,
        latest: impl FnOnce() -> i64,
        mut refuse: impl FnMut(Shown<'_>, Refusal),
    ) {
        let generation = shared.generation();
        if generation == 0 {
            return;
        }
        if generation != self.generation {
            (self.generation, self.rules) = (generation, shared.rules());
            self.decisions.clear();
        }
        let Some(rules) = &self.rules else { return };
        let (latest, moment) = (latest(), shared.moment());
        let decisions = &mut self.decisions;
        let mut is_aggregated = false;
        arrivals.revise(|shown| {
            let name = std::str::from_utf8(shown.name).ok();
            let Some(name) = name.filter(|name| name.len() <= NAME_RECEIVED_BYTES_MAX) else {
                return Revision::Keep;
            };
            let decision = decisions.get(name, rules);
            if decision.gave_up {
                shared.note_given_up();
            }
            if !decision.outputs.is_empty()
                && shown.value.is_finite()
                && (0..=latest).contains(&shown.timestamp)
            {
                is_aggregated = true;
                aggregate(shared, &decision.outputs, shown, moment, &mut refuse);
            }
            match &decision.fate {
                Fate::Keep => Revision::Keep,
                Fate::Rename(name) => Revision::Rename(name.clone()),
                Fate::Absorb => Revision::Drop,
                Fate::Refuse(refusal) => {
                    refuse(shown, *refusal);
                    Revision::Drop
                }
            }
        });
        if is_aggregated {
            shared.note_change();
        }
    }
}

/// Lets a point enter its aggregates; it is told once if there is no room in one of them.
fn aggregate(
    shared: &CarbonShared,
    outputs: &[Output],
    shown: Shown<'_>,
    moment: Moment,
    refuse: &mut impl FnMut(Shown<'_>, Refusal),
) {
    let mut is_full = false;
    for output in outputs {
        is_full |= shared.add(output, shown.timestamp, shown.value, moment).is_err();
    }
    if is_full {
        refuse(shown, Refusal::AggregationFull);
    }
}
