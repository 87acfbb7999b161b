//! Taking a canonical name apart.
//!
//! Owns the split into the metric's own name and its tags. It expects a canonical name; given another text it
//! answers something sensible rather than failing.

/// The metric's own name and an iterator over its `(tag, value)` pairs, in canonical order. The tag `name`, which
/// every series has, is not among them.
///
/// ```
/// use plumbago_protocol::split_tags;
/// let (name, tags) = split_tags("cpu.load;env=prod;host=h1");
/// assert_eq!(name, "cpu.load");
/// assert_eq!(tags.collect::<Vec<_>>(), [("env", "prod"), ("host", "h1")]);
/// ```
pub fn split_tags(name: &str) -> (&str, Tags<'_>) {
    match name.split_once(';') {
        Some((name, rest)) => (name, Tags { rest }),
        None => (name, Tags { rest: "" }),
    }
}

/// The tags of one name; see [`split_tags`].
#[derive(Clone, Debug)]
pub struct Tags<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tags<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (tag, rest) = self.rest.split_once(';').unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(tag.split_once('=').unwrap_or((tag, "")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untagged_names_have_no_tags_and_values_keep_their_equals_signs() {
        assert_eq!(split_tags("a.b").1.count(), 0);
        assert_eq!(split_tags("a;k=x=y").1.collect::<Vec<_>>(), [("k", "x=y")]);
    }
}
