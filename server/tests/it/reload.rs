//! SIGHUP: what it takes over, and what it refuses as a whole.

use crate::harness::{NOW, Server, fresh_dir};
use std::path::{Path, PathBuf};

const AT: i64 = NOW - 60;
const APPLIED: &str = "plumbago_reloads_total{outcome=\"applied\"}";
const REFUSED: &str = "plumbago_reloads_total{outcome=\"refused\"}";
const SKIPPED: &str = "plumbago_rule_sections_skipped";

/// A server whose configuration and schemas are files in `dir`.
struct Reloadable {
    server: Server,
    config: PathBuf,
    schemas: PathBuf,
}

impl Reloadable {
    fn start(dir: &Path, config_text: &str, schemas_text: &str) -> Reloadable {
        let (config, schemas) = (dir.join("plumbago.toml"), dir.join("storage-schemas.conf"));
        std::fs::write(&config, config_text).unwrap();
        std::fs::write(&schemas, schemas_text).unwrap();
        let flags = ["--config", config.to_str().unwrap(), "--storage-schemas", schemas.to_str().unwrap()];
        let server = Server::start_with(&dir.join("data"), &flags);
        Reloadable { server, config, schemas }
    }

    /// Writes a file, sends SIGHUP, and waits until the reload was counted as this.
    fn reload(&self, file: &Path, text: &str, outcome: &str) {
        let before = self.server.metric(outcome);
        std::fs::write(file, text).unwrap();
        self.server.signal("HUP");
        self.server.wait_until("the reload was counted", |server| server.metric(outcome) == before + 1.0);
    }

    /// Seconds between two points of `target`.
    fn step(&self, target: &str) -> i64 {
        let path = format!("/render?target={target}&from={}&until={NOW}&format=json", NOW - 600);
        let answer = self.server.get(&path).json();
        let datapoints = answer[0]["datapoints"].as_array().unwrap();
        datapoints[1][1].as_i64().unwrap() - datapoints[0][1].as_i64().unwrap()
    }
}

fn schema(name: &str, retentions: &str) -> String {
    format!("[{name}]\npattern = ^{name}\nretentions = {retentions}\n")
}

#[test]
fn limits_change_at_a_reload_and_a_faulty_file_changes_nothing() {
    let dir = fresh_dir();
    let one = Reloadable::start(dir.path(), "", &schema("a", "10s:1d"));
    one.server.send(format!("a.x 1 {AT}\na.y 2 {AT}\n"));
    let status = || one.server.get("/render?target=a.*&from=-5min&format=json").status;
    assert_eq!(status(), 200);
    one.reload(&one.config, "[query]\nseries_max = 1\n[listen]\nudp = \"off\"\n", APPLIED);
    assert_eq!(status(), 400, "one series is the limit now");
    one.reload(&one.config, "[query]\nseries_max = 5\n[log]\nlevel = \"loud\"\n", REFUSED);
    assert_eq!(status(), 400, "all of the file is refused");
    one.reload(&one.config, "[ingest]\nline_bytes_max = 256\n", APPLIED);
    assert_eq!(status(), 200);
    one.server.send(format!("a.{} 1 {AT}\n", "z".repeat(300)));
    assert_eq!(one.server.refused("plaintext", "line_too_long"), 1.0);
}

#[test]
fn limits_on_series_change_at_a_reload() {
    let dir = fresh_dir();
    let one = Reloadable::start(dir.path(), "[cardinality]\nseries_max = 1\n", &schema("a", "10s:1d"));
    let refused = || one.server.refused("plaintext", "series_limit");
    one.server.send(format!("a.x 1 {AT}\na.y 2 {AT}\n"));
    assert_eq!(refused(), 1.0);
    one.reload(
        &one.config,
        "[cardinality]\nseries_max = 3\nrules = [{ prefix = 'a', series_max = 2 }]\n",
        APPLIED,
    );
    one.server.send(format!("a.x 1 {AT}\na.y 2 {AT}\na.z 3 {AT}\n"));
    assert_eq!(refused(), 2.0);
    let kept = one.server.rejected("plaintext", "series_limit");
    assert!(kept[1]["error"].as_str().unwrap().ends_with("rule a, a: at most 2"), "{kept:?}");
    let count = "plumbago_cardinality_refused_points_total{rule=\"all\",reason=\"series_limit\"}";
    assert_eq!(one.server.metric(count), 1.0, "what was refused stays counted");
    one.reload(&one.config, "", APPLIED);
    one.server.send(format!("a.z 3 {AT}\n"));
    assert_eq!((refused(), one.server.received("plaintext")), (2.0, 4.0));
}

#[test]
fn a_rule_file_with_a_wrong_section_is_refused_whole() {
    let dir = fresh_dir();
    let one = Reloadable::start(dir.path(), "", &schema("a", "10s:1d"));
    one.server.send(format!("a.x 1 {AT}\n"));
    assert_eq!((one.step("a.x"), one.server.metric(SKIPPED)), (10, 0.0));
    let half = schema("a", "60s:1d") + &schema("b", "60s");
    one.reload(&one.schemas, &half, REFUSED);
    one.reload(&one.schemas, "", REFUSED);
    assert_eq!((one.step("a.x"), one.server.metric(SKIPPED)), (10, 0.0));
    one.reload(&one.schemas, &(schema("a", "60s:1d") + &schema("b", "60s:7d")), APPLIED);
    assert_eq!(one.step("a.x"), 60);
}

#[test]
fn a_start_goes_on_without_a_wrong_section_and_says_so() {
    let dir = fresh_dir();
    let text = schema("a", "10s:1d") + "[b]\npattern = (\nretentions = 10s:1d\n";
    let one = Reloadable::start(dir.path(), "", &text);
    one.server.send(format!("a.x 1 {AT}\n"));
    assert_eq!((one.step("a.x"), one.server.metric(SKIPPED)), (10, 1.0));
    one.reload(&one.schemas, &schema("a", "10s:1d"), APPLIED);
    assert_eq!(one.server.metric(SKIPPED), 0.0);
}
