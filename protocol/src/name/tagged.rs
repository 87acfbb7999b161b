//! Tagged names as carbon writes them: `name;tag=value;…`.
//!
//! Owns the rules for tags and their canonical order: the byte order of the texts `tag=value`, each tag once. A name
//! whose tags are in order already is borrowed. A tag called `name` is dropped, for the metric's name takes its place.

use std::borrow::Cow;

use super::{canonical_path, trim_front};
use crate::limits::TAGS_PER_SERIES_MAX;
use crate::refusal::Refusal;

/// The canonical form of a name whose first `;` is at `semicolon`.
pub(super) fn canonical_tagged(name: &str, semicolon: usize) -> Result<Cow<'_, str>, Refusal> {
    let (written, rest) = name.split_at(semicolon);
    let path = canonical_path(written);
    if path.is_empty() {
        return Err(Refusal::NameEmpty);
    }
    let rest = rest.get(1..).unwrap_or_default();
    if in_order(rest)? {
        // A path that lost no more than its front ends where the tags begin: the whole is a part of what was given.
        let from_front = trim_front(written);
        if matches!(path, Cow::Borrowed(_)) && path.len() == from_front.len() {
            return Ok(Cow::Borrowed(trim_front(name)));
        }
    }
    Ok(Cow::Owned(join(&path, sorted(rest))))
}

/// Checks every tag, and tells whether all stand in canonical order.
fn in_order(tags: &str) -> Result<bool, Refusal> {
    let mut in_order = true;
    let (mut previous, mut previous_key) = ("", "");
    for (count, tag) in tags.split(';').enumerate() {
        if count >= TAGS_PER_SERIES_MAX {
            return Err(Refusal::TooManyTags);
        }
        let key = checked_key(tag)?;
        // In byte order the texts of one key stand together: neighbours show every duplicate.
        in_order &= previous < tag && previous_key != key && key != "name";
        (previous, previous_key) = (tag, key);
    }
    Ok(in_order)
}

fn checked_key(tag: &str) -> Result<&str, Refusal> {
    let key = key_of(tag);
    let is_key = !key.is_empty() && !key.bytes().any(|byte| matches!(byte, b'!' | b'^'));
    match tag.as_bytes().get(key.len()..) {
        Some([b'=', first, ..]) if is_key && *first != b'~' => Ok(key),
        _ => Err(Refusal::TagInvalid),
    }
}

/// What stands before the first `=`; all of it if there is none.
fn key_of(tag: &str) -> &str {
    // Keys are short: a plain search is the fastest.
    let end = tag.bytes().position(|byte| byte == b'=').unwrap_or(tag.len());
    tag.get(..end).unwrap_or_default()
}

/// The tags in canonical order, the last of each key, without `name`.
fn sorted(tags: &str) -> Vec<&str> {
    let mut tags: Vec<&str> = tags.split(';').filter(|tag| key_of(tag) != "name").collect();
    // The sort is stable: the last of a key stays the last, and after the reversal it is the one that is kept.
    tags.sort_by_key(|tag| key_of(tag));
    tags.reverse();
    tags.dedup_by_key(|tag| key_of(tag));
    tags.sort_unstable();
    tags
}

fn join(path: &str, tags: Vec<&str>) -> String {
    let mut name = String::with_capacity(path.len() + tags.iter().map(|tag| tag.len() + 1).sum::<usize>());
    name.push_str(path);
    for tag in tags {
        name.push(';');
        name.push_str(tag);
    }
    name
}
