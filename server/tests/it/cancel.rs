//! A query ends with its client, or when its time is over, and is counted.

use std::io::{Read, Write};
use std::net::Shutdown;

use crate::harness::{Answer, Server, connect, encode, fresh_dir};

/// Minutes of work over no stored series at all.
const SLOW: &str = "movingMedian(timeFunction('t',1),30000)";

const CANCELLED: &str = "plumbago_queries_cancelled_total";
const RUNNING: &str = "plumbago_queries_running";

fn slow_request() -> String {
    format!("GET /render?from=-5d&target={} HTTP/1.1\r\nHost: localhost\r\n\r\n", encode(SLOW))
}

fn wait_for_the_end(server: &Server) {
    server.wait_until("the query ends", |server| server.metric(CANCELLED) == 1.0);
    server.wait_until("nothing runs", |server| server.metric(RUNNING) == 0.0);
}

#[test]
fn a_query_ends_when_its_client_goes() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    assert_eq!(server.metric(CANCELLED), 0.0);
    let mut client = connect(server.http);
    client.write_all(slow_request().as_bytes()).unwrap();
    server.wait_until("the query runs", |server| server.metric(RUNNING) == 1.0);
    drop(client);
    wait_for_the_end(&server);
}

#[test]
fn a_client_that_closed_its_half_is_told() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let mut client = connect(server.http);
    client.write_all(slow_request().as_bytes()).unwrap();
    server.wait_until("the query runs", |server| server.metric(RUNNING) == 1.0);
    client.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    client.read_to_string(&mut text).unwrap();
    let answer = Answer::of(&text);
    assert_eq!((answer.status, answer.body.lines().count()), (503, 1), "{answer:?}");
    wait_for_the_end(&server);
}

#[test]
fn a_query_whose_time_is_over_ends() {
    let dir = fresh_dir();
    let config = dir.path().join("plumbago.toml");
    std::fs::write(&config, "[query]\ntimeout_secs = 1\n[self_metrics]\nenabled = false\n").unwrap();
    let server = Server::start_with(dir.path(), &["--config", config.to_str().unwrap()]);
    let answer = server.get(&format!("/render?from=-5d&target={}", encode(SLOW)));
    assert_eq!(answer.status, 504, "{answer:?}");
    assert_eq!(answer.body, "the query took longer than 1 s ([query] timeout_secs)\n");
    wait_for_the_end(&server);
}
