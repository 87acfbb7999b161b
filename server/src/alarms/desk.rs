//! The desk: the one place where alarms change, whoever changes them.
//!
//! Invariant: the notifier in memory never knows of more than the file does. What a change decides is stored in one
//! transaction with whatever belongs to it, while nobody else can change anything; if that fails, the notifier is built
//! again from the stored rows, and nothing is sent. Only what is stored is handed out to be sent, each message to one
//! sender at a time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use parking_lot::{Mutex, MutexGuard, RwLock};
use plumbago_alerting::{
    Alerting, Effects, LogEntry, LogKind, Message, MessageId, Notifier, Silence, SilenceState,
};
use plumbago_rules::{EventChange, Row, Transition};

use super::canary::Canary;
use super::counters::AlarmCounters;
use super::entry::entry;
use super::self_alarms::{self, SelfAlarm, SelfAlarms, Told};
use super::{Happening, cpu::CpuMeter};
use crate::clock::Clock;
use crate::events::{EventStore, StoreError};

/// What the keys of the notifier's rows begin with.
const ROWS_PREFIX: &str = "alarms/";

/// Alarms and whom to tell, shared by the threads of rules, of HTTP and of sending.
pub(crate) struct Desk {
    store: Arc<EventStore>,
    clock: Clock,
    counters: AlarmCounters,
    cpu: Arc<CpuMeter>,
    canary: Arc<Canary>,
    happenings: Sender<Happening>,
    /// Receivers and routes; apart, since those who send must not wait for the disk.
    alerting: RwLock<Arc<Alerting>>,
    summary: Mutex<Summary>,
    state: Mutex<State>,
}

/// What there is at a moment, in numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Summary {
    /// Messages that are not sent yet.
    pub(crate) outbox: usize,
    /// When the oldest of them was decided, in milliseconds since the epoch.
    pub(crate) oldest_ms: Option<i64>,
    /// Messages of which the next digests tell.
    pub(crate) withheld: u64,
    /// Silences in force.
    pub(crate) silences: usize,
}

struct State {
    notifier: Notifier,
    self_alarms: SelfAlarms,
    /// Whether a change is under way; where it still is when the next one begins, a panic broke it off.
    is_changing: bool,
    /// Whether what happened while nobody looked has been gone through.
    has_caught_up: bool,
    /// Messages that are being sent.
    in_flight: BTreeSet<MessageId>,
    /// Why the notifier is not what the file says, if so: nothing is changed until it is built again.
    trouble: Option<StoreError>,
}

/// What a change works with.
pub(crate) struct Hand<'a> {
    /// Whom to tell.
    pub(crate) notifier: &'a mut Notifier,
    /// The present, in milliseconds since the epoch.
    pub(crate) now_ms: i64,
    is_time_fixed: bool,
    self_alarms: &'a mut SelfAlarms,
    events: &'a mut Vec<EventChange>,
    rows: &'a mut Vec<Row>,
}

impl Hand<'_> {
    /// Alarms changed.
    pub(crate) fn take(&mut self, transitions: &[Transition]) {
        self.notifier.take(transitions, self.now_ms);
    }

    /// What became of messages tells whether their receivers can be reached.
    fn follow(&mut self, log: &[LogEntry]) {
        for entry in log {
            let alarm = SelfAlarm::NotificationFailed { receiver: &entry.to.receiver };
            match entry.kind {
                LogKind::Sent => self.set(alarm, None),
                kind if kind.is_failure() => self.set(alarm, Some(&entry.reason)),
                _ => {}
            }
        }
    }

    /// Raises an alarm about the server for a reason of one sentence, or ends it. Where time stands still there are none.
    pub(crate) fn set(&mut self, alarm: SelfAlarm<'_>, reason: Option<&str>) {
        if self.is_time_fixed {
            return;
        }
        let Told { transitions, events, rows } = self.self_alarms.set(alarm, reason, self.now_ms);
        self.take(&transitions);
        self.events.extend(events);
        self.rows.extend(rows);
    }
}

