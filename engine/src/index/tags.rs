//! Owns the postings of tagged series: for each tag and value, `name` among them, the series that have it.
//!
//! Invariant: a tag or value without series does not exist. A series lacking a tag counts as one whose value is empty,
//! so an expression that matches the empty value is answered by taking away the values that it does not match.

use std::collections::BTreeMap;
use std::ops::Bound;

use plumbago_protocol::{TagExpression, TagOperator, split_tags};
use roaring::RoaringBitmap;

use super::postings::{Postings, bitmap_of};
use super::tag_draft::TagDraft;
use crate::Error;

/// The tag that holds a series' own name.
const NAME_TAG: &str = "name";

/// A value of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagValue {
    /// The value.
    pub value: String,
    /// How many series have it, of those that were asked about.
    pub series_count: u64,
}

#[derive(Default)]
struct Tag {
    values: BTreeMap<Box<str>, Postings>,
    series: RoaringBitmap,
}

/// All tagged series.
#[derive(Default)]
pub(super) struct TagIndex {
    tags: BTreeMap<Box<str>, Tag>,
}

impl TagIndex {
    /// The tags of many series, given in ascending order of their ids.
    pub(super) fn of<'a>(series: impl Iterator<Item = (u32, &'a str)>) -> Self {
        let mut draft = TagDraft::default();
        for (id, name) in series {
            pairs(name).for_each(|(tag, value)| draft.push(id, tag, value));
        }
        let tags = draft.into_tags().map(|(tag, draft)| {
            let values = draft.values.into_iter().map(|(value, ids)| (value.into(), Postings::of(ids)));
            (tag.into(), Tag { values: values.collect(), series: bitmap_of(draft.series) })
        });
        Self { tags: tags.collect() }
    }

    /// Adds a series by its canonical name.
    pub(super) fn insert(&mut self, id: u32, name: &str) {
        for (tag, value) in pairs(name) {
            change(&mut self.tags, tag, |tag| {
                tag.series.insert(id);
                change(&mut tag.values, value, |postings| postings.insert(id));
            });
        }
    }

    /// Takes out a series by the name it was added with.
    pub(super) fn remove(&mut self, id: u32, name: &str) {
        for (key, value) in pairs(name) {
            let Some(tag) = self.tags.get_mut(key) else { continue };
            tag.series.remove(id);
            if let Some(postings) = tag.values.get_mut(value) {
                postings.remove(id);
                if postings.is_empty() {
                    tag.values.remove(value);
                }
            }
            if tag.values.is_empty() {
                self.tags.remove(key);
            }
        }
    }

    /// The series that every expression matches, ascending, at most `limit`.
    pub(super) fn select(&self, expressions: &[TagExpression], limit: usize) -> Result<Vec<u32>, Error> {
        Ok(self.selection(expressions)?.iter().take(limit).collect())
    }

    /// The tags that start with `prefix`, at most `limit`.
    pub(super) fn tags(
        &self,
        prefix: &str,
        filter: &[TagExpression],
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        let tags = starting_with(&self.tags, prefix);
        if filter.is_empty() {
            return Ok(tags.map(|(key, _)| key.to_owned()).take(limit).collect());
        }
        let selected = self.selection(filter)?;
        let is_asked = |key: &str| filter.iter().any(|expression| expression.tag() == key);
        let found = tags.filter(|(key, tag)| !is_asked(key) && !tag.series.is_disjoint(&selected));
        Ok(found.map(|(key, _)| key.to_owned()).take(limit).collect())
    }

    /// The values of `key` that start with `prefix`, at most `limit`.
    pub(super) fn values(
        &self,
        key: &str,
        prefix: &str,
        filter: &[TagExpression],
        limit: usize,
    ) -> Result<Vec<TagValue>, Error> {
        let Some(tag) = self.tags.get(key) else { return Ok(Vec::new()) };
        // Only series with the tag count, so that here expressions may all match the empty value.
        let selected = match filter {
            [] => None,
            _ => Some(self.narrow(Some(tag.series.clone()), filter)),
        };
        let counted = starting_with(&tag.values, prefix).map(|(value, postings)| {
            let series_count = match &selected {
                Some(selected) => postings.count_in(selected),
                None => postings.len(),
            };
            TagValue { value: value.to_owned(), series_count }
        });
        Ok(counted.filter(|value| value.series_count > 0).take(limit).collect())
    }

    fn selection(&self, expressions: &[TagExpression]) -> Result<RoaringBitmap, Error> {
        if expressions.iter().all(TagExpression::matches_empty) {
            let asked = expressions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(Error::Caller(format!(
                "at least one tag expression must not match an empty value, found only: {asked}"
            )));
        }
        Ok(self.narrow(None, expressions))
    }

    /// Those of `selected` (if given, else of all series) that every expression matches. Without `selected`, at least
    /// one expression does not match the empty value.
    fn narrow(&self, mut selected: Option<RoaringBitmap>, expressions: &[TagExpression]) -> RoaringBitmap {
        let (mut excluding, mut including): (Vec<_>, Vec<_>) =
            expressions.iter().partition(|expression| expression.matches_empty());
        // What can be looked up first: the smaller the selection, the less is left to do.
        including.sort_by_key(|expression| expression.literal().is_none());
        excluding.sort_by_key(|expression| expression.value().is_empty());
        for expression in including {
            let matching = self.matching(expression);
            selected = Some(match selected {
                Some(selected) => selected & matching,
                None => matching,
            });
            if selected.as_ref().is_some_and(RoaringBitmap::is_empty) {
                return RoaringBitmap::new();
            }
        }
        let mut selected = selected.unwrap_or_default();
        for expression in excluding {
            self.exclude(expression, &mut selected);
        }
        selected
    }

    /// The series with a value that `expression` matches.
    fn matching(&self, expression: &TagExpression) -> RoaringBitmap {
        let mut ids = RoaringBitmap::new();
        let Some(tag) = self.tags.get(expression.tag()) else { return ids };
        if let Some(value) = expression.literal() {
            tag.values.get(value).into_iter().for_each(|postings| postings.add_to(&mut ids));
            return ids;
        }
        if expression.operator() == TagOperator::NotEqual {
            // Of these only `tag!=` does not match the empty value: every series with the tag.
            return tag.series.clone();
        }
        for (value, postings) in &tag.values {
            if expression.matches(Some(value)) {
                postings.add_to(&mut ids);
            }
        }
        ids
    }

    /// Takes away the series with a value that `expression` does not match.
    fn exclude(&self, expression: &TagExpression, selected: &mut RoaringBitmap) {
        let Some(tag) = self.tags.get(expression.tag()) else { return };
        if expression.literal().is_some() {
            // `tag=`: no value at all.
            *selected -= &tag.series;
            return;
        }
        for (value, postings) in &tag.values {
            if !expression.matches(Some(value)) {
                postings.remove_from(selected);
            }
        }
    }
}

fn pairs(name: &str) -> impl Iterator<Item = (&str, &str)> {
    let (path, tags) = split_tags(name);
    std::iter::once((NAME_TAG, path)).chain(tags.filter(|&(tag, _)| tag != NAME_TAG))
}

/// Changes the value of `key`, which is made if it is missing: only then the key is copied.
fn change<V: Default>(map: &mut BTreeMap<Box<str>, V>, key: &str, change: impl FnOnce(&mut V)) {
    match map.get_mut(key) {
        Some(value) => change(value),
        None => change(map.entry(key.into()).or_default()),
    }
}

fn starting_with<'a, V>(
    map: &'a BTreeMap<Box<str>, V>,
    prefix: &str,
) -> impl Iterator<Item = (&'a str, &'a V)> {
    let bounds = (Bound::Included(prefix), Bound::Unbounded);
    map.range::<str, _>(bounds)
        .take_while(move |(key, _)| key.starts_with(prefix))
        .map(|(key, value)| (&**key, value))
}
