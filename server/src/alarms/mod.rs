//! Whom to tell about alarms, performed: what `plumbago_alerting` decides is stored, sent and shown here.
//!
//! `desk` is where alarms change, one transaction a change; `dispatcher` the thread that hands messages to `sender`;
//! `sending` how they travel; `pictures` the graphs in them; `self_alarms` what the server has to say about itself; `heartbeat` and `canary` how
//! somebody notices that nothing is said any more; `file` the alerting file and its last good copy.

mod canary;
mod counters;
mod cpu;
mod desk;
mod dispatcher;
mod entry;
mod file;
mod heartbeat;
mod pictures;
mod running;
mod self_alarms;
mod sender;
mod sending;
mod sending_thread;

pub(crate) use canary::{Canary, SERIES as CANARY_SERIES};
pub(crate) use counters::CANARY_BOUNDS_SECS;
pub(crate) use cpu::ThreadCpu;
pub(crate) use desk::Desk;
pub(crate) use dispatcher::Happening;
pub(crate) use file::{AlertingError, KEPT, Surroundings as FileSurroundings, read, text_of};
#[cfg(test)]
pub(crate) use pictures::signed_address;
pub(crate) use pictures::{
    AddressError, Means, NoPicture, PATH as PICTURE_PATH, PictureKey, draw, read_address,
};
pub(crate) use running::{Alarms, RunningAlarms};
pub(crate) use self_alarms::SelfAlarm;
