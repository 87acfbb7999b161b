//! Limits on series over real sockets, who owns them, and those that stopped reporting.

use crate::commands::{run, run_alone};
use crate::harness::{NOW, Server, fresh_dir};
use serde_json::json;
use std::net::UdpSocket;

const AT: i64 = NOW - 60;

/// A server whose configuration holds this section.
fn server_with(dir: &std::path::Path, section: &str) -> Server {
    let config = dir.join("plumbago.toml");
    std::fs::write(&config, section).unwrap();
    Server::start_with(&dir.join("data"), &["--config", config.to_str().unwrap()])
}

/// A pickle frame of one point.
fn frame(name: &str) -> Vec<u8> {
    let pickle = format!("(l(S'{name}'\n(L{AT}L\nI1\ntta.");
    [&u32::try_from(pickle.len()).unwrap().to_be_bytes()[..], pickle.as_bytes()].concat()
}

#[test]
fn beyond_a_limit_every_listener_refuses_new_series_and_takes_old_ones() {
    let dir = fresh_dir();
    let rules = "[cardinality]\nseries_max = 3\nrules = [{ prefix = \"apps.*\", series_max = 1 }]\n";
    let server = server_with(dir.path(), rules);
    server.send(format!(
        "apps.a.x 1 {AT}\napps.a.y 2 {AT}\napps.b.x 3 {AT}\nother 4 {AT}\nmore 5 {AT}\napps.a.x 6 {AT}\n"
    ));
    server.send_pickle([frame("more"), frame("apps.b.y"), frame("apps.a.x")].concat());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(format!("more 1 {AT}\nother 7 {AT}").as_bytes(), server.udp).unwrap();
    server.wait_until("the datagram came", |server| server.received("udp") == 1.0);
    assert_eq!((server.received("plaintext"), server.received("pickle")), (4.0, 1.0));
    assert_eq!(server.points("other"), [(AT, 7.0)]);

    for (listener, count) in [("plaintext", 2.0), ("pickle", 2.0), ("udp", 1.0)] {
        assert_eq!(server.refused(listener, "series_limit"), count, "{listener}");
    }
    let sample = |rule: &str, reason: &str| {
        server.metric(&format!(
            "plumbago_cardinality_refused_points_total{{rule=\"{rule}\",reason=\"{reason}\"}}"
        ))
    };
    assert_eq!((sample("all", "series_limit"), sample("apps.*", "series_limit")), (4.0, 1.0));
    assert_eq!(server.metric("plumbago_cardinality_series{rule=\"all\"}"), 3.0);
    let kept = server.rejected("plaintext", "series_limit");
    assert_eq!(kept[0]["text"], format!("apps.a.y 2 {AT}"));
    assert_eq!(
        kept[0]["error"],
        "the limit on the number of series is reached: rule apps.*, apps.a: at most 1"
    );
    assert_eq!(
        kept[1]["error"],
        "the limit on the number of series is reached: rule all, all series: at most 3"
    );
    assert_eq!(server.rejected("pickle", "series_limit")[0]["text"], format!("(\"more\", ({AT}, 1.0))"));
}

#[test]
fn new_series_are_slowed_down_and_a_restart_counts_them() {
    let dir = fresh_dir();
    let server = server_with(dir.path(), "[cardinality]\nnew_series_per_sec_max = 2\nburst_secs = 5\n");
    let lines: String = (0..30).map(|number| format!("s{number} 1 {AT}\n")).collect();
    server.send(&lines);
    assert_eq!((server.received("plaintext"), server.refused("plaintext", "new_series_rate")), (10.0, 20.0));
    assert_eq!(server.stop(), Some(0));
    let server = server_with(dir.path(), "[cardinality]\nseries_max = 11\n");
    server.send(&lines);
    assert_eq!((server.received("plaintext"), server.refused("plaintext", "series_limit")), (11.0, 19.0));
}

