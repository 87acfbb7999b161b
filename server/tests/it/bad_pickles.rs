//! Pickle frames: what agents send, and what an attacker would.

use crate::harness::{NOW, Server, connect, fresh_dir};
use std::io::Write;

const AT: i64 = NOW - 60;

/// A frame around a pickle.
fn frame(pickle: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(pickle.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend_from_slice(pickle);
    bytes
}

/// A list of points as protocol 2 writes it.
fn pickle(points: &[(&str, i64, f64)]) -> Vec<u8> {
    let mut bytes = b"\x80\x02](".to_vec();
    for (name, timestamp, value) in points {
        bytes.push(b'X');
        bytes.extend_from_slice(&u32::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(b'J');
        bytes.extend_from_slice(&i32::try_from(*timestamp).unwrap().to_le_bytes());
        bytes.push(b'G');
        bytes.extend_from_slice(&value.to_be_bytes());
        bytes.extend_from_slice(b"\x86\x86");
    }
    bytes.extend_from_slice(b"e.");
    bytes
}

#[test]
fn frames_of_protocol_two_and_zero_are_stored() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let text = format!("(lp0\n(S'pickle.zero'\np1\n(L{AT}L\nS'3.5'\np2\ntp3\ntp4\na.");
    let bytes =
        [frame(&pickle(&[("pickle.two", AT, 1.0), ("pickle..dots", AT, 2.0)])), frame(text.as_bytes())];
    server.send_pickle(bytes.concat());
    assert_eq!(server.received("pickle"), 3.0);
    assert_eq!(server.points("pickle.two"), [(AT, 1.0)]);
    assert_eq!(server.points("pickle.dots"), [(AT, 2.0)]);
    assert_eq!(server.points("pickle.zero"), [(AT, 3.5)]);
}

#[test]
fn a_bad_item_is_refused_and_the_rest_of_its_frame_stored() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send_pickle(frame(&pickle(&[
        ("item.before", AT, 1.0),
        ("item.bad", AT, f64::NAN),
        ("item.future", i64::from(i32::MAX), 1.0),
        ("item.after", AT, 2.0),
    ])));
    assert_eq!(server.received("pickle"), 2.0);
    assert_eq!(server.refused("pickle", "value_nan"), 1.0);
    assert_eq!(server.refused("pickle", "too_far_in_future"), 1.0);
    assert_eq!(server.points("item.after"), [(AT, 2.0)]);
    assert_eq!(texts(&server, "value_nan"), [format!("(\"item.bad\", ({AT}, NaN))")]);
    assert_eq!(texts(&server, "too_far_in_future"), ["(\"item.future\", (2147483647, 1.0))"]);
}

/// What is shown of the refused items and frames of this reason.
fn texts(server: &Server, reason: &str) -> Vec<String> {
    let rejected = server.rejected("pickle", reason);
    rejected.iter().map(|one| one["text"].as_str().expect("a text").to_owned()).collect()
}

/// One pickle of protocol 0 whose items are these, each given as its opcodes.
fn items(opcodes: &[&str]) -> Vec<u8> {
    let items: String = opcodes.iter().map(|item| format!("{item}a")).collect();
    frame(format!("(l{items}.").as_bytes())
}

#[test]
fn every_refused_item_is_shown_as_it_came() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let long = "n".repeat(5000);
    for (item, reason, text) in [
        (format!("(S'a'\n(L{AT}L\nS'nope'\ntt"), "value_not_a_number", format!("(\"a\", ({AT}, \"nope\"))")),
        (format!("(S'a'\n(L{AT}L\nS'inf'\ntt"), "value_infinite", format!("(\"a\", ({AT}, \"inf\"))")),
        (format!("(S'a'\n(L{AT}L\nNtt"), "item_malformed", format!("(\"a\", ({AT}, None))")),
        (format!("(S'only.a.name'\nL{AT}L\nt"), "item_malformed", format!("(\"only.a.name\", {AT})")),
        ("(S'a'\n(S'N'\nF1.5\ntt".to_owned(), "timestamp_not_a_number", "(\"a\", (\"N\", 1.5))".to_owned()),
        ("(S'a'\n(I-7\nF1.5\ntt".to_owned(), "timestamp_negative", "(\"a\", (-7, 1.5))".to_owned()),
        ("(S'a'\n(I9\nF1.5\ntt".to_owned(), "too_old", "(\"a\", (9, 1.5))".to_owned()),
        // Names are looked at last, when the numbers are numbers.
        (format!("(S'x;'\n(L{AT}L\nI1\ntt"), "tag_invalid", format!("(\"x;\", ({AT}, 1.0))")),
        (format!("(S'a\\xff'\n(L{AT}L\nI1\ntt"), "invalid_utf8", format!("(\"a\\xff\", ({AT}, 1.0))")),
        (
            format!("(S'{long}'\n(L{AT}L\nI1\ntt"),
            "name_too_long",
            format!("(\"{}…\", ({AT}, 1.0))", "n".repeat(128)),
        ),
    ] {
        let good = format!("(S'item.good'\n(L{AT}L\nI1\ntt");
        let received = server.received("pickle");
        server.send_pickle(items(&[&good, &item, &good]));
        assert_eq!(texts(&server, reason).last(), Some(&text), "{reason}");
        assert_eq!(server.received("pickle"), received + 2.0, "{reason}");
    }
}

