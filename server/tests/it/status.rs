//! What the server tells about itself.

use crate::harness::{NOW, Server, fresh_dir};

const AT: i64 = NOW - 60;

#[test]
fn health_version_and_metrics() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(server.get("/readyz").status, 200);
    assert_eq!(server.get("/version").json(), "1.1.10");
    let page = server.get("/metrics");
    assert!(page.head.contains("content-type: text/plain; version=0.0.4"), "{}", page.head);
    for listener in ["plaintext", "pickle", "udp"] {
        let sample = format!("plumbago_points_received_total{{listener=\"{listener}\"}} 0");
        assert!(page.body.lines().any(|line| line == sample), "{sample}");
    }
    assert_eq!(server.metric("plumbago_ready"), 1.0);
}

#[test]
fn the_first_page_is_html_and_names_the_listeners() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert!(page.head.contains("content-type: text/html"));
    assert!(page.body.contains(&server.plaintext.port().to_string()));
}

#[test]
fn a_fixed_clock_writes_nothing_of_its_own() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("only.this 1 {AT}\n"));
    assert_eq!(server.get("/metrics/index.json").json(), serde_json::json!(["only.this"]));
}

#[test]
fn series_are_deleted_and_renamed_with_a_dry_run_first() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("old.a 1 {AT}\nold.b 2 {AT}\nkept.c 3 {AT}\n"));
    let dry = server.post("/api/v1/series/delete", "glob=old.*&dry_run=1");
    assert_eq!(dry.json(), serde_json::json!({"dry_run": true, "deleted": ["old.a", "old.b"]}));
    assert_eq!(server.points("old.a"), [(AT, 1.0)]);
    let renamed = server.post("/api/v1/series/rename", "from=old.a&to=new.a");
    assert_eq!(
        renamed.json(),
        serde_json::json!({"dry_run": false, "renamed": [["old.a", "new.a"]], "refused": []})
    );
    assert_eq!(server.points("new.a"), [(AT, 1.0)]);
    let deleted = server.post("/api/v1/series/delete", "glob=old.*");
    assert_eq!(deleted.json(), serde_json::json!({"dry_run": false, "deleted": ["old.b"]}));
    assert_eq!(server.get("/metrics/index.json").json(), serde_json::json!(["kept.c", "new.a"]));
}

#[test]
fn tagged_series_are_changed_by_expressions() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("t;a=1 1 {AT}\nt;a=2 2 {AT}\n"));
    let dry = server.post("/api/v1/series/delete", "expr=name=t&expr=a=~1&dry_run=1");
    assert_eq!(dry.json(), serde_json::json!({"dry_run": true, "deleted": ["t;a=1"]}));
    let renamed = server.post("/api/v1/series/rename", "expr=name=t&expr=a=1&set=a=3");
    assert_eq!(
        renamed.json(),
        serde_json::json!({"dry_run": false, "renamed": [["t;a=1", "t;a=3"]], "refused": []})
    );
    for form in ["expr=a!=1", "glob=t&expr=a=1", "from=t", "", "expr=a=1&tag=b"] {
        let answer = server.post("/api/v1/series/delete", form);
        assert_eq!((answer.status, answer.body.trim_end().lines().count()), (400, 1), "{form}");
    }
    server.post("/api/v1/series/delete", "expr=a!=");
    assert_eq!(server.get("/tags/findSeries?expr=a!=").json(), serde_json::json!([]));
}

#[test]
fn a_page_of_another_origin_changes_nothing() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("safe.a 1 {AT}\n"));
    for header in ["Origin: http://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
        assert_eq!(server.post_with("/api/v1/series/delete", "glob=safe.*", header).status, 403);
    }
    assert_eq!(server.get("/api/v1/series/delete?glob=safe.*").status, 405);
    assert_eq!(server.points("safe.a"), [(AT, 1.0)]);
}
