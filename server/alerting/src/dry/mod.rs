//! Notifications that there would have been: the pipeline over transitions of the past, its clock as fast as it goes.
//!
//! Invariant: it is the notifier that a server runs, and nothing is sent: whatever is to be sent counts as arrived at once.
//! What came out follows from the file, the silences and the transitions, and from nothing else. Nothing piles up: whoever
//! runs it is given what happened at each moment before the next one comes, and may break off between any two.

mod difference;
mod messenger;
mod report;
mod unread;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use plumbago_rules::{AlarmChange, Fingerprint, Labels, Transition};

pub use difference::{
    NotificationDifference, NotificationsDifference, NotificationsMade, ReceiverDifference, TooMany,
};
pub use messenger::DryMessenger;
pub use report::{Held, HeldAlarm, Notification, Notifications, ReceiverTally, ToldAlarm};
pub use unread::Unread;

use crate::config::Alerting;
use crate::effects::{LogEntry, LogKind};
use crate::message::Message;
use crate::notifier::{HeldCause, KeptBack, Notifier, SentReason};
use crate::pipeline::silence::Silence;
use crate::receivers::{Attempt, Outcome};
use crate::rows::{SavedError, State};

/// A notifier in the time of some history. One that was broken off has stopped in the middle, and is of no use any more.
#[derive(Debug)]
pub struct DryRun {
    notifier: Notifier,
    now_ms: i64,
    /// What was told at one moment, which is taken in at once, as a server does.
    heard: Vec<Transition>,
    heard_ms: i64,
    /// Of alarms that fire: which stages have kept each of them from whom since it began.
    kept_back: HashMap<Fingerprint, Vec<(Arc<str>, HeldCause)>>,
}

/// Is given what happened at a moment in which something was due, in order, which may be nothing; and may break off.
pub type FollowDryRun<'f> = dyn FnMut(Vec<DryNews>) -> ControlFlow<()> + 'f;

/// Something that would have happened.
#[derive(Clone, Debug, PartialEq)]
pub enum DryNews {
    /// Somebody would have been told.
    Sent(SentMessage),
    /// Somebody would not have been.
    Held(Held),
}

/// A message that would have been sent.
#[derive(Clone, Debug, PartialEq)]
pub struct SentMessage {
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
    /// Why.
    pub reason: SentReason,
    /// What it says, and to whom.
    pub message: Arc<Message>,
}

impl DryRun {
    /// One to which nobody has been told anything yet, with silences that hold at their times.
    ///
    /// # Errors
    /// None that is known: there are no saved rows that could be wrong.
    pub fn new(
        alerting: Arc<Alerting>,
        silences: impl IntoIterator<Item = Silence>,
        start_ms: i64,
    ) -> Result<DryRun, SavedError> {
        let mut notifier = Notifier::new(alerting, [], start_ms)?;
        notifier.caught_up(start_ms);
        notifier.watch(silences);
        Ok(DryRun {
            notifier,
            now_ms: start_ms,
            heard: Vec::new(),
            heard_ms: start_ms,
            kept_back: HashMap::new(),
        })
    }

    /// Takes in what is told at a moment, in milliseconds since the epoch; moments ascend. What is told at one moment, in
    /// however many calls, is decided together, when time goes on.
    pub fn hear(
        &mut self,
        transitions: &[Transition],
        at_ms: i64,
        follow: &mut FollowDryRun<'_>,
    ) -> ControlFlow<()> {
        if at_ms > self.heard_ms {
            self.decide(follow)?;
            self.pass(at_ms.saturating_sub(1), follow)?;
            self.heard_ms = at_ms;
        }
        self.heard.extend_from_slice(transitions);
        ControlFlow::Continue(())
    }

    /// Lets time pass, that moment included: what is due by then is done.
    pub fn until(&mut self, now_ms: i64, follow: &mut FollowDryRun<'_>) -> ControlFlow<()> {
        self.decide(follow)?;
        self.pass(now_ms, follow)
    }

    /// The file.
    pub fn alerting(&self) -> &Arc<Alerting> {
        self.notifier.alerting()
    }

    fn decide(&mut self, follow: &mut FollowDryRun<'_>) -> ControlFlow<()> {
        if self.heard.is_empty() {
            return ControlFlow::Continue(());
        }
        self.pass(self.heard_ms.saturating_sub(1), follow)?;
        self.now_ms = self.now_ms.max(self.heard_ms);
        let heard = std::mem::take(&mut self.heard);
        self.notifier.take(&heard, self.now_ms);
        follow(self.send(&heard))
    }

    fn pass(&mut self, until_ms: i64, follow: &mut FollowDryRun<'_>) -> ControlFlow<()> {
        loop {
            let next_ms = self.notifier.next_ms();
            if next_ms > until_ms {
                break;
            }
            // Time goes on even if something asks for the moment that was just done.
            self.now_ms = next_ms.max(self.now_ms.saturating_add(1));
            if self.now_ms > until_ms {
                break;
            }
            self.notifier.tick(self.now_ms);
            follow(self.send(&[]))?;
        }
        self.now_ms = self.now_ms.max(until_ms);
        ControlFlow::Continue(())
    }

