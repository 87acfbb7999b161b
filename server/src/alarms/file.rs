//! The alerting file: read, checked, and its last good copy in the data directory.
//!
//! Invariant: a wrong file leaves everybody told as before: a reload keeps what runs, a start takes the copy. The copy is
//! the text as it was taken, with the secrets that stand in it, and readable for its owner only.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plumbago_alerting::{Alerting, Integration, Secrets, load};
use plumbago_protocol::limits;
use plumbago_rules::{FileError, Note};

use super::canary;
use crate::config::Config;

/// The copy of the last good file.
pub(crate) const KEPT: &str = "alerting.kept.yml";
/// Where it is written before it takes its name.
const KEPT_NEW: &str = "alerting.kept.yml.new";

/// A file that was read, and what is to be said about it.
#[derive(Debug, Clone)]
pub(crate) struct LoadedAlerting {
    /// Whom to tell.
    pub(crate) alerting: Arc<Alerting>,
    /// The text, where it is to be kept as the last good one.
    text: Option<String>,
    /// What has no effect in it.
    pub(crate) notes: Vec<Note>,
    /// Why the file itself does not count, one line each; empty when it does.
    pub(crate) faults: Vec<String>,
}

/// Why an alerting file was not taken.
#[derive(Debug)]
pub(crate) enum AlertingError {
    /// It cannot be read.
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// What it says is wrong; never empty.
    File(Vec<FileError>),
    /// It names programs to run, and `[alerting] allow_exec` is not set; the receiver.
    Exec(String),
    /// The receiver of `[canary]` is not in the file.
    Canary(String),
}

impl AlertingError {
    /// Each fault in one line.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            AlertingError::File(errors) => errors.iter().map(ToString::to_string).collect(),
            other => vec![other.to_string()],
        }
    }
}

impl fmt::Display for AlertingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlertingError::Read { path, cause } => {
                write!(formatter, "{}: cannot be read: {cause}", path.display())
            }
            AlertingError::File(errors) => {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                formatter.write_str(&lines.join("; "))
            }
            AlertingError::Exec(receiver) => write!(
                formatter,
                "receiver {receiver:?} runs a program: that is off unless [alerting] allow_exec = true"
            ),
            AlertingError::Canary(receiver) => {
                write!(formatter, "[canary] receiver: the alerting file has no receiver {receiver:?}")
            }
        }
    }
}

impl std::error::Error for AlertingError {}

/// The environment, and files next to the alerting file.
pub(crate) struct Surroundings {
    folder: PathBuf,
}

impl Surroundings {
    /// Those of a file.
    pub(crate) fn of(path: &Path) -> Surroundings {
        Surroundings { folder: path.parent().unwrap_or(Path::new("")).to_path_buf() }
    }
}

impl Secrets for Surroundings {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        let path = self.folder.join(path);
        text_of(&path).map_err(|cause| format!("{}: cannot be read: {cause}", path.display()))
    }
}

/// The file that the settings name; without one, nobody is told.
///
/// # Errors
/// It cannot be read, or is wrong.
pub(crate) fn read(config: &Config) -> Result<LoadedAlerting, AlertingError> {
    let Some(path) = &config.alerting.file else {
        let alerting = Arc::new(Alerting::nobody());
        return Ok(LoadedAlerting { alerting, text: None, notes: Vec::new(), faults: Vec::new() });
    };
    let text = text_of(path).map_err(|cause| AlertingError::Read { path: path.clone(), cause })?;
    checked(config, path, &text)
}

/// As [`read`], for a start: where the file is wrong, the last good one counts, unless the settings are strict.
///
/// # Errors
/// The file is wrong, and the settings are strict.
pub(crate) fn at_start(config: &Config) -> Result<LoadedAlerting, AlertingError> {
    let error = match read(config) {
        Ok(loaded) => return Ok(loaded),
        Err(error) if config.rules.is_strict => return Err(error),
        Err(error) => error,
    };
    let path = config.alerting.file.as_deref().unwrap_or(Path::new(""));
    let kept = text_of(&config.data_dir.join(KEPT)).ok().and_then(|text| checked(config, path, &text).ok());
    let alerting = match kept {
        Some(loaded) => loaded.alerting,
        None => {
            tracing::error!("nobody is told about alarms: there is no earlier copy of the alerting file");
            Arc::new(Alerting::nobody())
        }
    };
    Ok(LoadedAlerting { alerting, text: None, notes: Vec::new(), faults: error.lines() })
}

fn checked(config: &Config, path: &Path, text: &str) -> Result<LoadedAlerting, AlertingError> {
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let (mut alerting, notes) = load(&name, text, &Surroundings::of(path)).map_err(AlertingError::File)?;
    if !config.alerting.allow_exec
        && let Some(receiver) = alerting
            .receivers
            .values()
            .find(|receiver| receiver.integrations.iter().any(Integration::runs_program))
    {
        return Err(AlertingError::Exec(receiver.name.to_string()));
    }
    if let Some(receiver) = &config.canary.receiver {
        if !alerting.receivers.contains_key(receiver.as_str()) {
            return Err(AlertingError::Canary(receiver.clone()));
        }
        canary::route(&mut alerting, receiver);
    }
    Ok(LoadedAlerting {
        alerting: Arc::new(alerting),
        text: Some(text.to_owned()),
        notes,
        faults: Vec::new(),
    })
}

/// The text of a file, no longer than an alerting file may be.
///
/// # Errors
/// The system's, or it is too long, or no text.
pub(crate) fn text_of(path: &Path) -> io::Result<String> {
    let most = limits::ALERTING_FILE_BYTES_MAX as u64;
    let mut text = String::new();
    File::open(path)?.take(most + 1).read_to_string(&mut text)?;
    if text.len() > limits::ALERTING_FILE_BYTES_MAX {
        return Err(io::Error::other(format!("it is longer than {most} bytes")));
    }
    Ok(text)
}

impl LoadedAlerting {
    /// Says what is to be said, and keeps a copy of a good file.
    pub(crate) fn took(&self, data_dir: &Path) {
        for note in &self.notes {
            tracing::warn!("{note}");
        }
        for fault in &self.faults {
            tracing::error!("{fault}");
        }
        if let Some(text) = &self.text
            && let Err(error) = keep(data_dir, text)
        {
            tracing::warn!("no copy of the alerting file is kept in the data directory: {error}");
        }
    }
}

fn keep(data_dir: &Path, text: &str) -> io::Result<()> {
    let new = data_dir.join(KEPT_NEW);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, data_dir.join(KEPT))?;
    File::open(data_dir)?.sync_all()
}
