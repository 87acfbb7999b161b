//! Requests to a server that fails, stalls, dies, redirects and says too much.

use std::time::Duration;

use plumbago_alerting::{Delivery, Outcome};

use super::fake_http::{Act, FakeHttp};
use super::{NOW_MS, outcome_of, post, reason};
use crate::alarms::sending::{Senders, send};

fn answer(status: u16, headers: &str, body: &str) -> Act {
    Act::Answer(status, headers.to_owned(), body.to_owned())
}

#[tokio::test]
async fn requests_are_whole_and_share_a_connection() {
    let fake = FakeHttp::start(vec![answer(200, "", "ok"), answer(202, "", "")]).await;
    let senders = Senders::new();
    for _ in 0..2 {
        let attempt = send(&senders, Delivery::Http(post(&fake.url("/hook?x=1"))), NOW_MS).await;
        assert_eq!(attempt.outcome, Outcome::Sent);
    }
    assert_eq!(fake.connections(), 1);
    let requests = fake.requests.lock();
    let (head, body) = requests[0].split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{head}");
    let port = fake.port;
    for line in ["content-length: 28", "idempotency-key: graph-1-17", &format!("host: 127.0.0.1:{port}")] {
        assert!(head.lines().any(|other| other == line), "{line} is not in {head}");
    }
    assert_eq!(body, "{\"routing_key\":\"key-s3cret\"}");
}

#[tokio::test]
async fn statuses_say_whether_to_try_again() {
    let date = "retry-after: Thu, 01 Jan 2026 00:01:00 GMT\r\n";
    for (status, headers, expected) in [
        (503, "retry-after: 7\r\n", Some(Some(7000))),
        (429, date, Some(Some(60_000))),
        (500, "", Some(None)),
        (408, "", Some(None)),
        (400, "retry-after: 7\r\n", None),
        (404, "", None),
        (302, "location: /\r\n", None),
    ] {
        let fake = FakeHttp::start(vec![answer(status, headers, "not\r\nnow")]).await;
        let outcome = outcome_of(post(&fake.url("/"))).await;
        assert!(reason(&outcome).ends_with(": not now"), "{outcome:?}");
        let pause = match outcome {
            Outcome::Retry { after_ms, .. } => Some(after_ms),
            _ => None,
        };
        assert_eq!(pause, expected, "{status}");
    }
}

#[tokio::test]
async fn a_receiver_that_stalls_or_dies_is_tried_again() {
    let fake = FakeHttp::start(vec![Act::Stall]).await;
    let mut delivery = post(&fake.url("/"));
    delivery.timeout = Duration::from_millis(50);
    let outcome = outcome_of(delivery).await;
    assert_eq!(reason(&outcome), "the receiver did not answer within 50 ms");
    for act in [Act::Die, Act::Raw(b"SSH-2.0-OpenSSH\r\n"), Act::Raw(b"HTTP/1.1 200")] {
        let fake = FakeHttp::start(vec![act, Act::Die]).await;
        let outcome = outcome_of(post(&fake.url("/"))).await;
        assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    }
    let closed = FakeHttp::start(Vec::new()).await.port;
    let outcome = outcome_of(post(&format!("http://127.0.0.1:{}/", unused_port(closed)))).await;
    assert!(reason(&outcome).contains("refused"), "{outcome:?}");
    assert!(matches!(outcome, Outcome::Retry { .. }));
}

/// A port that was just given back.
fn unused_port(taken: u16) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    assert_ne!(port, taken);
    port
}

#[tokio::test]
async fn a_status_counts_though_its_body_never_comes() {
    let fake = FakeHttp::start(vec![Act::StallAfterHead(200, String::new())]).await;
    assert_eq!(outcome_of(post(&fake.url("/"))).await, Outcome::Sent);
    let fake = FakeHttp::start(vec![Act::StallAfterHead(503, "retry-after: 3\r\n".to_owned())]).await;
    let outcome = outcome_of(post(&fake.url("/"))).await;
    assert!(matches!(outcome, Outcome::Retry { after_ms: Some(3000), .. }), "{outcome:?}");
}

#[tokio::test]
async fn answers_without_end_are_left() {
    let fake = FakeHttp::start(vec![Act::Endless(200)]).await;
    assert_eq!(outcome_of(post(&fake.url("/"))).await, Outcome::Sent);
    let fake = FakeHttp::start(vec![Act::Endless(400)]).await;
    let outcome = outcome_of(post(&fake.url("/"))).await;
    assert!(matches!(outcome, Outcome::Refused { .. }) && reason(&outcome).len() < 300, "{outcome:?}");
}

#[tokio::test]
async fn redirects_stay_within_the_host_and_take_the_message_along() {
    let other = FakeHttp::start(vec![answer(200, "", "")]).await;
    let here = FakeHttp::start(vec![answer(307, "location: /there\r\n", ""), answer(204, "", "")]).await;
    assert_eq!(outcome_of(post(&here.url("/"))).await, Outcome::Sent);
    let requests = here.requests.lock().clone();
    assert!(requests[1].starts_with("POST /there "), "{}", requests[1]);
    assert!(requests[1].ends_with("key-s3cret\"}"), "{}", requests[1]);

    for location in
        [other.url("/"), format!("//127.0.0.1:{}/", other.port), format!("http://localhost:{}/", other.port)]
    {
        let here = FakeHttp::start(vec![answer(308, &format!("location: {location}\r\n"), "")]).await;
        let outcome = outcome_of(post(&here.url("/"))).await;
        assert!(reason(&outcome).ends_with("to another host, which is not followed"), "{outcome:?}");
        assert!(matches!(outcome, Outcome::Refused { .. }));
    }
    assert_eq!(other.connections(), 0);

    let round = FakeHttp::start(vec![answer(307, "location: /\r\n", ""); 20]).await;
    let outcome = outcome_of(post(&round.url("/"))).await;
    assert_eq!(reason(&outcome), "the receiver redirects more often than is followed");
    assert_eq!(round.requests.lock().len(), 4);

    let here = FakeHttp::start(vec![answer(307, "location: /there\r\n", "")]).await;
    let mut delivery = post(&here.url("/"));
    delivery.follows_redirects = false;
    assert!(matches!(outcome_of(delivery).await, Outcome::Refused { .. }));
    assert_eq!(here.requests.lock().len(), 1);
}

#[tokio::test]
async fn no_reason_shows_a_secret() {
    let said = "no hook /hooks/path-s3cret?q=query-s3cret for Bearer tok-s3cret (tok-s3cret) with key-s3cret, path-s3cret";
    for status in [500, 403] {
        let fake = FakeHttp::start(vec![answer(status, "", said)]).await;
        let outcome = outcome_of(post(&fake.url("/hooks/path-s3cret?q=query-s3cret"))).await;
        let reason = reason(&outcome);
        assert!(!reason.contains("s3cret") && reason.contains("<secret>"), "{reason}");
        assert!(!reason.contains(&fake.port.to_string()), "{reason}");
    }
    for url in
        ["http://host-s3cret.invalid/x", "not an address: s3cret", "ftp://s3cret.invalid/", "http://[s3cret/"]
    {
        let outcome = outcome_of(post(url)).await;
        assert_ne!(outcome, Outcome::Sent);
        assert!(!reason(&outcome).contains("s3cret"), "{outcome:?}");
    }
    let mut delivery = post("http://127.0.0.1:9/");
    delivery.headers[0].value = "a\r\nb: c".to_owned();
    assert!(matches!(outcome_of(delivery).await, Outcome::Refused { .. }));
}
