//! Requests whose head or framing is wrong: one line that names the place, the right status, counted, then a close.

use crate::errors::assert_fault;
use crate::harness::{Answer, Server, connect, fresh_dir};
use std::io::{Read, Write};
use std::net::Shutdown;

/// Sends `request`, expects the fault and the close, and that it was counted.
fn assert_refused(server: &Server, request: &[u8], status: u16, words: &str) {
    let before = server.answered("none", status);
    let answer = server.request(request);
    assert_fault(&answer, status, &[words]);
    assert!(answer.head.contains("\r\nconnection: close"), "{answer:?}");
    assert_eq!(server.answered("none", status), before + 1.0, "{answer:?}");
}

#[test]
fn request_lines_that_are_none() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for (request, words) in [
        (
            &b"servers.web01.load 1 1710504000\n"[..],
            "request line: expected METHOD PATH HTTP/1.1, found servers.web01",
        ),
        (b"GET\r\n\r\n", "request line: expected METHOD PATH HTTP/1.1, found GET\n"),
        (b"GET / HTTP/9.9\r\n\r\n", "request line: expected HTTP/1.1, found HTTP/9.9\n"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "request line: expected HTTP/1.1, found HTTP/2.0\n"),
        (b"GET /a b HTTP/1.1\r\n\r\n", "request line: "),
        (b"GET /\x7f HTTP/1.1\r\n\r\n", "request line: "),
        (b"\0\x01\x02\r\n\r\n", "request line: "),
        (b"\x16\x03\x01\x02\0\x01\0", "request line: "),
        (b"G\xffT / HTTP/1.1\r\n\r\n", "request line: "),
    ] {
        assert_refused(&server, request, 400, words);
    }
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn quotes_may_stand_in_a_path_as_people_type_them() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let target = "/render?target=alias(constantLine(5),\"a<b>c\")&from=-1min&format=json";
    let answer = server.request(format!("GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n").as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains("\"target\":\"a<b>c\""), "{answer:?}");
}

#[test]
fn header_lines_that_are_none() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for (lines, words) in [
        (&b"Host: x\r\nno colon here\r\n"[..], "header line 2: expected NAME: VALUE, found no colon here\n"),
        (b"A b: x\r\n", "header line 1: expected NAME: VALUE, found A b: x\n"),
        (b"A: x\0y\r\n", "header line 1: a byte that no value may hold, in A: x\\u{0}y\n"),
        (b"Content-Length: abc\r\n", "Content-Length: expected a number of bytes, found abc\n"),
        (b"Content-Length: -1\r\n", "Content-Length: expected a number of bytes, found -1\n"),
        (b"Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: there are two, and they differ\n"),
        (b"Transfer-Encoding: gzip\r\n", "Transfer-Encoding: expected chunked, found gzip\n"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "Content-Length: it may not come together"),
    ] {
        let request = [&b"POST /render HTTP/1.1\r\n"[..], lines, b"\r\n"].concat();
        assert_refused(&server, &request, 400, words);
    }
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn heads_that_are_too_large() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for length in [65_001, 65_600, 70_000, 5_000_000] {
        let request = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(length - 1));
        assert_refused(
            &server,
            request.as_bytes(),
            414,
            "request line: the path and query string are longer than 65000",
        );
    }
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(101));
    assert_refused(&server, many.as_bytes(), 431, "header lines: there are more than 100\n");
    for length in [65_536, 200_000, 5_000_000] {
        let long = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "b".repeat(length));
        assert_refused(
            &server,
            long.as_bytes(),
            431,
            "header lines: together they are longer than 65536 bytes\n",
        );
    }
    let longest = format!("GET /{} HTTP/1.1\r\nConnection: close\r\n\r\n", "a".repeat(64_999));
    assert_eq!(server.request(&longest).status, 404);
}

