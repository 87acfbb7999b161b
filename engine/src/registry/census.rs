//! Owns what exists, in memory: names, ids, policies and histories.
//!
//! Invariant: ids are dense in first-seen order and never reused; a name belongs to at most one live series. Every
//! change is checked in full before anything is touched. Nothing here knows of the log: the registry writes down what
//! was accepted, and a replay feeds the same changes back.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use plumbago_protocol::limits::NAME_BYTES_MAX;

use super::arena::{NameArena, NamePlace};
use super::entry::Entry;
use super::histories::{Era, Histories, HistoryId};
use super::table::NameTable;
use crate::policy::Policy;

/// Why a change was not accepted.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) expected: &'static str,
    pub(super) found: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

fn refuse<T>(expected: &'static str, found: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { expected, found: found.into() })
}

/// What is known of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesFacts<'a> {
    /// Canonical name.
    pub name: &'a str,
    /// The policy that applies now.
    pub policy: u16,
    /// Earlier policies, oldest first.
    pub eras: &'a [Era],
}

/// Everything the registry knows.
pub(super) struct Census {
    names: NameArena,
    table: NameTable,
    policies: Vec<Policy>,
    histories: Histories,
    /// By series; `NamePlace::NONE` once deleted.
    places: Vec<NamePlace>,
    history_ids: Vec<HistoryId>,
    /// By series: the one that was asked for after it, last time.
    successors: Vec<AtomicU32>,
}

impl Census {
    pub(super) fn new() -> Self {
        Self {
            names: NameArena::default(),
            table: NameTable::new(),
            policies: Vec::new(),
            histories: Histories::default(),
            places: Vec::new(),
            history_ids: Vec::new(),
            successors: Vec::new(),
        }
    }

    pub(super) fn id_end(&self) -> u32 {
        self.places.len() as u32
    }

    pub(super) fn live_count(&self) -> usize {
        self.table.len()
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<u32> {
        self.table.find(&self.names, name)
    }

    pub(super) fn get_many(&self, names: &[&[u8]], ids: &mut [Option<u32>]) {
        self.table.find_many(&self.names, names, ids);
    }

    #[inline]
    pub(super) fn predict(&self, previous: u32, name: &[u8]) -> Option<u32> {
        let successor = self.successors.get(previous as usize);
        let guess = successor.map_or(previous.wrapping_add(1), |next| next.load(Ordering::Relaxed));
        let place = *self.places.get(guess as usize)?;
        (self.names.id_if_named(place, name) == Some(guess)).then_some(guess)
    }

    #[inline]
    pub(super) fn follow(&self, previous: u32, id: u32) -> bool {
        let Some(successor) = self.successors.get(previous as usize) else { return false };
        let was_expected = successor.load(Ordering::Relaxed) == id;
        if !was_expected {
            successor.store(id, Ordering::Relaxed);
        }
        was_expected
    }

    pub(super) fn policies(&self) -> &[Policy] {
        &self.policies
    }

    pub(super) fn series(&self, id: u32) -> Option<SeriesFacts<'_>> {
        let place = self.live_place(id)?;
        let history = *self.history_ids.get(id as usize)?;
        Some(SeriesFacts {
            name: self.names.name(place),
            policy: self.histories.policy(history),
            eras: self.histories.eras(history),
        })
    }

    pub(super) fn name(&self, id: u32) -> Option<&str> {
        Some(self.names.name(self.live_place(id)?))
    }

    /// Makes the change, or refuses it and leaves everything as it was.
    pub(super) fn apply(&mut self, entry: &Entry<'_>) -> Result<(), Refusal> {
        match *entry {
            Entry::Layout { .. } | Entry::Synced { .. } => Ok(()),
            Entry::Policy { id, ref policy } => self.add_policy(id, policy),
            Entry::Create { id, policy, name } => self.create(id, policy, name),
            Entry::Delete { id } => self.delete(id),
            Entry::Rename { id, name } => self.rename(id, name),
            Entry::ChangePolicy { id, policy, at } => self.change_policy(id, policy, at),
        }
    }

    fn add_policy(&mut self, id: u16, policy: &Policy) -> Result<(), Refusal> {
        if usize::from(id) != self.policies.len() {
            return refuse("the next policy's number", format!("policy {id}"));
        }
        self.policies.push(policy.clone());
        Ok(())
    }

    fn create(&mut self, id: u32, policy: u16, name: &str) -> Result<(), Refusal> {
        if id == u32::MAX || id != self.id_end() {
            return refuse("the next series' number", format!("series {id}"));
        }
        self.check_policy(policy)?;
        let place = self.store_name(id, name)?;
        self.places.push(place);
        self.history_ids.push(self.histories.fresh(policy));
        self.successors.push(AtomicU32::new(id + 1));
        Ok(())
    }

    fn delete(&mut self, id: u32) -> Result<(), Refusal> {
        let place = self.check_live(id)?;
        self.table.remove(self.names.name(place), place);
        self.places[id as usize] = NamePlace::NONE;
        Ok(())
    }

    fn rename(&mut self, id: u32, name: &str) -> Result<(), Refusal> {
        let old = self.check_live(id)?;
        let new = self.store_name(id, name)?;
        self.table.remove(self.names.name(old), old);
        self.places[id as usize] = new;
        Ok(())
    }

    fn change_policy(&mut self, id: u32, policy: u16, at: i64) -> Result<(), Refusal> {
        self.check_live(id)?;
        self.check_policy(policy)?;
        let history = &mut self.history_ids[id as usize];
        *history = self.histories.changed(*history, policy, at);
        Ok(())
    }

    /// Puts a name that is free into the arena and the table.
    fn store_name(&mut self, id: u32, name: &str) -> Result<NamePlace, Refusal> {
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return refuse("a name of 1 to 4096 bytes", format!("{} bytes", name.len()));
        }
        if let Some(holder) = self.get(name.as_bytes()) {
            return refuse("a name that is free", format!("{name}, which is series {holder}"));
        }
        let Some(place) = self.names.push(id, name) else {
            return refuse("room for one more name", "16 GiB of names");
        };
        self.table.insert(name, place);
        Ok(place)
    }

    fn check_policy(&self, policy: u16) -> Result<(), Refusal> {
        match self.policies.get(usize::from(policy)) {
            Some(_) => Ok(()),
            None => refuse("a defined policy", format!("policy {policy}")),
        }
    }

    fn check_live(&self, id: u32) -> Result<NamePlace, Refusal> {
        match self.live_place(id) {
            Some(place) => Ok(place),
            None => refuse("a series that exists", format!("series {id}")),
        }
    }

    /// Where the name of a series stands; `None` once it is deleted.
    pub(super) fn place(&self, id: u32) -> Option<NamePlace> {
        self.live_place(id)
    }

    /// The name at a place that was once a series'.
    pub(super) fn name_at(&self, place: NamePlace) -> &str {
        self.names.name(place)
    }

    fn live_place(&self, id: u32) -> Option<NamePlace> {
        self.places.get(id as usize).copied().filter(|&place| place != NamePlace::NONE)
    }
}
