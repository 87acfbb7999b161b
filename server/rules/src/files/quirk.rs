//! `when: > 90` without quotes, which YAML takes for something else.

use super::tree::{Mark, TreeFault};

/// Keys after which a condition stands.
const KEYS: [&str; 6] = ["when", "clear", "info", "warning", "error", "critical"];

/// The fault as a person should see it.
pub(super) fn unquoted_condition(text: &str, fault: &TreeFault) -> (Mark, String) {
    near(text, fault.mark.line).unwrap_or_else(|| (fault.mark, fault.message.clone()))
}

/// A condition that YAML takes for something else, in a line (from 1) or in the one before, and what to do about it.
pub(super) fn near(text: &str, line: usize) -> Option<(Mark, String)> {
    let first = line.saturating_sub(2);
    let lines = text.lines().enumerate().skip(first).take(line.saturating_sub(first));
    let found = lines.filter_map(|(at, line)| Some((at, line, condition(line)?))).last();
    found.map(|(at, line, (offset, key, condition))| {
        let column = line.get(..offset).unwrap_or_default().chars().count() + 1;
        let mark = Mark { line: at + 1, column, index: 0 };
        (mark, format!("quote the condition: {key}: {condition:?}"))
    })
}

/// A condition behind a key, with the offset at which it begins.
fn condition(line: &str) -> Option<(usize, &str, &str)> {
    KEYS.iter().find_map(|key| {
        let at = line.match_indices(key).map(|(at, _)| at).find(|at| {
            let before = line.get(..*at).unwrap_or_default();
            before.is_empty() || before.ends_with([' ', '{', ',', '-', '\t'])
        })?;
        let after = line.get(at + key.len()..)?.trim_start().strip_prefix(':')?;
        let value = after.trim_start();
        let condition = value.split([',', '}', '#']).next().unwrap_or_default().trim_end();
        let number = condition.trim_start_matches(['<', '>', '=', '!']);
        // `< 90` and `== 90` are texts to YAML, too.
        let is_taken_wrongly = condition.starts_with(['>', '!']);
        let is_condition = is_taken_wrongly && number.trim_start().starts_with(is_number_start);
        is_condition.then(|| (line.len() - value.len(), *key, condition))
    })
}

fn is_number_start(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '-' | '+' | '.')
}
