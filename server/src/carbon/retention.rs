//! Retention lists such as `10s:1d, 1m:30d`.
//!
//! Invariant: a list that is returned is one that whisper would accept, sorted from fine to coarse: distinct
//! precisions, each dividing the next, retention strictly growing, and enough points in each archive to fill one
//! point of the next. A bare precision is in seconds, a bare length is a number of points.

use std::fmt;

use plumbago_engine::Archive;
use plumbago_protocol::limits::ARCHIVES_PER_SERIES_MAX;

/// A valid list, and what is odd about how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RetentionList {
    /// The archives, finest first.
    pub archives: Vec<Archive>,
    /// What other readers would have made of it.
    pub remarks: Vec<RetentionRemark>,
}

/// Something that another reader understands differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RetentionRemark {
    /// What was written and what is made of it.
    pub message: String,
    /// What carbon or go-carbon would have done.
    pub elsewhere: &'static str,
}

/// Why a list is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RetentionError {
    /// No `precision:length` at all.
    Empty,
    /// More archives than a series can have.
    TooMany,
    /// An item without a colon.
    NoColon(String),
    /// Not a number with an optional unit.
    NotATime(String),
    /// A number or a product that does not fit.
    TooLong(String),
    /// A precision of no time.
    ZeroPrecision(String),
    /// A length shorter than one point.
    NoPoints(String),
    /// Two archives of this precision in seconds.
    SamePrecision(u32),
    /// A precision that does not divide the next coarser one, both in seconds.
    NotDividing(u32, u32),
    /// A finer archive that reaches as far back as a coarser one; both retentions in seconds.
    NotGrowing(u32, u32),
    /// An archive whose points cannot fill one point of the next.
    TooFewPoints {
        /// Its precision in seconds.
        step_secs: u32,
        /// Its number of points.
        points: u32,
        /// How many are needed.
        needed: u32,
    },
}

/// Reads a list, items separated by commas, in any order.
///
/// # Errors
/// The first rule that the list breaks.
pub(crate) fn parse(list: &str) -> Result<RetentionList, RetentionError> {
    let mut archives = Vec::new();
    let mut remarks = Vec::new();
    for item in list.split(',') {
        if item.trim().is_empty() {
            remarks.push(RetentionRemark {
                message: "an empty item in the retentions is left out".to_owned(),
                elsewhere: "carbon would refuse to start",
            });
            continue;
        }
        archives.push(archive(item.trim(), &mut remarks)?);
        if archives.len() > ARCHIVES_PER_SERIES_MAX {
            return Err(RetentionError::TooMany);
        }
    }
    archives.sort_by_key(|archive: &Archive| archive.step_secs);
    validate(&archives)?;
    Ok(RetentionList { archives, remarks })
}

fn archive(item: &str, remarks: &mut Vec<RetentionRemark>) -> Result<Archive, RetentionError> {
    let (precision, length) = item.split_once(':').ok_or_else(|| RetentionError::NoColon(item.to_owned()))?;
    if precision.ends_with(char::is_whitespace) || length.starts_with(char::is_whitespace) {
        remarks.push(RetentionRemark {
            message: format!("white space around the colon of `{item}` is left out"),
            elsewhere: "carbon would refuse to start",
        });
    }
    let precision = Quantity::parse(precision.trim())?;
    let length = Quantity::parse(length.trim())?;
    let too_long = || RetentionError::TooLong(item.to_owned());
    let step = precision.number.checked_mul(precision.unit_secs.unwrap_or(1)).ok_or_else(too_long)?;
    if step == 0 {
        return Err(RetentionError::ZeroPrecision(item.to_owned()));
    }
    let points = match length.unit_secs {
        Some(secs) => length.number.checked_mul(secs).ok_or_else(too_long)? / step,
        None => length.number,
    };
    if points == 0 {
        return Err(RetentionError::NoPoints(item.to_owned()));
    }
    if precision.unit_secs.is_some() && length.unit_secs.is_none() {
        remarks.push(RetentionRemark {
            message: format!("`{item}` keeps {points} points"),
            elsewhere: "go-carbon would keep as many seconds",
        });
    }
    let retention = step.checked_mul(points).ok_or_else(too_long)?;
    Ok(Archive {
        step_secs: u32::try_from(step).map_err(|_| too_long())?,
        retention_secs: u32::try_from(retention).map_err(|_| too_long())?,
    })
}

