//! Dry runs for tests of rules: what each receiver would have been told by a moment.

use std::sync::Arc;

use plumbago_rules::{Messenger, TestAlert, TestMessage, Transition};

use super::{DryNews, DryRun, SentMessage};
use crate::config::Alerting;
use crate::rows::SavedError;

/// Sends what tests of rules expect, by one alerting file, to nobody. What several `*_configs` of a receiver are told alike
/// counts once.
#[derive(Debug)]
pub struct DryMessenger {
    run: DryRun,
    sent: Vec<TestMessage>,
    /// The `groupKey` of each of them.
    groups: Vec<Arc<str>>,
}

impl DryMessenger {
    /// One that has sent nothing yet.
    ///
    /// # Errors
    /// As for [`DryRun::new`].
    pub fn new(alerting: Arc<Alerting>, start_ms: i64) -> Result<DryMessenger, SavedError> {
        let run = DryRun::new(alerting, [], start_ms)?;
        Ok(DryMessenger { run, sent: Vec::new(), groups: Vec::new() })
    }
}

impl Messenger for DryMessenger {
    fn receivers(&self) -> Vec<String> {
        self.run.alerting().receivers.keys().map(ToString::to_string).collect()
    }

    fn hear(&mut self, transitions: &[Transition], at_ms: i64) {
        self.run.hear(transitions, at_ms);
    }

    fn sent(&mut self, until_ms: i64) -> &[TestMessage] {
        self.run.until(until_ms);
        for news in self.run.news() {
            let DryNews::Sent(sent) = news else { continue };
            let (message, group) = (shown(&sent), sent.message.group_key.clone());
            let before = self.sent.iter().zip(&self.groups).rev();
            let mut at_once = before.take_while(|(one, _)| one.at_ms == message.at_ms);
            if !at_once.any(|(one, key)| *one == message && *key == group) {
                self.sent.push(message);
                self.groups.push(group);
            }
        }
        &self.sent
    }
}

fn shown(sent: &SentMessage) -> TestMessage {
    let message = &sent.message;
    let alerts = message.alarms.iter().map(|member| TestAlert {
        status: member.status.name(),
        labels: member.labels.clone(),
        annotations: member.annotations.clone(),
    });
    TestMessage {
        at_ms: sent.at_ms,
        receiver: message.to.receiver.to_string(),
        reason: sent.reason.name(),
        status: message.status().name(),
        group_labels: message.group_labels.clone(),
        alerts: alerts.collect(),
    }
}
