//! Whom to tell about alarms, when, and in which words: as decisions that somebody else carries out.
//!
//! Nothing here opens a socket or a file or reads a clock: time, saved rows and the texts of files are arguments; what has
//! to be stored and what has to be sent is returned. So a live run, a restart, a simulation and a run over history are the
//! same code.

mod message;
mod receivers;

pub use message::{AlarmStatus, Member, Message, MessageId, Purpose, ReceiverPlace};
pub use receivers::{
    Attempt, Context, Delivery, ExecDelivery, GLOBAL_KEYS, Globals, Header, HttpDelivery, INTEGRATION_KEYS,
    InlinePicture, Integration, MailDelivery, Outcome, Picture, ReadFile, Secret, Surroundings,
};
