//! The reference of rule files: its examples load, and it names every key.

use crate::files::{alert, event, group, load, record};

const REFERENCE: &str = include_str!("../../../../../docs/rule-files.md");

#[test]
fn examples_load() {
    let examples: Vec<&str> =
        REFERENCE.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        load(&[("docs.yaml", example)]).unwrap_or_else(|errors| panic!("{example}\n{errors:#?}"));
    }
}

#[test]
fn every_key_is_named() {
    for key in [group::KEYS, record::KEYS, event::KEYS, alert::KEYS, alert::ON_KEYS].concat() {
        assert!(REFERENCE.contains(&format!("`{key}`")), "{key}");
    }
}