#[test]
fn the_owners_of_series_are_named() {
    let dir = fresh_dir();
    let server = server_with(
        dir.path(),
        "[cardinality]\nrules = [{ name = \"b\", prefix = \"b\", series_max = 9 }]\n",
    );
    server.send(format!("a.x.1 1 {AT}\na.x.2 1 {AT}\na.y.1;k=v 1 {AT}\nb 1 {AT}\n"));
    let answer = server.get("/api/v1/cardinality?top=2").json();
    let owner = |prefix: &str, series: u64| json!({"prefix": prefix, "series": series, "points_per_sec": null, "new_series_per_sec": null});
    assert_eq!((&answer["series"], &answer["depth"]), (&json!(4), &json!(2)));
    assert_eq!(answer["most_series"], json!([owner("a.x", 2), owner("a.y", 1)]));
    assert_eq!(
        answer["rules"][0],
        json!({"name": "b", "prefix": "b", "series_max": 9, "new_series_per_sec_max": null, "series": 1,
               "fullest": {"prefix": "b", "series": 1}, "refused": {"series_limit": 0, "new_series_rate": 0}})
    );
    let below = server.get("/api/v1/cardinality?depth=3&below=a.x").json();
    assert_eq!(below["most_new_series"], json!([owner("a.x.1", 1), owner("a.x.2", 1)]));
    for wrong in ["top=-1", "top=10001", "depth=x", "depth=65", "tpo=1"] {
        let answer = server.get(&format!("/api/v1/cardinality?{wrong}"));
        assert_eq!((answer.status, answer.body.trim_end().lines().count()), (400, 1), "{wrong}");
    }
    let (code, table, _) = run(&server, &["cardinality", "--depth", "1"]);
    assert_eq!(code, Some(0));
    assert!(
        table.lines().nth(1).unwrap().ends_with("  a") && table.ends_with("4 series in all\n"),
        "{table}"
    );
    let data = dir.path().join("data");
    let (code, beside, _) = run_alone(&["cardinality", "--depth", "1", "--data-dir", data.to_str().unwrap()]);
    assert_eq!((code, beside.lines().last()), (Some(0), table.lines().last()));
}

#[test]
fn series_that_stopped_reporting_are_listed_and_deleted() {
    let dir = fresh_dir();
    let path = dir.path().to_str().unwrap();
    let server = Server::start(dir.path());
    let long_ago = NOW - 7200;
    server.send(format!("on.a 1 {AT}\non.b 1 {long_ago}\noff.a 1 {long_ago}\noff.t;k=v 1 {long_ago}\n"));
    let stale = server.get("/api/v1/series/stale?glob=**&stale_for=1h").json();
    assert_eq!(stale["before"], json!(NOW - 3600));
    assert_eq!(
        stale["stale"],
        json!([{"name": "off.a", "last_seen": long_ago}, {"name": "on.b", "last_seen": long_ago}])
    );
    for wrong in
        ["glob=**", "stale_for=1h", "glob=**&stale_for=0s", "glob=**&stale_for=soon", "glob=**&age=1h"]
    {
        let answer = server.get(&format!("/api/v1/series/stale?{wrong}"));
        assert_eq!((answer.status, answer.body.trim_end().lines().count()), (400, 1), "{wrong}");
    }
    for wrong in ["glob=**&stale_for=", "glob=**&stale_for=0s", "glob=**&for=1h"] {
        assert_eq!(server.post("/api/v1/series/delete", wrong).status, 400, "{wrong}");
    }
    assert_eq!(server.stop(), Some(0));

    // After a restart, from segments alone; and on the directory.
    let clock = format!("fixed:{NOW}");
    let list = ["stale", "o*.*", "--for", "1h", "--data-dir", path, "--clock", &clock];
    let (code, out, err) = run_alone(&list);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let expected =
        "2024-03-15T10:00:00Z off.a\n2024-03-15T10:00:00Z on.b\n2 series had no point for 1h or longer\n";
    assert_eq!(out, expected);
    let server = Server::start(dir.path());
    assert_eq!(run(&server, &["stale", "o*.*", "--for", "1h"]).1, expected);
    let (_, out, _) = run(&server, &["delete", "off.*", "--stale-for", "1h", "--dry-run"]);
    assert_eq!(out, "off.a\n1 series would be deleted\n");
    let (code, out, _) = run(&server, &["delete", "o*.*", "--stale-for", "1h"]);
    assert_eq!((code, out.as_str()), (Some(0), "off.a\non.b\n2 series deleted\n"));
    let (_, out, _) = run(&server, &["delete", "--tag", "k=v", "--stale-for", "3h"]);
    assert_eq!(out, "0 series deleted\n");
    assert_eq!(server.get("/metrics/index.json").json(), json!(["on.a"]));
    assert_eq!(server.stop(), Some(0));
    let delete = ["delete", "--tag", "k=v", "--stale-for", "1h", "--data-dir", path, "--clock", &clock];
    assert_eq!(run_alone(&delete).1, "off.t;k=v\n1 series deleted\n");
}
