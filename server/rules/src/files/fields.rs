//! The keys of a mapping, and values of the types that rules need.
//!
//! Invariant: whatever does not fit is reported at its place, and reading goes on: a file's faults are found together.

use super::fault::Faults;
use super::tree::{Key, Mark, Node, Value};
use crate::duration::parse_duration;
use crate::nearest::nearest;

/// A mapping whose keys are known.
pub struct Fields<'n> {
    entries: &'n [(Key, Node)],
    /// Where the mapping begins.
    pub mark: Mark,
}

impl<'n> Fields<'n> {
    /// The mapping that a node is.
    pub fn of(node: &'n Node, what: &str, faults: &mut Faults<'_>) -> Option<Fields<'n>> {
        match &node.value {
            Value::Map(entries) => Some(Fields { entries, mark: node.mark }),
            _ => {
                faults.at(node.mark, format!("{what} is a mapping of keys and values, not {}", node.kind()));
                None
            }
        }
    }

    /// Reports every key that is not among `known`; `elsewhere` may say more about one that is known in another place.
    pub fn refuse_unknown(
        &self,
        what: &str,
        known: &[&str],
        elsewhere: impl Fn(&str) -> Option<String>,
        faults: &mut Faults<'_>,
    ) {
        for (key, _) in self.entries.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
            let shown: String = key.name.chars().take(60).collect();
            let message = match (elsewhere(&key.name), nearest(&key.name, known.iter().copied())) {
                (Some(reason), _) => reason,
                (None, Some(near)) => format!("unknown key {shown:?} of {what}: did you mean {near:?}?"),
                (None, None) => format!("unknown key {shown:?} of {what}; there are {}", known.join(", ")),
            };
            faults.at(key.mark, message);
        }
    }

    /// The value of a key.
    pub fn get(&self, name: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// Where a key stands.
    pub fn key_mark(&self, name: &str) -> Option<Mark> {
        self.entries.iter().find(|(key, _)| key.name == name).map(|(key, _)| key.mark)
    }

    /// All keys and values, in the order of the text.
    pub fn entries(&self) -> &'n [(Key, Node)] {
        self.entries
    }

    /// A text.
    pub fn text(&self, name: &str, faults: &mut Faults<'_>) -> Option<&'n str> {
        text(self.get(name)?, name, faults)
    }

    /// A duration in milliseconds, at most `most_ms`.
    pub fn duration_ms(&self, name: &str, most_ms: i64, faults: &mut Faults<'_>) -> Option<i64> {
        let node = self.get(name)?;
        let duration = parse_duration(text(node, name, faults)?);
        match duration {
            Ok(duration) if duration <= most_ms => Some(duration),
            Ok(_) => {
                let most = crate::duration::show_duration(most_ms);
                faults.at(node.mark, format!("{name} is at most {most}"));
                None
            }
            Err(error) => {
                faults.at(node.mark, format!("{name}: {error}"));
                None
            }
        }
    }

    /// A duration in whole seconds, from `least` to `most`.
    pub fn duration_secs(&self, name: &str, least: i64, most: i64, faults: &mut Faults<'_>) -> Option<i64> {
        let milliseconds = self.duration_ms(name, most.saturating_mul(1000), faults)?;
        let mark = self.get(name)?.mark;
        if milliseconds % 1000 != 0 {
            faults.at(mark, format!("{name} is a whole number of seconds"));
            return None;
        }
        if milliseconds / 1000 < least {
            faults.at(mark, format!("{name} is at least {least}s"));
            return None;
        }
        Some(milliseconds / 1000)
    }

    /// A whole number, at most `most`.
    pub fn count(&self, name: &str, most: usize, faults: &mut Faults<'_>) -> Option<usize> {
        let node = self.get(name)?;
        let written = text(node, name, faults)?;
        match written.parse::<usize>() {
            Ok(count) if count <= most => Some(count),
            Ok(_) => {
                faults.at(node.mark, format!("{name} is at most {most}"));
                None
            }
            Err(_) => {
                faults.at(node.mark, format!("{name} is a whole number, not {written:?}"));
                None
            }
        }
    }

    /// True or false.
    pub fn boolean(&self, name: &str, faults: &mut Faults<'_>) -> Option<bool> {
        let node = self.get(name)?;
        match text(node, name, faults)? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            other => {
                faults.at(node.mark, format!("{name} is true or false, not {other:?}"));
                None
            }
        }
    }

    /// The texts of a list, each with its node.
    pub fn texts(&self, name: &str, faults: &mut Faults<'_>) -> Vec<(&'n Node, &'n str)> {
        let Some(node) = self.get(name) else { return Vec::new() };
        let Value::List(list) = &node.value else {
            faults.at(node.mark, format!("{name} is a list of texts, not {}", node.kind()));
            return Vec::new();
        };
        let each = format!("each of {name}");
        list.iter().filter_map(|one| Some((one, text(one, &each, faults)?))).collect()
    }
}

/// The text that a node is.
pub fn text<'n>(node: &'n Node, name: &str, faults: &mut Faults<'_>) -> Option<&'n str> {
    match &node.value {
        Value::Text(text) if !text.is_null() => Some(&text.text),
        _ => {
            faults.at(node.mark, format!("{name} is a text, not {}", node.kind()));
            None
        }
    }
}
