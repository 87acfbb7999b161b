//! How `/render` makes fewer points of many, and what it says of it with `meta=true`.

use crate::harness::{NOW, Server, encode, fresh_dir};
use serde_json::json;

const AT: i64 = NOW - NOW % 60 - 120;

/// Six values of ten seconds each: 0, 1 … 5, for two series that are counted per ten seconds.
fn server_with_data(dir: &std::path::Path) -> Server {
    let rules = dir.join("storage-aggregation.conf");
    std::fs::write(&rules, "[counts]\npattern = ^hits\nxFilesFactor = 0\naggregationMethod = sum\n").unwrap();
    let data = dir.join("data");
    std::fs::create_dir(&data).unwrap();
    let server = Server::start_with(&data, &["--storage-aggregation", &rules.display().to_string()]);
    let mut lines = String::new();
    for name in ["hits.a", "hits.b", "load"] {
        for step in 0..6 {
            lines.push_str(&format!("{name} {step} {}\n", AT + 10 * step));
        }
    }
    server.send(lines);
    server
}

fn render(server: &Server, target: &str, more: &str) -> serde_json::Value {
    let range = format!("from={}&until={}&maxDataPoints=1", AT - 10, AT + 50);
    let answer = server.get(&format!("/render?target={}&{range}&format=json{more}", encode(target)));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[test]
fn stored_adds_up_what_the_store_adds_up() {
    let dir = fresh_dir();
    let server = server_with_data(dir.path());
    for (target, more, expected) in [
        ("hits.a", "", 2.5),
        ("hits.a", "&consolidation=stored", 15.0),
        ("load", "&consolidation=stored", 2.5),
        ("sumSeries(hits.*)", "&consolidation=stored", 30.0),
        ("sumSeries(hits.a, load)", "&consolidation=stored", 5.0),
        ("consolidateBy(hits.a, \"max\")", "&consolidation=stored", 5.0),
        ("consolidateBy(hits.a, \"stored\")", "", 15.0),
        ("consolidateBy(scale(hits.a, 2), \"stored\")", "&consolidation=average", 30.0),
    ] {
        let answer = render(&server, target, more);
        assert_eq!(answer[0]["datapoints"][0][0], json!(expected), "{target} {more}");
    }
    assert_eq!(server.get("/render?target=load&consolidation=mean").status, 400);
}

#[test]
fn meta_tells_the_archive_and_the_consolidation_of_every_series() {
    let dir = fresh_dir();
    let server = server_with_data(dir.path());
    let answer = render(
        &server,
        "group(hits.a, sumSeries(hits.*), constantLine(1))",
        "&meta=true&consolidation=stored",
    );
    assert_eq!(answer["version"], "v0.1");
    let series = answer["series"].as_array().unwrap();
    assert_eq!(series[0]["datapoints"][0][0], json!(15.0));
    let lineage = &series[0]["meta"][0];
    for (key, expected) in [
        ("archive-read", json!(0)),
        ("archive-interval", json!(10)),
        ("aggnum-norm", json!(1)),
        ("aggnum-rc", json!(6)),
        ("consolidator-normfetch", json!("SumConsolidator")),
        ("consolidator-rc", json!("SumConsolidator")),
        ("count", json!(1)),
    ] {
        assert_eq!(lineage[key], expected, "{key}");
    }
    assert!(lineage["schema-retentions"].as_str().unwrap().starts_with("10s:"), "{lineage}");
    assert_eq!(series[1]["meta"][0]["count"], json!(2));
    assert_eq!(series[2]["meta"], json!([]), "a constant comes from no archive");
    assert!(render(&server, "load", "&meta=false").is_array());
}
