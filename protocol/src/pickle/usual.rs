//! The form that nearly all frames have, read without the machine.
//!
//! Owns the recognition of `[(name, (timestamp, value)), …]` as Python's pickle module writes it in protocols 2 to 5: one
//! list, names of the binary kinds, numbers of the binary kinds, every text and tuple put into the memo in order or none,
//! and nothing fetched from it. Its invariant: what is recognised is what the machine would make of it, to the last bit.
//! Anything else, whatever would be refused or might exceed a limit included, is left to the machine.

use super::PickleLimits;
use super::opcode;
use super::reader::Reader;
use super::value::Range;
use crate::number::finite;
use crate::timestamp::{from_float, from_integer};

/// One point; its name stands in the payload.
#[derive(Clone, Copy, Debug)]
pub(super) struct UsualPoint {
    pub(super) name: Range,
    pub(super) value: f64,
    pub(super) timestamp: i64,
}

/// What the machine would count while it reads an item: two pairs, and the item in its list.
const VALUES_PER_ITEM: usize = 5;
/// Values on the stack besides the items: the list, and at most a name, a timestamp and a value.
const STACK_BESIDE_ITEMS: usize = 4;

/// Reads a whole pickle into `points`; `None` says nothing about it.
pub(super) fn read(
    payload: &[u8],
    now: i64,
    limits: &PickleLimits,
    points: &mut Vec<UsualPoint>,
) -> Option<()> {
    points.clear();
    if payload.len() > limits.frame_bytes_max.min(u32::MAX as usize) || limits.marks_max == 0 {
        return None;
    }
    let items_max = limits
        .items_max
        .min(limits.stack_max.checked_sub(STACK_BESIDE_ITEMS)?)
        .min(limits.values_max.checked_sub(1)? / VALUES_PER_ITEM);
    let mut usual = Usual { reader: Reader::new(payload), now, memo: 0, memo_max: limits.memo_max };
    usual.begin_list()?;
    loop {
        match usual.byte()? {
            opcode::STOP => return Some(()),
            opcode::MARK => {}
            _ => return None,
        }
        while usual.reader.rest().first() != Some(&opcode::APPENDS) {
            points.push(usual.item()?);
            if points.len() > items_max {
                return None;
            }
        }
        usual.reader.skip(1);
    }
}

/// A reading in progress.
struct Usual<'a> {
    reader: Reader<'a>,
    now: i64,
    /// Entries of the memo so far.
    memo: usize,
    memo_max: usize,
}

