//! Everything that tells about alarms, from the start of the server to its end.
//!
//! Invariant: the desk is open before any thread that may change alarms starts, and closed after the last of them ended.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::desk::Desk;
use super::dispatcher::{Dispatcher, Happening};
use super::file;
use super::heartbeat::beat;
use super::pictures::{Illustrator, PictureKey};
use super::sender::MessageSender;
use super::sending::Senders;
use super::sending_thread::SendingThread;
use crate::clock::Clock;
use crate::config::Config;
use crate::events::EventStore;
use crate::live::LiveSettings;
use crate::rule_runner::RuleBoard;
use crate::serve::ServeError;
use plumbago_engine::Engine;

/// Alarms before anything is sent.
pub(crate) struct Alarms {
    /// Where alarms change.
    pub(crate) desk: Arc<Desk>,
    /// What is wrong with the alerting file, one line each.
    pub(crate) faults: Vec<String>,
    happenings: (Sender<Happening>, Receiver<Happening>),
    picture_key: Option<Arc<PictureKey>>,
}

/// The threads that send.
pub(crate) struct RunningAlarms {
    /// Where alarms change.
    pub(crate) desk: Arc<Desk>,
    /// What addresses of pictures are signed with, if there is anything.
    pub(crate) picture_key: Option<Arc<PictureKey>>,
    sending: SendingThread,
    dispatcher: Dispatcher,
}

impl Alarms {
    /// Reads the alerting file and the stored rows.
    ///
    /// # Errors
    /// The file is wrong and the settings are strict, or the store cannot be read.
    pub(crate) fn open(
        config: &Config,
        events: &Arc<EventStore>,
        clock: Clock,
    ) -> Result<Alarms, ServeError> {
        let loaded = file::at_start(config).map_err(ServeError::Alerting)?;
        loaded.took(&config.data_dir);
        let happenings = channel();
        let desk = Desk::open(events.clone(), clock, loaded.alerting, happenings.0.clone())
            .map_err(ServeError::Events)?;
        let picture_key = PictureKey::open(&config.data_dir).map(Arc::new).inspect_err(|error| {
            tracing::error!(
                "messages have no addresses of pictures, for there is no key to sign them: {error}"
            );
        });
        let picture_key = picture_key.ok();
        Ok(Alarms { desk: Arc::new(desk), faults: loaded.faults, happenings, picture_key })
    }

    /// Starts to send.
    ///
    /// # Errors
    /// The operating system's, where no thread can be made.
    pub(crate) fn start(
        self,
        settings: &Arc<LiveSettings>,
        (engine, events): (&Arc<Engine>, &Arc<EventStore>),
        board: &Arc<RuleBoard>,
    ) -> io::Result<RunningAlarms> {
        let Alarms { desk, happenings, picture_key, .. } = self;
        let illustrator =
            Illustrator::new(engine.clone(), events.clone(), settings.clone(), picture_key.clone());
        let senders = Senders::new();
        let external_url = settings.external_url.clone();
        let instance = events.instance();
        let sender = MessageSender::new(desk.clone(), senders.clone(), instance, external_url, illustrator);
        let sending = SendingThread::start(desk.cpu())?;
        sending.handle().spawn(beat(desk.clone(), senders, board.clone()));
        let handle = sending.handle().clone();
        let dispatcher = Dispatcher::start(desk.clone(), Arc::new(sender), handle, happenings)?;
        Ok(RunningAlarms { desk, picture_key, sending, dispatcher })
    }
}

impl RunningAlarms {
    /// Stores what became of messages so far, and ends the threads.
    pub(crate) fn stop(self) {
        self.dispatcher.stop();
        self.sending.stop();
    }
}
