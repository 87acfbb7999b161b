//! The pickle machine: a stack, marks and a memo, for the opcodes that lists of points need.
//!
//! Owns the meaning of opcodes of protocols 0 to 5. Every opcode that could name, call or build something is refused
//! by its name; what is left makes numbers, texts, tuples and lists only. Its invariants: the stack never shrinks
//! below the innermost mark, and stack, marks, memo and heap stay within the limits.

use super::PickleLimits;
use super::error::{Fault, PickleError};
use super::opcode;
use super::reader::Reader;
use super::text;
use super::value::{Heap, Range, Value};
use crate::limits::PICKLE_MEMO_GAP_MAX;
use crate::refusal::Refusal;

/// How many values each buffer keeps room for between frames: enough for a common frame's few thousand points.
pub(super) const KEPT_VALUES_MAX: usize = 1 << 15;

/// The machine's storage, kept from frame to frame.
#[derive(Debug, Default)]
pub(super) struct Machine {
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: Vec<Value>,
    pub(super) heap: Heap,
}

impl Machine {
    /// Runs a pickle to its end, and returns what it leaves on top of the stack.
    pub(super) fn run(&mut self, payload: &[u8], limits: &PickleLimits) -> Result<Value, PickleError> {
        self.stack.clear();
        self.marks.clear();
        self.memo.clear();
        self.heap.shrink_to(KEPT_VALUES_MAX);
        if payload.len() > limits.frame_bytes_max.min(u32::MAX as usize) {
            let expected = format!("at most {} bytes", limits.frame_bytes_max);
            let found = format!("{} bytes", payload.len());
            return Err(PickleError { refusal: Refusal::FrameTooLarge, offset: 0, expected, found });
        }
        let mut reader = Reader::new(payload);
        loop {
            let offset = reader.position();
            match self.step(&mut reader, limits) {
                Ok(None) => {}
                Ok(Some(result)) => return Ok(result),
                Err(fault) => return Err(fault.at(offset)),
            }
        }
    }

    /// Gives back what an unusually large pickle took.
    pub(super) fn shrink(&mut self) {
        self.stack.clear();
        self.stack.shrink_to(KEPT_VALUES_MAX);
        self.memo.clear();
        self.memo.shrink_to(KEPT_VALUES_MAX);
        self.heap.shrink_to(KEPT_VALUES_MAX);
    }

    /// Executes one opcode: here those that frames are full of.
    #[inline(always)]
    fn step(&mut self, reader: &mut Reader<'_>, limits: &PickleLimits) -> Result<Option<Value>, Fault> {
        let opcode = reader.opcode()?;
        let value = match opcode {
            opcode::BINPUT => return self.put(usize::from(reader.array::<1>()?[0]), limits),
            opcode::LONG_BINPUT => return self.put(u32::from_le_bytes(reader.array()?) as usize, limits),
            opcode::MEMOIZE => return self.put(self.memo.len(), limits),
            opcode::MARK => return self.mark(limits),
            opcode::TUPLE2 => self.tuple_of_last(2, limits)?,
            opcode::BINUNICODE | opcode::BINSTRING | opcode::BINBYTES => {
                let length = u32::from_le_bytes(reader.array()?);
                text_value(reader, u64::from(length))?
            }
            opcode::SHORT_BINUNICODE | opcode::SHORT_BINSTRING | opcode::SHORT_BINBYTES => {
                let [length] = reader.array()?;
                text_value(reader, u64::from(length))?
            }
            opcode::BININT => Value::Integer(i64::from(i32::from_le_bytes(reader.array()?))),
            opcode::BINFLOAT => Value::Float(f64::from_be_bytes(reader.array()?)),
            opcode::BINGET => self.get(usize::from(reader.array::<1>()?[0]))?,
            opcode::LONG_BINGET => self.get(u32::from_le_bytes(reader.array()?) as usize)?,
            _ => return self.step_rarer(opcode, reader, limits),
        };
        self.push(value, limits)?;
        self.put_at_once(value, reader, limits);
        Ok(None)
    }

    /// Executes a put that follows the making of a value while the value is still at hand: reading it back from the
    /// stack would have to wait for its writing. Anything out of the ordinary is left to the next step.
    #[inline(always)]
    fn put_at_once(&mut self, value: Value, reader: &mut Reader<'_>, limits: &PickleLimits) {
        let next = self.memo.len();
        let length = match *reader.rest() {
            [opcode::BINPUT, index, ..] if usize::from(index) == next => 2,
            [opcode::LONG_BINPUT, a, b, c, d, ..] if u32::from_le_bytes([a, b, c, d]) as usize == next => 5,
            [opcode::MEMOIZE, ..] => 1,
            _ => return,
        };
        if next < limits.memo_max {
            self.memo.push(value);
            reader.skip(length);
        }
    }

