//! Entries of the log of notifications: what became of each message, and of alarms of which none was made.

use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_rules::Fingerprint;

use super::Notifier;
use crate::effects::{LogEntry, LogKind};
use crate::message::ReceiverPlace;
use crate::pipeline::GroupId;
use crate::pipeline::outbox::Entry;

impl Notifier {
    /// Writes down what became of a message.
    pub(super) fn note(
        &mut self,
        kind: LogKind,
        entry: &Entry,
        attempt: u32,
        took_ms: Option<u64>,
        reason: String,
        now_ms: i64,
    ) {
        let all = entry.firing.iter().map(|(one, _)| *one).chain(entry.resolved.iter().copied());
        self.log.push(LogEntry {
            at_ms: now_ms,
            kind,
            message: Some(entry.message.id),
            to: entry.message.to.clone(),
            group_key: entry.message.group_key.clone(),
            alarms: all.take(limits::LOG_ALARMS_MAX).collect(),
            firing: entry.firing.len(),
            resolved: entry.resolved.len(),
            attempt,
            took_ms,
            reason,
        });
    }

    /// The rate cap keeps a group's message back.
    pub(super) fn keep_back(&mut self, id: GroupId, to: &ReceiverPlace, now_ms: i64) {
        let Some(queue) = self.queue_mut(id, to.integration) else { return };
        if std::mem::replace(&mut queue.is_withheld, true) {
            return;
        }
        let Some(group) = self.state.groups.get(&id) else { return };
        let (key, alarms) = (group.key.clone(), group.members.iter().copied());
        let alarms = alarms.take(limits::LOG_ALARMS_MAX).collect();
        let firing = group.members.len();
        self.log.push(LogEntry {
            at_ms: now_ms,
            kind: LogKind::Withheld,
            message: None,
            to: to.clone(),
            group_key: key,
            alarms,
            firing,
            resolved: 0,
            attempt: 0,
            took_ms: None,
            reason: String::new(),
        });
    }

    pub(super) fn note_unsent(
        &mut self,
        receiver: &Arc<str>,
        key: &Arc<str>,
        alarms: &[Fingerprint],
        now_ms: i64,
    ) {
        let integrations = self.alerting.receivers.get(receiver).map_or(0, |found| found.integrations.len());
        for integration in 0..integrations {
            self.log.push(LogEntry {
                at_ms: now_ms,
                kind: LogKind::Unsent,
                message: None,
                to: ReceiverPlace { receiver: receiver.clone(), integration },
                group_key: key.clone(),
                alarms: alarms.iter().take(limits::LOG_ALARMS_MAX).copied().collect(),
                firing: 0,
                resolved: alarms.len(),
                attempt: 0,
                took_ms: None,
                reason: "resolved before anybody was told".to_owned(),
            });
        }
    }
}
