//! From a message to what came of sending it.
//!
//! Invariant: where a message goes is what the alerting file says when it is sent; a receiver that is gone from it is
//! refused. No address comes from anywhere else.

use std::sync::Arc;
use std::time::Instant;

use plumbago_alerting::{Attempt, InstanceId, Message, Outcome, Surroundings};

use super::desk::Desk;
use super::pictures::Illustrator;
use super::sending::{Senders, send};
use crate::clock::Clock;
use crate::live::Live;

/// Sends messages.
pub(crate) struct MessageSender {
    desk: Arc<Desk>,
    clock: Clock,
    senders: Senders,
    instance: InstanceId,
    external_url: Arc<Live<String>>,
    illustrator: Illustrator,
}

impl MessageSender {
    /// A sender for the messages of a desk.
    pub(crate) fn new(
        desk: Arc<Desk>,
        senders: Senders,
        instance: InstanceId,
        external_url: Arc<Live<String>>,
        illustrator: Illustrator,
    ) -> MessageSender {
        MessageSender { clock: desk.clock(), desk, senders, instance, external_url, illustrator }
    }

    /// Tries once, and answers what came of it.
    pub(crate) async fn send(&self, message: &Message) -> Attempt {
        let alerting = self.desk.alerting();
        let Some(integration) = alerting.integration(&message.to) else {
            let reason = "the alerting file has no such receiver any more".to_owned();
            return Attempt { at_ms: self.clock.now_ms(), took_ms: 0, outcome: Outcome::Refused { reason } };
        };
        let external_url = self.external_url.get();
        let counters = self.desk.counters();
        let picture = self.illustrator.picture(message, integration, self.clock.now_ms(), counters).await;
        let now_ms = self.clock.now_ms();
        let surroundings = Surroundings {
            external_url: &external_url,
            instance: self.instance,
            now_ms,
            picture: picture.as_ref(),
        };
        let delivery = integration.deliver(message, &surroundings);
        let attempt = send(&self.senders, delivery, now_ms).await;
        if attempt.outcome == Outcome::Sent
            && let Some(after) = self.desk.canary().arrived(message, Instant::now())
        {
            self.desk.counters().canary_arrived(after);
        }
        attempt
    }
}
