//! Pickle ingest: any bytes as frames, and as the payload of one; every accepted point keeps its invariants, and what
//! is refused has a text within its bound.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbago_protocol::pickle::{Decoder, Frames, PickleLimits, RefusedItem, decode_frame, escaped};
use plumbago_protocol::{Point, canonical};

const NOW: i64 = 1_710_504_000;
const FRAME_BYTES_MAX: usize = 1 << 16;
const TEXT_BYTES_MAX: usize = 64;

fuzz_target!(|received: &[u8]| {
    let limits = PickleLimits::with_frame_bytes_max(FRAME_BYTES_MAX);
    let mut frames = Frames::new(received, limits.frame_bytes_max);
    let mut decoder = Decoder::new(limits);
    for frame in frames.by_ref().flatten() {
        let _ = decoder.decode(frame, NOW, &mut |item| check(&item));
    }
    assert_eq!(frames.consumed() + frames.rest().len(), received.len());

    assert!(escaped(received, TEXT_BYTES_MAX).len() <= TEXT_BYTES_MAX);

    // The same payload gives the same points, whatever the decoder saw before.
    let (mut first, mut second) = (0, 0);
    let fresh = decode_frame(received, NOW, &limits, &mut |item| {
        check(&item);
        first += 1;
    });
    let used = decoder.decode(received, NOW, &mut |_| second += 1);
    assert_eq!((fresh.is_ok(), first), (used.is_ok(), second));
    if let Err(error) = fresh {
        assert!(error.offset <= received.len() && first == 0);
    }
});

fn check(item: &Result<Point<'_>, RefusedItem<'_>>) {
    match item {
        Ok(point) => {
            assert!(point.value.is_finite() && point.timestamp >= 0);
            assert_eq!(canonical(&point.name).as_deref(), Ok(point.name.as_ref()));
        }
        Err(refused) => {
            let text = refused.text(TEXT_BYTES_MAX);
            assert!(!text.is_empty() && text.len() <= TEXT_BYTES_MAX);
        }
    }
}
