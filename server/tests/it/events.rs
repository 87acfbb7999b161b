//! Events: Graphite's and Grafana's paths, and our own, as programs use them.

use crate::harness::{Answer, NOW, Server, connect, encode, fresh_dir};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};

fn post(server: &Server, path: &str, body: &str) -> Answer {
    // The type that curl -d sends, whatever the body is.
    server.post(path, body)
}

fn send(server: &Server, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    server.request(format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        server.http,
        body.len()
    ))
}

fn ids(answer: &Answer) -> Vec<u64> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let value = answer.json();
    let list = value.get("events").unwrap_or(&value).as_array().unwrap().clone();
    list.iter().map(|event| event["id"].as_u64().unwrap()).collect()
}

fn search(server: &Server, query: &str) -> Vec<u64> {
    ids(&server.get(&format!("/api/v1/events?q={}", encode(query))))
}

#[test]
fn graphites_api_is_answered_as_graphite_web_does() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let at = NOW - 60;
    for (path, body) in [
        (
            "/events/",
            format!("{{\"what\": \"a\", \"tags\": [\"deploy\", \"x y\"], \"when\": {at}, \"data\": \"d\"}}"),
        ),
        ("/events", "{\"what\": \"b\", \"tags\": \"deploy web\"}".to_owned()),
    ] {
        let answer = post(&server, path, &body);
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{answer:?}");
    }
    let all = server.get("/events/get_data").json();
    assert_eq!(
        all,
        json!([
            {"when": at, "what": "a", "data": "d", "tags": ["deploy", "x", "y"], "id": 1},
            {"when": NOW, "what": "b", "data": "", "tags": ["deploy", "web"], "id": 2},
        ])
    );
    assert_eq!(ids(&server.get("/events/get_data?tags=deploy+web")), [2]);
    assert_eq!(ids(&server.get("/events/get_data?tags=web+x&set=union")), [1, 2]);
    assert_eq!(ids(&server.get("/events/get_data?tags=web+nosuch")), [2]);
    assert!(ids(&server.get("/events/get_data?tags=web+nosuch&set=intersection")).is_empty());
    assert_eq!(ids(&server.get("/events/get_data?until=-30s")), [1]);
    assert_eq!(server.get("/events/get_data?from=bogus").status, 400);
    let wrapped = server.get("/events/get_data?tags=x&jsonp=f").body;
    assert!(wrapped.starts_with("f([{") && wrapped.ends_with("}])"), "{wrapped}");
    let one = server.get("/events/1/");
    assert_eq!(one.json()["when"], "2024-03-15T11:59:00Z");
    assert_eq!(server.get("/events/99").status, 404);
    assert_eq!(send(&server, "DELETE", "/events/", "", "").status, 405);

    let counts =
        server.get(&format!("/render?target=events(\"deploy\")&from={at}&until={NOW}&format=json")).json();
    let points = counts[0]["datapoints"].as_array().unwrap();
    assert_eq!(points.len(), 60, "an event exactly at the end is in no slot");
    assert_eq!(points[0], json!([1.0, at]));
    assert_eq!(counts[0]["target"], "events(\"deploy\")");
}

#[test]
fn an_event_survives_a_kill() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    assert_eq!(post(&server, "/events/", "{\"what\": \"kept\"}").status, 200);
    server.kill();
    let server = Server::start(dir.path());
    assert_eq!(search(&server, "kept"), [1]);
    assert_eq!(post(&server, "/events/", "{\"what\": \"next\"}").status, 200);
    assert_eq!(search(&server, ""), [2, 1]);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn grafanas_shape_is_answered_as_grafana_does() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let answer =
        post(&server, "/api/annotations/graphite", "{\"what\": \"w\", \"tags\": [\"t\"], \"when\": 0}");
    assert_eq!(answer.json(), json!({"id": 1, "message": "Graphite annotation added"}));
    let wrong = post(&server, "/api/annotations/graphite", "{}");
    assert_eq!(
        (wrong.status, wrong.json()["message"].as_str()),
        (400, Some("what field should not be empty"))
    );
}

