//! The commands that talk to a running server.

use crate::harness::{NOW, Server, fresh_dir};
use std::process::Command;

const AT: i64 = NOW - 60;

/// Runs a command against `server` and returns its exit code, standard output and standard error.
pub(crate) fn run(server: &Server, arguments: &[&str]) -> (Option<i32>, String, String) {
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

#[test]
fn tagged_series_are_renamed_and_deleted_by_their_tags() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!(
        "load;dc=x;host=a 1 {AT}\nload;dc=x;host=b 2 {AT}\nload;dc=y;host=a 3 {AT}\nload 4 {AT}\n"
    ));
    let (code, out, err) =
        run(&server, &["rename", "--tag", "dc=x", "--set", "dc=z", "--set", "name=cpu", "--dry-run"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(
        out.contains("load;dc=x;host=b -> cpu;dc=z;host=b") && out.contains("2 series would be"),
        "{out}"
    );
    run(&server, &["rename", "--tag", "dc=x", "--set", "dc=z"]);
    assert_eq!(server.points("load;dc=z;host=b"), [(AT, 2.0)]);
    let (code, out, err) = run(&server, &["rename", "--tag", "dc=z", "--set", "host="]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("would both be called load;dc=z"), "{err}");
    let (_, out, _) = run(&server, &["delete", "--tag", "name=load", "--tag", "host=~a|c", "--dry-run"]);
    assert_eq!(out, "load;dc=y;host=a\nload;dc=z;host=a\n2 series would be deleted\n");
    let (code, out, _) = run(&server, &["delete", "--tag", "name=load", "--tag", "dc=z"]);
    assert_eq!((code, out.as_str()), (Some(0), "load;dc=z;host=a\nload;dc=z;host=b\n2 series deleted\n"));
    // The whole name of one, its tags in any order.
    let (_, out, _) = run(&server, &["rename", "load;host=a;dc=y", "load;host=c;dc=y"]);
    assert!(out.contains("load;dc=y;host=a -> load;dc=y;host=c"), "{out}");
    let (_, out, _) = run(&server, &["delete", "load;host=c;dc=y"]);
    assert!(out.contains("1 series deleted"), "{out}");
    assert_eq!(server.get("/metrics/index.json").json(), serde_json::json!(["load"]));
    assert_eq!(server.get("/tags/findSeries?expr=name!=").json(), serde_json::json!([]));
}

#[test]
fn what_changes_nothing_says_why() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("old.a 1 {AT}\nold.b 2 {AT}\nload;host=a 3 {AT}\n"));
    for (arguments, word) in [
        (&["rename", "old.*", "new"][..], "as many wildcards"),
        (&["rename", "old.?", "new"], "would both be called new"),
        (&["rename", "load;host=*", "new;host=*"], "do not reach into tags"),
        (&["delete", "load;*"], "do not reach into tags"),
        (&["delete", "--tag", "host!=b"], "empty value"),
        (&["delete", "--tag", "host"], "host: "),
        (&["rename", "--tag", "host=a", "--set", "host"], "TAG=VALUE"),
    ] {
        let (code, out, err) = run(&server, arguments);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(err.contains(word) && err.trim_end().lines().count() == 1, "{arguments:?}: {err}");
    }
    for (arguments, word) in [
        (&["delete", "load"][..], "--tag"),
        (&["rename", "*.x", "*.y"], "--tag"),
        (&["delete", "--tag", "host=b"], "seriesByTag"),
    ] {
        let (code, out, err) = run(&server, arguments);
        assert_eq!(code, Some(0), "{arguments:?}");
        assert!(out.starts_with("0 series") && err.contains(word), "{arguments:?}: {out}{err}");
    }
    assert_eq!(server.get("/metrics/index.json").json(), serde_json::json!(["old.a", "old.b"]));
    assert_eq!(server.get("/tags/findSeries?expr=host!=").json(), serde_json::json!(["load;host=a"]));
}

