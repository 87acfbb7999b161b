//! Formats, compression and tags of answers, as clients meet them on a socket.

use crate::harness::{NOW, Server, encode, fresh_dir};
use std::io::Read;

/// Series and points of an answer that is too long to be written at once.
const SERIES: usize = 60;
const POINTS: i64 = 800;

/// An answer whose body may be anything.
struct Bytes {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Bytes {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn text(self) -> String {
        String::from_utf8(self.body).unwrap()
    }
}

fn get(server: &Server, path: &str, headers: &str) -> Bytes {
    ask(server, format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n", server.http))
}

fn ask(server: &Server, request: impl AsRef<[u8]>) -> Bytes {
    let bytes = server.exchange_bytes(request);
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(bytes[..at].to_vec()).unwrap().to_ascii_lowercase();
    let mut body = bytes[at + 4..].to_vec();
    if head.contains("transfer-encoding: chunked") {
        body = unchunked(&body);
    }
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    Bytes { status, head, body }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let at = body.windows(2).position(|two| two == b"\r\n").expect("a chunk that ends");
        let size = usize::from_str_radix(std::str::from_utf8(&body[..at]).unwrap(), 16).unwrap();
        whole.extend_from_slice(&body[at + 2..at + 2 + size]);
        body = &body[at + 4 + size..];
        if size == 0 {
            return whole;
        }
    }
}

fn server(dir: &std::path::Path) -> Server {
    let server = Server::start(dir);
    let mut lines = String::new();
    for series in 0..SERIES {
        for point in 0..POINTS {
            lines.push_str(&format!(
                "long.s{series:02} {}.25 {}\n",
                point * 7,
                NOW - 10 * (POINTS - 1 - point)
            ));
        }
    }
    lines.push_str(&format!("short.a 1.5 {NOW}\nshort.b;host=x 2 {NOW}\n"));
    server.send(lines);
    server
}

#[test]
fn a_long_answer_is_whole_in_every_format_and_coding() {
    let dir = fresh_dir();
    let server = server(dir.path());
    let range = format!("from={}&until={NOW}", NOW - 10 * POINTS);
    for format in [
        "json",
        "csv",
        "raw",
        "pickle",
        "msgpack",
        "dygraph",
        "rickshaw",
        "carbonapi_v2_pb",
        "carbonapi_v3_pb",
    ] {
        let path = format!("/render?target=long.*&{range}&format={format}");
        let plain = get(&server, &path, "");
        assert_eq!((plain.status, plain.header("content-encoding")), (200, None), "{format}");
        assert!(plain.body.len() > 256 << 10, "{format}: {} bytes", plain.body.len());
        assert!(plain.header("transfer-encoding").is_some(), "{format}: {}", plain.head);
        for coding in ["gzip", "zstd", "br"] {
            let packed = get(&server, &path, &format!("Accept-Encoding: {coding}\r\n"));
            assert_eq!(packed.header("content-encoding"), Some(coding));
            assert_eq!(packed.header("vary"), Some("accept-encoding"));
            assert_ne!(packed.header("etag"), plain.header("etag"), "other bytes need another tag");
            assert!(packed.body.len() < plain.body.len() / 2);
            let mut read = Vec::new();
            match coding {
                "gzip" => flate2::read::GzDecoder::new(&packed.body[..]).read_to_end(&mut read).unwrap(),
                "zstd" => zstd::stream::read::Decoder::new(&packed.body[..])
                    .unwrap()
                    .read_to_end(&mut read)
                    .unwrap(),
                _ => brotli::Decompressor::new(&packed.body[..], 4096).read_to_end(&mut read).unwrap(),
            };
            assert!(read == plain.body, "{format} {coding}");
        }
    }
    let series: serde_json::Value = serde_json::from_slice(
        &get(&server, &format!("/render?target=long.*&{range}&format=json&pretty=1"), "").body,
    )
    .unwrap();
    assert_eq!(series.as_array().map(Vec::len), Some(SERIES));
    assert_eq!(series[59]["datapoints"].as_array().map(Vec::len), Some(800));
    assert_eq!(series[59]["datapoints"][799], serde_json::json!([5593.25, NOW]));
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let dir = fresh_dir();
    let server = server(dir.path());
    for path in [
        "/render?target=short.a&from=-1min",
        "/render?target=long.*&from=-3h",
        "/metrics/find?query=*",
        "/functions",
    ] {
        let first = get(&server, path, "");
        let tag = first.header("etag").expect("a tag").to_owned();
        let again = get(&server, path, &format!("If-None-Match: \"x\", {tag}\r\n"));
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(&*tag)), "{path}");
        assert_eq!(again.header("cache-control"), first.header("cache-control"));
        let other = get(&server, path, "If-None-Match: \"x\"\r\n");
        assert!(other.status == 200 && other.body == first.body, "{path}");
    }
    let tag = |path: &str| get(&server, path, "").header("etag").unwrap().to_owned();
    let path = "/render?target=short.a&from=-1min";
    let before = tag(path);
    assert_ne!(before, tag(&format!("{path}&format=csv")));
    assert_ne!(tag(&format!("{path}&format=csv&tz=UTC")), tag(&format!("{path}&format=csv&tz=Asia/Tokyo")));
    let at = |second: i64| {
        tag(&format!("/render?target=short.a&from={}&until={}", NOW - 60 + second, NOW + second))
    };
    assert_eq!(at(1), at(2), "the range has moved on, its steps have not");
    server.send(format!("short.a 2.5 {NOW}\n"));
    assert_ne!(before, tag(path));
    let posted =
        server.post_with("/render", "target=short.a&from=-1min", &format!("If-None-Match: {before}\r\n"));
    assert_eq!(posted.status, 200);
    assert!(!posted.head.contains("etag"), "{posted:?}");
}

