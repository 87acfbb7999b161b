//! Why the store of events does not do what it was asked.
//!
//! Invariant: a caller's mistake, a full disk, a closed store and a failing one are told apart, and each says what it
//! was about.

use plumbago_query::SourceError;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Why nothing was stored or read.
#[derive(Debug, Clone)]
pub(crate) enum StoreError {
    /// The caller asked for something impossible.
    Caller(String),
    /// No event has this number.
    NoEvent(u64),
    /// The event was changed in between: the revision that was expected and the one it has.
    Revision {
        /// What the caller knew.
        expected: u64,
        /// What is stored.
        found: u64,
    },
    /// There is no room for it; nothing of the request was stored, and it may be tried again.
    Full(Arc<str>),
    /// A write failed before: nothing is stored until a restart.
    Latched(Arc<str>),
    /// Too much is waiting to be stored.
    Busy,
    /// Reading took longer than it may.
    TooSlow,
    /// A newer program wrote the file.
    Newer {
        /// Which file.
        path: PathBuf,
        /// The version it is in.
        found: i64,
        /// The newest version that is known.
        known: i64,
    },
    /// SQLite failed at this.
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// What SQLite says.
        cause: Arc<rusqlite::Error>,
    },
    /// A row does not hold what was written into it.
    Damaged(String),
    /// A copy cannot be written or moved.
    Copy {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        cause: Arc<std::io::Error>,
    },
    /// The writing thread cannot be started.
    Thread(Arc<std::io::Error>),
}

impl StoreError {
    /// SQLite failed while `doing` this.
    pub(super) fn sqlite(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
        move |cause| match cause.sqlite_error_code() {
            // The file of shared memory that goes with the log cannot grow, either.
            _ if cause.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE) => {
                StoreError::Full(Arc::from(format!("{doing}: {cause}")))
            }
            Some(rusqlite::ErrorCode::DiskFull) => StoreError::Full(Arc::from(format!("{doing}: {cause}"))),
            Some(rusqlite::ErrorCode::OperationInterrupted) => StoreError::TooSlow,
            _ => StoreError::Sqlite { doing, cause: Arc::new(cause) },
        }
    }

    /// True where the request alone is to blame, and others of the same transaction are not.
    pub(super) fn is_callers(&self) -> bool {
        matches!(self, StoreError::Caller(_) | StoreError::NoEvent(_) | StoreError::Revision { .. })
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Caller(message) => f.write_str(message),
            StoreError::NoEvent(id) => write!(f, "there is no event {id}"),
            StoreError::Revision { expected, found } => {
                write!(f, "revision: expected {expected}, but the event was changed and has {found}")
            }
            StoreError::Full(reason) => write!(f, "there is no room for events: {reason}"),
            StoreError::Latched(reason) => {
                write!(f, "no event is stored until a restart, after a failure: {reason}")
            }
            StoreError::Busy => f.write_str("too many events are waiting to be stored; try again"),
            StoreError::TooSlow => f.write_str("the search takes too long: name a time, a kind or a tag"),
            StoreError::Newer { path, found, known } => write!(
                f,
                "{}: version {found} was written by a newer program; the newest known is {known}",
                path.display()
            ),
            StoreError::Sqlite { doing, cause } => {
                write!(f, "the store of events failed while {doing}: {cause}")
            }
            StoreError::Damaged(what) => write!(f, "the store of events is damaged: {what}"),
            StoreError::Copy { path, cause } => {
                write!(f, "the copy of the store of events, {}, fails: {cause}", path.display())
            }
            StoreError::Thread(cause) => write!(f, "the store of events gets no thread: {cause}"),
        }
    }
}

impl From<StoreError> for SourceError {
    fn from(error: StoreError) -> SourceError {
        match error {
            StoreError::Caller(message) => SourceError::BadRequest(message),
            StoreError::TooSlow => SourceError::OverLimit(error.to_string()),
            fault => SourceError::Fault(Box::new(fault)),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StoreError::Sqlite { cause, .. } => Some(&**cause),
            StoreError::Copy { cause, .. } | StoreError::Thread(cause) => Some(&**cause),
            _ => None,
        }
    }
}