#[test]
fn an_event_is_posted_once_corrected_and_retracted() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let begun = 1000 * (NOW - 60);
    let body = json!({"title": "backup", "kind": "job", "key": "b/1", "start_ms": begun, "end_ms": null})
        .to_string();
    let first = post(&server, "/api/v1/events", &body);
    assert_eq!((first.status, first.json()["status"].as_str()), (200, Some("open")));
    let again = post(&server, "/api/v1/events", &body.replace("backup", "other"));
    assert_eq!((again.status, again.json()), (200, first.json()));
    let list =
        post(&server, "/api/v1/events", "[{\"title\": \"x\"}, {\"title\": \"y\", \"key\": \"b/1\"}]").json();
    assert_eq!((list[0]["id"].as_u64(), list[1]["id"].as_u64()), (Some(2), Some(1)));

    let edited = send(
        &server,
        "PATCH",
        "/api/v1/events/1",
        "",
        &format!("{{\"end_ms\": {}, \"revision\": 0}}", begun + 1),
    );
    assert_eq!(
        (edited.json()["revision"].as_u64(), edited.json()["status"].as_str()),
        (Some(1), Some("closed"))
    );
    assert_eq!(
        send(&server, "PATCH", "/api/v1/events/1", "", "{\"text\": \"t\", \"revision\": 0}").status,
        409
    );
    assert_eq!(send(&server, "PATCH", "/api/v1/events/99", "", "{}").status, 404);
    assert_eq!(send(&server, "PATCH", "/api/v1/events/1", "", "{\"end_ms\": 1}").status, 400);
    assert_eq!(post(&server, "/api/v1/events/1/retract", "").json()["status"], "retracted");
    assert_eq!(search(&server, ""), [2], "what was retracted is found by its status only");
    assert_eq!(search(&server, "status:retracted"), [1]);
    assert_eq!(server.get("/api/v1/events/1").json()["text"], "");
    let wrong = server.get("/api/v1/events?q=kind%3Ea");
    assert_eq!(
        (wrong.status, wrong.body.as_str()),
        (400, "q: column 6: kind is not compared: write kind:a\n")
    );
}

#[test]
fn pages_follow_each_other() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let events: Vec<Value> =
        (0..25).map(|n| json!({"title": "e", "start_ms": 1000 * (NOW - 60 + n / 2)})).collect();
    assert_eq!(post(&server, "/api/v1/events", &Value::from(events).to_string()).status, 200);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("/api/v1/events?limit=7&cursor={cursor}"));
        seen.extend(ids(&page));
        match page.json()["next"].as_str() {
            Some(next) => cursor = encode(next),
            None => break,
        }
    }
    assert_eq!(seen, (1..=25).rev().collect::<Vec<u64>>());
}

#[test]
fn what_makes_no_sense_is_refused_and_counted() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let deep = format!("{{\"title\": {}1{}}}", "[".repeat(9_000), "]".repeat(9_000));
    for body in [
        "",
        "{",
        "[]x",
        "{\"title\": NaN}",
        "{\"title\": \"a\", \"title\": \"b\"}",
        "{\"titel\": \"a\"}",
        &deep,
    ] {
        let answer = post(&server, "/api/v1/events", body);
        assert_eq!((answer.status, answer.body.lines().count()), (400, 1), "{body:.40}: {answer:?}");
    }
    let huge = server.request(format!(
        "POST /events/ HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: 1073741824\r\n\r\n{{",
        server.http
    ));
    assert_eq!(huge.status, 413);
    for header in ["Origin: http://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
        for (method, path) in [
            ("POST", "/events/"),
            ("POST", "/api/v1/events"),
            ("PATCH", "/api/v1/events/1"),
            ("POST", "/api/v1/events/1/retract"),
            ("POST", "/api/v1/events/import"),
            ("POST", "/api/annotations/graphite"),
        ] {
            assert_eq!(
                send(&server, method, path, header, "{\"what\": \"x\"}").status,
                403,
                "{path} {header}"
            );
        }
    }
    assert!(search(&server, "").is_empty());
    assert!(server.metric("plumbago_events_refused_total{reason=\"json\"}") >= 3.0);
    assert_eq!(server.metric("plumbago_events_refused_total{reason=\"forbidden\"}"), 12.0);
    assert_eq!(server.metric("plumbago_events"), 0.0);
}