#[test]
fn every_protocol_of_python_is_stored() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let fixtures: [&[u8]; 6] = [
        include_bytes!("../../../protocol/src/pickle/fixtures/points_0.pickle"),
        include_bytes!("../../../protocol/src/pickle/fixtures/points_1.pickle"),
        include_bytes!("../../../protocol/src/pickle/fixtures/points_2.pickle"),
        include_bytes!("../../../protocol/src/pickle/fixtures/points_3.pickle"),
        include_bytes!("../../../protocol/src/pickle/fixtures/points_4.pickle"),
        include_bytes!("../../../protocol/src/pickle/fixtures/points_5.pickle"),
    ];
    // Tuples and lists, numbers and their texts, a float timestamp and −1; six of the eleven items are recent points.
    for (protocol, pickle) in (1..).zip(fixtures) {
        server.send_pickle(frame(pickle));
        assert_eq!(server.received("pickle"), 6.0 * f64::from(protocol), "protocol {}", protocol - 1);
    }
    let names = serde_json::json!(["a.b", "a.c", "a.d", "größe.€😀"]);
    assert_eq!(server.get("/metrics/index.json").json(), names);
    assert_eq!(server.get("/tags/findSeries?expr=b=2").json(), serde_json::json!(["a.e;b=2;z=1"]));
    assert_eq!(server.points("a.b").last(), Some(&(NOW, 1.0)));
    server.send_pickle(frame(include_bytes!("../../../protocol/src/pickle/fixtures/tuple_5.pickle")));
    assert_eq!(server.received("pickle"), 6.0 * 6.0 + 3.0);
}

#[test]
fn hostile_and_malformed_frames_are_dropped_and_the_connection_kept() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let hostile: &[&[u8]] = &[
        b"cos\nsystem\n(S'true'\ntR.",
        b"\x80\x02cbuiltins\neval\n.",
        b"",
        b".",
        b"not a pickle at all",
        b"\x80\x02]X\xff\xff\xff\xffabc",
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff.",
        &[b'('; 100_000],
        &[b']'; 100_000],
    ];
    let mut stream = connect(server.pickle);
    for pickle_bytes in hostile {
        stream.write_all(&frame(pickle_bytes)).unwrap();
    }
    stream.write_all(&frame(&pickle(&[("after.hostile", AT, 5.0)]))).unwrap();
    crate::harness::await_close(stream);
    assert_eq!(server.points("after.hostile"), [(AT, 5.0)]);
    let refused: f64 = server
        .get("/metrics")
        .body
        .lines()
        .filter(|line| line.starts_with("plumbago_points_refused_total{listener=\"pickle\""))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum();
    assert_eq!(refused, hostile.len() as f64);
    assert_eq!(server.received("pickle"), 1.0);
}

#[test]
fn an_oversized_frame_is_skipped_and_the_next_one_stored() {
    let dir = fresh_dir();
    let config = dir.path().join("plumbago.toml");
    std::fs::write(&config, "[ingest]\nframe_bytes_max = 4096\n").unwrap();
    let server = Server::start_with(&dir.path().join("data"), &["--config", config.to_str().unwrap()]);
    let huge = vec![b'.'; 1 << 20];
    server.send_pickle([frame(&huge), frame(&pickle(&[("after.huge", AT, 6.0)]))].concat());
    assert_eq!(server.refused("pickle", "frame_too_large"), 1.0);
    assert_eq!(server.points("after.huge"), [(AT, 6.0)]);
    assert!(server.rejected("pickle", "frame_too_large")[0]["error"].as_str().unwrap().contains("1048576"));
}

#[test]
fn a_frame_cut_short_by_the_close_is_refused() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let whole = frame(&pickle(&[("cut.frame", AT, 1.0)]));
    server.send_pickle(
        [frame(&pickle(&[("cut.before", AT, 2.0)])), whole[..whole.len() - 5].to_vec()].concat(),
    );
    assert_eq!(server.refused("pickle", "pickle_truncated"), 1.0);
    assert_eq!(server.points("cut.before"), [(AT, 2.0)]);
    assert!(server.points("cut.frame").is_empty());
    let shown = texts(&server, "pickle_truncated");
    assert!(shown[0].starts_with(r"\x00\x00\x00") && shown[0].contains("cut.frame"), "{shown:?}");
    server.send_pickle(b"GE");
    assert_eq!(texts(&server, "pickle_truncated")[1], "GE");
    server.send_pickle(frame(b"\x80\x02](U\x09cut.inner"));
    assert_eq!(texts(&server, "pickle_truncated")[2], r"\x80\x02](U\tcut.inner");
}
