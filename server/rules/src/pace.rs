//! How long each rule waits after a slot's end.
//!
//! Invariant: a rule waits at least as long as those that it reads from, so that it never comes before them.

use std::collections::BTreeSet;

use crate::compiled::Compiled;
use crate::delay::Delay;
use crate::dependency::Order;
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
}

#[derive(Debug)]
struct GroupPace {
    identity: String,
    delay: Delay,
    rules: Vec<usize>,
}

impl Pace {
    pub(crate) fn new(set: &RuleSet, rules: &[Compiled], saved: &Saved) -> Pace {
        let group = |name: &str| {
            let identity = identity::of([name.as_bytes()]);
            let learned = saved.delays.get(&identity);
            let delay = learned.map_or_else(Delay::default, |ms| Delay::learned(*ms));
            GroupPace { identity, delay, rules: Vec::new() }
        };
        let mut groups: Vec<GroupPace> = set.groups.iter().map(|one| group(&one.name)).collect();
        for (rule, compiled) in rules.iter().enumerate() {
            groups[compiled.place.0].rules.push(rule);
        }
        Pace { groups, delays_ms: vec![0; rules.len()] }
    }

    /// How long a rule waits, in milliseconds.
    pub(crate) fn delay_ms(&self, rule: usize) -> i64 {
        self.delays_ms.get(rule).copied().unwrap_or_default()
    }

    /// The rules of a group.
    pub(crate) fn rules_of(&self, group: usize) -> Vec<usize> {
        self.groups.get(group).map(|group| group.rules.clone()).unwrap_or_default()
    }

    /// Works out the delays of these rules anew, and of those that read from one whose delay changes; `step_secs` is the
    /// finest step of a rule's results. Answers the rules whose delays have changed.
    pub(crate) fn update(
        &mut self,
        changed: impl IntoIterator<Item = usize>,
        rules: &[Compiled],
        order: &Order,
        step_secs: impl Fn(usize) -> Option<i64>,
    ) -> Vec<usize> {
        // Each one after those that it reads from.
        let mut left: BTreeSet<(usize, usize)> =
            changed.into_iter().map(|rule| (rules[rule].rank, rule)).collect();
        let mut moved = Vec::new();
        while let Some((_, at)) = left.pop_first() {
            let rule = &rules[at];
            let learned = || self.groups.get(rule.place.0).and_then(|group| group.delay.delay_ms());
            let guess = || step_secs(at).unwrap_or(GUESS_SECS_MAX).min(GUESS_SECS_MAX).saturating_mul(1000);
            let own = rule.delay_ms.or_else(learned).unwrap_or_else(guess).max(0);
            let upstream = rule.upstream.iter().map(|one| self.delays_ms[*one]).max().unwrap_or(0);
            let delay_ms = own.max(upstream);
            if self.delays_ms[at] != delay_ms {
                self.delays_ms[at] = delay_ms;
                moved.push(at);
                left.extend(order.downstream(at).iter().map(|reader| (rules[*reader].rank, *reader)));
            }
        }
        moved
    }

    /// Takes an arrival for a group. Answers the row to keep, if what was learned has changed.
    pub(crate) fn arrived(&mut self, group: usize, slot_end_secs: i64, arrival_ms: i64) -> Option<Row> {
        let group = self.groups.get_mut(group)?;
        let delay_ms = group.delay.arrived(slot_end_secs, arrival_ms)?;
        Some(saved::delay_row(&group.identity, Some(delay_ms)))
    }
}
