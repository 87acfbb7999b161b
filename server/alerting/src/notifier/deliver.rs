//! Messages on their way out, and what came of sending them.

use std::sync::Arc;

use super::Notifier;
use super::view::OutboxView;
use crate::effects::LogKind;
use crate::message::{Message, MessageId, Purpose, ReceiverPlace};
use crate::pipeline::GroupId;
use crate::pipeline::group::{Said, Way};
use crate::pipeline::outbox::{Entry, Origin};
use crate::receivers::{Attempt, Outcome};
use crate::rows::RowKey;

impl Notifier {
    /// Messages that may be sent now: of each group and place the one that is next, unless it is in flight. Only what
    /// follows from stored effects may be.
    pub fn deliverable(&self, now_ms: i64) -> Vec<Arc<Message>> {
        self.state.outbox.due(now_ms).map(|entry| entry.message.clone()).collect()
    }

    /// An attempt to send a message begins. Nothing has to be stored because of that.
    pub fn begin(&mut self, message: MessageId) {
        self.state.outbox.update(message, |progress| progress.is_in_flight = true);
    }

    /// An attempt to send a message has ended. One of a message that is not there any more changes nothing.
    pub fn attempted(&mut self, message: MessageId, attempt: &Attempt, now_ms: i64) {
        self.state.outbox.update(message, |progress| {
            progress.is_in_flight = false;
            progress.attempts = progress.attempts.saturating_add(1);
        });
        let Some((entry, progress)) = self.state.outbox.get(message) else { return };
        let (entry, mut progress) = (entry.clone(), *progress);
        let took_ms = Some(attempt.took_ms);
        let number = progress.attempts;
        self.touched.insert(RowKey::Progress(message));
        match &attempt.outcome {
            Outcome::Sent => {
                if !entry.is_repost {
                    self.note(LogKind::Sent, &entry, number, took_ms, String::new(), now_ms);
                }
                self.sent(&entry, now_ms);
            }
            Outcome::Refused { reason } => {
                self.note(LogKind::Refused, &entry, number, took_ms, reason.clone(), now_ms);
                self.failed(&entry, progress.is_in_doubt, now_ms);
            }
            Outcome::Retry { reason, .. } | Outcome::Unclear { reason } => {
                let after_ms = match &attempt.outcome {
                    Outcome::Retry { after_ms, .. } => *after_ms,
                    _ => None,
                };
                progress.is_in_doubt |= matches!(attempt.outcome, Outcome::Unclear { .. });
                // Whoever tries a receiver waits for what comes of it; later the message would be about nothing.
                let is_test = entry.message.purpose == Purpose::Test;
                let is_tried_again = !is_test && progress.failed(entry.since_ms, after_ms, now_ms);
                self.state.outbox.update(message, |kept| *kept = progress);
                let kind = match (is_test, is_tried_again) {
                    (true, _) => LogKind::Dropped,
                    (false, true) => LogKind::Retried,
                    (false, false) => LogKind::Expired,
                };
                self.note(kind, &entry, number, took_ms, reason.clone(), now_ms);
                if !is_tried_again {
                    self.failed(&entry, progress.is_in_doubt, now_ms);
                }
            }
        }
        if let Origin::Group(id) = entry.origin {
            self.go_on(id, &entry.message.to, now_ms);
        }
    }

    /// A message is there: its receiver knows what it says.
    fn sent(&mut self, entry: &Entry, now_ms: i64) {
        self.take_out(entry.message.id);
        let Origin::Group(id) = entry.origin else { return };
        let Some(queue) = self.queue_mut(id, entry.message.to.integration) else { return };
        for one in &entry.resolved {
            queue.said.remove(one);
        }
        for (one, height) in &entry.firing {
            queue.said.insert(*one, Said(*height, Way::Group));
        }
        queue.said_ms = Some(now_ms);
    }

    /// A message will never be there. What fires is tried again when it would be repeated, or if it gets worse.
    fn failed(&mut self, entry: &Entry, is_in_doubt: bool, now_ms: i64) {
        self.take_out(entry.message.id);
        let Origin::Group(id) = entry.origin else { return };
        let Some(queue) = self.queue_mut(id, entry.message.to.integration) else { return };
        for one in &entry.resolved {
            queue.said.remove(one);
        }
        let way = if is_in_doubt { Way::Maybe } else { Way::Failed };
        for (one, height) in &entry.firing {
            let said = queue.said.entry(*one).or_insert(Said(*height, way));
            let is_known = said.1.is_told();
            *said = Said(*height, if is_known { said.1 } else { way });
        }
        queue.said_ms = Some(now_ms);
    }

    /// After an attempt: looks at the group again, if that had to wait for it.
    fn go_on(&mut self, id: GroupId, to: &ReceiverPlace, now_ms: i64) {
        let sight = self.sight(id, now_ms);
        if self.queue(id, to).is_some_and(|queue| queue.is_deferred) {
            self.tell(id, to, &sight, now_ms);
        }
        self.settle(id);
        if self.state.groups.contains_key(&id) {
            self.replan(id, &sight, now_ms);
        }
    }

    /// Messages that are not sent yet, in the order of their numbers.
    pub fn outbox(&self) -> Vec<OutboxView> {
        let view = |(entry, progress): &(Entry, crate::pipeline::outbox::Progress)| OutboxView {
            message: entry.message.clone(),
            attempts: progress.attempts,
            next_ms: progress.next_ms,
            is_in_flight: progress.is_in_flight,
        };
        self.state.outbox.iter().map(view).collect()
    }
}
