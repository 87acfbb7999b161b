//! Owns the engine's one error type.
//!
//! What asks for different reactions is told apart: a fault of the disk (`Io`: stop and look at the machine), a disk that
//! is full (`DiskFull`: make room, it goes on by itself), bytes that are not what was written (`Corrupt`: restore or
//! quarantine), bytes of a newer version (`Version`), and a caller's mistake (`Caller`: fix the request). Nothing here
//! decides what happens next.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::disk::is_full;

/// Why the engine could not do what it was asked.
#[derive(Debug, Clone)]
pub enum Error {
    /// The operating system refused an operation.
    Io {
        /// Path inside the data directory.
        path: String,
        /// What was tried: `write`, `sync`, `rename`, …
        operation: &'static str,
        /// The system's own error.
        source: Arc<io::Error>,
    },
    /// There is no room on the disk, and nothing was done: the same call can succeed later.
    DiskFull {
        /// Path inside the data directory.
        path: String,
        /// What was tried: `write`, `create`, …
        operation: &'static str,
        /// The system's own error.
        source: Arc<io::Error>,
    },
    /// A file says that it has a version unknown to this program.
    Version {
        /// Path inside the data directory.
        path: String,
        /// Byte offset of the version.
        offset: u64,
        /// The version that is known.
        expected: u64,
        /// The version that stands there.
        found: u64,
    },
    /// Stored bytes break an invariant of `docs/format.md`.
    Corrupt {
        /// Path inside the data directory.
        path: String,
        /// Byte offset of the fault.
        offset: u64,
        /// What the format asks for.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// The caller asked for something that cannot be done.
    Caller(String),
    /// The caller asked for more than the request's own limits allow.
    OverLimit(String),
    /// The caller selects more series than it wants at most.
    TooManySeries {
        /// How many it selects; there may be more once it is as many as any query may have.
        series: usize,
        /// About how many points they have in the range.
        points: u64,
        /// How many it wants at most.
        series_max: usize,
    },
    /// Another process holds the data directory.
    Locked {
        /// The directory.
        path: String,
        /// Process id written into the lock file by its holder.
        holder_pid: Option<u32>,
    },
    /// An earlier write failed; nothing is accepted until a restart.
    Latched(Arc<str>),
}

impl Error {
    /// Wraps a system error with the path and the operation it broke.
    pub fn io(path: impl Into<String>, operation: &'static str, source: io::Error) -> Self {
        Self::Io { path: path.into(), operation, source: Arc::new(source) }
    }

    /// Wraps a system error of an operation that can be given up and tried again: a full disk is told from a fault.
    pub fn io_or_full(path: impl Into<String>, operation: &'static str, source: io::Error) -> Self {
        if is_full(&source) {
            Self::DiskFull { path: path.into(), operation, source: Arc::new(source) }
        } else {
            Self::io(path, operation, source)
        }
    }

    /// Whether the disk is full, and the same call can succeed once it is not.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::DiskFull { .. })
    }

    /// Names a broken invariant: where, what was expected, what was found.
    pub fn corrupt(
        path: impl Into<String>,
        offset: u64,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self::Corrupt { path: path.into(), offset, expected: expected.into(), found: found.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, operation, source } | Self::DiskFull { path, operation, source } => {
                write!(f, "cannot {operation} {path}: {source}")
            }
            Self::Version { path, offset, expected, found } => write!(
                f,
                "{path} has version {found} at byte {offset}, and this program knows version {expected} only"
            ),
            Self::Corrupt { path, offset, expected, found } => {
                write!(f, "{path} is damaged at byte {offset}: expected {expected}, found {found}")
            }
            Self::Caller(message) | Self::OverLimit(message) => f.write_str(message),
            Self::TooManySeries { series, points, series_max } => {
                write!(f, "{series} series with about {points} points are more than {series_max} series")
            }
            Self::Locked { path, holder_pid: Some(pid) } => {
                write!(f, "{path} is in use by process {pid}")
            }
            Self::Locked { path, holder_pid: None } => write!(f, "{path} is in use by another process"),
            Self::Latched(reason) => write!(f, "closed to writes since an earlier failure: {reason}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } | Self::DiskFull { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
