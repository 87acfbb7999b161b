//! Files of rules: texts to a checked [`RuleSet`], or everything that is wrong with them.
//!
//! Invariant: no text makes this panic, nest deeply or grow; every fault has file, line and column; one wrong file refuses
//! all. Which files there are, and reading them, is the server's.

mod alert;
mod common;
mod event;
mod fault;
mod fields;
mod group;
mod labels;
mod quirk;
mod record;
mod rule;
mod schema;
mod tree;
mod unit;
mod when;

use std::collections::HashMap;

use plumbago_protocol::limits;

pub use fault::{Faults, FileError, Note};
pub use fields::{Fields, text};
pub use schema::schema;
pub use tree::{Key, Mark, Node, Text, TreeFault, Value, parse};
pub use unit::load_tests;

use crate::order::{Cycle, Ranks};
use crate::rule::{Group, Kind, RuleSet};

/// The keys of a file.
pub(crate) const FILE_KEYS: &[&str] = &["groups"];

/// Whether a file of this name (without its folder) holds rules: `*.yaml` and `*.yml`, but not tests of rules.
pub fn is_rule_file(name: &str) -> bool {
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.is_some_and(|stem| !stem.is_empty() && !stem.starts_with('.') && !stem.ends_with("_test"))
}

/// Whether a file of this name (without its folder) holds tests of rules: `*_test.yaml` and `*_test.yml`.
pub fn is_test_file(name: &str) -> bool {
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.is_some_and(|stem| !stem.starts_with('.') && stem.ends_with("_test"))
}

/// Reads rule files, each as its name and its text; the rules come in this order.
///
/// # Errors
/// Everything that is wrong in any of them, by file and line. There is no half of a set.
///
/// ```
/// let text = "groups: [{name: web, rules: [{record: 'all.cpu', expr: 'sumSeries(web.*.cpu)'}]}]";
/// let (rules, notes) = plumbago_rules::load(&[("web.yaml", text)]).unwrap();
/// assert_eq!((rules.groups.len(), notes.len()), (1, 0));
///
/// let errors = plumbago_rules::load(&[("web.yaml", "grups: []")]).unwrap_err();
/// assert_eq!(errors[0].to_string(), "web.yaml:1:1: unknown key \"grups\" of a file: did you mean \"groups\"?");
/// ```
pub fn load(files: &[(&str, &str)]) -> Result<(RuleSet, Vec<Note>), Vec<FileError>> {
    let (mut errors, mut notes) = (Vec::new(), Vec::new());
    let mut read = Read::default();
    for (name, text) in files {
        let mut faults = Faults::new(name, text);
        read_file(&mut faults, &mut read);
        errors.extend(faults.errors);
        notes.extend(faults.notes);
    }
    let count: usize = read.rules.groups.iter().map(|group| group.rules.len()).sum();
    if count > limits::RULES_MAX {
        let file = files.last().map_or("", |(name, _)| name).to_owned();
        let message =
            format!("there are {count} rules in all files, at most {} are allowed", limits::RULES_MAX);
        errors.push(FileError { file, line: 1, column: 1, message });
    }
    if errors.is_empty() {
        errors.extend(read.twins());
        let cycles = Ranks::of(&read.rules).err().unwrap_or_default();
        errors.extend(cycles.iter().map(|cycle| read.describe(cycle)));
    }
    errors.sort();
    errors.truncate(limits::RULE_ERRORS_MAX);
    if errors.is_empty() { Ok((read.rules, notes)) } else { Err(errors) }
}

/// What was read so far.
#[derive(Default)]
struct Read {
    rules: RuleSet,
    /// Where each rule's name and expression stand, by group.
    places: Vec<Vec<rule::Places>>,
}

fn read_file(faults: &mut Faults<'_>, read: &mut Read) {
    let start = Mark { line: 1, column: 1, index: 0 };
    if faults.text.len() > limits::RULE_FILE_BYTES_MAX {
        faults.at(start, format!("a file has at most {} bytes", limits::RULE_FILE_BYTES_MAX));
        return;
    }
    let root = match tree::parse(faults.text) {
        Ok(Some(root)) => root,
        Ok(None) => return faults.note(start, "the file is empty"),
        Err(fault) => {
            let (mark, message) = quirk::unquoted_condition(faults.text, &fault);
            return faults.at(mark, message);
        }
    };
    if matches!(&root.value, Value::Text(text) if text.is_null()) {
        return faults.note(start, "the file is empty");
    }
    let Some(fields) = Fields::of(&root, "a file", faults) else { return };
    fields.refuse_unknown("a file", FILE_KEYS, |_| None, faults);
    let groups = match fields.get("groups").map(|node| (&node.value, node)) {
        // A slip in just that key was told already.
        None if !faults.errors.is_empty() => return,
        None => return faults.at(fields.mark, "a file has the key groups, a list"),
        Some((Value::List(groups), _)) => groups,
        Some((_, node)) => return faults.at(node.mark, format!("groups is a list, not {}", node.kind())),
    };
    let mut names: HashMap<String, usize> = HashMap::new();
    for node in groups {
        let Some((group, places, name_mark)) = group::read(node, faults) else { continue };
        if let Some(first) = names.insert(group.name.to_string(), name_mark.line) {
            let name = &group.name;
            faults.at(
                name_mark,
                format!("the group {name:?} stands twice in this file, first in line {first}"),
            );
        }
        read.rules.groups.push(group);
        read.places.push(places);
    }
}

impl Read {
    /// Rules of events or of alarms that cannot be told apart: what they make would be one and the same.
    fn twins(&self) -> Vec<FileError> {
        let mut seen = HashMap::new();
        let mut errors = Vec::new();
        for (group, places) in self.rules.groups.iter().zip(&self.places) {
            for (rule, places) in group.rules.iter().zip(places) {
                if matches!(rule.kind, Kind::Record(_)) {
                    continue;
                }
                let here = (group, rule.line);
                if let Some((first, line)) = seen.insert((&group.name, &rule.name, &rule.labels), here) {
                    let message = format!(
                        "this rule has the group name, name and labels of the one in {}:{line}; give one of them a label \
                         of its own",
                        first.file
                    );
                    errors.push(error_at(group, places.name, message));
                }
            }
        }
        errors
    }

    /// A cycle, at the expression that closes it.
    fn describe(&self, cycle: &Cycle) -> FileError {
        let name = |(group, rule): &(usize, usize)| {
            let group = self.rules.groups.get(*group);
            group.and_then(|group| group.rules.get(*rule)).map_or("?", |rule| &rule.name)
        };
        let path: Vec<&str> = cycle.path.iter().chain(cycle.path.first()).map(name).collect();
        let path = path.join(" → ");
        let message = match cycle.path.len() {
            1 => format!(
                "the expression can match what the rule itself records: {path}; exclude_self: true leaves its own \
                 results out"
            ),
            _ => format!("rules read each other's results in a circle: {path}"),
        };
        let (group, rule) = cycle.path.first().copied().unwrap_or_default();
        let places = self.places.get(group).and_then(|list| list.get(rule)).copied().unwrap_or_default();
        match self.rules.groups.get(group) {
            Some(group) => error_at(group, places.expression, message),
            None => FileError { file: String::new(), line: 1, column: 1, message },
        }
    }
}

fn error_at(group: &Group, mark: Mark, message: String) -> FileError {
    FileError { file: group.file.to_string(), line: mark.line, column: mark.column, message }
}

#[cfg(test)]
mod tests;
