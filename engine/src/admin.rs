//! Owns changes to series as a whole: delete, rename, a changed schema.
//!
//! Invariant: each is in the names log, and durable, before it answers. Room for it is taken first: on a full disk nothing
//! has changed, neither in memory nor on the disk.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use plumbago_protocol::Glob;

use crate::Error;
use crate::catalog::KnownSeries;
use crate::engine::Engine;
use crate::fetch::Selector;
use crate::maintain;
use crate::manifest::Edit;
use crate::policy::{Policy, PolicyRules};
use crate::registry::{CHANGE_POLICY_BYTES_MAX, DELETE_BYTES_MAX, RENAME_BYTES_MAX};

/// What a rename did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renamed {
    /// Old and new names.
    pub renamed: Vec<(String, String)>,
    /// Names left alone, and why.
    pub refused: Vec<(String, String)>,
}

impl Engine {
    /// Deletes every untagged series that matches `glob` and answers their names; with `dry_run` only answers.
    pub fn delete(&self, glob: &Glob, dry_run: bool) -> Result<Vec<String>, Error> {
        self.delete_selected(&Selector::Glob(glob.clone()), dry_run)
    }

    /// Deletes every series that `selector` selects and answers their names; with `dry_run` only answers.
    pub fn delete_selected(&self, selector: &Selector, dry_run: bool) -> Result<Vec<String>, Error> {
        let (series, _) = self.select(selector)?;
        if !dry_run {
            self.delete_ids(&series.iter().map(|facts| facts.id).collect::<Vec<_>>())?;
        }
        Ok(series.into_iter().map(|facts| facts.name.to_string()).collect())
    }

    /// Deletes series; those that are gone already are passed over.
    pub(crate) fn delete_ids(&self, ids: &[u32]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let shared = &self.shared;
        // What is being stored is stored before; what is not yet, sees that its series is gone.
        let mut gate = shared.gate.write();
        let mut catalog = shared.catalog.write();
        let live: Vec<u32> = ids.iter().copied().filter(|id| catalog.place(*id).is_some()).collect();
        shared.latch.guard(catalog.registry.make_room(live.len() as u64 * DELETE_BYTES_MAX))?;
        gate.epoch += 1;
        shared.names_pending.store(true, Ordering::Release);
        let admission = shared.cardinality.admission();
        for id in &live {
            if let Some(name) = catalog.registry.name(*id) {
                admission.forget(name);
            }
            catalog.delete(*id)?;
        }
        shared.latch.guard(catalog.registry.write_pending())?;
        shared.counters.series_deleted.fetch_add(live.len() as u64, Ordering::Relaxed);
        drop((catalog, gate));
        self.write_names_durably()
    }

    /// Gives every untagged series that matches `glob` another name; see [`Engine::rename_selected`].
    pub fn rename(
        &self,
        glob: &Glob,
        new_name: &dyn Fn(&str) -> Result<String, String>,
        dry_run: bool,
        now: i64,
    ) -> Result<Renamed, Error> {
        self.rename_selected(&Selector::Glob(glob.clone()), new_name, dry_run, now)
    }

    /// Gives every series that `selector` selects the name that `new_name` makes of its old one; a series for which
    /// it answers an error, or whose new name is taken, is left alone and listed. Where two of them would get the
    /// same name nothing is renamed at all, and the error names them.
    pub fn rename_selected(
        &self,
        selector: &Selector,
        new_name: &dyn Fn(&str) -> Result<String, String>,
        dry_run: bool,
        now: i64,
    ) -> Result<Renamed, Error> {
        let mut outcome = Renamed::default();
        let mut wanted: HashMap<String, Arc<str>> = HashMap::new();
        let mut planned = Vec::new();
        for facts in self.select(selector)?.0 {
            match new_name(&facts.name) {
                Ok(to) => {
                    if let Some(other) = wanted.insert(to.clone(), facts.name.clone()) {
                        let message = format!("{other} and {} would both be called {to}", facts.name);
                        return Err(Error::Caller(message));
                    }
                    planned.push((facts, to));
                }
                Err(reason) => outcome.refused.push((facts.name.to_string(), reason)),
            }
        }
        planned.retain(|(facts, to)| *facts.name != **to);
        if !dry_run && !planned.is_empty() {
            // The new names may fall under other rules. Until that is settled a start must look for itself; without
            // rules at hand, the next one will.
            self.note_fingerprint(0)?;
        }
        self.rename_planned(planned, dry_run, now, &mut outcome)?;
        if !dry_run && !outcome.renamed.is_empty() {
            self.settle_renamed(now)?;
        }
        Ok(outcome)
    }