#[test]
fn how_long_an_answer_may_be_kept_is_said() {
    let dir = fresh_dir();
    let server = server(dir.path());
    let header = |query: &str, name: &str| {
        get(&server, &format!("/render?target=short.a&{query}"), "").header(name).map(str::to_owned)
    };
    assert_eq!(header("", "cache-control").as_deref(), Some("no-cache"));
    assert_eq!(header("cacheTimeout=30", "cache-control").as_deref(), Some("max-age=30"));
    assert_eq!(header("cacheTimeout=30", "expires").as_deref(), Some("fri, 15 mar 2024 12:00:30 gmt"));
    assert!(header("noCache=1", "cache-control").is_some_and(|value| value.contains("no-store")));
    assert_eq!(get(&server, "/render?target=short.a&cacheTimeout=long", "").status, 400);
    assert_eq!(get(&server, "/metrics/find?query=*", "").header("cache-control"), Some("no-cache"));
}

#[test]
fn small_answers_and_faults_are_not_compressed() {
    let dir = fresh_dir();
    let server = server(dir.path());
    let all = "Accept-Encoding: zstd, br, gzip\r\n";
    assert_eq!(get(&server, "/metrics/find?query=*", all).header("content-encoding"), None);
    assert_eq!(
        get(&server, &format!("/render?target={}", "a(".repeat(900)), all).header("content-encoding"),
        None
    );
    assert_eq!(get(&server, "/functions", all).header("content-encoding"), Some("zstd"));
    assert_eq!(
        get(&server, "/functions", "Accept-Encoding: zstd;q=0, *\r\n").header("content-encoding"),
        Some("br")
    );
    let head = ask(
        &server,
        format!("HEAD /functions HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.http),
    );
    assert!(head.status == 200 && head.body.is_empty() && head.header("etag").is_some(), "{}", head.head);
}

/// A message as carbonapi sends it: GET, with a body that says nothing of its type.
fn message(server: &Server, path: &str, body: &[u8]) -> Bytes {
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept: application/x-carbonapi-v3-pb\r\n\
         Content-Length: {}\r\n\r\n",
        server.http,
        body.len()
    );
    ask(server, [head.as_bytes(), body].concat())
}

