//! `plumbago snapshot`: a second store, taken beside a running server too, that holds what a directory holds now.

use super::{CommandError, directory};
use crate::cli::{Outcome, SnapshotArgs};
use crate::clock::{Clock, utc_stamp};
use crate::events::{EventsCopy, StoreError};
use plumbago_engine::take_snapshot;
use std::io::Write;

/// Takes a snapshot into the directory's folder `snapshots`, and says where it is and what it took.
///
/// # Errors
/// There is no store, or it cannot be read, or the snapshot cannot be written.
pub(crate) fn snapshot(args: &SnapshotArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let disk = directory::disk(&args.data_dir)?;
    let label = utc_stamp(Clock::System.now());
    let fault = |error: StoreError| CommandError::new(error.to_string());
    // Before the points: then rules find every point that they knew of.
    let events = EventsCopy::take(&args.data_dir, &label).map_err(fault)?;
    let taken = take_snapshot(&*disk, &label)?;
    events.place(&args.data_dir.join(&taken.path)).map_err(fault)?;
    writeln!(
        out,
        "{}\n{} segments of {} bytes linked, {} bytes copied",
        args.data_dir.join(&taken.path).display(),
        taken.segments,
        taken.segment_bytes,
        taken.copied_bytes
    )?;
    Ok(Outcome::Done)
}
