//! The values of a pickle to points.
//!
//! Owns the shape `[(name, (timestamp, value)), …]`: tuples or lists, numbers or texts of numbers. An item of another
//! shape is refused by itself; the others go on.

use super::PickleLimits;
use super::error::{Fault, PickleError};
use super::refused::RefusedItem;
use super::value::{Heap, Value};
use crate::name::canonical_bytes;
use crate::number::{finite, parse_value};
use crate::point::Point;
use crate::refusal::Refusal;
use crate::timestamp::{from_float, from_integer, parse_timestamp};

/// A point whose name was not looked at yet: whoever finds it among canonical names need not check it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RawPoint<'a> {
    /// The name as it was sent.
    pub name: &'a [u8],
    /// A finite value.
    pub value: f64,
    /// Seconds since the epoch.
    pub timestamp: i64,
}

/// A point with the item that it was made of.
#[derive(Clone, Copy)]
pub(super) struct ItemPoint<'a> {
    pub(super) point: RawPoint<'a>,
    heap: &'a Heap,
    payload: &'a [u8],
    item: Value,
}

impl<'a> ItemPoint<'a> {
    /// The point with its name in canonical form.
    ///
    /// # Errors
    /// The item, where its name has none.
    #[inline]
    pub(super) fn checked(self) -> Result<Point<'a>, RefusedItem<'a>> {
        let Self { point: RawPoint { name, value, timestamp }, heap, payload, item } = self;
        match canonical_bytes(name) {
            Ok(name) => Ok(Point { name, value, timestamp }),
            Err(refusal) => Err(RefusedItem { refusal, heap, payload, item }),
        }
    }
}

/// Emits every item of a list of points.
pub(super) fn emit_points(
    heap: &Heap,
    payload: &[u8],
    list: Value,
    now: i64,
    limits: &PickleLimits,
    emit: &mut dyn FnMut(Result<ItemPoint<'_>, RefusedItem<'_>>),
) -> Result<(), PickleError> {
    if !matches!(list, Value::List(_) | Value::Tuple(_)) {
        return Err(Fault::malformed("a list of points", "another value").at(payload.len()));
    }
    if heap.runs_of(list).map(<[Value]>::len).sum::<usize>() > limits.items_max {
        return Err(Fault::too_complex(limits.items_max, "points").at(payload.len()));
    }
    for item in heap.runs_of(list).flatten() {
        let item = *item;
        emit(match point(heap, payload, item, now) {
            Ok((name, value, timestamp)) => {
                Ok(ItemPoint { point: RawPoint { name, value, timestamp }, heap, payload, item })
            }
            Err(refusal) => Err(RefusedItem { refusal, heap, payload, item }),
        });
    }
    Ok(())
}

/// Name, value and timestamp of an item.
#[inline]
fn point<'a>(
    heap: &'a Heap,
    payload: &'a [u8],
    item: Value,
    now: i64,
) -> Result<(&'a [u8], f64, i64), Refusal> {
    let [name, datapoint] = heap.pair(item).ok_or(Refusal::ItemMalformed)?;
    let [timestamp, value] = heap.pair(datapoint).ok_or(Refusal::ItemMalformed)?;
    let name = heap.bytes(payload, name).ok_or(Refusal::ItemMalformed)?;
    let value = match value {
        Value::Float(float) => finite(float)?,
        Value::Integer(integer) => integer as f64,
        other => parse_value(number_text(heap, payload, other)?)?,
    };
    let timestamp = match timestamp {
        Value::Integer(integer) => from_integer(integer, now)?,
        Value::Float(float) => from_float(float, now)?,
        other => parse_timestamp(number_text(heap, payload, other)?, now)?,
    };
    Ok((name, value, timestamp))
}

/// The text of a number; blanks around it do not count, as in Python.
fn number_text<'a>(heap: &'a Heap, payload: &'a [u8], value: Value) -> Result<&'a [u8], Refusal> {
    heap.bytes(payload, value).map(<[u8]>::trim_ascii).ok_or(Refusal::ItemMalformed)
}
