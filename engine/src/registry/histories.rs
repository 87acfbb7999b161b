//! Owns which policies a series has had, shared between all series with the same past.
//!
//! Invariant: a history never changes once it has a number; eras run from old to new and their ends never decrease.
//! A reload of the rules moves a million series from one history to another, and costs four bytes a series.

use std::collections::HashMap;

/// An earlier policy of a series and when it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Era {
    /// The policy that applied.
    pub policy: u16,
    /// Seconds since the epoch at which the next policy took over.
    pub until: i64,
}

/// A number for a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct HistoryId(u32);

struct History {
    policy: u16,
    eras: Box<[Era]>,
}

#[derive(PartialEq, Eq, Hash)]
enum Origin {
    Fresh { policy: u16 },
    Changed { from: HistoryId, policy: u16, at: i64 },
}

/// All histories that some series has or had.
#[derive(Default)]
pub(super) struct Histories {
    known: Vec<History>,
    numbers: HashMap<Origin, HistoryId>,
    /// The last answer of `fresh`: most series are created in runs of one policy.
    last_fresh: Option<(u16, HistoryId)>,
}

impl Histories {
    /// The history of a series that has had `policy` from the start.
    pub(super) fn fresh(&mut self, policy: u16) -> HistoryId {
        if let Some((last, id)) = self.last_fresh
            && last == policy
        {
            return id;
        }
        let id = self.intern(Origin::Fresh { policy }, |_| History { policy, eras: Box::default() });
        self.last_fresh = Some((policy, id));
        id
    }

    /// The history of a series that had `from` and got `policy` at time `at`.
    pub(super) fn changed(&mut self, from: HistoryId, policy: u16, at: i64) -> HistoryId {
        self.intern(Origin::Changed { from, policy, at }, |known| {
            let mut eras = Vec::new();
            if let Some(old) = known.get(from.0 as usize) {
                eras.extend_from_slice(&old.eras);
                // A clock that was set back must not put the eras out of order.
                let at = eras.last().map_or(at, |era| at.max(era.until));
                eras.push(Era { policy: old.policy, until: at });
            }
            History { policy, eras: eras.into() }
        })
    }

    /// The current policy.
    pub(super) fn policy(&self, id: HistoryId) -> u16 {
        self.known.get(id.0 as usize).map_or(0, |history| history.policy)
    }

    /// The earlier policies, oldest first.
    pub(super) fn eras(&self, id: HistoryId) -> &[Era] {
        self.known.get(id.0 as usize).map_or(&[], |history| &history.eras)
    }

    fn intern(&mut self, origin: Origin, make: impl FnOnce(&[History]) -> History) -> HistoryId {
        if let Some(&id) = self.numbers.get(&origin) {
            return id;
        }
        let id = HistoryId(self.known.len() as u32);
        let history = make(&self.known);
        self.known.push(history);
        self.numbers.insert(origin, id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pasts_share_a_number() {
        let mut histories = Histories::default();
        let first = histories.fresh(1);
        let second = histories.changed(first, 2, 100);
        assert_eq!(histories.fresh(1), first);
        assert_eq!(histories.changed(first, 2, 100), second);
        assert_ne!(histories.changed(first, 2, 101), second);
        assert_eq!(histories.policy(second), 2);
        assert_eq!(histories.eras(second), [Era { policy: 1, until: 100 }]);
    }

    #[test]
    fn eras_stay_in_order_when_the_clock_goes_back() {
        let mut histories = Histories::default();
        let first = histories.fresh(1);
        let second = histories.changed(first, 2, 100);
        let third = histories.changed(second, 3, 50);
        let expected = [Era { policy: 1, until: 100 }, Era { policy: 2, until: 100 }];
        assert_eq!(histories.eras(third), expected);
    }
}
