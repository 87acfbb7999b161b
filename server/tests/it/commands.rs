//! The commands that talk to a running server.

use crate::harness::{NOW, Server, fresh_dir};
use std::process::Command;

const AT: i64 = NOW - 60;

/// Runs a command against `server` and returns its exit code, standard output and standard error.
fn run(server: &Server, arguments: &[&str]) -> (Option<i32>, String, String) {
    let url = format!("http://{}", server.http);
    let output =
        Command::new(env!("CARGO_BIN_EXE_plumbago")).args(arguments).args(["--url", &url]).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn query_prints_a_table_or_a_plot() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("shown.a 1.5 {AT}\nshown.b 2.5 {AT}\n"));
    let (from, until) = ((AT - 10).to_string(), AT.to_string());
    let range = ["--from", &from, "--until", &until];
    let (code, table, _) = run(&server, &[&["query", "scale(shown.*, 2)"], &range[..]].concat());
    assert_eq!(code, Some(0));
    assert!(table.contains("scale(shown.a,2)") && table.contains('3') && table.contains('5'), "{table}");
    let (code, plot, _) = run(&server, &[&["query", "shown.a", "--plot"], &range[..]].concat());
    assert_eq!(code, Some(0));
    assert!(plot.contains("shown.a"), "{plot}");
}

#[test]
fn a_wrong_expression_is_one_line_and_exit_code_one() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let (code, out, err) = run(&server, &["query", "noSuchFunction(a)"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("noSuchFunction") && err.trim_end().lines().count() == 1, "{err}");
}

#[test]
fn series_are_renamed_and_deleted() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("old.web1.load 1 {AT}\nold.web2.load 2 {AT}\nkept.x 3 {AT}\n"));
    let (code, out, _) = run(&server, &["rename", "old.*.load", "new.*.cpu", "--dry-run"]);
    assert_eq!(code, Some(0));
    assert!(
        out.contains("old.web1.load -> new.web1.cpu") && out.contains("2 series would be renamed"),
        "{out}"
    );
    assert_eq!(server.points("old.web1.load"), [(AT, 1.0)]);
    run(&server, &["rename", "old.*.load", "new.*.cpu"]);
    assert_eq!(server.points("new.web2.cpu"), [(AT, 2.0)]);
    let (code, out, _) = run(&server, &["delete", "new.**"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("2 series deleted"), "{out}");
    assert_eq!(server.get("/metrics/index.json").json(), serde_json::json!(["kept.x"]));
}
