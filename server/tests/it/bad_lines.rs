//! Every kind of bad line that real agents send: what is taken, what is refused, and that the good lines around it
//! are kept on the same connection.

use crate::harness::{NOW, Server, connect, fresh_dir, send_and_await_close};
use std::io::{Read, Write};

const AT: i64 = NOW - 60;

/// Sends `bad` between two good lines and asserts that it alone was refused, for `reason`.
fn assert_refused(server: &Server, bad: &[u8], reason: &str) {
    let shown = String::from_utf8_lossy(bad).chars().take(60).collect::<String>();
    let (received, refused) = (server.received("plaintext"), server.refused("plaintext", reason));
    let bytes =
        [format!("around.before 1 {AT}\n").as_bytes(), bad, format!("\naround.after 2 {AT}\n").as_bytes()]
            .concat();
    server.send(bytes);
    assert_eq!(server.refused("plaintext", reason), refused + 1.0, "{shown}: {reason}");
    assert_eq!(server.received("plaintext"), received + 2.0, "{shown}");
}

/// Sends one line and asserts that it was stored as this point.
fn assert_stored(server: &Server, line: &str, target: &str, point: (i64, f64)) {
    server.send(line);
    assert_eq!(server.points(target), [point], "{line:?}");
}

#[test]
fn white_space_and_line_ends_are_forgiven() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    assert_stored(&server, &format!("  space.runs \t  1.5\t\t {AT}  \n"), "space.runs", (AT, 1.5));
    assert_stored(&server, &format!("space.crlf 2 {AT}\r\n"), "space.crlf", (AT, 2.0));
    assert_stored(&server, &format!("\n\r\n \t\nspace.blank 3 {AT}\n\n"), "space.blank", (AT, 3.0));
    assert_stored(&server, &format!("space.unfinished 4 {AT}"), "space.unfinished", (AT, 4.0));
    assert_eq!(server.received("plaintext"), 4.0);
    assert_eq!(server.get("/api/v1/ingest/rejected").json()["refused"].as_array().unwrap().len(), 0);
}

#[test]
fn timestamps_in_every_form() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    assert_stored(&server, "time.now 1 -1\n", "time.now", (NOW, 1.0));
    assert_stored(&server, &format!("time.float 2 {AT}.987\n"), "time.float", (AT, 2.0));
    assert_stored(&server, &format!("time.milliseconds 3 {AT}987\n"), "time.milliseconds", (AT, 3.0));
    for (line, reason) in [
        ("time.bad 1 N", "timestamp_not_a_number"),
        ("time.bad 1 yesterday", "timestamp_not_a_number"),
        ("time.bad 1 -5", "timestamp_negative"),
        ("time.bad 1 1e300", "timestamp_out_of_range"),
        ("time.bad 1 32503680000", "too_far_in_future"),
        ("time.bad 1 1000000000", "too_old"),
    ] {
        assert_refused(&server, line.as_bytes(), reason);
    }
    assert!(server.points("time.bad").is_empty());
}

#[test]
fn values_that_are_no_finite_numbers_are_refused_with_their_reason() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for (value, reason) in [
        ("nan", "value_nan"),
        ("-NaN", "value_nan"),
        ("inf", "value_infinite"),
        ("-Infinity", "value_infinite"),
        ("1e999", "value_infinite"),
        ("U", "value_not_a_number"),
        ("0x10", "value_not_a_number"),
        ("true", "value_not_a_number"),
    ] {
        assert_refused(&server, format!("value.bad {value} {AT}").as_bytes(), reason);
    }
    let kept = server.rejected("plaintext", "value_nan");
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0]["text"], format!("value.bad nan {AT}"));
    assert!(kept[0]["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert_eq!(kept[0]["error"], "the value is NaN");
    assert_eq!(kept[0]["time"], NOW);
    assert!(server.points("value.bad").is_empty());
}

#[test]
fn lines_without_three_fields_are_refused() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for line in ["lonely".to_owned(), "two 1".to_owned(), format!("a name 1 {AT}"), format!("a 1 {AT} more")]
    {
        assert_refused(&server, line.as_bytes(), "field_count");
    }
}

