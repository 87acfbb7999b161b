//! How `rename --tag … --set …` makes a new name of an old one: by other tags.
//!
//! Owns the meaning of assignments such as `host=web2`. Tags that no assignment speaks of stay as they are.

use plumbago_protocol::{canonical, split_tags};

/// What a series' tags are changed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Retagger {
    /// Tags and their new values; an empty value takes the tag away. The tag `name` is the metric's own name.
    assignments: Vec<(String, String)>,
}

impl Retagger {
    /// Reads assignments of the form `TAG=VALUE`.
    ///
    /// # Errors
    /// A sentence that names the first that is none.
    pub(crate) fn new<'a>(assignments: impl IntoIterator<Item = &'a str>) -> Result<Retagger, String> {
        let parse = |text: &str| match text.split_once('=') {
            Some(("name", "")) => Err("name=: a series needs a name".to_owned()),
            Some((tag, value)) if !tag.is_empty() => Ok((tag.to_owned(), value.to_owned())),
            _ => Err(format!("{text}: expected TAG=VALUE")),
        };
        let assignments: Vec<_> = assignments.into_iter().map(parse).collect::<Result<_, _>>()?;
        if assignments.is_empty() {
            return Err("no tag is given another value".to_owned());
        }
        Ok(Retagger { assignments })
    }

    /// The new name of a series.
    ///
    /// # Errors
    /// A sentence that says why the series has to keep its name.
    pub(crate) fn new_name(&self, old: &str) -> Result<String, String> {
        let (name, tags) = split_tags(old);
        let assigned = |tag: &str| self.assignments.iter().rev().find(|(other, _)| other == tag);
        let mut new = assigned("name").map_or(name, |(_, name)| name).to_owned();
        let kept = tags.filter(|(tag, _)| assigned(tag).is_none());
        let set = self.assignments.iter().map(|(tag, value)| (tag.as_str(), value.as_str()));
        for (tag, value) in kept.chain(set.filter(|(tag, value)| *tag != "name" && !value.is_empty())) {
            new.push_str(&format!(";{tag}={value}"));
        }
        canonical(&new).map(|name| name.into_owned()).map_err(|refusal| refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_set_added_and_taken_away() {
        for (assignments, new) in [
            (&["host=b"][..], "cpu;dc=x;host=b"),
            (&["zone=1"], "cpu;dc=x;host=a;zone=1"),
            (&["dc="], "cpu;host=a"),
            (&["dc=", "host="], "cpu"),
            (&["name=load.cpu", "host=b=c"], "load.cpu;dc=x;host=b=c"),
            (&["host=b", "host=c"], "cpu;dc=x;host=c"),
        ] {
            let retagger = Retagger::new(assignments.iter().copied()).unwrap();
            assert_eq!(retagger.new_name("cpu;dc=x;host=a").as_deref(), Ok(new), "{assignments:?}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for assignments in [&[][..], &["host"], &["=x"], &["name="]] {
            assert!(Retagger::new(assignments.iter().copied()).is_err(), "{assignments:?}");
        }
        let new_name = |assignment| Retagger::new([assignment]).unwrap().new_name("cpu;host=a");
        assert!(new_name("host=~b").unwrap_err().contains("malformed"));
        assert!(new_name("ho!st=b").unwrap_err().contains("malformed"));
        assert!(new_name("host=a b").unwrap_err().contains("blank"));
    }
}
