//! The word that was probably meant.

/// The word of `known` that is the fewest edits away from `word`, if these are few for its length.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
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

/// Insertions, deletions, replacements and swaps of neighbours that make one word the other.
fn edits(one: &[char], other: &[char]) -> usize {
    let mut before = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, left) in one.iter().enumerate() {
        let mut next = vec![at + 1];
        for (column, right) in other.iter().enumerate() {
            let replaced = row[column] + usize::from(left != right);
            let mut fewest = replaced.min(row[column + 1] + 1).min(next[column] + 1);
            let swaps = at > 0 && column > 0 && one[at - 1] == *right && other[column - 1] == *left;
            if let (true, Some(fewer)) = (swaps, before.get(column.wrapping_sub(1))) {
                fewest = fewest.min(fewer + 1);
            }
            next.push(fewest);
        }
        before = std::mem::replace(&mut row, next);
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
            ("fro", Some("for")),
            ("form", Some("for")),
            ("file", None),
            ("fo", Some("for")),
            ("expression", None),
        ] {
            assert_eq!(nearest(word, known.into_iter()), near, "{word}");
        }
    }
}