/// `archives` are sorted by precision.
fn validate(archives: &[Archive]) -> Result<(), RetentionError> {
    if archives.is_empty() {
        return Err(RetentionError::Empty);
    }
    for (fine, coarse) in archives.iter().zip(archives.iter().skip(1)) {
        if fine.step_secs == coarse.step_secs {
            return Err(RetentionError::SamePrecision(fine.step_secs));
        }
        if !coarse.step_secs.is_multiple_of(fine.step_secs) {
            return Err(RetentionError::NotDividing(fine.step_secs, coarse.step_secs));
        }
        if coarse.retention_secs <= fine.retention_secs {
            return Err(RetentionError::NotGrowing(fine.retention_secs, coarse.retention_secs));
        }
        let points = points_of(*fine);
        let needed = coarse.step_secs / fine.step_secs;
        if points < needed {
            return Err(RetentionError::TooFewPoints { step_secs: fine.step_secs, points, needed });
        }
    }
    Ok(())
}

/// How many points an archive holds.
pub(crate) fn points_of(archive: Archive) -> u32 {
    archive.retention_secs.checked_div(archive.step_secs).unwrap_or(0)
}

/// A number and, if a unit was written, its length.
struct Quantity {
    number: u64,
    unit_secs: Option<u64>,
}

impl Quantity {
    fn parse(text: &str) -> Result<Self, RetentionError> {
        let refused = || RetentionError::NotATime(text.to_owned());
        let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = text.split_at(digits_end);
        if digits.is_empty() {
            return Err(refused());
        }
        let number = digits.parse().map_err(|_| RetentionError::TooLong(text.to_owned()))?;
        let unit_secs = if unit.is_empty() { None } else { Some(unit_secs(unit).ok_or_else(refused)?) };
        Ok(Self { number, unit_secs })
    }
}

/// A unit may be written as any beginning of its word: `m`, `min` and `minutes` are the same.
fn unit_secs(unit: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 6] = [
        ("seconds", 1),
        ("minutes", 60),
        ("hours", 3_600),
        ("days", 86_400),
        ("weeks", 604_800),
        ("years", 31_536_000),
    ];
    UNITS.iter().find(|(word, _)| word.starts_with(unit)).map(|(_, secs)| *secs)
}

impl fmt::Display for RetentionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the retentions are empty"),
            Self::TooMany => write!(f, "there are more than {ARCHIVES_PER_SERIES_MAX} archives"),
            Self::NoColon(item) => write!(f, "`{item}` is no precision:length"),
            Self::NotATime(text) => {
                write!(f, "`{text}` is not a number, alone or with one of the units s, m, h, d, w and y")
            }
            Self::TooLong(text) => write!(f, "`{text}` is longer than {} seconds", u32::MAX),
            Self::ZeroPrecision(item) => write!(f, "the precision of `{item}` is zero"),
            Self::NoPoints(item) => write!(f, "`{item}` has room for no point"),
            Self::SamePrecision(secs) => write!(f, "two archives have the precision {secs} s"),
            Self::NotDividing(fine, coarse) => write!(f, "{fine} s does not divide {coarse} s"),
            Self::NotGrowing(fine, coarse) => {
                write!(f, "the coarser archive keeps {coarse} s, not more than the finer one's {fine} s")
            }
            Self::TooFewPoints { step_secs, points, needed } => {
                write!(
                    f,
                    "the archive of {step_secs} s has {points} points, but one coarser point takes {needed}"
                )
            }
        }
    }
}

impl std::error::Error for RetentionError {}

#[cfg(test)]
mod tests;
