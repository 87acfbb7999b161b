//! Start, reload, stop, restart.

use crate::harness::{NOW, Server, connect, fresh_dir, serve_command};
use std::io::Write;
use std::process::Stdio;

const AT: i64 = NOW - 60;

#[test]
fn a_stop_stores_everything_and_a_restart_replays_nothing() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("kept.over.restart 1 {AT}\n"));
    // Sent, but neither half-closed nor acknowledged when the stop comes; some perhaps not even accepted.
    let mut streams = Vec::new();
    for number in 0..20 {
        let mut stream = connect(server.plaintext);
        stream.write_all(format!("kept.open.connection{number} 2 {AT}\n").as_bytes()).unwrap();
        streams.push(stream);
    }
    assert_eq!(server.stop(), Some(0));
    let server = Server::start(dir.path());
    assert_eq!(server.points("kept.over.restart"), [(AT, 1.0)]);
    for number in 0..20 {
        assert_eq!(server.points(&format!("kept.open.connection{number}")), [(AT, 2.0)]);
    }
    assert_eq!(server.metric("plumbago_replayed_points_total"), 0.0);
}

#[test]
fn an_empty_server_stops_cleanly_by_either_signal() {
    for signal in ["TERM", "INT"] {
        let dir = fresh_dir();
        let server = Server::start(dir.path());
        server.signal(signal);
        assert_eq!(server.stop_after_signal(), Some(0));
    }
}

#[test]
fn a_second_server_on_the_same_directory_names_the_first() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let output = serve_command(dir.path(), &[]).stderr(Stdio::piped()).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains(&server.pid().to_string()), "{message}");
    assert_eq!(message.trim_end().lines().count(), 1, "{message}");
}

#[test]
fn a_taken_port_is_named() {
    let first_dir = fresh_dir();
    let server = Server::start(first_dir.path());
    let second_dir = fresh_dir();
    let taken = server.http.to_string();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_plumbago"));
    command.arg("serve").arg("--data-dir").arg(second_dir.path());
    command.args(["--listen-http", &taken, "--listen-plaintext", "127.0.0.1:0"]);
    command.args(["--listen-pickle", "off", "--listen-udp", "off"]);
    let output = command.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains(&taken), "{message}");
}

#[test]
fn a_reload_applies_changed_rules() {
    let dir = fresh_dir();
    let schemas = dir.path().join("storage-schemas.conf");
    std::fs::write(&schemas, "[all]\npattern = .*\nretentions = 10s:1d\n").unwrap();
    let server =
        Server::start_with(&dir.path().join("data"), &["--storage-schemas", schemas.to_str().unwrap()]);
    server.send(format!("reloaded.a 1 {AT}\n"));
    assert_eq!(server.points("reloaded.a"), [(AT, 1.0)]);
    std::fs::write(&schemas, "[all]\npattern = .*\nretentions = 60s:1d\n").unwrap();
    server.signal("HUP");
    let step = |server: &Server| {
        let path = format!("/render?target=reloaded.a&from={}&until={NOW}&format=json", NOW - 600);
        let answer = server.get(&path).json();
        let datapoints = answer[0]["datapoints"].as_array().unwrap().clone();
        datapoints[1][1].as_i64().unwrap() - datapoints[0][1].as_i64().unwrap()
    };
    server.wait_until("the step is 60 s", |server| step(server) == 60);
    // A file that is gone leaves the rules as they are.
    std::fs::remove_file(&schemas).unwrap();
    server.signal("HUP");
    assert_eq!(step(&server), 60);
    assert_eq!(server.get("/readyz").status, 200);
}
