//! The data set of the conformance answers, loaded through its own schema and aggregation files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use fancy_regex::Regex;
use plumbago_protocol::Aggregation;

use crate::memory::{Class, Memory};

/// Where the answers lie beside the project; `None` on a machine without them.
pub(crate) fn folder() -> Option<PathBuf> {
    let from_environment = std::env::var_os("PLUMBAGO_CONFORMANCE").map(PathBuf::from);
    let beside =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/conformance"));
    from_environment.into_iter().chain(beside).find(|folder| folder.join("public.jsonl").exists())
}

/// Loads everything into memory.
pub(crate) fn load(folder: &Path) -> Memory {
    let read = |name: &str| std::fs::read_to_string(folder.join("dataset").join(name)).unwrap();
    let schemas = sections(&read("storage-schemas.conf"));
    let rules = sections(&read("storage-aggregation.conf"));
    let unpacked =
        Command::new("gzip").arg("-dc").arg(folder.join("dataset/dataset.txt.gz")).output().unwrap();
    assert!(unpacked.status.success(), "gzip: {}", String::from_utf8_lossy(&unpacked.stderr));
    let mut points: BTreeMap<&str, Vec<(i64, f64)>> = BTreeMap::new();
    let text = String::from_utf8(unpacked.stdout).unwrap();
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
