//! What carbon's line-wise files have in common: comments, blank lines and a cap on rules.

use plumbago_protocol::limits::CARBON_RULES_MAX;

use super::warning::Warnings;

/// The lines of `text` that say something, trimmed, with their numbers from 1. Lines that begin with `#` are comments.
pub(super) fn meaningful(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// Whether there is room for one more rule; says so once when there is none.
pub(super) fn has_room(count: usize, line: usize, warnings: &mut Warnings) -> bool {
    if count == CARBON_RULES_MAX {
        let reason = format!("this file holds more than {CARBON_RULES_MAX} rules");
        warnings.push_skipped_line(line, reason, "carbon has no limit");
    }
    count < CARBON_RULES_MAX
}
