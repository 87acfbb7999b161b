//! A text in which `*` stands for anything, or nothing.
//!
//! Invariant: two stars in a row are one; matching takes time in proportion to the two lengths multiplied, at the worst.

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What stands between the stars; one part alone has no star.
    parts: Vec<String>,
}

impl Pattern {
    /// Reads a pattern.
    pub fn new(text: &str) -> Pattern {
        let mut parts: Vec<String> = text.split('*').map(str::to_owned).collect();
        let last = parts.len().saturating_sub(1);
        let mut place = 0;
        parts.retain(|part| {
            let keeps = place == 0 || place == last || !part.is_empty();
            place += 1;
            keeps
        });
        Pattern { parts }
    }

    /// A text that matches nothing but itself.
    pub fn exact(text: &str) -> Pattern {
        Pattern { parts: vec![text.to_owned()] }
    }

    /// The one text that it matches, where it has no star.
    pub fn as_exact(&self) -> Option<&str> {
        match &self.parts[..] {
            [text] => Some(text),
            _ => None,
        }
    }

    /// What stands between the stars, in order.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// What every match begins with.
    pub fn prefix(&self) -> &str {
        self.parts.first().map_or("", String::as_str)
    }

    /// Whether `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.parts.split_first() else {
            return text.is_empty();
        };
        let Some((last, middle)) = rest.split_last() else {
            return text == first;
        };
        let Some(mut left) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            // The earliest place leaves the most for the parts that follow.
            match left.find(part.as_str()) {
                Some(place) => left = &left[place + part.len()..],
                None => return false,
            }
        }
        left.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("web1", "web1", true),
            ("web1", "web12", false),
            ("web*", "web12", true),
            ("web*", "web", true),
            ("*web", "a.web", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
            ("a*a", "a", false),
            ("**", "", true),
            ("*é*", "caféx", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_an_index_can_use_is_known() {
        assert_eq!(Pattern::new("a").as_exact(), Some("a"));
        assert_eq!((Pattern::new("a*").prefix(), Pattern::new("a*").as_exact()), ("a", None));
        assert_eq!(Pattern::new("a**b*").parts(), ["a", "b", ""]);
        assert_eq!(Pattern::exact("a*").as_exact(), Some("a*"));
    }
}
