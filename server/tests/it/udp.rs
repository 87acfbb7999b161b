//! Lines in datagrams, one or many in each.

use crate::harness::{NOW, Server, fresh_dir};
use std::net::UdpSocket;

const AT: i64 = NOW - 60;

#[test]
fn datagrams_carry_one_line_or_many() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for datagram in [
        format!("udp.one 1 {AT}"),
        format!("udp.two 2 {AT}\nudp.three 3 {AT}\r\n"),
        format!("udp.bad oops {AT}\nudp.four 4 {AT}\n"),
        "\n".to_owned(),
    ] {
        socket.send_to(datagram.as_bytes(), server.udp).unwrap();
    }
    server.wait_until("four points came", |server| server.received("udp") == 4.0);
    server.wait_until("one was refused", |server| server.refused("udp", "value_not_a_number") == 1.0);
    for (target, value) in [("udp.one", 1.0), ("udp.two", 2.0), ("udp.three", 3.0), ("udp.four", 4.0)] {
        assert_eq!(server.points(target), [(AT, value)]);
    }
    let kept = server.rejected("udp", "value_not_a_number");
    assert_eq!(kept[0]["peer"], socket.local_addr().unwrap().to_string());
}

#[test]
fn a_large_burst_arrives_and_drops_are_reported() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for number in 0..2000 {
        socket.send_to(format!("burst.s{number} 1 {AT}\n").as_bytes(), server.udp).unwrap();
    }
    server.wait_until("every datagram was received or reported as dropped", |server| {
        server.received("udp") + server.metric("plumbago_udp_dropped_total") == 2000.0
    });
}

#[test]
fn a_stop_stores_the_datagrams_that_were_sent_before_it() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for number in 0..100 {
        socket.send_to(format!("before.stop.s{number} 7 {AT}\n").as_bytes(), server.udp).unwrap();
    }
    assert_eq!(server.stop(), Some(0));
    let server = Server::start(dir.path());
    assert_eq!(server.points("before.stop.s0"), [(AT, 7.0)]);
    assert_eq!(server.points("before.stop.s99"), [(AT, 7.0)]);
}
