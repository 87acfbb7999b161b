//! Dry runs for tests of rules: what each receiver would have been told by a moment.
//!
//! Invariant: no more messages are kept than a test may expect anything of; a test that sends more is at fault.

use std::ops::ControlFlow;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_rules::{Messenger, MessengerHalt, RuleError, TestAlert, TestMessage, Transition};

use super::{DryNews, DryRun, SentMessage};
use crate::config::Alerting;
use crate::rows::SavedError;

/// Sends what tests of rules expect, by one alerting file, to nobody. What several `*_configs` of a receiver are told alike
/// counts once.
#[derive(Debug)]
pub struct DryMessenger {
    run: DryRun,
    sent: Sent,
}

#[derive(Debug, Default)]
struct Sent {
    messages: Vec<TestMessage>,
    /// The `groupKey` of each of them.
    groups: Vec<Arc<str>>,
    /// Whether there was one more than may be.
    are_too_many: bool,
}

impl DryMessenger {
    /// One that has sent nothing yet.
    ///
    /// # Errors
    /// As for [`DryRun::new`].
    pub fn new(alerting: Arc<Alerting>, start_ms: i64) -> Result<DryMessenger, SavedError> {
        let run = DryRun::new(alerting, [], start_ms)?;
        Ok(DryMessenger { run, sent: Sent::default() })
    }
}

impl Messenger for DryMessenger {
    fn receivers(&self) -> Vec<String> {
        self.run.alerting().receivers.keys().map(ToString::to_string).collect()
    }

    fn hear(
        &mut self,
        transitions: &[Transition],
        at_ms: i64,
        flow: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<(), MessengerHalt> {
        let DryMessenger { run, sent } = self;
        let passed = run.hear(transitions, at_ms, &mut |news| sent.keep(news, flow));
        sent.judge(passed)
    }

    fn sent(
        &mut self,
        until_ms: i64,
        flow: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<&[TestMessage], MessengerHalt> {
        let DryMessenger { run, sent } = self;
        let passed = run.until(until_ms, &mut |news| sent.keep(news, flow));
        sent.judge(passed)?;
        Ok(&sent.messages)
    }
}

impl Sent {
    fn keep(&mut self, news: Vec<DryNews>, flow: &mut dyn FnMut() -> ControlFlow<()>) -> ControlFlow<()> {
        for news in news {
            let DryNews::Sent(sent) = news else { continue };
            let (message, group) = (shown(&sent), sent.message.group_key.clone());
            let before = self.messages.iter().zip(&self.groups).rev();
            let mut at_once = before.take_while(|(one, _)| one.at_ms == message.at_ms);
            if at_once.any(|(one, key)| *one == message && *key == group) {
                continue;
            }
            if self.messages.len() >= limits::TEST_MESSAGES_MAX {
                self.are_too_many = true;
                return ControlFlow::Break(());
            }
            self.messages.push(message);
            self.groups.push(group);
        }
        flow()
    }

    /// Why it went no further, if it did not.
    fn judge(&self, passed: ControlFlow<()>) -> Result<(), MessengerHalt> {
        match passed {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) if self.are_too_many => {
                let message = format!("a test sends more than {} messages", limits::TEST_MESSAGES_MAX);
                Err(MessengerHalt::Fault(RuleError { message, is_fault: false }))
            }
            ControlFlow::Break(()) => Err(MessengerHalt::BrokenOff),
        }
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
