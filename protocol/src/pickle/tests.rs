//! Pickles made by Python for every protocol, by statsd and by hand, and hostile ones.
//!
//! The files under `fixtures` were made by CPython 3.11:
//!
//! ```text
//! POINTS = [("a.b", (1710504000, 1.5)), ["a.c", [1710504060, 2]], ("a.d", (1710504120.75, "3.25")),
//!           ("a..e;z=1;b=2", ("1710504180", -4)), ("größe.€😀", (1710504240, 10**20)), ("a.b", (-1, True)),
//!           ("a\\'\"b", (2**40, -2**40)), ("bad", None), (1, (2, 3)), ("nan", (1, float("nan"))),
//!           ("a.f", (65535, 255))]
//! points_N.pickle:  pickle.dumps(POINTS, protocol=N)
//! tuple_5.pickle:   pickle.dumps(tuple([(b"a.b", (1710504000, 2.5))] * 3), protocol=5)
//! hostile_N.pickle: pickle.dumps([("a", (1, E()))], protocol=N), E.__reduce__ returning (os.system, ("true",))
//! ```

use proptest::prelude::*;

use super::*;
use crate::refusal::Refusal;

const NOW: i64 = 1_710_600_000;

type Item = Result<(String, i64, f64), Refusal>;

fn decoded(payload: &[u8]) -> Result<Vec<Item>, PickleError> {
    let mut items = Vec::new();
    decode_frame(payload, NOW, &PickleLimits::default(), &mut |item| {
        let item = item.map(|point| (point.name.into_owned(), point.timestamp, point.value));
        items.push(item.map_err(|refused| refused.refusal));
    })?;
    Ok(items)
}

fn good(name: &str, timestamp: i64, value: f64) -> Item {
    Ok((name.to_owned(), timestamp, value))
}

#[test]
fn every_protocol_of_python() {
    let expected = [
        good("a.b", 1_710_504_000, 1.5),
        good("a.c", 1_710_504_060, 2.0),
        good("a.d", 1_710_504_120, 3.25),
        good("a.e;b=2;z=1", 1_710_504_180, -4.0),
        good("größe.€😀", 1_710_504_240, 1e20),
        good("a.b", NOW, 1.0),
        good("a\\'\"b", 1_099_511_627, -1_099_511_627_776.0),
        Err(Refusal::ItemMalformed),
        Err(Refusal::ItemMalformed),
        Err(Refusal::ValueNan),
        good("a.f", 65_535, 255.0),
    ];
    let fixtures: [&[u8]; 6] = [
        include_bytes!("fixtures/points_0.pickle"),
        include_bytes!("fixtures/points_1.pickle"),
        include_bytes!("fixtures/points_2.pickle"),
        include_bytes!("fixtures/points_3.pickle"),
        include_bytes!("fixtures/points_4.pickle"),
        include_bytes!("fixtures/points_5.pickle"),
    ];
    let mut decoder = Decoder::default();
    for (protocol, payload) in fixtures.into_iter().enumerate() {
        assert_eq!(decoded(payload).as_deref(), Ok(&expected[..]), "protocol {protocol}");
        let mut count = 0;
        assert_eq!(decoder.decode(payload, NOW, &mut |_| count += 1), Ok(()));
        assert_eq!(count, expected.len(), "a decoder can be used again");
    }
}

#[test]
fn a_tuple_of_shared_points_with_byte_names() {
    let expected = vec![good("a.b", 1_710_504_000, 2.5); 3];
    assert_eq!(decoded(include_bytes!("fixtures/tuple_5.pickle")), Ok(expected));
}

#[test]
fn what_statsd_sends() {
    let payload = b"(l(S'stats.a.b'\n(L1710504000L\nS'1.5'\ntta(S'stats.\\'q\\'\\x41\\101'\n(L1710504010L\nS'nope'\ntta.";
    let expected = vec![good("stats.a.b", 1_710_504_000, 1.5), Err(Refusal::ValueNotANumber)];
    assert_eq!(decoded(payload), Ok(expected));
}

