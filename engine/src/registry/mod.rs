//! Owns which series exist: names, ids, policies, and the log that remembers them.
//!
//! Invariant: an id is given once, in first-seen order, and never reused; what was accepted is in `names.log` after
//! `write_pending`, in the same order. Lookups take `&self` and no lock. Points, globs and tags are not known here.

mod arena;
mod census;
mod entry;
mod histories;
mod log;
mod table;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

pub use census::SeriesFacts;
pub(crate) use entry::{CHANGE_POLICY_BYTES_MAX, DELETE_BYTES_MAX, RENAME_BYTES_MAX};
pub use histories::Era;

use crate::Error;
use crate::disk::Disk;
use crate::finding::TornTail;
use crate::policy::Policy;
use arena::NamePlace;
use census::{Census, Refusal};
use entry::Entry;
pub use log::LogSync;
use log::NamesLog;

/// All series of a data directory.
pub struct Registry {
    census: Census,
    log: NamesLog,
    /// Where the names of series stand that were deleted since the start: whoever has looked one up may still ask.
    former: HashMap<u32, NamePlace, RandomState>,
}

impl Registry {
    /// Replays `names.log`. When `writable`, a missing log is created and a torn tail is cut off; else both are left
    /// alone and every change is refused. Damage before the tail is `Error::Corrupt`.
    pub fn open(disk: Arc<dyn Disk>, writable: bool) -> Result<Self, Error> {
        let mut census = Census::new();
        let log = NamesLog::open(&*disk, writable, &mut census)?;
        Ok(Self { census, log, former: HashMap::default() })
    }

    /// One more than the largest id ever given.
    pub fn id_end(&self) -> u32 {
        self.census.id_end()
    }

    /// How many series exist now.
    pub fn live_count(&self) -> usize {
        self.census.live_count()
    }

    /// The series called `name`, a canonical name.
    pub fn get(&self, name: &str) -> Option<u32> {
        self.census.get(name.as_bytes())
    }

    /// Looks up `names`, each given as it was received: what is found is canonical, for only such names exist. Faster
    /// than one after the other when the names are scattered.
    pub fn get_many(&self, names: &[&[u8]], ids: &mut [Option<u32>]) {
        self.census.get_many(names, ids);
    }

    /// The series that came after `previous` when names were last looked up, if it is called `name`: agents send
    /// theirs in the same order every time. At the start of a connection `previous` is `u32::MAX`.
    #[inline]
    pub fn predict(&self, previous: u32, name: &[u8]) -> Option<u32> {
        self.census.predict(previous, name)
    }

    /// Remembers that `id` came after `previous`; answers whether that was expected.
    #[inline]
    pub fn follow(&self, previous: u32, id: u32) -> bool {
        self.census.follow(previous, id)
    }

    /// What is known of a series; `None` once it is deleted.
    pub fn series(&self, id: u32) -> Option<SeriesFacts<'_>> {
        self.census.series(id)
    }

    /// The name of a series; `None` once it is deleted.
    pub fn name(&self, id: u32) -> Option<&str> {
        self.census.name(id)
    }

    /// Ids of the series that exist, ascending.
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        (0..self.id_end()).filter(|&id| self.census.name(id).is_some())
    }

    /// What a series was called that was deleted since the registry was opened.
    pub fn former_name(&self, id: u32) -> Option<&str> {
        self.former.get(&id).map(|place| self.census.name_at(*place))
    }

    /// Puts ids in byte order of their names, as answers list series; deleted ones come first.
    pub fn sort_by_name(&self, ids: &mut [u32]) {
        ids.sort_by(|&left, &right| self.name(left).cmp(&self.name(right)));
    }

    /// The policy with that number.
    pub fn policy(&self, id: u16) -> Option<&Policy> {
        self.census.policies().get(usize::from(id))
    }

    /// The number of `policy`, given now if it has none yet.
    pub fn intern_policy(&mut self, policy: &Policy) -> Result<u16, Error> {
        let policies = self.census.policies();
        if let Some(known) = policies.iter().position(|known| known == policy) {
            return Ok(known as u16);
        }
        let Ok(id) = u16::try_from(policies.len()) else {
            return Err(Error::Caller("65536 policies are all that a data directory can hold".to_owned()));
        };
        self.change(&Entry::Policy { id, policy: policy.clone() })?;
        Ok(id)
    }

    /// The series called `name`, created with `policy` unless it exists: another writer may have been faster.
    pub fn create(&mut self, name: &str, policy: u16) -> Result<u32, Error> {
        if let Some(id) = self.get(name) {
            return Ok(id);
        }
        let id = self.id_end();
        self.change(&Entry::Create { id, policy, name })?;
        Ok(id)
    }

    /// Forgets a series. Its id is not given again.
    pub fn delete(&mut self, id: u32) -> Result<(), Error> {
        let place = self.census.place(id);
        self.change(&Entry::Delete { id })?;
        self.former.extend(place.map(|place| (id, place)));
        Ok(())
    }

    /// Gives a series another name, which must be free. Its own name is no change.
    pub fn rename(&mut self, id: u32, name: &str) -> Result<(), Error> {
        if self.name(id) == Some(name) {
            return self.log.check_writable();
        }
        self.change(&Entry::Rename { id, name })
    }

    /// Keeps a series by `policy` from `at` on, in seconds since the epoch. Its current policy is no change.
    pub fn change_policy(&mut self, id: u32, policy: u16, at: i64) -> Result<(), Error> {
        if self.series(id).is_some_and(|series| series.policy == policy) {
            return self.log.check_writable();
        }
        self.change(&Entry::ChangePolicy { id, policy, at })
    }

    /// Bytes of changes that are not in the log's file yet.
    pub fn pending_bytes(&self) -> usize {
        self.log.pending_bytes()
    }

    /// Appends all changes to the log's file with one write. A failure closes the registry to changes, unless it is
    /// `Error::DiskFull`: then they wait for the next call.
    pub fn write_pending(&mut self) -> Result<(), Error> {
        self.log.write_pending()
    }

    /// A sync of the log's file, for whoever makes names durable; `None` when opened read-only.
    pub fn log_sync(&self) -> Option<LogSync> {
        self.log.sync()
    }

    /// So many bytes of the log are durable now: `log_sync` was done.
    pub fn set_synced(&self, bytes: u64) {
        self.log.set_synced(bytes);
    }

    /// Writes down in the log how much of it is durable, with what is still buffered.
    pub fn note_synced(&mut self) -> Result<(), Error> {
        self.log.note_synced()
    }

    /// The append at the log's end that was cut short, if there was one when it was opened.
    pub(crate) fn torn(&self) -> Option<&TornTail> {
        self.log.torn()
    }

    /// Takes room for changes of one kind that come to so many bytes: written at once, they cannot meet a full disk where
    /// the file system promises room. After `Error::DiskFull` nothing has changed.
    pub fn make_room(&mut self, changes_bytes: u64) -> Result<(), Error> {
        self.log.make_room(changes_bytes)
    }

    fn change(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        self.log.check_writable()?;
        self.census.apply(entry).map_err(|refusal: Refusal| Error::Caller(refusal.to_string()))?;
        self.log.push(entry);
        Ok(())
    }
}
