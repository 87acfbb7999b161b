//! How long each rule waits after a slot's end.
//!
//! Invariant: a rule waits at least as long as those that it reads from, so that it never comes before them.

use crate::compiled::Compiled;
use crate::delay::Delay;
use crate::saved::{self, Saved};
use crate::{Row, RuleSet, identity};

/// What is waited for as long as nothing is known, at most.
const GUESS_SECS_MAX: i64 = 10;

/// The delays of all groups and rules.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// By the group's position.
    groups: Vec<GroupPace>,
    /// By the rule's position, in milliseconds.
    delays_ms: Vec<i64>,
    /// Rules so that each one stands after those that it reads from.
    by_rank: Vec<usize>,
}

#[derive(Debug)]
struct GroupPace {
    identity: String,
    delay: Delay,
}

impl Pace {
    pub(crate) fn new(set: &RuleSet, rules: &[Compiled], saved: &Saved) -> Pace {
        let group = |name: &str| {
            let identity = identity::of([name.as_bytes()]);
            let learned = saved.delays.get(&identity);
            GroupPace { delay: learned.map_or_else(Delay::default, |ms| Delay::learned(*ms)), identity }
        };
        let mut by_rank: Vec<usize> = (0..rules.len()).collect();
        by_rank.sort_by_key(|rule| rules[*rule].rank);
        Pace {
            groups: set.groups.iter().map(|one| group(&one.name)).collect(),
            delays_ms: vec![0; rules.len()],
            by_rank,
        }
    }

    /// How long a rule waits, in milliseconds.
    pub(crate) fn delay_ms(&self, rule: usize) -> i64 {
        self.delays_ms.get(rule).copied().unwrap_or_default()
    }

    /// Works out all delays anew; `step_secs` is the finest step of a rule's results. Answers whether any has changed.
    pub(crate) fn update(&mut self, rules: &[Compiled], step_secs: impl Fn(usize) -> Option<i64>) -> bool {
        let before = self.delays_ms.clone();
        for &at in &self.by_rank {
            let rule = &rules[at];
            let learned = || self.groups.get(rule.place.0).and_then(|group| group.delay.delay_ms());
            let guess = || step_secs(at).unwrap_or(GUESS_SECS_MAX).min(GUESS_SECS_MAX).saturating_mul(1000);
            let own = rule.delay_ms.or_else(learned).unwrap_or_else(guess).max(0);
            let upstream = rule.upstream.iter().map(|one| self.delays_ms[*one]).max().unwrap_or(0);
            self.delays_ms[at] = own.max(upstream);
        }
        self.delays_ms != before
    }

    /// Takes an arrival for a group. Answers the row to keep, if what was learned has changed.
    pub(crate) fn arrived(&mut self, group: usize, slot_end_secs: i64, arrival_ms: i64) -> Option<Row> {
        let group = self.groups.get_mut(group)?;
        let delay_ms = group.delay.arrived(slot_end_secs, arrival_ms)?;
        Some(saved::delay_row(&group.identity, Some(delay_ms)))
    }
}