/// A field of a message that holds bytes; all of them are short here.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

#[test]
fn carbonapi_asks_in_messages() {
    let dir = fresh_dir();
    let server = server(dir.path());
    let now = u64::try_from(NOW).unwrap();
    let range = [&[0x10][..], &varint(now - 10), &[0x18], &varint(now)].concat();
    let fetch = field(1, &[field(1, b"short.*"), range, field(5, b"asked")].concat());
    let answer = message(&server, "/render/?format=carbonapi_v3_pb", &fetch);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-carbonapi-v3-pb")));
    let expected: &[&[u8]] = &[
        &field(1, b"short.a"),
        &field(2, b"asked"),
        &field(3, b"average"),
        &[0x20],
        &varint(now),
        &[0x28],
        &varint(now + 10),
        &[0x30, 10],
        &field(9, &1.5_f64.to_le_bytes()),
        &[0x58],
        &varint(now - 10),
        &[0x60],
        &varint(now),
    ];
    assert_eq!(answer.body, field(1, &expected.concat()));
    let broken = message(&server, "/render/?format=carbonapi_v3_pb", b"\x0a\xff");
    assert_eq!(broken.status, 400);
    assert!(broken.text().contains("at byte 2"));

    let globs = [field(1, b"short.*"), field(1, b"no.such")].concat();
    let found = message(&server, "/metrics/find/?format=carbonapi_v3_pb", &globs);
    let leaf = field(2, &[field(1, b"short.a"), vec![0x10, 1]].concat());
    let expected =
        [field(1, &[field(1, b"short.*"), leaf.clone()].concat()), field(1, &field(1, b"no.such"))].concat();
    assert_eq!(found.body, expected);
    let older = get(&server, "/metrics/find/?format=protobuf&query=short.*", "");
    assert_eq!(older.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(older.body, [field(1, b"short.*"), leaf].concat());

    let info = message(&server, "/info/?format=carbonapi_v3_pb", &field(1, b"short.a"));
    assert!(info.status == 200 && info.body.windows(7).any(|bytes| bytes == b"Average"), "{:?}", info.body);
    let capabilities = message(&server, "/_internal/capabilities/", b"");
    assert!(capabilities.body.starts_with(&field(1, b"carbonapi_v3_pb")));
}

#[test]
fn a_back_end_tells_of_its_series() {
    let dir = fresh_dir();
    let server = server(dir.path());
    let info = server.get("/info?target=short.a&target=short.b;host%3Dx").json();
    let first = &info["metrics"][0];
    assert_eq!((&first["name"], &first["consolidationFunc"]), (&"short.a".into(), &"Average".into()));
    assert_eq!(first["retentions"][0], serde_json::json!({"secondsPerPoint": 10, "numberOfPoints": 8640}));
    assert_eq!(info["metrics"].as_array().map(Vec::len), Some(2));
    assert_eq!(server.get("/info?target=no.such").status, 404);
    assert_eq!(server.get("/info").status, 400);
    let names = server.get("/metrics/list").json();
    let names = names["Metrics"].as_array().unwrap();
    assert!(names.contains(&"short.a".into()) && names.contains(&"short.b;host=x".into()), "{names:?}");
    let details = server.get("/metrics/details").json();
    let short =
        details["Metrics"].as_array().unwrap().iter().find(|one| one["Name"] == "short.a").unwrap().clone();
    assert_eq!(short["ModTime"], NOW);
    assert!(details["TotalSpace"].as_u64() > details["FreeSpace"].as_u64());
    assert_eq!(server.get("/metrics/list?format=pickle").status, 400);
    let found = server.get(&format!("/metrics/find?format=json&query={}", encode("short.b;host=x"))).json();
    assert_eq!(found, serde_json::json!([{"path": "short.b;host=x", "is_leaf": true}]));
}