impl Desk {
    /// A desk that goes on from the stored rows, with these receivers. What happens is told over `happenings`.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub(crate) fn open(
        store: Arc<EventStore>,
        clock: Clock,
        alerting: Arc<Alerting>,
        happenings: Sender<Happening>,
    ) -> Result<Desk, StoreError> {
        let (notifier, self_alarms) = saved(&store, &alerting, clock.now_ms())?;
        let state = State {
            notifier,
            self_alarms,
            is_changing: false,
            has_caught_up: false,
            in_flight: BTreeSet::new(),
            trouble: None,
        };
        Ok(Desk {
            store,
            clock,
            counters: AlarmCounters::default(),
            cpu: Arc::default(),
            canary: Arc::default(),
            happenings,
            alerting: RwLock::new(alerting),
            summary: Mutex::default(),
            state: Mutex::new(state),
        })
    }

    /// What was counted.
    pub(crate) fn counters(&self) -> &AlarmCounters {
        &self.counters
    }

    /// The processor time of rules and notification.
    pub(crate) fn cpu(&self) -> &Arc<CpuMeter> {
        &self.cpu
    }

    /// The canary on its way.
    pub(crate) fn canary(&self) -> &Arc<Canary> {
        &self.canary
    }

    /// Where this server's `now` comes from.
    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// The receivers and routes that count now.
    pub(crate) fn alerting(&self) -> Arc<Alerting> {
        self.alerting.read().clone()
    }

    /// Looks at alarms; nothing changes meanwhile.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Notifier) -> T) -> T {
        look(&self.state.lock().notifier)
    }

    /// The numbers of this moment; while a change is being stored, those of the moment before it.
    pub(crate) fn summary(&self) -> Summary {
        let Some(state) = self.state.try_lock() else { return *self.summary.lock() };
        let (outbox, now_ms) = (state.notifier.outbox(), self.clock.now_ms());
        let is_active = |silence: &&Silence| silence.state(now_ms) == SilenceState::Active;
        let summary = Summary {
            outbox: outbox.len(),
            oldest_ms: outbox.iter().map(|waiting| waiting.message.decided_ms).min(),
            withheld: state.notifier.withheld(),
            silences: state.notifier.silences().filter(is_active).count(),
        };
        *self.summary.lock() = summary;
        summary
    }

    /// Why nothing can be changed, if so.
    pub(crate) fn trouble(&self) -> Option<StoreError> {
        self.state.lock().trouble.clone()
    }

    /// Makes a change, and has it stored with everything that it decides before this returns. Blocks.
    ///
    /// # Errors
    /// It was not stored, and is as if it had not been made.
    pub(crate) fn change<T>(&self, work: impl FnOnce(&mut Hand<'_>) -> T) -> Result<T, StoreError> {
        self.change_with(Vec::new(), Vec::new(), work)
    }

    /// As [`Desk::change`], with events and rows of others in the same transaction.
    ///
    /// # Errors
    /// As [`Desk::change`].
    pub(crate) fn change_with<T>(
        &self,
        mut events: Vec<EventChange>,
        mut rows: Vec<Row>,
        work: impl FnOnce(&mut Hand<'_>) -> T,
    ) -> Result<T, StoreError> {
        let mut state = self.sound()?;
        state.is_changing = true;
        let State { notifier, self_alarms, .. } = &mut *state;
        let now_ms = self.clock.now_ms();
        let mut hand = Hand {
            notifier,
            now_ms,
            is_time_fixed: self.clock.is_fixed(),
            self_alarms,
            events: &mut events,
            rows: &mut rows,
        };
        let answer = work(&mut hand);
        let mut effects = hand.notifier.effects();
        hand.follow(&effects.log);
        if hand.notifier.next_ms() <= now_ms {
            // Whom nobody has to wait for is told at once, in the same transaction.
            hand.notifier.tick(now_ms);
        }
        let told = hand.notifier.effects();
        effects.rows.extend(told.rows);
        effects.events.extend(told.events);
        effects.log.extend(told.log);
        let stored = self.store(&mut state, events, rows, effects);
        state.is_changing = false;
        stored?;
        drop(state);
        // Gone only when the server stops.
        let _ = self.happenings.send(Happening::Changed);
        Ok(answer)
    }

    fn store(
        &self,
        state: &mut State,
        mut events: Vec<EventChange>,
        mut rows: Vec<Row>,
        effects: Effects,
    ) -> Result<(), StoreError> {
        events.extend(effects.events);
        rows.extend(effects.rows);
        let log: Vec<_> = effects.log.iter().map(entry).collect();
        if events.is_empty() && rows.is_empty() && log.is_empty() {
            return Ok(());
        }
        let told: Vec<_> = log.iter().map(|entry| (entry.receiver.clone(), entry.what.clone())).collect();
        if let Err(error) = self.store.apply(events, rows, log) {
            state.trouble = Some(error.clone());
            self.rebuild(state);
            return Err(error);
        }
        for (receiver, what) in told {
            self.counters.tell(&receiver, &what);
        }
        Ok(())
    }

    /// The state, if it is what the file says.
    fn sound(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let mut state = self.state.lock();
        if state.trouble.is_some() || state.is_changing {
            self.rebuild(&mut state);
        }
        match &state.trouble {
            Some(error) => Err(error.clone()),
            None => Ok(state),
        }
    }

    /// Goes back to what the file says; where that cannot be read, it is tried again before the next change.
    fn rebuild(&self, state: &mut State) {
        match saved(&self.store, &self.alerting(), self.clock.now_ms()) {
            Ok((notifier, self_alarms)) => {
                (state.notifier, state.self_alarms, state.trouble) = (notifier, self_alarms, None);
                state.is_changing = false;
                if state.has_caught_up {
                    // Its effects are stored with the next change.
                    state.notifier.caught_up(self.clock.now_ms());
                }
                for id in &state.in_flight {
                    state.notifier.begin(*id);
                }
                self.counters.rebuilt.increment();
            }
            Err(error) => state.trouble = Some(error),
        }
    }

    /// Messages that are to be sent now, and are from now on being sent. Those of a place that `has_room` refuses wait.
    pub(crate) fn begin(&self, mut has_room: impl FnMut(&Message) -> bool) -> Vec<Arc<Message>> {
        let Ok(mut state) = self.sound() else { return Vec::new() };
        let mut due = state.notifier.deliverable(self.clock.now_ms());
        due.retain(|message| has_room(message));
        for message in &due {
            state.notifier.begin(message.id);
            state.in_flight.insert(message.id);
        }
        due
    }

    /// These messages are not being sent any more; what came of it has been stored.
    pub(crate) fn ended(&self, ids: impl IntoIterator<Item = MessageId>) {
        let mut state = self.state.lock();
        for id in ids {
            state.in_flight.remove(&id);
        }
    }

    /// When time alone changes something next, in milliseconds since the epoch.
    pub(crate) fn next_ms(&self) -> i64 {
        self.state.lock().notifier.next_ms()
    }

    /// Everything that was due at the start is done: alarms of the time in which nobody looked are told now.
    ///
    /// # Errors
    /// It was not stored, and is to be called again.
    pub(crate) fn caught_up(&self) -> Result<(), StoreError> {
        self.change(|hand| hand.notifier.caught_up(hand.now_ms))?;
        self.state.lock().has_caught_up = true;
        Ok(())
    }

    /// Goes on with other receivers and routes.
    ///
    /// # Errors
    /// It was not stored; everything stays as it was.
    pub(crate) fn replace(&self, alerting: Arc<Alerting>) -> Result<(), StoreError> {
        // Those who send have to know a receiver before they get a message for it.
        let before = std::mem::replace(&mut *self.alerting.write(), alerting.clone());
        let replaced = self.change(|hand| hand.notifier.reconfigure(alerting, hand.now_ms));
        if replaced.is_err() {
            *self.alerting.write() = before;
            // It was built again for the receivers that do not count now.
            self.state.lock().is_changing = true;
        }
        replaced
    }
}

/// What the file says.
fn saved(
    store: &EventStore,
    alerting: &Arc<Alerting>,
    now_ms: i64,
) -> Result<(Notifier, SelfAlarms), StoreError> {
    let rows = store.rows(ROWS_PREFIX)?;
    let texts = rows.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
    let notifier = Notifier::new(alerting.clone(), texts, now_ms)
        .map_err(|error| StoreError::Damaged(error.to_string()))?;
    let own = store.rows(self_alarms::ROWS_PREFIX)?;
    Ok((notifier, SelfAlarms::saved(&own)))
}