impl Usual<'_> {
    #[inline(always)]
    fn byte(&mut self) -> Option<u8> {
        let [byte] = self.array()?;
        Some(byte)
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = *self.reader.rest().first_chunk()?;
        self.reader.skip(N);
        Some(bytes)
    }

    /// The protocol, a frame's length, an empty list.
    fn begin_list(&mut self) -> Option<()> {
        let mut first = self.byte()?;
        if first == opcode::PROTO {
            self.byte().filter(|protocol| *protocol <= 5)?;
            first = self.byte()?;
        }
        if first == opcode::FRAME {
            self.array::<8>()?;
            first = self.byte()?;
        }
        if first == opcode::EMPTY_LIST { self.put() } else { None }
    }

    #[inline(always)]
    fn item(&mut self) -> Option<UsualPoint> {
        let name = self.name()?;
        self.put()?;
        let timestamp = match self.byte()? {
            opcode::BINFLOAT => from_float(f64::from_be_bytes(self.array()?), self.now),
            opcode => from_integer(self.integer(opcode)?, self.now),
        };
        let value = match self.byte()? {
            opcode::BINFLOAT => finite(f64::from_be_bytes(self.array()?)).ok()?,
            opcode => self.integer(opcode)? as f64,
        };
        for _pair in 0..2 {
            self.byte().filter(|opcode| *opcode == opcode::TUPLE2)?;
            self.put()?;
        }
        Some(UsualPoint { name, value, timestamp: timestamp.ok()? })
    }

    /// A text of either binary kind.
    #[inline(always)]
    fn name(&mut self) -> Option<Range> {
        let length = match self.byte()? {
            opcode::BINUNICODE | opcode::BINSTRING | opcode::BINBYTES => {
                u32::from_le_bytes(self.array()?) as usize
            }
            opcode::SHORT_BINUNICODE | opcode::SHORT_BINSTRING | opcode::SHORT_BINBYTES => {
                usize::from(self.byte()?)
            }
            _ => return None,
        };
        let start = self.reader.position();
        self.reader.rest().get(..length)?;
        self.reader.skip(length);
        Some(Range::new(start, length))
    }

    #[inline(always)]
    fn integer(&mut self, opcode: u8) -> Option<i64> {
        Some(match opcode {
            opcode::BININT => i32::from_le_bytes(self.array()?).into(),
            opcode::BININT1 => self.byte()?.into(),
            opcode::BININT2 => u16::from_le_bytes(self.array()?).into(),
            _ => return None,
        })
    }

    /// Passes over a put, if one follows; it must be the memo's next entry.
    #[inline(always)]
    fn put(&mut self) -> Option<()> {
        let (index, length) = match *self.reader.rest() {
            [opcode::BINPUT, index, ..] => (usize::from(index), 2),
            [opcode::LONG_BINPUT, a, b, c, d, ..] => (u32::from_le_bytes([a, b, c, d]) as usize, 5),
            [opcode::MEMOIZE, ..] => (self.memo, 1),
            _ => return Some(()),
        };
        self.reader.skip(length);
        let is_next = index == self.memo && index < self.memo_max;
        self.memo += 1;
        is_next.then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Decoder, RawPoint, RefusedItem};
    use super::*;

    const NOW: i64 = 1_710_600_000;

    /// A pickle of points as Python writes it: each with the opcodes that its numbers choose.
    fn pickle(points: &[(String, i32, f64)], form: u8) -> Vec<u8> {
        let mut bytes = vec![opcode::PROTO, 2, opcode::EMPTY_LIST];
        let mut memo = 0_u32;
        let mut put = |bytes: &mut Vec<u8>| {
            match form % 4 {
                0 => bytes.push(opcode::MEMOIZE),
                1 if memo < 256 => bytes.extend([opcode::BINPUT, memo as u8]),
                1 | 2 => bytes.extend([&[opcode::LONG_BINPUT][..], &memo.to_le_bytes()].concat()),
                _ => {}
            }
            memo += 1;
        };
        put(&mut bytes);
        for batch in points.chunks(3) {
            bytes.push(opcode::MARK);
            for (name, timestamp, value) in batch {
                match form / 4 % 2 {
                    0 => bytes.extend([opcode::SHORT_BINUNICODE, name.len() as u8]),
                    _ => {
                        bytes.extend([&[opcode::BINUNICODE][..], &(name.len() as u32).to_le_bytes()].concat())
                    }
                }
                bytes.extend(name.as_bytes());
                put(&mut bytes);
                match *timestamp {
                    small @ 0..=255 => bytes.extend([opcode::BININT1, small as u8]),
                    large => bytes.extend([&[opcode::BININT][..], &large.to_le_bytes()].concat()),
                }
                match form / 8 % 2 {
                    0 => bytes.extend([&[opcode::BINFLOAT][..], &value.to_be_bytes()].concat()),
                    _ => bytes.extend([&[opcode::BININT][..], &(*value as i32).to_le_bytes()].concat()),
                }
                for _pair in 0..2 {
                    bytes.push(opcode::TUPLE2);
                    put(&mut bytes);
                }
            }
            bytes.push(opcode::APPENDS);
        }
        bytes.push(opcode::STOP);
        bytes
    }

    /// Names, timestamps and bits of values, as the machine makes them; `None` where an item or all are refused.
    fn by_machine(payload: &[u8], limits: PickleLimits) -> Option<Vec<(Vec<u8>, i64, u64)>> {
        let (mut points, mut is_whole) = (Vec::new(), true);
        let emit = &mut |item: Result<RawPoint<'_>, RefusedItem<'_>>| match item {
            Ok(point) => points.push((point.name.to_vec(), point.timestamp, point.value.to_bits())),
            Err(_) => is_whole = false,
        };
        Decoder::new(limits).decode_by_machine(payload, NOW, emit).ok()?;
        is_whole.then_some(points)
    }

    fn by_form(payload: &[u8], limits: PickleLimits) -> Option<Vec<(Vec<u8>, i64, u64)>> {
        let mut points = Vec::new();
        read(payload, NOW, &limits, &mut points)?;
        let point =
            |point: &UsualPoint| (point.name.of(payload).to_vec(), point.timestamp, point.value.to_bits());
        Some(points.iter().map(point).collect())
    }

    fn points() -> impl Strategy<Value = Vec<(String, i32, f64)>> {
        prop::collection::vec(("[a-c.]{0,6}", any::<i32>(), any::<f64>()), 0..10)
    }

    #[test]
    fn what_python_writes_is_recognised() {
        let sent: Vec<(String, i32, f64)> = (0..200)
            .map(|number| (format!("a.b{number}"), 1_710_504_000 + number, f64::from(number)))
            .collect();
        for form in 0..16 {
            let payload = pickle(&sent, form);
            let found = by_form(&payload, PickleLimits::default()).expect("the usual form");
            assert_eq!(Some(&found), by_machine(&payload, PickleLimits::default()).as_ref());
            assert_eq!(
                (found.len(), &found[199]),
                (200, &(b"a.b199".to_vec(), 1_710_504_199, 199_f64.to_bits()))
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_recognised_is_what_the_machine_makes_of_it(
            sent in points(),
            form in any::<u8>(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            small in 0_usize..60,
        ) {
            let mut payload = pickle(&sent, form);
            for (at, byte) in flips {
                let at = at.index(payload.len());
                payload[at] = byte;
            }
            let tight = PickleLimits { items_max: small, stack_max: small, values_max: small, memo_max: small, ..PickleLimits::default() };
            for limits in [PickleLimits::default(), tight] {
                if let Some(found) = by_form(&payload, limits) {
                    prop_assert_eq!(Some(found), by_machine(&payload, limits));
                }
            }
        }
    }
}
