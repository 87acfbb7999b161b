//! Where an event lies in the index of words: by time, so that the newest events with a word are read first.
//!
//! Invariant: places ascend with the spans in which events begin, some four minutes each, and within a span with the ids;
//! an event's id can be told from its place. The third migration says the same in SQL: what is here never changes.

use super::error::StoreError;

/// Bits of milliseconds that one span takes.
const SPAN_BITS: u32 = 18;

/// Bits of a place that are the id: a million million changes.
const ID_BITS: u32 = 40;

/// The bits of a place that are the id.
pub(super) const ID_MASK: i64 = (1 << ID_BITS) - 1;

/// Spans from 1970 on, to 2109; what began outside of them lies in the first or in the last one.
const SPANS: i64 = 1 << (64 - ID_BITS);

/// The place of the event with this id that began at this time.
///
/// # Errors
/// The id has more bits than there are for one.
pub(super) fn of(start_ms: i64, id: u64) -> Result<i64, StoreError> {
    let id = i64::try_from(id).ok().filter(|id| *id <= ID_MASK);
    id.map(|id| first(start_ms) | id).ok_or_else(|| {
        StoreError::Damaged(format!("more than {ID_MASK} changes have been counted, which cannot be"))
    })
}

/// The span in which what starts at this time begins; later ones have greater numbers.
pub(super) fn span(start_ms: i64) -> i64 {
    (start_ms >> SPAN_BITS).clamp(0, SPANS - 1)
}

/// The first place of the span that this time is in.
pub(super) fn first(start_ms: i64) -> i64 {
    (span(start_ms) - SPANS / 2) << ID_BITS
}

/// The last place of the span that this time is in.
pub(super) fn last(start_ms: i64) -> i64 {
    first(start_ms) | ID_MASK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_ascend_with_time() {
        let minute = 60_000;
        let times = [0, 10 * minute, 1_700_000_000_000, 1_700_000_000_000 + 10 * minute, 4_398_046_511_103];
        for pair in times.windows(2) {
            assert!(of(pair[0], ID_MASK.cast_unsigned()).unwrap() < of(pair[1], 0).unwrap());
        }
        assert_eq!((first(i64::MIN), last(i64::MAX)), (i64::MIN, i64::MAX));
        assert_eq!((span(-1), span(0), span(1 << SPAN_BITS)), (0, 0, 1));
    }

    #[test]
    fn a_place_tells_its_id_and_has_no_more_room_than_that() {
        for start_ms in [i64::MIN, 0, 1_700_000_000_000, i64::MAX] {
            assert_eq!(of(start_ms, 77).unwrap() & ID_MASK, 77);
        }
        assert!(of(0, ID_MASK.cast_unsigned()).is_ok());
        assert!(of(0, ID_MASK.cast_unsigned() + 1).is_err());
    }
}