#[test]
fn a_head_that_is_cut_off_is_answered_and_silence_is_not() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for beginning in ["G", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\n"] {
        let mut stream = connect(server.http);
        stream.write_all(beginning.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert_fault(&Answer::of(&text), 400, &["request: the connection ended inside its head"]);
    }
    let mut silent = connect(server.http);
    silent.write_all(b"\r\n").unwrap();
    silent.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    silent.read_to_string(&mut text).unwrap();
    assert_eq!(text, "");
    assert_eq!(server.answered("none", 400), 3.0);
}

#[test]
fn a_peer_may_close_its_half_and_still_gets_the_answer() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let mut stream = connect(server.http);
    stream.write_all(b"GET /render?target=constantLine(1)&format=json HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(Answer::of(&text).status, 200);
}

#[test]
fn requests_before_the_wrong_one_are_answered_first() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let sound = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n\
                 POST /render HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\nformat=json\r\n";
    let text = server.exchange(format!("{sound}nonsense\r\n\r\n{sound}"));
    let statuses: Vec<&str> =
        text.match_indices("HTTP/1.1 ").map(|(at, start)| &text[at + start.len()..][..3]).collect();
    assert_eq!(statuses, ["200", "200", "400"], "{text}");
    assert!(
        text.ends_with("\r\n\r\nrequest line: expected METHOD PATH HTTP/1.1, found nonsense\n"),
        "{text}"
    );
}

#[test]
fn chunked_bodies_are_read_and_wrong_chunks_are_named() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let head = "POST /render HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let form = "target=constantLine(1)&format=json";
    let whole = format!("{head}7\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", &form[..7], form.len() - 7, &form[7..]);
    let answer = server.request(&whole);
    assert_eq!((answer.status, &answer.json()[0]["target"]), (200, &serde_json::json!("1.0")));
    assert!(answer.head.contains("\r\nconnection: close"), "{answer:?}");
    for wrong in ["xyz\r\n", "-1\r\n", "ffffffffffffffffff\r\na\r\n", "2\r\nabc\r\n0\r\n\r\n"] {
        let answer = server.request(format!("{head}{wrong}"));
        assert_fault(&answer, 400, &["the request's body cannot be read: ", "chunk"]);
        assert!(answer.head.contains("\r\nconnection: close"), "{answer:?}");
    }
    assert_eq!(server.answered("/render", 400), 4.0);
    assert_eq!(server.get("/healthz").status, 200);
}

/// Bytes that mean something in a head, or may not stand there.
const ODD: &[u8] = b"\r\n :;,\t\0/%?\x7f\xff0G";

/// A small generator of numbers, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn no_damage_to_a_request_is_answered_without_a_line() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let sound: [&[u8]; 3] = [
        b"GET /render?target=a&format=json HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
        b"POST /metrics/find HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\nExpect: x\r\n\r\nquery=*",
        b"POST /render HTTP/1.1\r\nTransfer-Encoding: chunked\r\nUpgrade: x\r\n\r\n3\r\na=b\r\n0\r\n\r\n",
    ];
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random(seed);
    for round in 0..1500 {
        let mut request = sound[round % 3].repeat(2);
        for _ in 0..=random.below(3) {
            let at = random.below(request.len());
            match random.below(4) {
                0 => request[at] = u8::try_from(random.below(256)).unwrap(),
                1 => request[at] = ODD[random.below(ODD.len())],
                2 => drop(request.remove(at)),
                _ => request.insert(at, ODD[random.below(ODD.len())]),
            }
        }
        let mut stream = connect(server.http);
        stream.write_all(&request).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        // A damaged format is answered with a picture.
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let shown = String::from_utf8_lossy(&request);
        let bare = text.contains("content-length: 0\r\n") || (text.is_empty() && !shown.trim().is_empty());
        assert!(!bare, "seed {seed}, round {round}: {shown:?} is answered by {text:?}");
    }
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn a_body_that_is_not_read_is_the_end_of_the_connection_and_the_answer_says_so() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    // The body never comes: neither answer waits for it.
    for (path, length, status) in [("/nowhere", 5, 404), ("/render", 999_999_999, 413)] {
        let answer = server.request(format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\n\r\n",
            server.http
        ));
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.head.contains("\r\nconnection: close"), "{answer:?}");
    }
}