#[test]
fn what_is_exported_is_imported_once() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for n in 0..700 {
        let body = json!({"title": format!("event {n}"), "tags": ["a b"], "value": 0.1});
        assert_eq!(post(&server, "/api/v1/events", &body.to_string()).status, 200);
    }
    let lines = dechunked(&server.get("/api/v1/events/export").body);
    assert_eq!(lines.lines().count(), 700);
    let back = post(&server, "/api/v1/events/import", &lines).json();
    assert_eq!(back, json!({"lines": 700, "stored": 0, "existing": 700}));

    let other_dir = fresh_dir();
    let other = Server::start(other_dir.path());
    for stored in [700, 0] {
        let answer = post(&other, "/api/v1/events/import", &lines).json();
        assert_eq!(answer["stored"], stored);
    }
    let wrong =
        post(&other, "/api/v1/events/import", "{\"title\": \"ok\", \"start_ms\": 1}\n\n{\"title\": 3}\n");
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.starts_with("line 3: "), "{wrong:?}");
    let few = dechunked(&other.get("/api/v1/events/export?q=%22event+7%22").body);
    assert_eq!(few.lines().count(), 1);
}

/// The text of a body in chunks.
fn dechunked(body: &str) -> String {
    let (mut rest, mut text) = (body, String::new());
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        text.push_str(&after[..size]);
        rest = &after[size + 2..];
    }
    text
}

/// The messages of a stream, as (id, kind, title), until there are `count`.
fn messages(
    server: &Server,
    headers: &str,
    count: usize,
    meanwhile: impl FnOnce(),
) -> Vec<(String, String, String)> {
    let mut stream = connect(server.http);
    let request =
        format!("GET /api/v1/events/stream?q=-kind:quiet HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", server.http);
    stream.write_all(request.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line.starts_with(": events follow")), "no stream");
    meanwhile();
    let (mut found, mut id, mut kind) = (Vec::new(), String::new(), String::new());
    while found.len() < count {
        let line = lines.next().expect("the stream ended");
        if let Some(text) = line.strip_prefix("id: ") {
            id = text.to_owned();
        } else if let Some(text) = line.strip_prefix("event: ") {
            kind = text.to_owned();
        } else if let Some(text) = line.strip_prefix("data: ") {
            let event: Value = serde_json::from_str(text).unwrap();
            found.push((id.clone(), kind.clone(), event["title"].as_str().unwrap().to_owned()));
        }
    }
    found
}

#[test]
fn a_stream_is_resumed_where_it_ended() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let say = |title: &str, kind: &str| {
        let body = json!({"title": title, "kind": kind}).to_string();
        assert_eq!(post(&server, "/api/v1/events", &body).status, 200);
    };
    say("before", "");
    let message = |id: &str, kind: &str, title: &str| (id.to_owned(), kind.to_owned(), title.to_owned());
    let live = messages(&server, "", 2, || {
        say("one", "");
        say("not shown", "quiet");
        assert_eq!(send(&server, "PATCH", "/api/v1/events/2", "", "{\"text\": \"more\"}").status, 200);
    });
    assert_eq!(live, [message("2", "stored", "one"), message("4", "changed", "one")]);
    say("while away", "");
    assert_eq!(send(&server, "PATCH", "/api/v1/events/1", "", "{\"text\": \"more\"}").status, 200);
    let resumed = messages(&server, "Last-Event-ID: 4\r\n", 3, || say("now", ""));
    let expected = [
        message("5", "stored", "while away"),
        message("6", "changed", "before"),
        message("7", "stored", "now"),
    ];
    assert_eq!(resumed, expected);
    assert_eq!(server.get("/api/v1/events/stream?last_event_id=x").status, 400);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn an_open_stream_does_not_keep_the_server_from_stopping() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let mut stream = connect(server.http);
    write!(stream, "GET /api/v1/events/stream HTTP/1.1\r\nHost: {}\r\n\r\n", server.http).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn the_command_posts_and_finds() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let url = format!("http://{}", server.http);
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_plumbago"));
        let output = command.arg("events").args(arguments).args(["--url", &url]).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let (code, line) =
        run(&["post", "shop 7.2", "--kind", "deploy", "--tag", "host=web1", "--start", "1710503940"]);
    assert_eq!(code, Some(0), "{line}");
    assert_eq!(line, "2024-03-15T11:59:00Z  info     #1  deploy  shop 7.2  [host=web1]\n");
    let (code, found) = run(&["search", "kind:deploy", "tag:host=web*"]);
    assert_eq!((code, found), (Some(0), line));
    let (code, fault) = run(&["search", "severity>loud"]);
    assert_eq!(code, Some(1));
    assert!(fault.contains("400 Bad Request: q: column 10: expected one of info"), "{fault}");
}
