//! Faults over HTTP: one line of plain text that names what is wrong, never HTML, with the right status. Those of a
//! request's head are next door, in `heads`.

use crate::harness::{Answer, Server, fresh_dir};

pub(crate) fn assert_fault(answer: &Answer, status: u16, words: &[&str]) {
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
    assert_fault(&server.get("/render?target=a&format=png&width=nonsense"), 400, &["width"]);
    assert_fault(&server.get("/metrics/find"), 400, &["query"]);
    assert_fault(&server.get("/metrics/find?query=a.%7Bb"), 400, &["query"]);
}

#[test]
fn oversized_bodies_are_refused_and_the_server_lives() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let body = format!("target={}", "a".repeat(9 << 20));
    let head = format!(
        "POST /render HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    // Refused by what it says it will be, and with all of it on its way.
    assert_fault(&server.request(&head), 413, &["8388608"]);
    assert_fault(&server.request(format!("{head}{body}")), 413, &["8388608"]);
    let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let head = "POST /render HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_fault(&server.request(format!("{head}{chunk}")), 413, &["8388608"]);
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn a_body_that_is_no_form_is_refused_on_every_route_that_takes_one() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let post = |path: &str, content_type: &str, body: &str| {
        server.request(format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{content_type}Content-Length: {}\r\n\r\n{body}",
            server.http,
            body.len()
        ))
    };
    for path in [
        "/render",
        "/metrics/find",
        "/metrics/expand",
        "/tags/findSeries",
        "/tags/tagSeries",
        "/api/v1/series/delete",
        "/api/v1/series/rename",
    ] {
        for content_type in ["application/json", "multipart/form-data; boundary=x"] {
            let answer = post(path, &format!("Content-Type: {content_type}\r\n"), "{\"target\": \"a\"}");
            assert_fault(
                &answer,
                415,
                &["Content-Type: expected application/x-www-form-urlencoded, found ", content_type],
            );
        }
        assert_eq!(server.answered(path, 415), 2.0);
    }
    let form = "target=constantLine(1)&format=json";
    for content_type in ["", "Content-Type: text/plain\r\n"] {
        assert_eq!(post("/render", content_type, form).status, 200);
    }
    let nothing_sent = post(&format!("/render?{form}"), "Content-Type: application/json\r\n", "");
    assert_eq!(nothing_sent.status, 200);
    // Without a target there is nothing to show, as in graphite-web.
    assert_eq!(post("/render", "", "format=json").body, "[]");
}

#[test]
fn what_was_sent_is_repeated_only_in_part() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let long = "a".repeat(60_000);
    for (path, status) in [
        (format!("/{long}"), 404),
        (format!("/functions/{long}"), 404),
        (format!("/render?target={long}(&format=json"), 400),
        (format!("/render?target={long}(a)&format=json"), 400),
        (format!("/render?target=a&format=png&bgcolor={long}"), 400),
        (format!("/render?target=a&from={long}"), 400),
        (format!("/render?target=a&xFilesFactor={long}"), 400),
        (format!("/metrics/find?query=a&format={long}"), 400),
    ] {
        let answer = server.get(&path);
        assert_fault(&answer, status, &[]);
        assert!(answer.body.chars().count() <= 1002, "{} characters", answer.body.len());
    }
    let not_found = server.get(&format!("/{long}"));
    assert_eq!(not_found.body, format!("nothing is served at /{}…\n", "a".repeat(119)));
}

#[test]
fn health_routes_answer_reading_only() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for (path, body) in [("/healthz", "ok\n"), ("/readyz", "ready\n"), ("/healthz/", "ok\n")] {
        let answer = server.get(path);
        assert_eq!((answer.status, answer.body.as_str()), (200, body));
        assert!(answer.head.contains("cache-control: no-store"), "{answer:?}");
    }
    for path in ["/healthz", "/readyz", "/metrics", "/version", "/functions", "/tags", "/"] {
        let answer = server.post(path, "a=b");
        assert_fault(&answer, 405, &[&format!("{path} answers GET, not POST")]);
        assert!(answer.head.contains("\r\nallow: get, head\r\n"), "{answer:?}");
        let head = server.request(format!("HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        assert_eq!((head.status, head.body.as_str()), (200, ""));
    }
    for path in ["/healthz/deep", "/render/x", "/metric", "/tags/", "/dashboard", "/event", "//"] {
        let status = server.get(path).status;
        let expected = if ["/tags/", "//"].contains(&path) { 200 } else { 404 };
        assert_eq!(status, expected, "{path}");
    }
}

#[test]
fn the_callers_parameters_are_named_in_the_fault() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for (path, words) in [
        ("/render?target=a&until=soon&format=json", "until: "),
        ("/render?target=a&now=x&format=json", "now: "),
        ("/render?target=a&from=-1h&until=-1h&format=json", "from"),
        ("/render?target=a&xFilesFactor=much", "xFilesFactor: "),
        ("/render?target=a%28&format=json", "column"),
        ("/render?target=a&jsonp=1%29", "jsonp: "),
        (
            "/render?target=stacked%28a,stack%3D%27x%27%29&format=json",
            "stacked takes stack by its position only",
        ),
        ("/metrics/find?query=a&format=xml", "format: "),
        ("/metrics/find?query=a&from=x", "from: "),
        ("/tags/findSeries", "expr: "),
        ("/tags/findSeries?expr=a", "expr"),
        ("/tags/autoComplete/values", "tag: "),
    ] {
        assert_fault(&server.get(path), 400, &[words]);
    }
    for (path, form, words) in [
        ("/tags/tagSeries", "", "path"),
        ("/tags/tagSeries", "path=a;b", "path: "),
        ("/api/v1/series/delete", "", "glob"),
        ("/api/v1/series/delete", "glob=%7Ba", "glob: "),
        ("/api/v1/series/rename", "from=a", "to"),
        ("/api/v1/series/delete", "glob=a&dryrun=1", "dryrun: no such parameter"),
    ] {
        assert_fault(&server.post(path, form), 400, &[words]);
    }
    let many = "a=1&".repeat(16_385);
    assert_fault(&server.post("/render", &many), 400, &["16384"]);
}
