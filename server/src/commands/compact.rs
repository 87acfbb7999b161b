//! `plumbago compact`: every pending merge of a stopped server's directory at once.

use super::CommandError;
use super::directory::{OwnedStore, UPKEEP_NOW};
use crate::cli::{CompactArgs, Outcome, count};
use std::io::Write;

/// Flushes and merges until nothing is pending, and says what is left.
///
/// # Errors
/// A server runs on the directory, or it cannot be read or written.
pub(crate) fn compact(args: &CompactArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let store = OwnedStore::open(&args.data_dir)?;
    let before = store.engine.stats();
    let mut merges = 0;
    store.engine.compact(UPKEEP_NOW, |done| merges = done)?;
    let after = store.engine.stats();
    store.close()?;
    writeln!(
        out,
        "{}: {} of {} became {} of {}",
        count(merges, "merge"),
        count(before.segments, "segment"),
        count(before.segment_bytes, "byte"),
        after.segments,
        after.segment_bytes
    )?;
    Ok(Outcome::Done)
}
