//! The wire format of protobuf: keys, varints, lengths; written, and read with every length checked.
//!
//! Invariant: a field that holds its default is left out, as proto3 wants it; reading never looks beyond the message and
//! stops at [`limits::PROTOBUF_FIELDS_MAX`] fields.

use crate::limits;
use std::fmt;

const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const LENGTH: u8 = 2;
const FIXED_32: u8 = 5;

pub(super) fn push_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(super) fn varint_bytes(number: u64) -> usize {
    let bits = 64 - (number | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

fn push_key(out: &mut Vec<u8>, field: u8, kind: u8) {
    push_varint(out, u64::from(field) << 3 | u64::from(kind));
}

pub(super) fn push_integer(out: &mut Vec<u8>, field: u8, number: i64) {
    if number != 0 {
        push_key(out, field, VARINT);
        // A negative one takes ten bytes: the format's own way.
        push_varint(out, number.cast_unsigned());
    }
}

pub(super) fn push_flag(out: &mut Vec<u8>, field: u8, flag: bool) {
    push_integer(out, field, i64::from(flag));
}

pub(super) fn push_float(out: &mut Vec<u8>, field: u8, number: f32) {
    if number != 0.0 {
        push_key(out, field, FIXED_32);
        out.extend_from_slice(&number.to_le_bytes());
    }
}

pub(super) fn push_text(out: &mut Vec<u8>, field: u8, text: &str) {
    if !text.is_empty() {
        push_bytes(out, field, text.as_bytes());
    }
}

pub(super) fn push_bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    push_length(out, field, bytes.len());
    out.extend_from_slice(bytes);
}

/// Writes what stands before `length` bytes of a message, a text or a packed list.
pub(super) fn push_length(out: &mut Vec<u8>, field: u8, length: usize) {
    push_key(out, field, LENGTH);
    push_varint(out, length as u64);
}

/// How many bytes a packed list takes with its key, which is of a field below 16.
pub(super) fn packed_bytes(length: usize) -> usize {
    if length == 0 { 0 } else { 1 + varint_bytes(length as u64) + length }
}

/// What is wrong with a message, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageError {
    offset: usize,
    what: &'static str,
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "protobuf message: {} at byte {}", self.what, self.offset)
    }
}

impl std::error::Error for MessageError {}

/// One field of a message. Fixed numbers stand in no request, and are skipped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field<'a> {
    Number(u64),
    /// With the offset of its first byte in the whole request.
    Bytes(&'a [u8], usize),
    Fixed,
}

/// Reads a message field by field.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the message begins in the whole request.
    base: usize,
    count: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn of(bytes: &'a [u8], base: usize) -> Fields<'a> {
        Fields { bytes, at: 0, base, count: 0 }
    }

    /// The next field with its number; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Field<'a>)>, MessageError> {
        if self.at >= self.bytes.len() {
            return Ok(None);
        }
        self.count += 1;
        if self.count > limits::PROTOBUF_FIELDS_MAX {
            return Err(self.fault("too many fields"));
        }
        let key = self.varint()?;
        let field = match (key & 7) as u8 {
            VARINT => Field::Number(self.varint()?),
            FIXED_64 => self.take(8).map(|_| Field::Fixed)?,
            FIXED_32 => self.take(4).map(|_| Field::Fixed)?,
            LENGTH => {
                let length = usize::try_from(self.varint()?).map_err(|_| self.fault("a length too great"))?;
                let offset = self.base + self.at;
                Field::Bytes(self.take(length)?, offset)
            }
            _ => return Err(self.fault("an unknown kind of field")),
        };
        Ok(Some((key >> 3, field)))
    }

    fn varint(&mut self) -> Result<u64, MessageError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(self.fault("a number that is cut short"));
            };
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.fault("a number of more than ten bytes"))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], MessageError> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let Some(taken) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            return Err(self.fault("a field that is longer than what is left"));
        };
        self.at += length;
        Ok(taken)
    }

    /// A fault of what has been read so far.
    pub(super) fn too_many(&self, what: &'static str) -> MessageError {
        self.fault(what)
    }

    fn fault(&self, what: &'static str) -> MessageError {
        MessageError { offset: self.base + self.at, what }
    }
}

/// A text of a message.
pub(super) fn text(bytes: &[u8], offset: usize) -> Result<&str, MessageError> {
    std::str::from_utf8(bytes).map_err(|fault| MessageError {
        offset: offset + fault.valid_up_to(),
        what: "a text that is not UTF-8",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), i64::MAX as u64, u64::MAX] {
            let mut out = Vec::new();
            push_varint(&mut out, number);
            assert_eq!(out.len(), varint_bytes(number));
            assert_eq!(Fields::of(&out, 0).varint(), Ok(number));
        }
    }

    #[test]
    fn faults_name_their_byte() {
        let fault = |bytes: &[u8]| Fields::of(bytes, 100).next().map(|_| ()).unwrap_err().to_string();
        assert_eq!(
            fault(b"\x0a\x05ab"),
            "protobuf message: a field that is longer than what is left at byte 102"
        );
        assert_eq!(fault(b"\x08\xff"), "protobuf message: a number that is cut short at byte 102");
        assert_eq!(fault(b"\x0b"), "protobuf message: an unknown kind of field at byte 101");
        assert_eq!(fault(&[0xff; 12]), "protobuf message: a number of more than ten bytes at byte 110");
        assert!(text(b"a\xff", 7).unwrap_err().to_string().ends_with("at byte 8"));
    }
}
