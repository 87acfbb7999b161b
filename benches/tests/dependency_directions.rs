//! Holds the packages to the directions that docs/architecture.md draws: server → alerting → rules → query → protocol,
//! server → pictures → query,
//! and server → engine → protocol, with tokio and hyper nowhere below the server. Reads `cargo metadata`, so that a
//! dependency of a dependency counts as well.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

const PROTOCOL: &str = "plumbago-protocol";
const ENGINE: &str = "plumbago-engine";
const QUERY: &str = "plumbago-query";
const RULES: &str = "plumbago-rules";
const PICTURES: &str = "plumbago-pictures";
const ALERTING: &str = "plumbago-alerting";
const SERVER: &str = "plumbago";

/// Crates that only the server may know: the asynchronous runtime, HTTP, and what is built on them.
const SERVER_ONLY: &[&str] =
    &["tokio", "mio", "hyper", "hyper-rustls", "hyper-util", "http-body-util", "lettre", "rustls", "socket2"];

/// The dependency graph of the workspace for this host, dependencies of tests and benchmarks left out.
struct Graph {
    names: BTreeMap<String, String>,
    edges: BTreeMap<String, Vec<String>>,
}

impl Graph {
    fn read() -> Self {
        let host = output(Command::new("rustc").arg("-vV"));
        let host = host.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
        let metadata = output(
            Command::new(env!("CARGO"))
                .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host])
                .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")]),
        );
        let metadata: Value = serde_json::from_str(&metadata).expect("cargo metadata is JSON");

        let names = array(&metadata["packages"])
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let edges =
            array(&metadata["resolve"]["nodes"]).map(|node| (text(&node["id"]), built_with(node))).collect();
        Self { names, edges }
    }

    /// The names of everything that the package is built with, itself left out.
    fn reachable(&self, name: &str) -> BTreeSet<&str> {
        let (root, _) = self.names.iter().find(|(_, found)| *found == name).expect("the package exists");
        let mut seen = BTreeSet::new();
        let mut waiting = vec![root];
        while let Some(id) = waiting.pop() {
            for next in &self.edges[id] {
                if seen.insert(next) {
                    waiting.push(next);
                }
            }
        }
        seen.into_iter().map(|id| self.names[id].as_str()).collect()
    }

    /// The packages of this workspace among those.
    fn own(&self, name: &str) -> BTreeSet<&str> {
        self.reachable(name).into_iter().filter(|found| found.starts_with("plumbago")).collect()
    }
}

/// Ids of a node's normal and build dependencies; a `null` kind is a normal one.
fn built_with(node: &Value) -> Vec<String> {
    array(&node["deps"])
        .filter(|dependency| array(&dependency["dep_kinds"]).any(|kind| kind["kind"].as_str() != Some("dev")))
        .map(|dependency| text(&dependency["pkg"]))
        .collect()
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("the toolchain runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the toolchain writes UTF-8")
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("an array").iter()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

#[test]
fn packages_depend_in_the_directions_of_the_architecture_only() {
    let graph = Graph::read();
    assert_eq!(graph.own(PROTOCOL), BTreeSet::new());
    assert_eq!(graph.own(ENGINE), BTreeSet::from([PROTOCOL]));
    assert_eq!(graph.own(QUERY), BTreeSet::from([PROTOCOL]));
    assert_eq!(graph.own(RULES), BTreeSet::from([PROTOCOL, QUERY]));
    assert_eq!(graph.own(PICTURES), BTreeSet::from([PROTOCOL, QUERY]));
    assert_eq!(graph.own(ALERTING), BTreeSet::from([PROTOCOL, QUERY, RULES]));
    assert_eq!(graph.own(SERVER), BTreeSet::from([PROTOCOL, ENGINE, QUERY, RULES, ALERTING, PICTURES]));
}

#[test]
fn the_runtime_and_http_stay_in_the_server() {
    let graph = Graph::read();
    let server = graph.reachable(SERVER);
    assert!(server.contains("tokio") && server.contains("hyper"), "the server is where they are");
    for package in [PROTOCOL, ENGINE, QUERY, RULES, ALERTING, PICTURES] {
        let below = graph.reachable(package);
        for name in SERVER_ONLY {
            assert!(!below.contains(name), "{package} is built with {name}, which belongs to the server");
        }
    }
}
