//! The recorded answers of graphite-web, and their data set, loaded through its own schema and aggregation files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use fancy_regex::Regex;
use plumbago_protocol::Aggregation;
use serde_json::Value;

use crate::memory::{Class, Memory};

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/recorded").join(name)
}

fn unpacked(name: &str) -> String {
    let unpacked = Command::new("gzip").arg("-dc").arg(recorded(name)).output().unwrap();
    assert!(unpacked.status.success(), "gzip: {}", String::from_utf8_lossy(&unpacked.stderr));
    String::from_utf8(unpacked.stdout).unwrap()
}

/// Every request with its answer; tests/conformance/README.md describes them.
pub(crate) fn cases() -> Vec<Value> {
    unpacked("answers.jsonl.gz").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Loads every point into memory.
pub(crate) fn load() -> Memory {
    let rules_of = |name: &str| sections(&std::fs::read_to_string(recorded(name)).unwrap());
    let schemas = rules_of("storage-schemas.conf");
    let rules = rules_of("storage-aggregation.conf");
    let mut points: BTreeMap<&str, Vec<(i64, f64)>> = BTreeMap::new();
    let text = unpacked("dataset.txt.gz");
    for line in text.lines() {
        let mut words = line.rsplitn(3, ' ');
        let time = words.next().unwrap().parse().unwrap();
        let value = words.next().unwrap().parse().unwrap();
        points.entry(words.next().unwrap()).or_default().push((time, value));
    }
    let mut memory = Memory::default();
    for (name, points) in points {
        memory.insert(name, class(name, &schemas, &rules), &points);
    }
    memory
}

/// The pattern and the other keys of a section.
type Section = (Regex, BTreeMap<String, String>);

fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<BTreeMap<String, String>> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.split_once('=') {
            Some((key, value)) => {
                sections.last_mut().unwrap().insert(key.trim().to_owned(), value.trim().to_owned());
            }
            None => sections.push(BTreeMap::new()),
        }
    }
    sections.into_iter().map(|section| (Regex::new(&section["pattern"]).unwrap(), section)).collect()
}

fn class(name: &str, schemas: &[Section], rules: &[Section]) -> Class {
    let first = |sections: &[Section]| {
        sections
            .iter()
            .find(|(pattern, _)| pattern.is_match(name).unwrap())
            .map(|(_, keys)| keys.clone())
            .unwrap()
    };
    let (schema, rule) = (first(schemas), first(rules));
    let archives = schema["retentions"].split(',').map(|archive| {
        let (step, retention) = archive.trim().split_once(':').unwrap();
        (seconds(step), seconds(retention))
    });
    Class {
        archives: archives.collect(),
        aggregation: Aggregation::parse(&rule["aggregationMethod"]).unwrap(),
        x_files_factor: rule["xFilesFactor"].parse().unwrap(),
    }
}

fn seconds(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "y" => 31_536_000,
        _ => panic!("{text}"),
    };
    number.parse::<i64>().unwrap() * factor
}
