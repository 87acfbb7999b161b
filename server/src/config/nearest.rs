//! Which valid name a misspelt one is nearest to. Names only; what they name is the caller's business.

/// The candidate with the fewest edits to `word`, the first of equals; `None` without candidates.
pub(super) fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    candidates.min_by_key(|candidate| edit_count(word, candidate))
}

/// How many characters must be put in, left out or replaced to turn `from` into `to`.
fn edit_count(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, character) in from.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(&to) {
            let replaced = diagonal + usize::from(character != *other);
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("http", "htpp", 1),
            ("abc", "bcd", 2),
        ] {
            assert_eq!(edit_count(from, to), count, "{from} to {to}");
        }
    }

    #[test]
    fn the_first_of_equals_wins() {
        assert_eq!(nearest("udb", ["udp", "uda"].into_iter()), Some("udp"));
        assert_eq!(nearest("x", std::iter::empty()), None);
    }
}
