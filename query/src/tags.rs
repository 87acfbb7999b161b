//! A series' tags, parsed only when somebody looks at them.
//!
//! Invariant: an explicitly set tag hides the one from the name. Ten thousand series that are summed and thrown away never
//! have their names taken apart.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Tags of a series: those its name carries, plus what functions add. Equal ones were made in the same way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// The name whose tags show through; `None` once the tags were computed as a set of their own.
    name: Option<Arc<str>>,
    set: Vec<(Arc<str>, Arc<str>)>,
}

impl Tags {
    /// The tags that a series of this name has by itself: `name`, and those after `;`.
    pub fn of_name(name: Arc<str>) -> Tags {
        Tags { name: Some(name), set: Vec::new() }
    }

    /// The value of a tag.
    pub fn get(&self, key: &str) -> Option<&str> {
        let set = self.set.iter().find(|(k, _)| &**k == key).map(|(_, value)| &**value);
        set.or_else(|| self.name.as_deref().and_then(|name| tag_in_name(name, key)))
    }

    /// Adds a tag or replaces its value.
    pub fn set(&mut self, key: &str, value: impl AsRef<str>) {
        let value = Arc::from(value.as_ref());
        match self.set.iter_mut().find(|(k, _)| &**k == key) {
            Some(entry) => entry.1 = value,
            None => self.set.push((Arc::from(key), value)),
        }
    }

    /// Removes a tag that was set; tags of the name stay.
    pub(crate) fn unset(&mut self, key: &str) {
        self.set.retain(|(k, _)| &**k != key);
    }

    /// All tags, by key.
    pub fn to_map(&self) -> BTreeMap<String, String> {
        let mut map = BTreeMap::new();
        if let Some(name) = &self.name {
            map.extend(tags_in_name(name).map(|(key, value)| (key.to_owned(), value.to_owned())));
        }
        map.extend(self.set.iter().map(|(key, value)| (key.to_string(), value.to_string())));
        map
    }

    /// The same without copying their texts.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let own = self.name.as_deref().into_iter().flat_map(tags_in_name);
        let set = self.set.iter().map(|(key, value)| (&**key, &**value));
        own.chain(set).collect::<BTreeMap<_, _>>().into_iter().collect()
    }

    /// The tags on which all of `others` agree with this one.
    pub(crate) fn common<'a>(&self, others: impl Iterator<Item = &'a Tags>) -> Tags {
        let set = self.to_map().into_iter().map(|(key, value)| (Arc::from(key), Arc::from(value)));
        let mut common = Tags { name: None, set: set.collect() };
        for other in others {
            if common.set.is_empty() {
                break;
            }
            common.set.retain(|(key, value)| other.get(key) == Some(value));
        }
        common
    }

    /// Keeps the tags that a series called `name` has by itself, too.
    pub(crate) fn keep_common_with(&mut self, name: &str) {
        if let Some(own) = self.name.take() {
            *self = Tags { name: Some(own), set: std::mem::take(&mut self.set) }.common(std::iter::empty());
        }
        self.set.retain(|(key, value)| tag_in_name(name, key) == Some(value));
    }
}

/// Whether a name looks like `function(…)`, which is a name as a whole and never has tags.
fn is_call(name: &str) -> bool {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    letters > 0 && name[letters..].starts_with('(') && name.ends_with(')') && name.len() > letters + 2
}

/// The tags after the first `;`, if every one of them is well formed.
fn tail_of(name: &str) -> Option<&str> {
    let (_, tail) = name.split_once(';').filter(|_| !is_call(name))?;
    let valid = |segment: &str| match segment.split_once('=') {
        Some((key, value)) => {
            !key.is_empty() && !value.is_empty() && !value.starts_with('~') && !key.contains(['!', '^'])
        }
        None => false,
    };
    tail.split(';').all(valid).then_some(tail)
}

fn metric_of(name: &str) -> &str {
    if is_call(name) {
        return name;
    }
    let metric = match tail_of(name) {
        Some(_) => name.split(';').next().unwrap_or(name),
        None => name,
    };
    match metric.trim_start_matches('~') {
        "" => metric,
        trimmed => trimmed,
    }
}

fn tags_in_name(name: &str) -> impl Iterator<Item = (&str, &str)> {
    let tail =
        tail_of(name).into_iter().flat_map(|tail| tail.split(';')).filter_map(|tag| tag.split_once('='));
    tail.chain([("name", metric_of(name))])
}

fn tag_in_name<'a>(name: &'a str, key: &str) -> Option<&'a str> {
    if key == "name" {
        return Some(metric_of(name));
    }
    tail_of(name)?
        .split(';')
        .filter_map(|tag| tag.split_once('='))
        .find(|(k, _)| *k == key)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(name: &str) -> Tags {
        Tags::of_name(Arc::from(name))
    }

    #[test]
    fn names_carry_tags() {
        let tagged = tags("disk.used;datacenter=dc1;rack=a2");
        assert_eq!(tagged.get("name"), Some("disk.used"));
        assert_eq!(tagged.get("rack"), Some("a2"));
        assert_eq!(tagged.get("server"), None);
        assert_eq!(tagged.to_map().len(), 3);
        let mut tagged = tagged;
        tagged.set("rack", "b1");
        assert_eq!(tagged.pairs(), [("datacenter", "dc1"), ("name", "disk.used"), ("rack", "b1")]);
    }

    #[test]
    fn a_call_is_a_name_as_a_whole() {
        let call = tags("sumSeries(seriesByTag('name=a;b=c'))");
        assert_eq!(call.get("name"), Some("sumSeries(seriesByTag('name=a;b=c'))"));
        assert_eq!(call.to_map().len(), 1);
    }

    #[test]
    fn common_tags_are_those_all_agree_on() {
        let mut first = tags("disk.used;rack=a1;server=s1");
        first.set("scale", "2.0");
        let mut second = tags("disk.used;rack=a1;server=s2");
        second.set("scale", "2.0");
        let common = first.common([&second].into_iter()).to_map();
        assert_eq!(common.keys().map(String::as_str).collect::<Vec<_>>(), ["name", "rack", "scale"]);
    }
}