    /// The other opcodes that make a value.
    fn step_rarer(
        &mut self,
        opcode: u8,
        reader: &mut Reader<'_>,
        limits: &PickleLimits,
    ) -> Result<Option<Value>, Fault> {
        let value = match opcode {
            opcode::BININT1 => Value::Integer(i64::from(reader.array::<1>()?[0])),
            opcode::BININT2 => Value::Integer(i64::from(u16::from_le_bytes(reader.array()?))),
            opcode::INT | opcode::LONG => text::integer(reader.line()?)?,
            opcode::FLOAT => text::float(reader.line()?)?,
            opcode::LONG1 => {
                let [length] = reader.array()?;
                text::binary_integer(reader.bytes(u64::from(length))?)
            }
            opcode::LONG4 => {
                let length = u32::from_le_bytes(reader.array()?);
                text::binary_integer(reader.bytes(u64::from(length))?)
            }
            opcode::STRING => self.string(reader)?,
            opcode::UNICODE => self.unicode(reader)?,
            opcode::BINUNICODE8 | opcode::BINBYTES8 => {
                let length = u64::from_le_bytes(reader.array()?);
                text_value(reader, length)?
            }
            opcode::NONE => Value::Nothing,
            opcode::NEWTRUE => Value::Integer(1),
            opcode::NEWFALSE => Value::Integer(0),
            opcode::GET => self.get(decimal_index(reader.line()?)?)?,
            opcode::DUP => *self.top()?,
            opcode::EMPTY_TUPLE => self.tuple_of_last(0, limits)?,
            opcode::TUPLE1 => self.tuple_of_last(1, limits)?,
            opcode::TUPLE3 => self.tuple_of_last(3, limits)?,
            opcode::TUPLE => {
                let start = self.pop_mark()?;
                self.tuple_of_last(self.stack.len() - start, limits)?
            }
            opcode::EMPTY_LIST => self.heap.list(&[]),
            opcode::LIST => {
                let start = self.pop_mark()?;
                let list = self.heap.list(self.stack.get(start..).unwrap_or_default());
                self.stack.truncate(start);
                self.checked(list, limits)?
            }
            _ => return self.step_without_value(opcode, reader, limits),
        };
        self.push(value, limits)
    }

    /// The opcodes that push nothing, and those that are refused.
    fn step_without_value(
        &mut self,
        opcode: u8,
        reader: &mut Reader<'_>,
        limits: &PickleLimits,
    ) -> Result<Option<Value>, Fault> {
        match opcode {
            opcode::STOP => return self.top().map(|value| Some(*value)),
            opcode::APPEND => {
                self.top()?;
                self.append_from(self.stack.len() - 1, limits)?;
            }
            opcode::APPENDS => {
                let start = self.pop_mark()?;
                self.append_from(start, limits)?;
            }
            opcode::PUT => return self.put(decimal_index(reader.line()?)?, limits),
            opcode::POP => {
                if self.stack.len() > self.floor() {
                    self.stack.pop();
                } else if self.marks.pop().is_none() {
                    return Err(Fault::malformed("a value on the stack", "an empty stack"));
                }
            }
            opcode::POP_MARK => {
                let start = self.pop_mark()?;
                self.stack.truncate(start);
            }
            opcode::PROTO => {
                let [protocol] = reader.array()?;
                if protocol > 5 {
                    return Err(Fault::malformed("a protocol from 0 to 5", format!("protocol {protocol}")));
                }
            }
            // The frames inside a pickle are hints for those who read from files.
            opcode::FRAME => {
                reader.array::<8>()?;
            }
            _ => {
                return Err(match opcode::forbidden_name(opcode) {
                    Some(name) => Fault::forbidden(name),
                    None => Fault::malformed("an opcode", format!("the byte {opcode:#04x}")),
                });
            }
        }
        Ok(None)
    }

    #[inline(always)]
    fn push(&mut self, value: Value, limits: &PickleLimits) -> Result<Option<Value>, Fault> {
        if self.stack.len() >= limits.stack_max {
            return Err(Fault::too_complex(limits.stack_max, "values on the stack"));
        }
        self.stack.push(value);
        Ok(None)
    }

