//! Whom to tell about alarms, when, and in which words: as decisions that somebody else carries out.
//!
//! Nothing here opens a socket or a file or reads a clock: time, saved rows and the texts of files are arguments; what has
//! to be stored and what has to be sent is returned. So a live run, a restart, a simulation and a run over history are the
//! same code.

mod alarm;
mod config;
mod dry;
mod effects;
mod instance;
mod interval;
mod matcher;
mod message;
mod notifier;
mod pipeline;
mod receivers;
mod route;
mod rows;

pub use config::{
    Alerting, Heartbeat, InhibitRule, NoSecrets, Receiver, Secrets, load, load_dry, with_decisions,
    without_secrets,
};
pub use dry::{
    DryMessenger, DryNews, DryRun, FollowDryRun, Held, HeldAlarm, Notification, NotificationDifference,
    Notifications, NotificationsDifference, NotificationsMade, ReceiverDifference, ReceiverTally,
    SentMessage, ToldAlarm, TooMany, Unread, saved_silences,
};
pub use effects::{Effects, LogEntry, LogKind};
pub use instance::InstanceId;
pub use interval::{TimeInterval, TimeIntervals};
pub use matcher::{Matcher, MatcherError, Operator};
pub use message::{AlarmStatus, Member, Message, MessageId, Purpose, ReceiverPlace};
pub use notifier::{AlarmState, AlarmView, GroupView, HeldCause, Notifier, OutboxView, SentReason};
pub use pipeline::acknowledge::Acknowledgement;
pub use pipeline::silence::{RequestError, Silence, SilenceRequest, SilenceState};
pub use receivers::{
    AlarmGraph, Attempt, Context, Delivery, ExecDelivery, GLOBAL_KEYS, Globals, Header, HttpDelivery,
    INTEGRATION_KEYS, InlinePicture, Integration, MailDelivery, Outcome, Picture, ReadFile, Secret,
    Surroundings, link_of,
};
pub use route::{GroupBy, Route};
pub use rows::SavedError;
