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
