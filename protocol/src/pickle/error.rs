//! What is wrong with a pickle, and where.

use std::fmt;

use crate::refusal::Refusal;

/// A pickle that was refused as a whole: nothing of it was emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickleError {
    /// The reason to count it under.
    pub refusal: Refusal,
    /// Where in the frame's payload, in bytes from 0.
    pub offset: usize,
    /// What should have stood there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl fmt::Display for PickleError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PickleError { refusal, offset, expected, found } = self;
        write!(formatter, "{refusal}: at byte {offset}, expected {expected}, found {found}")
    }
}

impl std::error::Error for PickleError {}

/// An error without its offset, which only the machine knows. Boxed, for every step of the machine may return one.
pub(super) struct Fault(Box<PickleError>);

impl Fault {
    #[cold]
    fn new(refusal: Refusal, expected: impl Into<String>, found: impl Into<String>) -> Fault {
        Fault(Box::new(PickleError { refusal, offset: 0, expected: expected.into(), found: found.into() }))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn malformed(expected: impl Into<String>, found: impl Into<String>) -> Fault {
        Fault::new(Refusal::PickleMalformed, expected, found)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn forbidden(opcode: &str) -> Fault {
        let expected = "only numbers, texts, tuples and lists";
        Fault::new(Refusal::PickleForbiddenOpcode, expected, format!("the opcode {opcode}"))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn truncated(expected: impl Into<String>) -> Fault {
        Fault::new(Refusal::PickleTruncated, expected, "the end of the frame")
    }

    #[cold]
    #[inline(never)]
    pub(super) fn too_complex(limit: usize, of: &str) -> Fault {
        Fault::new(Refusal::PickleTooComplex, format!("at most {limit} {of}"), "more")
    }

    pub(super) fn at(self, offset: usize) -> PickleError {
        PickleError { offset, ..*self.0 }
    }
}