#[test]
fn what_python_2_sends() {
    // cPickle.dumps([("a.b", (1710504000L, 1.5))], 2): names as SHORT_BINSTRING, a memo that begins at 1.
    let payload =
        b"\x80\x02]q\x01U\x03a.bq\x02\x8a\x04@8\xf4eG?\xf8\x00\x00\x00\x00\x00\x00\x86q\x03\x86q\x04a.";
    assert_eq!(decoded(payload), Ok(vec![good("a.b", 1_710_504_000, 1.5)]));
    // The same as protocol 0.
    let payload = b"(lp1\n(S'a.b'\np2\n(L1710504000L\nF1.5\ntp3\ntp4\na.";
    assert_eq!(decoded(payload), Ok(vec![good("a.b", 1_710_504_000, 1.5)]));
}

#[test]
fn code_is_never_run_and_named_in_the_refusal() {
    let fixtures: [(&[u8], &str); 3] = [
        (include_bytes!("fixtures/hostile_0.pickle"), "GLOBAL"),
        (include_bytes!("fixtures/hostile_2.pickle"), "GLOBAL"),
        (include_bytes!("fixtures/hostile_4.pickle"), "STACK_GLOBAL"),
    ];
    for (payload, opcode) in fixtures {
        let error = decoded(payload).unwrap_err();
        assert_eq!(error.refusal, Refusal::PickleForbiddenOpcode);
        assert!(error.found.contains(opcode), "{error}");
        assert!(error.offset > 0 && error.offset < payload.len());
    }
}

#[test]
fn malformed_pickles_say_where() {
    for (payload, refusal, offset) in [
        (&b""[..], Refusal::PickleTruncated, 0),
        (b"\x80", Refusal::PickleTruncated, 0),
        (b"\x80\x02]", Refusal::PickleTruncated, 3),
        (b"]U\x05ab", Refusal::PickleTruncated, 1),
        (b"]X\xff\xff\xff\xffab", Refusal::PickleTruncated, 1),
        (b"]\x8d\xff\xff\xff\xff\xff\xff\xff\xffab", Refusal::PickleTruncated, 1),
        (b"I12", Refusal::PickleTruncated, 0),
        (b"\x80\x06]", Refusal::PickleMalformed, 0),
        (b".", Refusal::PickleMalformed, 0),
        (b"K\x01.", Refusal::PickleMalformed, 3),
        (b"](.", Refusal::PickleMalformed, 2),
        (b"\xff", Refusal::PickleMalformed, 0),
        (b"0", Refusal::PickleMalformed, 0),
        (b"]1", Refusal::PickleMalformed, 1),
        (b"](K\x01\x86", Refusal::PickleMalformed, 4),
        (b"K\x01K\x02a.", Refusal::PickleMalformed, 4),
        (b"Iabc\n.", Refusal::PickleMalformed, 0),
        (b"F\n.", Refusal::PickleMalformed, 0),
        (b"S'abc\n.", Refusal::PickleMalformed, 0),
        (b"S'a\\x1'\n.", Refusal::PickleMalformed, 0),
        (b"Va\\ud800\n.", Refusal::PickleMalformed, 0),
        (b"h\x05.", Refusal::PickleMalformed, 0),
        (b"]r\xff\xff\xff\xff.", Refusal::PickleTooComplex, 1),
        (b"]p-1\n.", Refusal::PickleMalformed, 1),
        (b"}.", Refusal::PickleForbiddenOpcode, 0),
    ] {
        let error = decoded(payload).unwrap_err();
        assert_eq!((error.refusal, error.offset), (refusal, offset), "{payload:?}: {error}");
    }
}

#[test]
fn every_limit_is_enforced() {
    let small = PickleLimits {
        frame_bytes_max: 64,
        items_max: 2,
        stack_max: 4,
        values_max: 8,
        memo_max: 2,
        marks_max: 2,
    };
    for (payload, refusal) in [
        (&[b']'; 65][..], Refusal::FrameTooLarge),
        (b"(((l.", Refusal::PickleTooComplex),
        (b"](K\x01K\x01K\x01e.", Refusal::PickleTooComplex),
        (b"KaKaKaKaKa.", Refusal::PickleTooComplex),
        (b"]q\x00q\x01q\x02.", Refusal::PickleTooComplex),
        (b"]]a]a]a]a]a]a]a]a.", Refusal::PickleTooComplex),
    ] {
        let result = decode_frame(payload, NOW, &small, &mut |_| panic!("nothing may be emitted"));
        assert_eq!(result.unwrap_err().refusal, refusal, "{payload:?}");
    }
    assert_eq!(
        PickleLimits::with_frame_bytes_max(usize::MAX).frame_bytes_max,
        limits::PICKLE_FRAME_BYTES_MAX
    );
}

