//! Owns what the engine has to tell an operator of its files: what was not as it was written, and what it did about it.
//!
//! Invariant: the list of what has not been told yet is bounded; what does not fit is counted. Whoever takes the list
//! decides where it is written; counters of the same things are `Stats`.

use std::fmt;

use parking_lot::Mutex;

use crate::Error;

/// Findings kept until they are taken: a file with more is beyond telling them apart.
const FINDINGS_MAX: usize = 100;

/// An append at the end of a file that was cut short, as a crash leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Path inside the data directory.
    pub path: String,
    /// Where the whole records end.
    pub offset: u64,
    /// Bytes from there to the end of the file.
    pub length_bytes: u64,
}

/// One thing to tell. Its `Display` is a line for a person.
#[derive(Debug, Clone)]
pub enum Finding {
    /// Left out, as the point it belonged to was never acknowledged.
    TornTail(TornTail),
    /// A place in the write-ahead log that is not as it was written: left out, all else was replayed.
    LogDamage(Error),
    /// Points of the write-ahead log left out because their series was deleted or its name was lost.
    PointsDropped(u64),
    /// A segment that is damaged. Its file was kept; what could not be read of it is missing from answers.
    SetAside {
        /// What is wrong with it.
        fault: Error,
        /// Where its file is, inside the data directory, unless it was missing.
        path: Option<String>,
        /// Series of which nothing in this segment can be read.
        series_lost: u64,
        /// Their cells.
        cells_lost: u64,
    },
    /// A damaged segment that was left out, and where it was: the store was opened to read.
    LeftOut(Error),
    /// A segment that no edit of the manifest speaks of, beside an edit that cannot be read. Its file was kept.
    Stray {
        /// Where its file is, inside the data directory.
        path: String,
    },
    /// Further findings that there was no room for.
    More(u64),
}

impl fmt::Display for TornTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, offset, length_bytes } = self;
        write!(f, "{path} ends at byte {offset} with {length_bytes} bytes of an append that was cut short")
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TornTail(torn) => write!(f, "{torn}: left out"),
            Self::LogDamage(error) => write!(f, "{error}: left out, all else was replayed"),
            Self::PointsDropped(points) => {
                write!(f, "{points} points of the log belong to series that are gone: left out")
            }
            Self::SetAside { fault, path, series_lost, cells_lost } => {
                let lost = format!("{cells_lost} cells of {series_lost} series are lost to answers");
                match path {
                    Some(path) => write!(f, "{fault}: set aside as {path}, {lost}, all else is served"),
                    None => write!(f, "{fault}: {lost}, all else is served"),
                }
            }
            Self::LeftOut(fault) => write!(f, "{fault}: left out"),
            Self::Stray { path } => {
                write!(f, "kept as {path}: the manifest ends with bytes that may have been an edit about it")
            }
            Self::More(count) => write!(f, "{count} further findings"),
        }
    }
}

/// What has not been told yet.
#[derive(Default)]
pub(crate) struct Findings(Mutex<Untold>);

#[derive(Default)]
struct Untold {
    findings: Vec<Finding>,
    more: u64,
}

impl Findings {
    pub(crate) fn add(&self, finding: Finding) {
        let mut untold = self.0.lock();
        if untold.findings.len() < FINDINGS_MAX {
            untold.findings.push(finding);
        } else {
            untold.more += 1;
        }
    }

    /// Everything since the last time, in the order in which it was found.
    pub(crate) fn take(&self) -> Vec<Finding> {
        let Untold { mut findings, more } = std::mem::take(&mut *self.0.lock());
        if more > 0 {
            findings.push(Finding::More(more));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_told_once_and_those_too_many_are_counted() {
        let findings = Findings::default();
        (0..FINDINGS_MAX as u64 + 3).for_each(|points| findings.add(Finding::PointsDropped(points)));
        let told = findings.take();
        assert_eq!(told.len(), FINDINGS_MAX + 1);
        assert!(matches!(told.last(), Some(Finding::More(3))));
        assert!(findings.take().is_empty());
    }
}
