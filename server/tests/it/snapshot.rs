//! Snapshots of a running server, and damage that a server meets.

use crate::harness::{NOW, Server, fresh_dir};
use std::path::Path;
use std::process::Command;

const AT: i64 = NOW - 60;

fn plumbago(command: &str, dir: &Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_plumbago")).arg(command).arg(dir).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_snapshot_of_a_running_server_is_a_store_to_start_from() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("a.b 1.5 {AT}\n"));
    assert_eq!(server.post("/events/", "{\"what\": \"before\"}").status, 200);
    let answer = server.post("/api/v1/snapshot", "");
    assert_eq!(answer.status, 200, "{answer:?}");
    let by_request = dir.path().join(answer.json()["path"].as_str().expect("a path"));
    let (code, out) = plumbago("snapshot", dir.path());
    assert_eq!(code, Some(0), "{out}");
    let by_command = out.lines().next().expect("where it is").to_owned();
    server.send(format!("a.b 2.5 {}\n", AT + 10));

    for snapshot in [by_request.as_path(), Path::new(&by_command)] {
        let (code, out) = plumbago("verify", snapshot);
        assert_eq!(code, Some(0), "{out}");
        let restored = Server::start(snapshot);
        assert_eq!(restored.points("a.b"), [(AT, 1.5)]);
        assert_eq!(restored.get("/events/get_data").json()[0]["what"], "before");
        restored.send(format!("a.c 3.5 {AT}\n"));
        assert_eq!(restored.stop(), Some(0));
    }
    assert_eq!(server.points("a.b"), [(AT, 1.5), (AT + 10, 2.5)]);
    assert!(server.points("a.c").is_empty(), "what a snapshot's server stores stays with it");
    assert_eq!(server.post("/api/v1/snapshot", "path=/tmp/elsewhere").status, 400);
    assert_eq!(server.get("/api/v1/snapshot").status, 405);
}

#[test]
fn a_damaged_segment_is_named_and_the_rest_serves() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("a.b 1.5 {AT}\n"));
    assert_eq!(server.stop(), Some(0));
    let segments: Vec<_> = std::fs::read_dir(dir.path().join("segments")).unwrap().collect();
    let path = segments.into_iter().next().expect("a segment").unwrap().path();
    let length = std::fs::metadata(&path).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 1).unwrap();

    let server = Server::start(dir.path());
    server.send(format!("a.b 2.5 {}\n", AT + 10));
    assert_eq!(server.points("a.b"), [(AT + 10, 2.5)]);
    let ready = server.get("/readyz");
    let name = path.file_name().unwrap().to_str().unwrap();
    let kept = format!("quarantine/{name}");
    assert_eq!(ready.status, 200);
    assert!(ready.body.starts_with("ready\n") && ready.body.contains(&kept), "{ready:?}");
    assert_eq!(server.metric("plumbago_segments_quarantined"), 1.0);
    assert_eq!(server.stop(), Some(0));
    let (code, out) = plumbago("verify", dir.path());
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains(&kept), "{out}");
}
