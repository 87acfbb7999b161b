//! The names and policies that simulated workloads use.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_engine::{Archive, Policy, PolicyRules};
use plumbago_protocol::Aggregation;

use super::random::Random;

pub(crate) const NAMES: [&str; 5] = ["a.one", "a.two", "b.one", "b.two.x", "c;host=h1"];

/// Rules as a table: a name's policy is what the table says.
#[derive(Clone)]
pub(crate) struct Table(BTreeMap<&'static str, Policy>, u64);

impl PolicyRules for Table {
    fn policy_for(&self, name: &str) -> Policy {
        self.0.get(name).or_else(|| self.0.values().next()).cloned().expect("a policy for every name")
    }

    fn fingerprint(&self) -> u64 {
        self.1
    }
}

impl Table {
    pub(crate) fn new(random: &mut Random) -> Arc<Self> {
        Arc::new(Self(NAMES.iter().map(|name| (*name, policy(random))).collect(), 1))
    }

    /// These rules with another policy for one name.
    pub(crate) fn changed(&self, random: &mut Random) -> Arc<Self> {
        let mut changed = self.clone();
        changed.0.insert(*random.pick(&NAMES), policy(random));
        changed.1 += 1;
        Arc::new(changed)
    }
}

fn policy(random: &mut Random) -> Policy {
    let choices: [&[(u32, u32)]; 4] = [
        &[(10, 120), (60, 1_200), (300, 7_200)],
        &[(10, 600), (30, 1_800)],
        &[(60, 7_200)],
        &[(30, 300), (60, 3_600), (120, 90_000)],
    ];
    let archive = |(step_secs, retention_secs): &(u32, u32)| Archive {
        step_secs: *step_secs,
        retention_secs: *retention_secs,
    };
    let archives = random.pick(&choices).iter().map(archive).collect();
    Policy::new(archives, *random.pick(&[0.0, 0.5]), *random.pick(Aggregation::all()))
        .expect("a valid policy")
}
