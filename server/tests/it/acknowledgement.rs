//! The close is the acknowledgement: once a peer sees it, everything it sent is stored and counted, and survives the
//! death of the process.

use crate::harness::{NOW, Server, connect, fresh_dir};
use std::io::{Read, Write};

const AT: i64 = NOW - 60;

#[test]
fn after_the_close_every_point_is_counted_and_readable() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for round in 1..=20 {
        let lines: String =
            (0..500).map(|number| format!("ack.series{number} {round} {}\n", AT + round)).collect();
        server.send(lines);
        assert_eq!(server.received("plaintext"), 500.0 * round as f64);
    }
    assert_eq!(server.metric("plumbago_series_created_total{listener=\"plaintext\"}"), 500.0);
}

#[test]
fn many_connections_at_once_lose_nothing() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    std::thread::scope(|scope| {
        for connection in 0..32 {
            let server = &server;
            scope.spawn(move || {
                let mut stream = connect(server.plaintext);
                for number in 0..200 {
                    // Lines cut anywhere: each write ends in the middle of one.
                    let line = format!("many.c{connection}.s{number} {number} {AT}\n");
                    let (head, tail) = line.split_at(line.len() / 2);
                    stream.write_all(head.as_bytes()).unwrap();
                    stream.write_all(tail.as_bytes()).unwrap();
                }
                crate::harness::await_close(stream);
            });
        }
    });
    assert_eq!(server.received("plaintext"), 6400.0);
    assert_eq!(server.points("many.c31.s199"), [(AT, 199.0)]);
}

#[test]
fn beyond_the_connection_limit_peers_wait_instead_of_being_turned_away() {
    let dir = fresh_dir();
    let config = dir.path().join("plumbago.toml");
    std::fs::write(&config, "[ingest]\nconnections_max = 1\n").unwrap();
    let server = Server::start_with(&dir.path().join("data"), &["--config", config.to_str().unwrap()]);
    let mut first = connect(server.plaintext);
    first.write_all(format!("limit.first 1 {AT}\n").as_bytes()).unwrap();
    server.wait_until("the first is served", |server| server.received("plaintext") == 1.0);
    let mut second = connect(server.plaintext);
    second.write_all(format!("limit.second 2 {AT}\n").as_bytes()).unwrap();
    let waits = "plumbago_accept_waits_total{listener=\"plaintext\"}";
    server.wait_until("accepting waits", |server| server.metric(waits) >= 1.0);
    assert_eq!(server.received("plaintext"), 1.0);
    crate::harness::await_close(first);
    crate::harness::await_close(second);
    assert_eq!(server.points("limit.second"), [(AT, 2.0)]);
}

#[test]
fn acknowledged_points_survive_a_kill() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("killed.acknowledged 42 {AT}\n"));
    server.kill();
    let server = Server::start(dir.path());
    assert_eq!(server.points("killed.acknowledged"), [(AT, 42.0)]);
}

#[test]
fn the_death_of_the_server_is_no_acknowledgement() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let mut stream = connect(server.plaintext);
    stream.write_all(format!("dead.one 1 {AT}\n").as_bytes()).unwrap();
    server.wait_until("the connection was accepted and read", |server| server.received("plaintext") == 1.0);
    server.kill();
    let error = stream.read(&mut [0; 8]).expect_err("an orderly close would claim that all is stored");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}
