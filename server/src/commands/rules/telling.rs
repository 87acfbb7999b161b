//! Whom a dry run would tell: the alerting file that is named, or else what a server would go by.
//!
//! Invariant: nothing is sent, and so no secret is needed: files that the alerting file names are not read, and variables for
//! receivers need not be there. What decides who is told is put in here, also where a server does the work: its variables
//! are others, and secrets do not go to it.

use super::files;
use crate::alarms::{FileSurroundings, KEPT, text_of};
use crate::commands::CommandError;
use crate::rule_history::{Telling, alerting_of};
use plumbago_alerting::{Alerting, Silence, with_decisions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The text of a file that is named, looked through for faults, for a server to go by.
///
/// # Errors
/// It cannot be read, or is wrong.
pub(super) fn text(path: Option<&PathBuf>) -> Result<Option<String>, CommandError> {
    let Some(path) = path else { return Ok(None) };
    let text = read(path)?;
    checked(path, &text)?;
    Ok(Some(with_decisions(&text, &FileSurroundings::of(path))))
}

/// A file by its name.
///
/// # Errors
/// It cannot be read, or is wrong.
pub(super) fn alerting(path: &Path) -> Result<Arc<Alerting>, CommandError> {
    checked(path, &read(path)?)
}

/// For a data directory: the file that is named, the one of its settings, or the copy that its server kept.
///
/// # Errors
/// It cannot be read, or is wrong.
pub(super) fn of_directory(
    named: Option<&Path>,
    configured: Option<&Path>,
    data_dir: &Path,
    silences: &[Silence],
) -> Result<Option<Telling>, CommandError> {
    let kept = data_dir.join(KEPT);
    let path = match named.or(configured) {
        Some(path) => path,
        None if kept.is_file() => &kept,
        None => return Ok(None),
    };
    let (alerting, source) = (alerting(path)?, path.display().to_string());
    Ok(Some(Telling { alerting, source, silences: silences.to_vec() }))
}

fn read(path: &Path) -> Result<String, CommandError> {
    text_of(path).map_err(|cause| CommandError::new(format!("{}: cannot be read: {cause}", path.display())))
}

fn checked(path: &Path, text: &str) -> Result<Arc<Alerting>, CommandError> {
    let found = alerting_of(&path.display().to_string(), text, &FileSurroundings::of(path));
    found.map_err(|errors| files::faults(&errors))
}
