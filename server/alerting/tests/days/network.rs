//! What is on its way to receivers, and how they answer.
//!
//! Invariant: a message that a receiver got is told to the judge at that moment, whatever becomes of the answer.

use std::sync::Arc;

use plumbago_alerting::{Message, MessageId, Outcome};

use crate::plan::Mode;
use crate::random::Random;
use crate::routes::Alerting;

/// Places that messages go to: receiver and integration.
pub(crate) type Place = (usize, usize);

/// How every place behaves now.
pub(crate) struct Network {
    modes: Vec<Vec<Mode>>,
}

/// An attempt that has not ended.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) message: MessageId,
    pub(crate) began_ms: i64,
    pub(crate) ends_ms: i64,
    pub(crate) outcome: Outcome,
}

/// The place of a message.
pub(crate) fn place(message: &Message) -> Place {
    let receiver = message.to.receiver.trim_start_matches('r').parse().unwrap_or(usize::MAX);
    (receiver, message.to.integration)
}

impl Network {
    pub(crate) fn new(alerting: &Alerting) -> Network {
        let up = |integrations: &Vec<bool>| vec![Mode::Up; integrations.len()];
        Network { modes: alerting.integrations.iter().map(up).collect() }
    }

    pub(crate) fn set(&mut self, (receiver, integration): Place, mode: Mode) {
        self.modes[receiver][integration] = mode;
    }

    pub(crate) fn mode(&self, (receiver, integration): Place) -> Mode {
        self.modes[receiver][integration]
    }

    /// Sends a message: when and how the attempt ends, and whether the receiver gets it.
    pub(crate) fn send(&self, message: &Arc<Message>, now_ms: i64, random: &mut Random) -> (Flight, bool) {
        let failed = |reason: &str| Outcome::Retry { reason: reason.to_owned(), after_ms: None };
        let unclear = || Outcome::Unclear { reason: "no answer came".to_owned() };
        let (outcome, took_ms, is_there) = match self.mode(place(message)) {
            Mode::Up => (Outcome::Sent, random.within(1, 900), true),
            Mode::Unreachable => (failed("nobody listens"), random.within(1, 5000), false),
            Mode::Unavailable(None) => (failed("503"), random.within(1, 300), false),
            Mode::Unavailable(Some(secs)) => {
                let outcome = Outcome::Retry { reason: "503".to_owned(), after_ms: Some(secs * 1000) };
                (outcome, random.within(1, 300), false)
            }
            Mode::Mute => (unclear(), 10_000, true),
            Mode::Lost => (unclear(), 10_000, false),
            Mode::Refuses => (Outcome::Refused { reason: "400".to_owned() }, random.within(1, 300), false),
        };
        (Flight { message: message.id, began_ms: now_ms, ends_ms: now_ms + took_ms, outcome }, is_there)
    }
}
