//! The thread that sends: it hands messages out, notes what became of them, and lets time pass.
//!
//! Invariant: a message is sent only after it was stored, and counts as sent only after that was stored, too; until then
//! it is not sent again by this process. One receiver's failure delays no other: each has places of its own, and nothing
//! here waits for an answer.

use std::collections::HashMap;
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use plumbago_alerting::{Attempt, Message, ReceiverPlace};
use tokio::runtime::Handle;

use super::desk::Desk;
use super::sender::MessageSender;
use crate::health::panic_text;

/// Messages for one integration of one receiver that are sent at once.
const SENT_AT_ONCE_MAX: usize = 16;
/// The longest sleep.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// How long a stop waits for what is being sent.
const FINISH_WAIT_MAX: Duration = Duration::from_secs(5);
/// The wait for room while too much is being sent at once.
const FULL_WAIT: Duration = Duration::from_millis(20);
/// The wait before something that could not be stored is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// What the thread is told.
#[derive(Debug)]
pub(crate) enum Happening {
    /// Alarms changed: there may be something to send.
    Changed,
    /// An attempt has ended.
    Attempted(Arc<Message>, Attempt),
    /// End.
    Stop,
}

/// The running thread.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    happenings: Sender<Happening>,
    thread: JoinHandle<()>,
}

impl Dispatcher {
    /// Starts the thread.
    ///
    /// # Errors
    /// The operating system's, where no thread can be made.
    pub(crate) fn start(
        desk: Arc<Desk>,
        sender: Arc<MessageSender>,
        runtime: Handle,
        (happenings, received): (Sender<Happening>, Receiver<Happening>),
    ) -> io::Result<Dispatcher> {
        let own = happenings.clone();
        let thread = std::thread::Builder::new().name("alarms".to_owned()).spawn(move || {
            let mut work = Work {
                desk,
                sender,
                runtime,
                happenings: own,
                in_flight: HashMap::new(),
                unstored: Vec::new(),
            };
            while let Err(payload) = std::panic::catch_unwind(AssertUnwindSafe(|| work.run(&received))) {
                // What is stored is what counts: the thread goes on from there.
                tracing::error!("sending about alarms failed and goes on: {}", panic_text(payload.as_ref()));
                std::thread::sleep(RETRY);
            }
        })?;
        Ok(Dispatcher { happenings, thread })
    }

    /// Stores what became of messages so far, and ends the thread. What is still being sent is sent again after the next
    /// start, with the same key.
    pub(crate) fn stop(self) {
        // It may have ended by itself.
        let _ = self.happenings.send(Happening::Stop);
        let _ = self.thread.join();
    }
}

struct Work {
    desk: Arc<Desk>,
    sender: Arc<MessageSender>,
    runtime: Handle,
    happenings: Sender<Happening>,
    /// Messages that are being sent, by where they go.
    in_flight: HashMap<ReceiverPlace, usize>,
    /// Attempts that have ended and are not stored.
    unstored: Vec<(Arc<Message>, Attempt)>,
}

impl Work {
    fn run(&mut self, received: &Receiver<Happening>) {
        let mut cpu = self.desk.cpu().thread();
        let mut sleep = Duration::ZERO;
        loop {
            let mut is_over = false;
            let mut happening = match received.recv_timeout(sleep) {
                Ok(happening) => Some(happening),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Happening::Stop),
            };
            while let Some(one) = happening.take() {
                match one {
                    Happening::Changed => {}
                    Happening::Attempted(message, attempt) => self.unstored.push((message, attempt)),
                    Happening::Stop => is_over = true,
                }
                happening = received.try_recv().ok();
            }
            if is_over {
                self.finish(received);
                return;
            }
            sleep = self.advance();
            cpu.tell();
        }
    }

    /// Waits for what is being sent, but not for long, and notes what became of it.
    fn finish(&mut self, received: &Receiver<Happening>) {
        let until = Instant::now() + FINISH_WAIT_MAX;
        while !self.in_flight.is_empty() || !self.unstored.is_empty() {
            let is_noted = self.note_attempts();
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || (self.in_flight.is_empty() && !is_noted) {
                return;
            }
            if !self.in_flight.is_empty()
                && let Ok(Happening::Attempted(message, attempt)) = received.recv_timeout(left)
            {
                self.unstored.push((message, attempt));
            }
        }
    }

    /// Does what is due, and answers how long nothing is.
    fn advance(&mut self) -> Duration {
        if !self.note_attempts() || !self.tick() {
            return RETRY;
        }
        if !self.send() {
            // There is no room before an attempt has ended.
            return FULL_WAIT;
        }
        let next_ms = self.desk.next_ms();
        let wait_ms = next_ms.saturating_sub(self.desk.clock().now_ms());
        // Where time stands still, what is due later never comes.
        Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0)).clamp(Duration::from_millis(1), SLEEP_MAX)
    }

    /// Stores what became of messages; false where that is not possible now.
    fn note_attempts(&mut self) -> bool {
        if self.unstored.is_empty() {
            return true;
        }
        let attempts = &self.unstored;
        let noted = self.desk.change(|hand| {
            for (message, attempt) in attempts {
                hand.notifier.attempted(message.id, attempt, hand.now_ms);
            }
        });
        if noted.is_err() {
            return false;
        }
        let ended = std::mem::take(&mut self.unstored);
        self.desk.ended(ended.iter().map(|(message, _)| message.id));
        for (message, _) in &ended {
            self.left(&message.to);
        }
        true
    }

    fn left(&mut self, place: &ReceiverPlace) {
        if let Some(count) = self.in_flight.get_mut(place) {
            *count = count.saturating_sub(1);
        }
        self.in_flight.retain(|_, count| *count > 0);
        self.show();
    }

    fn show(&self) {
        let sum: usize = self.in_flight.values().sum();
        self.desk.counters().in_flight.set(i64::try_from(sum).unwrap_or(i64::MAX));
    }

    /// Lets time pass; false where what it changes cannot be stored.
    fn tick(&self) -> bool {
        let is_due = self.desk.next_ms() <= self.desk.clock().now_ms();
        !is_due || self.desk.change(|hand| hand.notifier.tick(hand.now_ms)).is_ok()
    }

    /// Sends what is due; false where something has to wait for others of its place.
    fn send(&mut self) -> bool {
        let in_flight = &mut self.in_flight;
        let mut have_all_room = true;
        let due = self.desk.begin(|message| {
            let count = in_flight.entry(message.to.clone()).or_default();
            let has_room = *count < SENT_AT_ONCE_MAX;
            *count += usize::from(has_room);
            have_all_room &= has_room;
            has_room
        });
        self.in_flight.retain(|_, count| *count > 0);
        self.show();
        for message in due {
            let (sender, happenings) = (self.sender.clone(), self.happenings.clone());
            self.runtime.spawn(async move {
                let attempt = sender.send(&message).await;
                // Gone only when the server stops: the message is sent again after the next start.
                let _ = happenings.send(Happening::Attempted(message, attempt));
            });
        }
        have_all_room
    }
}