    /// Renames what was planned, or only looks with `dry_run`. No limit on series stands in the way: there are not more
    /// of them afterwards.
    fn rename_planned(
        &self,
        planned: Vec<(KnownSeries, String)>,
        dry_run: bool,
        now: i64,
        outcome: &mut Renamed,
    ) -> Result<(), Error> {
        let shared = &self.shared;
        let mut catalog = shared.catalog.write();
        if !dry_run {
            let bytes = planned.iter().map(|(_, to)| RENAME_BYTES_MAX + to.len() as u64).sum();
            shared.latch.guard(catalog.registry.make_room(bytes))?;
            shared.names_pending.store(true, Ordering::Release);
        }
        let admission = shared.cardinality.admission();
        for (facts, to) in planned {
            let from = facts.name.to_string();
            if catalog.registry.get(&to).is_some() {
                outcome.refused.push((from, format!("{to} exists already")));
                continue;
            }
            if catalog.registry.name(facts.id) != Some(&*facts.name) {
                outcome.refused.push((from, "it was deleted or renamed meanwhile".to_owned()));
                continue;
            }
            if !dry_run {
                catalog.rename(facts.id, &to)?;
                admission.forget(&from);
                admission.count(&to, now);
            }
            outcome.renamed.push((from, to));
        }
        if dry_run { Ok(()) } else { shared.latch.guard(catalog.registry.write_pending()) }
    }

    /// Makes new names durable and gives their series the policies that go with them.
    fn settle_renamed(&self, now: i64) -> Result<(), Error> {
        self.write_names_durably()?;
        self.change_policies(now)?;
        let fingerprint = self.shared.rules.read().as_ref().map(|rules| rules.fingerprint());
        fingerprint.map_or(Ok(()), |fingerprint| self.note_fingerprint(fingerprint))
    }

    fn note_fingerprint(&self, fingerprint: u64) -> Result<(), Error> {
        let edit = Edit { rules_fingerprint: Some(fingerprint), ..Edit::default() };
        let committed = self.shared.manifest.lock().commit(&edit);
        self.shared.latch.guard(committed)
    }

    fn write_names_durably(&self) -> Result<(), Error> {
        let shared = &self.shared;
        shared.names_pending.store(true, Ordering::Release);
        shared.write_names()?;
        shared.latch.guard(maintain::sync_names(shared))
    }

    /// How a new series of this canonical name would be kept; nothing where the store was opened without rules.
    pub fn policy_for(&self, name: &str) -> Option<Policy> {
        self.shared.rules.read().as_ref().map(|rules| rules.policy_for(name))
    }

    /// Brings every series under `rules`. What is stored stays readable under the new policy.
    pub fn apply_rules(&self, rules: Arc<dyn PolicyRules>, now: i64) -> Result<u64, Error> {
        let fingerprint = rules.fingerprint();
        *self.shared.rules.write() = Some(rules);
        if self.shared.manifest.lock().state().rules_fingerprint == Some(fingerprint) {
            return Ok(0);
        }
        // Until every series agrees, a start must look for itself, also one that has the old rules again.
        self.note_fingerprint(0)?;
        let changed = self.change_policies(now)?;
        self.note_fingerprint(fingerprint)?;
        Ok(changed)
    }

    /// Moves every series whose rules now give another policy; answers how many.
    fn change_policies(&self, now: i64) -> Result<u64, Error> {
        let now = self.shared.steady(now);
        if self.outdated().is_empty() {
            return Ok(0);
        }
        // Everything accepted so far is rolled up under the policy it was accepted under. The bulk of it without
        // holding up the writers; what came meanwhile while they wait.
        self.compact(now, |_| ())?;
        let shared = &self.shared;
        let mut unflushed = shared.flushing.lock();
        let mut gate = shared.gate.write();
        maintain::write_out(shared, &mut unflushed)?;
        *unflushed = Some(maintain::freeze(shared, &mut gate, now));
        maintain::write_out(shared, &mut unflushed)?;
        while maintain::merge_next(shared, now, true)? {}
        let outdated = self.outdated();
        let mut catalog = shared.catalog.write();
        shared.names_pending.store(true, Ordering::Release);
        let numbered = |(id, policy): &(u32, Policy)| Ok((*id, catalog.intern_policy(policy)?));
        let changes = outdated.iter().map(numbered).collect::<Result<Vec<_>, Error>>()?;
        let bytes = changes.len() as u64 * CHANGE_POLICY_BYTES_MAX;
        shared.latch.guard(catalog.registry.make_room(bytes))?;
        // Even half of the changes make places stale.
        gate.epoch += 1;
        for (id, number) in changes {
            catalog.change_policy(id, number, now)?;
        }
        shared.latch.guard(catalog.registry.write_pending())?;
        drop(catalog);
        self.write_names_durably()?;
        Ok(outdated.len() as u64)
    }

    /// Series whose policy is not what the rules say, and what it should be.
    fn outdated(&self) -> Vec<(u32, Policy)> {
        let Some(rules) = self.shared.rules.read().clone() else { return Vec::new() };
        let catalog = self.shared.catalog.read();
        let outdated = |id: u32| {
            let series = catalog.registry.series(id)?;
            let wanted = rules.policy_for(series.name);
            (catalog.registry.policy(series.policy) != Some(&wanted)).then_some((id, wanted))
        };
        catalog.registry.ids().filter_map(outdated).collect()
    }
}
