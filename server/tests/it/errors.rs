//! Faults over HTTP: one line of plain text that names what is wrong, never HTML, with the right status.

use crate::harness::{Answer, Server, fresh_dir};

fn assert_fault(answer: &Answer, status: u16, words: &[&str]) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(answer.head.contains("content-type: text/plain"), "{answer:?}");
    assert_eq!(answer.body.trim_end_matches('\n').lines().count(), 1, "{answer:?}");
    assert!(!answer.body.contains('<'), "{answer:?}");
    for word in words {
        assert!(answer.body.contains(word), "{word} is missing: {answer:?}");
    }
}

#[test]
fn the_callers_faults_are_named() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    assert_fault(&server.get("/nothing/here"), 404, &["/nothing/here"]);
    assert_fault(
        &server.request("DELETE /render HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        405,
        &["GET"],
    );
    assert_fault(&server.get("/render?target=noSuchFunction(a)&format=json"), 400, &["noSuchFunction"]);
    assert_fault(&server.get("/render?target=a&from=gibberish&format=json"), 400, &["from"]);
    assert_fault(&server.get("/render?target=a&format=nonsense"), 400, &["format"]);
    assert_fault(&server.get("/metrics/find"), 400, &["query"]);
    assert_fault(&server.get("/metrics/find?query=a.%7Bb"), 400, &["query"]);
}

#[test]
fn oversized_requests_are_refused_and_the_server_lives() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    assert_fault(&server.get(&format!("/render?target={}", "a".repeat(65_100))), 414, &["65000"]);
    // Beyond this the request is not read as one any more, and the answer has no text.
    assert_eq!(server.get(&format!("/render?target={}", "a".repeat(70_000))).status, 414);
    let body = format!("target={}", "a".repeat(9 << 20));
    let head = format!(
        "POST /render HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    assert_fault(&server.request(&head), 413, &["8388608"]);
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn bytes_that_are_no_request_end_only_their_connection() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for garbage in ["\0\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"] {
        let answer = server.request(garbage);
        assert!((400..600).contains(&answer.status), "{answer:?}");
    }
    assert_eq!(server.get("/healthz").status, 200);
}
