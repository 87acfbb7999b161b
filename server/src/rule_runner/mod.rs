//! The thread that runs the rules: it performs what `plumbago_rules` decides.
//!
//! Points of a step go to the store of points first, then its events, its alarms with whom to tell, and the rules' state go
//! into one transaction of the store of events, over the desk; docs/rules-engine.md says why nothing is lost or doubled by that. What is decided, and when, is the
//! core's affair; reading files and what those who store points note are in files of their own here.

mod arrivals;
mod batch_notes;
mod board;
mod counts;
mod folder;
mod loading;
mod pending;
mod performing;
mod watched;

pub(crate) use arrivals::RuleArrivals;
pub(crate) use batch_notes::BatchNotes;
pub(crate) use board::{RuleBoard, Shown, ShownRule};
pub(crate) use counts::RuleCounts;
pub(crate) use folder::{read as read_folder, read_text};
pub(crate) use loading::{LoadedRules, RulesError, at_start, read};
pub(crate) use watched::Watched;

use std::io;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread::JoinHandle;

use plumbago_engine::Engine;

use crate::alarms::Desk;
use crate::clock::Clock;
use crate::config::Rules;
use crate::events::EventStore;
use crate::health::{Health, panic_text};
use crate::ingest::RefusedLog;
use crate::metrics::Counters;
use performing::Performer;

/// What the thread is told.
#[derive(Debug)]
pub(crate) enum RuleOrder {
    /// Go on with these rules and settings.
    Replace(Box<LoadedRules>, Rules),
    /// These files were wrong: what runs goes on.
    Refused(Vec<String>),
    /// End.
    Stop,
}

/// What the thread works with.
pub(crate) struct RuleSurroundings {
    /// The store of points.
    pub(crate) engine: Arc<Engine>,
    /// The store of events and state.
    pub(crate) events: Arc<EventStore>,
    /// Whom to tell about alarms.
    pub(crate) desk: Arc<Desk>,
    /// Where `now` comes from.
    pub(crate) clock: Clock,
    /// Whether points are taken.
    pub(crate) health: Arc<Health>,
    /// Where points are counted.
    pub(crate) counters: Arc<Counters>,
    /// Where refused points are kept.
    pub(crate) refused: Arc<RefusedLog>,
    /// What ingest notes.
    pub(crate) arrivals: Arc<RuleArrivals>,
    /// What others see.
    pub(crate) board: Arc<RuleBoard>,
    /// Since when points are listened for, in seconds since the epoch; `i64::MAX`: they are not.
    pub(crate) listening_since_secs: i64,
    /// Where the copy of good files is kept.
    pub(crate) data_dir: PathBuf,
}

/// The running thread.
#[derive(Debug)]
pub(crate) struct RuleRunner {
    orders: Sender<RuleOrder>,
    thread: JoinHandle<()>,
}

impl RuleRunner {
    /// Starts the thread with its first rules; it obeys `orders`.
    ///
    /// # Errors
    /// The operating system's, where no thread can be made.
    pub(crate) fn start(
        surroundings: RuleSurroundings,
        first: (LoadedRules, Rules),
        orders: (Sender<RuleOrder>, Receiver<RuleOrder>),
    ) -> io::Result<RuleRunner> {
        let (orders, received) = orders;
        let (health, board) = (surroundings.health.clone(), surroundings.board.clone());
        let thread = std::thread::Builder::new().name("rules".to_owned()).spawn(move || {
            let run = || Performer::new(surroundings, first).run(&received);
            let reason = match std::panic::catch_unwind(AssertUnwindSafe(run)) {
                Ok(Ok(())) => return,
                // The store of points takes nothing any more: so does this server.
                Ok(Err(error)) => {
                    health.latch(&error.to_string());
                    error.to_string()
                }
                Err(payload) => panic_text(payload.as_ref()).to_string(),
            };
            // No point that anybody sent is at risk: the server goes on without rules, and says so.
            tracing::error!("the rules end: {reason}");
            board.change(|shown| shown.trouble = Some(format!("the rules ended: {reason}")));
        })?;
        Ok(RuleRunner { orders, thread })
    }

    /// Lets the step in progress end, stores what is pending, and ends the thread.
    pub(crate) fn stop(self) {
        // It may have ended by itself.
        let _ = self.orders.send(RuleOrder::Stop);
        let _ = self.thread.join();
    }
}
