//! Owns the collecting of the tags of many series at once, as a start does.
//!
//! Invariant: what comes of it is what adding the series one by one gives. Series come in ascending order of their ids,
//! and mostly in the order in which agents send them: the values of one series are those of the one before.

use std::collections::HashMap;

type ByText<'a, V> = HashMap<&'a str, V, foldhash::quality::RandomState>;

/// Tags, their values and the series that have them.
#[derive(Default)]
pub(super) struct TagDraft<'a> {
    tags: ByText<'a, ValueDraft<'a>>,
}

/// The values of one tag.
#[derive(Default)]
pub(super) struct ValueDraft<'a> {
    /// Every series with the tag, ascending.
    pub(super) series: Vec<u32>,
    /// Every value with its series, ascending.
    pub(super) values: Vec<(&'a str, Vec<u32>)>,
    positions: ByText<'a, usize>,
    last: usize,
}

impl<'a> TagDraft<'a> {
    /// Adds a series with one of its tags.
    pub(super) fn push(&mut self, id: u32, tag: &'a str, value: &'a str) {
        let draft = self.tags.entry(tag).or_default();
        draft.series.push(id);
        if draft.values.get(draft.last).is_none_or(|&(last, _)| last != value) {
            let next = draft.values.len();
            draft.last = *draft.positions.entry(value).or_insert(next);
            if draft.last == next {
                draft.values.push((value, Vec::new()));
            }
        }
        if let Some((_, series)) = draft.values.get_mut(draft.last) {
            series.push(id);
        }
    }

    /// The tags, in no order, each with its values, in no order.
    pub(super) fn into_tags(self) -> impl Iterator<Item = (&'a str, ValueDraft<'a>)> {
        self.tags.into_iter()
    }
}