#[test]
fn a_list_may_hold_itself() {
    let items = decoded(b"]q\x00(h\x00h\x00\x86h\x00e.").unwrap();
    assert_eq!(items, vec![Err(Refusal::ItemMalformed); 2]);
}

#[test]
fn large_integers_are_the_nearest_floats() {
    for (argument, value) in [
        (&b"\x8a\x00"[..], 0.0),
        (b"\x8a\x01\xff", -1.0),
        (b"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00", 18_446_744_073_709_551_615.0),
        (b"I123456789012345678901234567890\n", 123_456_789_012_345_678_901_234_567_890.0),
        (b"L-123456789012345678901234567890L\n", -123_456_789_012_345_678_901_234_567_890.0),
    ] {
        let payload = [b"]U\x01aK\x01", argument, b"\x86\x86a."].concat();
        assert_eq!(decoded(&payload), Ok(vec![good("a", 1, value)]), "{argument:?}");
    }
    let payload = [b"]U\x01aK\x01\x8a\x11", &[1; 17][..], b"\x86\x86a."].concat();
    assert_eq!(decoded(&payload), Ok(vec![Err(Refusal::ItemMalformed)]));
}

/// What Python writes for a list of points in protocol 2: in batches of a thousand.
fn encoded(points: &[(String, i32, f64)]) -> Vec<u8> {
    let mut payload = b"\x80\x02]q\x00".to_vec();
    let mut memo: u32 = 1;
    let put = |payload: &mut Vec<u8>, memo: &mut u32| {
        match u8::try_from(*memo) {
            Ok(short) => payload.extend([b'q', short]),
            Err(_) => {
                payload.push(b'r');
                payload.extend(memo.to_le_bytes());
            }
        }
        *memo += 1;
    };
    for batch in points.chunks(1000) {
        payload.push(b'(');
        for (name, timestamp, value) in batch {
            payload.push(b'X');
            payload.extend((name.len() as u32).to_le_bytes());
            payload.extend(name.as_bytes());
            put(&mut payload, &mut memo);
            payload.push(b'J');
            payload.extend(timestamp.to_le_bytes());
            payload.push(b'G');
            payload.extend(value.to_be_bytes());
            payload.push(0x86);
            put(&mut payload, &mut memo);
            payload.push(0x86);
            put(&mut payload, &mut memo);
        }
        payload.push(b'e');
    }
    payload.push(b'.');
    payload
}

#[test]
fn several_batches_in_order() {
    let points: Vec<_> =
        (0..2500).map(|number| (format!("m.{number}"), number, f64::from(number) / 4.0)).collect();
    let expected: Vec<_> =
        points.iter().map(|(name, time, value)| good(name, i64::from(*time), *value)).collect();
    assert_eq!(decoded(&encoded(&points)), Ok(expected));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(payload in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decoded(&payload);
    }

    #[test]
    fn any_opcodes_are_answered(payload in proptest::collection::vec(
        proptest::sample::select(&b"(.012IJKMNSUVXaeghjl]pqrt)G\x80\x85\x86\x87\x88\x8a\x8b\x8c\x94\x95'\n\\x1L\x00\x01\x02"[..]),
        0..80,
    )) {
        let _ = decoded(&payload);
    }

    #[test]
    fn a_changed_byte_is_answered(at in 0usize..400, byte: u8) {
        let mut payload = include_bytes!("fixtures/points_2.pickle").to_vec();
        if let Some(place) = payload.get_mut(at) {
            *place = byte;
        }
        let _ = decoded(&payload);
    }

    #[test]
    fn a_cut_pickle_is_refused_whole(at in 0usize..2000) {
        for payload in [&include_bytes!("fixtures/points_0.pickle")[..], include_bytes!("fixtures/points_4.pickle")] {
            let cut = &payload[..at % payload.len()];
            prop_assert_eq!(decoded(cut).map_err(|error| error.refusal), Err(Refusal::PickleTruncated));
        }
    }

    #[test]
    fn written_points_read_back(points in proptest::collection::vec(("[a-z]{1,8}(\\.[a-z]{1,8}){0,3}", 0..i32::MAX, -1e300..1e300), 0..20)) {
        let expected: Vec<_> = points.iter().map(|(name, time, value)| good(name, i64::from(*time), *value)).collect();
        prop_assert_eq!(decoded(&encoded(&points)), Ok(expected));
    }
}
