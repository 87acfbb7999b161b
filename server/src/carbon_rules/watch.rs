//! Notices that the files have changed, and puts the new rules in force.
//!
//! Invariant: all files count, or none: a fault leaves the rules as they are, is logged once, and counted. A file counts
//! only once it has stayed the same from one look to the next, so that none is read while it is being written.

use super::files::{Loaded, Stamps};
use super::shared::CarbonShared;
use crate::live::LiveSettings;
use crate::metrics::Counters;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the files are looked at; carbon's interval.
const LOOK_INTERVAL: Duration = Duration::from_secs(10);

/// How long a changed file must stay the same.
const SETTLE_TIME: Duration = Duration::from_secs(1);

/// The eye on the files.
#[derive(Debug)]
pub(super) struct Watch {
    settings: Arc<LiveSettings>,
    counters: Arc<Counters>,
    next_look: Instant,
    /// What was seen at the last look, if it was not what is in force.
    seen: Option<Stamps>,
    /// What was refused already.
    refused: Option<Stamps>,
}

impl Watch {
    pub(super) fn new(settings: Arc<LiveSettings>, counters: Arc<Counters>) -> Watch {
        Watch { settings, counters, next_look: Instant::now() + LOOK_INTERVAL, seen: None, refused: None }
    }

    /// Looks if it is time to.
    pub(super) fn look(&mut self, shared: &CarbonShared, now: Instant) {
        if now < self.next_look {
            return;
        }
        self.next_look = now + LOOK_INTERVAL;
        let settings = self.settings.carbon_rules.get();
        let found = Stamps::of(&settings);
        if found == shared.stamps() || self.refused.as_ref() == Some(&found) {
            self.seen = None;
            return;
        }
        if self.seen.as_ref() != Some(&found) {
            self.seen = Some(found);
            self.next_look = now + SETTLE_TIME;
            return;
        }
        self.seen = None;
        let loaded =
            Loaded::read(&settings).map_err(|error| error.to_string()).and_then(|loaded| {
                match loaded.skipped() {
                    Some(warning) => Err(warning.to_string()),
                    None => Ok(loaded),
                }
            });
        match loaded {
            Ok(loaded) => {
                self.refused = None;
                shared.replace(loaded, &settings);
                self.counters.carbon_reloads_applied.increment();
                tracing::info!("carbon's rules have changed and are in force");
            }
            Err(error) => {
                self.refused = Some(found);
                self.counters.carbon_reloads_refused.increment();
                tracing::error!("carbon's rules have changed and stay as they were: {error}");
            }
        }
    }
}
