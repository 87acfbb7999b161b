//! What a recording rule may write: a pattern of names, and of tags.
//!
//! Invariant: every name that a rule can render matches its output, or the rendering has dots where a node, a tag or a
//! label of a template was taken to have none.

use std::collections::BTreeMap;

use plumbago_protocol::{Glob, NodePattern, TagExpression, TagOperator, split_tags};
use plumbago_query::Selection;

use crate::rule::RecordRule;
use crate::template::{Piece, Template};

/// The names that a rule writes.
#[derive(Debug)]
pub(super) struct Output {
    /// The part before the tags; `None`: anything.
    name: Option<Glob>,
    /// Tags that it always has; `None`: with any value.
    tags: BTreeMap<String, Option<Glob>>,
    /// Tags that it has if its source has them.
    kept: Vec<String>,
}

impl Output {
    pub(super) fn of(template: &Template, labels: &BTreeMap<String, String>, record: &RecordRule) -> Output {
        let mut pieces = template.pieces();
        // Tags may stand in the name itself; a part of a template before them makes none.
        let tail = split_at_tags(&mut pieces);
        let mut tags: BTreeMap<String, Option<Glob>> = tail.unwrap_or_default();
        for (label, value) in labels {
            let value = Template::compile(value).ok().and_then(|value| glob_of(&value.pieces()));
            tags.insert(label.clone(), value);
        }
        Output { name: glob_of(&pieces), tags, kept: record.keep_tags.clone() }
    }

    /// The first node, where it is a plain text and no tags take the name out of the tree of paths.
    pub(super) fn first_node(&self) -> Option<&str> {
        if self.tags.is_empty() { first_node(self.name.as_ref()?) } else { None }
    }

    /// Whether a read may find something that the rule has written.
    pub(super) fn may_match(&self, read: &Selection) -> bool {
        match read {
            Selection::Pattern(glob) => match glob.literal().filter(|path| path.contains(';')) {
                Some(path) => self.may_be(path),
                None => self.tags.is_empty() && self.may_be_named(glob),
            },
            // Series without tags are not found by tags.
            Selection::Tags(expressions) => {
                let is_tagged = !self.tags.is_empty() || !self.kept.is_empty();
                is_tagged && expressions.iter().all(|expression| self.may_satisfy(expression))
            }
        }
    }

    /// Whether a tagged series may be one of the rule's.
    fn may_be(&self, path: &str) -> bool {
        let (name, _) = split_tags(path);
        let tags = || split_tags(path).1;
        let has_all = self.tags.keys().all(|key| tags().any(|(tag, _)| tag == key));
        let has_no_other = tags().all(|(tag, value)| match self.tags.get(tag) {
            Some(Some(glob)) => glob.matches_path(value),
            Some(None) => true,
            None => self.kept.iter().any(|kept| kept == tag),
        });
        has_all && has_no_other && self.name.as_ref().is_none_or(|glob| glob.matches_path(name))
    }

    fn may_be_named(&self, read: &Glob) -> bool {
        self.name.as_ref().is_none_or(|name| name.overlaps(read))
    }

    fn may_satisfy(&self, expression: &TagExpression) -> bool {
        let tag = expression.tag();
        let value = if tag == "name" {
            &self.name
        } else if self.kept.iter().any(|kept| kept == tag) {
            return true;
        } else {
            match self.tags.get(tag) {
                Some(value) => value,
                None => return expression.matches(None),
            }
        };
        match (value, expression.operator()) {
            (Some(value), _) if value.is_literal() => expression.matches(value.literal()),
            (Some(value), TagOperator::Equal) => value.matches_path(expression.value()),
            _ => true,
        }
    }
}

/// The first node of a glob, if it is the same text in all its alternatives.
pub(super) fn first_node(glob: &Glob) -> Option<&str> {
    let first = |nodes: &'_ Vec<NodePattern>| match nodes.first() {
        Some(NodePattern::Literal(text)) => Some(text.to_string()),
        _ => None,
    };
    let alternatives = glob.alternatives();
    let [nodes, others @ ..] = alternatives else { return None };
    let node = first(nodes)?;
    if others.iter().any(|other| first(other).as_ref() != Some(&node)) {
        return None;
    }
    match nodes.first() {
        Some(NodePattern::Literal(text)) => Some(text),
        _ => None,
    }
}

/// Takes `;tag=value` off the pieces of a name.
fn split_at_tags(pieces: &mut Vec<Piece>) -> Option<BTreeMap<String, Option<Glob>>> {
    let at = pieces.iter().position(|piece| matches!(piece, Piece::Text(text) if text.contains(';')))?;
    let mut tail = pieces.split_off(at);
    if let Some(Piece::Text(text)) = tail.first_mut()
        && let Some((name, tags)) = text.split_once(';')
    {
        pieces.push(Piece::Text(name.to_owned()));
        *text = tags.to_owned();
    }
    let mut tags = BTreeMap::new();
    let mut current: Vec<Piece> = Vec::new();
    for piece in tail {
        let Piece::Text(text) = piece else {
            current.push(piece);
            continue;
        };
        let mut segments = text.split(';');
        current.extend(segments.next().map(|first| Piece::Text(first.to_owned())));
        for segment in segments {
            add_tag(&mut tags, std::mem::take(&mut current));
            current.push(Piece::Text(segment.to_owned()));
        }
    }
    add_tag(&mut tags, current);
    Some(tags)
}

fn add_tag(tags: &mut BTreeMap<String, Option<Glob>>, mut pieces: Vec<Piece>) {
    if let Some(Piece::Text(text)) = pieces.first_mut()
        && let Some((tag, value)) = text.split_once('=')
    {
        let tag = tag.to_owned();
        *text = value.to_owned();
        let value = glob_of(&pieces);
        tags.insert(tag, value);
    }
}

/// The pattern of what pieces render to; `None`: it may be anything.
fn glob_of(pieces: &[Piece]) -> Option<Glob> {
    /// More parts of any text would make too many alternatives.
    const ANY_TEXTS_MAX: usize = 4;
    if pieces.iter().filter(|piece| **piece == Piece::AnyText).count() > ANY_TEXTS_MAX {
        return None;
    }
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(written) => text.extend(written.chars().flat_map(escaped)),
            Piece::WithinNode => text.push('*'),
            // With dots or without.
            Piece::AnyText => text.push_str("{*,*.**.*}"),
        }
    }
    Glob::parse(&text).ok()
}

fn escaped(c: char) -> impl Iterator<Item = char> {
    let is_special = matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | ',' | '\\');
    is_special.then_some('\\').into_iter().chain([c])
}