#[test]
fn stray_dots_mean_the_same_on_ingest_and_on_query() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("dots..double 1 {AT}\n.dots.front 2 {AT}\ndots.end. 3 {AT}\n"));
    for (target, value) in [
        ("dots.double", 1.0),
        ("dots..double", 1.0),
        ("dots.front", 2.0),
        ("dots.end", 3.0),
        ("dots.end.", 3.0),
    ] {
        assert_eq!(server.points(target), [(AT, value)], "{target}");
    }
    assert_refused(&server, format!("... 1 {AT}").as_bytes(), "name_empty");
}

#[test]
fn names_that_cannot_be_are_refused() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    assert_refused(
        &server,
        &[b"bad.\xff\xfe.utf8 1 ".as_slice(), AT.to_string().as_bytes()].concat(),
        "invalid_utf8",
    );
    assert_refused(&server, format!("bad.\0.zero 1 {AT}").as_bytes(), "name_invalid");
    assert_refused(&server, format!("{} 1 {AT}", "n".repeat(5000)).as_bytes(), "name_too_long");
    let kept = server.rejected("plaintext", "invalid_utf8");
    assert!(kept[0]["text"].as_str().unwrap().starts_with("bad.\u{fffd}"));
    let longest = "m".repeat(4096);
    server.send(format!("{longest} 7 {AT}\n"));
    assert_eq!(server.points(&longest), [(AT, 7.0)]);
}

#[test]
fn tags_are_put_in_order_and_bad_ones_refused() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("cpu.load;zone=b;host=a 1 {AT}\n"));
    server.send(format!("cpu.load;host=a;zone=b 2 {}\n", AT + 10));
    server.send(format!("disk;host=x;host=y 3 {AT}\n"));
    assert_eq!(server.points("cpu.load;host=a;zone=b"), [(AT, 1.0), (AT + 10, 2.0)]);
    assert_eq!(server.points("seriesByTag('name=cpu.load','zone=b')"), [(AT, 1.0), (AT + 10, 2.0)]);
    assert_eq!(server.points("disk;host=y"), [(AT, 3.0)]);
    for (name, target) in [
        ("~~tilde.front", "tilde.front"),
        ("braces.load{zone=\"b\",host=\"a\"}", "braces.load;host=a;zone=b"),
        ("named;name=other;a=b", "named;a=b"),
        ("otel.x;k=<empty>;a=b", "otel.x;a=b;k=<empty>"),
        ("prom./_a%2Eb", "prom./_a%2Eb"),
    ] {
        assert_stored(&server, &format!("{name} 5 {AT}\n"), target, (AT, 5.0));
    }
    assert_refused(&server, format!("~~ 1 {AT}").as_bytes(), "name_empty");
    for name in ["x;novalue", "x;=v", "x;k=", "x;k=~v", "x;k!=v"] {
        assert_refused(&server, format!("{name} 1 {AT}").as_bytes(), "tag_invalid");
    }
}

#[test]
fn an_oversized_line_is_skipped_to_its_end_and_the_connection_lives() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let huge = vec![b'x'; 3 << 20];
    assert_refused(&server, &huge, "line_too_long");
    let kept = server.rejected("plaintext", "line_too_long");
    assert_eq!(kept.len(), 1);
    assert!(kept[0]["text"].as_str().unwrap().len() < 300);
}

#[test]
fn a_stream_of_garbage_costs_nothing_but_its_count() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    // A request meant for HTTP, and bytes of every value.
    let mut garbage: Vec<u8> = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec();
    garbage.extend((0..=255_u8).cycle().take(100_000));
    garbage.extend_from_slice(format!("\ngarbage.end 1 {AT}\n").as_bytes());
    server.send(garbage);
    assert_eq!(server.points("garbage.end"), [(AT, 1.0)]);
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn an_idle_connection_is_closed_and_its_unfinished_line_refused() {
    let dir = fresh_dir();
    let config = dir.path().join("plumbago.toml");
    std::fs::write(&config, "[ingest]\nidle_timeout_secs = 1\n").unwrap();
    let server = Server::start_with(&dir.path().join("data"), &["--config", config.to_str().unwrap()]);
    let mut stream = connect(server.plaintext);
    stream.write_all(format!("idle.whole 1 {AT}\nidle.half 2 17105").as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(server.metric("plumbago_connections_idle_closed_total{listener=\"plaintext\"}"), 1.0);
    assert_eq!(server.points("idle.whole"), [(AT, 1.0)]);
    assert_eq!(server.refused("plaintext", "line_unfinished"), 1.0);
    assert!(server.points("idle.half").is_empty());
    send_and_await_close(server.plaintext, b"");
}