    /// Where the innermost mark stands; nothing below it can be taken.
    #[inline(always)]
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or_default()
    }

    #[inline(always)]
    fn top(&self) -> Result<&Value, Fault> {
        match self.stack.last() {
            Some(value) if self.stack.len() > self.floor() => Ok(value),
            _ => Err(value_missing(1)),
        }
    }

    #[inline(always)]
    fn mark(&mut self, limits: &PickleLimits) -> Result<Option<Value>, Fault> {
        if self.marks.len() >= limits.marks_max {
            return Err(Fault::too_complex(limits.marks_max, "marks at once"));
        }
        self.marks.push(self.stack.len());
        Ok(None)
    }

    fn pop_mark(&mut self) -> Result<usize, Fault> {
        self.marks.pop().ok_or_else(|| Fault::malformed("a mark on the stack", "none"))
    }

    #[inline(always)]
    fn tuple_of_last(&mut self, count: usize, limits: &PickleLimits) -> Result<Value, Fault> {
        match self.stack.len().checked_sub(count) {
            Some(start) if start >= self.floor() => {
                let tuple = self.heap.tuple(self.stack.get(start..).unwrap_or_default());
                self.stack.truncate(start);
                self.checked(tuple, limits)
            }
            _ => Err(value_missing(count)),
        }
    }

    /// Moves the values from `start` on to the list below them.
    fn append_from(&mut self, start: usize, limits: &PickleLimits) -> Result<(), Fault> {
        let below = start.checked_sub(1).filter(|&below| below >= self.floor());
        let Some(Value::List(number)) = below.and_then(|below| self.stack.get(below)) else {
            return Err(Fault::malformed("a list to append to", "none"));
        };
        self.heap.append(*number, self.stack.get(start..).unwrap_or_default());
        self.stack.truncate(start);
        self.checked(Value::Absent, limits).map(|_| ())
    }

    /// Passes a value on if the heap is still small enough.
    #[inline(always)]
    fn checked(&self, value: Value, limits: &PickleLimits) -> Result<Value, Fault> {
        if self.heap.len() > limits.values_max {
            return Err(Fault::too_complex(limits.values_max, "values"));
        }
        Ok(value)
    }

    #[inline(always)]
    fn put(&mut self, index: usize, limits: &PickleLimits) -> Result<Option<Value>, Fault> {
        let value = *self.top()?;
        if index == self.memo.len() && index < limits.memo_max {
            self.memo.push(value);
            return Ok(None);
        }
        self.put_out_of_order(index, value, limits)
    }

    fn put_out_of_order(
        &mut self,
        index: usize,
        value: Value,
        limits: &PickleLimits,
    ) -> Result<Option<Value>, Fault> {
        if index >= limits.memo_max || index > self.memo.len() + PICKLE_MEMO_GAP_MAX {
            return Err(Fault::too_complex(limits.memo_max, "memo entries, numbered without great gaps"));
        }
        if index >= self.memo.len() {
            self.memo.resize(index + 1, Value::Absent);
        }
        if let Some(entry) = self.memo.get_mut(index) {
            *entry = value;
        }
        Ok(None)
    }

    fn get(&self, index: usize) -> Result<Value, Fault> {
        match self.memo.get(index) {
            None | Some(Value::Absent) => {
                Err(Fault::malformed("a memo entry that was put before", format!("entry {index}")))
            }
            Some(value) => Ok(*value),
        }
    }

    fn string(&mut self, reader: &mut Reader<'_>) -> Result<Value, Fault> {
        let line = reader.line()?;
        let inside = text::unquote(line)?;
        if memchr::memchr(b'\\', inside).is_some() {
            return Ok(self.heap.text(&text::resolve_string(inside)?));
        }
        // The line feed is read, and before it stand at most a carriage return and the quote.
        let tail = line.len() - inside.len();
        Ok(Value::Text(Range::new(reader.position() - inside.len() - tail, inside.len())))
    }

    fn unicode(&mut self, reader: &mut Reader<'_>) -> Result<Value, Fault> {
        let line = reader.line()?;
        if line.is_ascii() && memchr::memchr(b'\\', line).is_none() {
            return Ok(Value::Text(Range::new(reader.position() - line.len() - 1, line.len())));
        }
        Ok(self.heap.text(&text::resolve_unicode(line)?))
    }
}

#[cold]
#[inline(never)]
fn value_missing(count: usize) -> Fault {
    Fault::malformed(format!("{count} values on the stack"), "fewer")
}

/// A text of this length, where the reader stands.
#[inline(always)]
fn text_value(reader: &mut Reader<'_>, length: u64) -> Result<Value, Fault> {
    let start = reader.position();
    let bytes = reader.bytes(length)?;
    Ok(Value::Text(Range::new(start, bytes.len())))
}

/// A memo index as protocol 0 writes it.
fn decimal_index(line: &[u8]) -> Result<usize, Fault> {
    match text::integer(line)? {
        Value::Integer(index) if index >= 0 => {
            usize::try_from(index).map_err(|_| Fault::malformed("a memo index", format!("{index}")))
        }
        _ => Err(Fault::malformed("a memo index", "another number")),
    }
}
