//! `plumbago verify`: every checksum and invariant of a data directory, beside a running server too.

use super::{CommandError, directory};
use crate::cli::{Outcome, VerifyArgs, count};
use plumbago_engine::verify as verify_store;
use std::io::Write;

/// Writes what was checked, and every fault on a line of its own; fails when there is one.
///
/// # Errors
/// There is no store, or it cannot be read.
pub(crate) fn verify(args: &VerifyArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let verified = verify_store(&directory::disk(&args.data_dir)?)?;
    writeln!(
        out,
        "{} series, {} in {} of {}, {} in the write-ahead log",
        verified.series,
        count(verified.cells, "point"),
        count(verified.segments, "segment"),
        count(verified.segment_bytes, "byte"),
        count(verified.wal_points, "point")
    )?;
    for torn in &verified.torn {
        writeln!(out, "{torn}: no damage, if the process or the machine died then")?;
    }
    for path in &verified.set_aside {
        writeln!(out, "{path} was damaged and is set aside")?;
    }
    for fault in &verified.faults {
        writeln!(out, "{fault}")?;
    }
    match verified.faults.len() {
        0 => writeln!(out, "in order")?,
        faults => writeln!(out, "{}", count(faults, "fault"))?,
    }
    Ok(if verified.faults.is_empty() { Outcome::Done } else { Outcome::Failed })
}