/// Runs a command without a server.
pub(crate) fn run_alone(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_plumbago")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_directory_is_read_and_verified_beside_its_server() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    server.send(format!("beside.a 1.5 {AT}\n"));
    let path = dir.path().to_str().unwrap();
    let clock = format!("fixed:{NOW}");
    let query = ["query", "beside.a", "--data-dir", path, "--clock", &clock];
    let (code, table, err) = run_alone(&query);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(table.contains("beside.a") && table.contains("1.5"), "{table}");
    let (code, report, _) = run_alone(&["verify", path]);
    assert_eq!(code, Some(0), "{report}");
    assert!(report.contains("in order") && report.contains("1 series"), "{report}");
    let (code, _, err) = run_alone(&["compact", path]);
    assert_eq!(code, Some(1));
    assert!(err.contains(&server.pid().to_string()), "{err}");
    assert_eq!(server.stop(), Some(0));
    let (code, table, _) = run_alone(&query);
    assert_eq!(code, Some(0));
    assert!(table.contains("1.5"), "{table}");
}

#[test]
fn a_stopped_servers_directory_is_compacted_and_changed() {
    let dir = fresh_dir();
    let path = dir.path().to_str().unwrap();
    for round in 0..3 {
        let server = Server::start(dir.path());
        server.send(format!(
            "offline.a {round} {}\noffline.b 7 {AT}\noffline.c;host=a 8 {AT}\n",
            AT + 10 * round
        ));
        assert_eq!(server.stop(), Some(0));
    }
    let (code, out, err) = run_alone(&["compact", path]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("merges"), "{out}");
    let (code, out, _) = run_alone(&["rename", "offline.a", "moved.a", "--data-dir", path]);
    assert_eq!(code, Some(0), "{out}");
    let (code, out, err) = run_alone(&["rename", "offline.*", "x", "--data-dir", path]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("as many wildcards"), "{err}");
    let (code, out, _) = run_alone(&["delete", "--tag", "host=a", "--data-dir", path]);
    assert_eq!((code, out.as_str()), (Some(0), "offline.c;host=a\n1 series deleted\n"));
    let (code, out, _) = run_alone(&["delete", "offline.*", "--data-dir", path]);
    assert_eq!(code, Some(0));
    assert_eq!(out, "offline.b\n1 series deleted\n");
    assert_eq!(run_alone(&["verify", path]).0, Some(0));
    let server = Server::start(dir.path());
    assert_eq!(server.points("moved.a"), [(AT, 0.0), (AT + 10, 1.0), (AT + 20, 2.0)]);
    assert_eq!(server.get("/metrics/index.json").json(), serde_json::json!(["moved.a"]));
}

#[test]
fn damage_is_found_and_named() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let lines: String = (0..100).map(|number| format!("damaged.s{number} {number}.5 {AT}\n")).collect();
    server.send(lines);
    assert_eq!(server.stop(), Some(0));
    let segments = std::fs::read_dir(dir.path().join("segments")).unwrap();
    let segment = segments.map(|entry| entry.unwrap().path()).next().expect("a stop leaves a segment");
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(&segment, bytes).unwrap();
    let (code, report, _) = run_alone(&["verify", dir.path().to_str().unwrap()]);
    assert_eq!(code, Some(1), "{report}");
    let name = segment.file_name().unwrap().to_str().unwrap();
    assert!(report.contains(name) && report.contains("1 fault\n"), "{report}");
}

#[test]
fn what_is_no_data_directory_is_refused_and_left_alone() {
    let dir = fresh_dir();
    let path = dir.path().to_str().unwrap();
    for command in [vec!["verify", path], vec!["compact", path], vec!["query", "a", "--data-dir", path]] {
        let (code, _, err) = run_alone(&command);
        assert_eq!(code, Some(1), "{command:?}");
        assert!(err.contains("no data directory") && err.trim_end().lines().count() == 1, "{err}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_reader_who_goes_early_is_no_fault() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_plumbago"))
        .arg("check-config")
        .stdout(writer)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(141), ""));
}
