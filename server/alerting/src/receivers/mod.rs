//! Kinds of receivers, a folder each: what their settings are, and what a message becomes for them.
//!
//! Invariant: names, tags and texts of alarms are data. Whatever is in them, they are escaped for where they go. Nothing
//! here decides whether or when something is sent, and nothing sends it.

mod delivery;

pub use delivery::{
    Attempt, Delivery, ExecDelivery, Header, HttpDelivery, InlinePicture, MailDelivery, Outcome, Secret,
};
