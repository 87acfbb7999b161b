//! When a group is looked at: when something in it has changed, in its next turn; when it is to be said again; and otherwise
//! not at all.
//!
//! Invariant: a plan that is in a row is kept across restarts. Whoever looks at a group plans when that happens next.

use super::{INTERVAL_MS, Notifier};
use crate::pipeline::GroupId;
use crate::pipeline::group::Sight;
use crate::rows::RowKey;

impl Notifier {
    /// Something in a group has changed: it is looked at in its next turn.
    pub(super) fn stir(&mut self, id: GroupId, now_ms: i64) {
        let Some(group) = self.state.groups.get(&id) else { return };
        let route = group.route.and_then(|route| self.alerting.routes.get(route));
        let interval = route.map_or(INTERVAL_MS, |route| route.group_interval_ms);
        // One that was not looked at yet waits for its first turn anyway.
        if group.flushed_ms.is_some() {
            let turn = group.turn(interval, now_ms);
            self.look_by(id, turn);
        }
    }

    /// A group is looked at at a moment, or before.
    pub(super) fn look_by(&mut self, id: GroupId, at_ms: i64) {
        let next = self.state.groups.get(&id).map(|group| group.next_ms);
        if next.is_some_and(|next| at_ms < next) {
            self.set_next(id, at_ms);
        }
    }

    /// When a group is looked at next.
    pub(super) fn set_next(&mut self, id: GroupId, next_ms: i64) {
        self.due.remove(&(self.due_ms(id), id));
        if let Some(group) = self.state.groups.get_mut(&id) {
            if group.next_ms != next_ms {
                group.next_ms = next_ms;
                self.touched.insert(RowKey::Group(id));
            }
            self.due.insert((self.due_ms(id), id));
        }
    }

    /// When something is to be done about a group.
    pub(super) fn due_ms(&self, id: GroupId) -> i64 {
        let turn = self.state.groups.get(&id).map_or(i64::MAX, |group| group.next_ms);
        self.reposts.get(&id).map_or(turn, |repost| turn.min(*repost))
    }

    /// After a group was looked at: when that is to happen again although nothing changes.
    pub(super) fn schedule(&mut self, id: GroupId, sight: &Sight, now_ms: i64) {
        let Some(group) = self.state.groups.get_mut(&id) else { return };
        if group.is_holding != sight.is_holding {
            group.is_holding = sight.is_holding;
            self.touched.insert(RowKey::Group(id));
        }
        if sight.is_holding {
            self.holding.insert(id)
        } else {
            self.holding.remove(&id)
        };
        let Some(group) = self.state.groups.get(&id) else { return };
        let route = group.route.and_then(|route| self.alerting.routes.get(route));
        let interval = route.map_or(INTERVAL_MS, |route| route.group_interval_ms);
        let later = now_ms.saturating_add(1);
        let is_kept = sight.is_muted && !(sight.firing.is_empty() && sight.over.is_empty());
        let mut next = if is_kept { group.turn(interval, later) } else { i64::MAX };
        let mut repost = None;
        for to in self.places(id) {
            let is_idle = self.queue(id, &to).is_some_and(|queue| queue.entry.is_none());
            let Some(at) = self.repeat_ms(id, &to, sight).filter(|_| is_idle) else { continue };
            match self.alerting.integration(&to).and_then(|integration| integration.repost_ms()) {
                Some(pause) => {
                    // What is due and was not sent now waits as long as it would after being sent.
                    let at = if at > now_ms { at } else { now_ms.saturating_add(pause.max(1)) };
                    repost = Some(repost.map_or(at, |before: i64| before.min(at)));
                }
                None => next = next.min(group.turn(interval, at.max(later))),
            }
        }
        // Only what looks at a group decides when that happens next: not an earlier plan.
        self.due.remove(&(self.due_ms(id), id));
        match repost {
            Some(at) => drop(self.reposts.insert(id, at)),
            None => drop(self.reposts.remove(&id)),
        }
        self.set_next(id, next);
    }

    /// Plans again, but keeps a turn that something has asked for.
    pub(super) fn replan(&mut self, id: GroupId, sight: &Sight, now_ms: i64) {
        let asked = self.state.groups.get(&id).map(|group| group.next_ms);
        self.schedule(id, sight, now_ms);
        if let Some(asked) = asked {
            self.look_by(id, asked);
        }
    }

    /// Sends a group again to those of its receivers that forget.
    pub(super) fn repost(&mut self, id: GroupId, now_ms: i64) {
        let sight = self.sight(id, now_ms);
        for to in self.places(id) {
            let integration = self.alerting.integration(&to);
            if integration.is_some_and(|integration| integration.repost_ms().is_some()) {
                self.tell(id, &to, &sight, now_ms);
            }
        }
        self.settle(id);
        self.replan(id, &sight, now_ms);
    }
}
