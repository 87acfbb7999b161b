//! The reference of receivers: its examples are read without a fault, and it names every key.

use plumbago_rules::yaml::{Faults, Fields, Node, Value, parse};

use super::{Context, GLOBAL_KEYS, Globals, INTEGRATION_KEYS, Integration};

const REFERENCE: &str = include_str!("../../../../docs/receivers.md");

fn examples() -> impl Iterator<Item = &'static str> {
    REFERENCE.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next())
}

fn list<'n>(fields: &Fields<'n>, key: &str) -> &'n [Node] {
    match fields.get(key).map(|node| &node.value) {
        Some(Value::List(list)) => list,
        _ => &[],
    }
}

/// The kinds that an example has.
fn read(example: &'static str) -> Vec<&'static str> {
    let mut faults = Faults::new("receivers.md", example);
    let root = parse(example).expect("YAML").expect("a document");
    let root = Fields::of(&root, "the file", &mut faults).expect("a mapping");
    let read_file = |_: &str| Ok("https://from-a-file.example/x".to_owned());
    let globals = root.get("global").and_then(|node| Fields::of(node, "global", &mut faults));
    let globals = globals.map(|fields| Globals::read(&fields, &read_file, &mut faults)).unwrap_or_default();
    let context = Context { globals: &globals, read_file: &read_file };
    let mut kinds = Vec::new();
    for receiver in list(&root, "receivers") {
        let receiver = Fields::of(receiver, "a receiver", &mut faults).expect("a mapping");
        for key in INTEGRATION_KEYS {
            for node in list(&receiver, key) {
                let fields = Fields::of(node, key, &mut faults).expect("a mapping");
                kinds.extend(Integration::read(key, &fields, &context, &mut faults).map(|_| key));
            }
        }
    }
    assert!(faults.errors.is_empty(), "{example}\n{:#?}", faults.errors);
    kinds
}

#[test]
fn examples_are_read() {
    let kinds: Vec<&str> = examples().flat_map(read).collect();
    for key in INTEGRATION_KEYS {
        assert!(kinds.contains(&key), "there is no example of {key}");
    }
}

#[test]
fn every_key_is_named() {
    let keys = [
        super::webhook::KEYS.as_slice(),
        &super::email::KEYS,
        &super::slack::KEYS,
        &super::pagerduty::KEYS,
        &super::opsgenie::KEYS,
        &super::exec::KEYS,
        &super::alertmanager::KEYS,
    ];
    for key in keys.concat().iter().chain(&GLOBAL_KEYS) {
        assert!(REFERENCE.contains(&format!("`{key}`")), "{key}");
    }
}
