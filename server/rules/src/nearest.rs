//! The word that was probably meant.

/// The word of `known` that is the fewest edits away from `word`, if these are few for its length.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    /// Words longer than this are not compared: no name of ours is.
    const COMPARED_BYTES_MAX: usize = 64;
    if word.len() > COMPARED_BYTES_MAX {
        return None;
    }
    let patience = (word.chars().count() / 3).clamp(1, 3);
    let word = plain(word);
    let near = known.map(|one| (edits(&word, &plain(one)), one)).filter(|(edits, _)| *edits <= patience);
    near.min_by_key(|(edits, _)| *edits).map(|(_, one)| one)
}

/// Without case, and hyphens as underscores: both are slips of the same kind.
fn plain(word: &str) -> Vec<char> {
    word.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// Insertions, deletions and replacements that make one word the other.
fn edits(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, left) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, right) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let known = ["interval", "window", "keep_tags", "for"];
        for (word, near) in [
            ("intervall", Some("interval")),
            ("keep-tags", Some("keep_tags")),
            ("Window", Some("window")),
            ("fro", None),
            ("fo", Some("for")),
            ("expression", None),
        ] {
            assert_eq!(nearest(word, known.into_iter()), near, "{word}");
        }
    }
}