    /// Sends what may be sent, all of which arrives. Returns what became of it.
    fn send(&mut self, heard: &[Transition]) -> Vec<DryNews> {
        let now_ms = self.now_ms;
        let mut news = self.held_back(heard);
        for message in self.notifier.deliverable(now_ms) {
            let reason = self.notifier.reason(message.id);
            self.notifier.begin(message.id);
            let attempt = Attempt { at_ms: now_ms, took_ms: 0, outcome: Outcome::Sent };
            self.notifier.attempted(message.id, &attempt, now_ms);
            // What is sent only because its receiver forgets is in no log.
            let log = self.notifier.take_log();
            if let Some(reason) = reason.filter(|_| log.iter().any(|entry| entry.kind == LogKind::Sent)) {
                news.push(DryNews::Sent(SentMessage { at_ms: now_ms, reason, message }));
            }
        }
        news
    }

    /// What was kept back, of each alarm once since it began.
    fn held_back(&mut self, heard: &[Transition]) -> Vec<DryNews> {
        for told in heard.iter().filter(|told| matches!(told.change, AlarmChange::Resolved { .. })) {
            self.kept_back.remove(&told.fingerprint);
        }
        let mut news = Vec::new();
        for entry in self.notifier.take_log() {
            let cause = match entry.kind {
                LogKind::Withheld => HeldCause::Capped,
                // It is told for each place of its receiver.
                LogKind::Unsent if entry.to.integration == 0 => HeldCause::Unsent,
                _ => continue,
            };
            news.push(DryNews::Held(self.held(entry, cause, heard)));
        }
        for kept in self.notifier.take_kept_back(self.now_ms) {
            let known = self.kept_back.entry(kept.fingerprint).or_default();
            let from_whom = (kept.receiver.clone(), kept.cause);
            if !known.contains(&from_whom) {
                known.push(from_whom);
                news.push(DryNews::Held(held_alarm(kept, self.now_ms)));
            }
        }
        news
    }

    fn held(&self, entry: LogEntry, cause: HeldCause, heard: &[Transition]) -> Held {
        let labels = |one: Fingerprint| -> Option<Arc<Labels>> {
            let told = heard.iter().rev().find(|told| told.fingerprint == one).map(|told| &told.labels);
            self.notifier.labels(one).or(told).cloned()
        };
        let alarm = |one: &Fingerprint| Some(HeldAlarm { fingerprint: *one, labels: labels(*one)? });
        Held {
            at_ms: entry.at_ms,
            receiver: entry.to.receiver,
            place: (cause == HeldCause::Capped).then_some(entry.to.integration),
            cause,
            by: Vec::new(),
            group_key: entry.group_key,
            alarms: entry.alarms.iter().filter_map(alarm).collect(),
            count: if cause == HeldCause::Capped { 1 } else { entry.resolved as u64 },
        }
    }
}

fn held_alarm(kept: KeptBack, at_ms: i64) -> Held {
    Held {
        at_ms,
        receiver: kept.receiver,
        place: None,
        cause: kept.cause,
        by: kept.by,
        group_key: kept.group_key,
        alarms: vec![HeldAlarm { fingerprint: kept.fingerprint, labels: kept.labels }],
        count: 1,
    }
}

/// The silences among the saved rows of a notifier, those that have ended in the last days among them.
///
/// # Errors
/// A row that cannot be read.
pub fn saved_silences<'a>(
    rows: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<Vec<Silence>, SavedError> {
    Ok(State::read(rows)?.silences.iter().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{NoSecrets, load};

    fn told(number: i64, change: AlarmChange, at_ms: i64) -> Transition {
        let labels = Labels::from([("alertname".to_owned(), format!("A{number}"))]);
        Transition {
            fingerprint: Fingerprint::of(&labels),
            labels: Arc::new(labels),
            annotations: Arc::new(Labels::new()),
            change,
            at_ms,
            starts_at_ms: at_ms,
            value: None,
            series: None,
            expression: "a".into(),
            bounds: Arc::default(),
            rule: "a/b/c".into(),
            is_replayed: false,
        }
    }

    #[test]
    fn what_was_kept_back_is_known_as_long_as_it_fires() {
        let text = "
route: {receiver: a, routes: [{matchers: ['alertname=~.+'], group_wait: 0s, group_interval: 1s, mute_time_intervals: [ever]}]}
receivers: [{name: a, webhook_configs: [{url: 'http://x/'}]}]
time_intervals: [{name: ever, time_intervals: [{years: ['1970:2999']}]}]
";
        let (alerting, _notes) = load("a.yml", text, &NoSecrets).unwrap();
        let mut run = DryRun::new(Arc::new(alerting), [], 0).unwrap();
        let (mut muted, mut most) = (0, 0);
        for number in 0..50 {
            let (from_ms, until_ms) = (number * 10_000, number * 10_000 + 5_000);
            let resolved = AlarmChange::Resolved { ends_at_ms: until_ms, by: None };
            // Each of five alarms again and again.
            for (at_ms, change) in [(from_ms, AlarmChange::Fired), (until_ms, resolved)] {
                let mut follow = |news: Vec<DryNews>| {
                    let is_muted =
                        |one: &&DryNews| matches!(one, DryNews::Held(held) if held.cause == HeldCause::Muted);
                    muted += news.iter().filter(is_muted).count();
                    ControlFlow::Continue(())
                };
                assert!(run.hear(&[told(number % 5, change, at_ms)], at_ms, &mut follow).is_continue());
                most = most.max(run.kept_back.len());
            }
        }
        assert_eq!((muted, most), (50, 1), "each time that one fires, it is told once");
    }
}
