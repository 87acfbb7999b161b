//! Patterns of one node of a path, and the matching of a sequence of them.
//!
//! Owns [`NodePattern`], which the store matches against the labels of its index. The leftmost match of each segment
//! between two `*` is always a right one, so that nothing is ever tried twice; the same holds for the nodes between
//! two `**`.

use super::segment::Segment;

/// What one node of a path must look like.
#[derive(Clone, Debug, PartialEq)]
pub enum NodePattern {
    /// Exactly this text.
    Literal(Box<str>),
    /// `*`: any one node.
    Any,
    /// `**`: any number of nodes, none included. A `**` at the end of a glob is followed by [`NodePattern::Any`]:
    /// there it stands for at least one node.
    AnyDepth,
    /// Anything else.
    Pattern(Pattern),
}

impl NodePattern {
    /// Whether a single node matches.
    pub fn matches(&self, node: &str) -> bool {
        match self {
            NodePattern::Literal(text) => **text == *node,
            NodePattern::Any | NodePattern::AnyDepth => true,
            NodePattern::Pattern(pattern) => pattern.matches(node),
        }
    }

    /// The text that every matching node begins with.
    pub fn literal_prefix(&self) -> &str {
        match self {
            NodePattern::Literal(text) => text,
            NodePattern::Any | NodePattern::AnyDepth => "",
            NodePattern::Pattern(pattern) => &pattern.prefix,
        }
    }
}

/// The pattern of a node with wildcards, classes or braces.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    choices: Vec<Choice>,
    prefix: Box<str>,
}

impl Pattern {
    pub(super) fn new(choices: Vec<Choice>) -> Pattern {
        let prefix = common_prefix(&choices).into();
        Pattern { choices, prefix }
    }

    /// Whether a node matches.
    pub fn matches(&self, node: &str) -> bool {
        self.choices.iter().any(|choice| choice.matches(node))
    }

    /// What the braces expand to.
    pub(super) fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// The texts that match, if the pattern is a choice among texts, as in `{web,db}`: they can be looked up
    /// instead of matched. A text may occur twice.
    pub fn literals(&self) -> Option<impl Iterator<Item = &str>> {
        let all = self.choices.iter().all(|choice| choice.text().is_some());
        all.then(|| self.choices.iter().filter_map(Choice::text))
    }
}

/// One expansion of a node's braces: segments with a `*` between each two of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    first: Segment,
    /// None where there is no `*`; else the segments between, and the one at the end.
    rest: Option<(Vec<Segment>, Segment)>,
}

impl Choice {
    /// From the segments around each `*`.
    pub(super) fn new(mut segments: Vec<Segment>) -> Choice {
        let mut segments = segments.drain(..);
        let first = segments.next().unwrap_or_default();
        let mut between: Vec<Segment> = segments.collect();
        let rest = between.pop().map(|last| (between, last));
        Choice { first, rest }
    }

    /// The segments, with a `*` between each two of them.
    pub(super) fn segments(&self) -> impl Iterator<Item = &Segment> {
        let (between, last) = match &self.rest {
            Some((between, last)) => (between.as_slice(), Some(last)),
            None => (&[][..], None),
        };
        std::iter::once(&self.first).chain(between).chain(last)
    }

    /// The text, if there is nothing but text.
    pub(super) fn text(&self) -> Option<&str> {
        match self.rest {
            None => self.first.text(),
            Some(_) => None,
        }
    }

    fn matches(&self, node: &str) -> bool {
        let Some(after_first) = self.first.match_start(node) else {
            return false;
        };
        let Some((between, last)) = &self.rest else {
            return after_first.is_empty();
        };
        let Some(middle) = last.match_end(after_first) else {
            return false;
        };
        between.iter().try_fold(middle, |rest, segment| segment.find(rest)).is_some()
    }
}

fn common_prefix(choices: &[Choice]) -> &str {
    let mut prefixes = choices.iter().map(|choice| choice.first.first_text());
    let first = prefixes.next().unwrap_or_default();
    prefixes.fold(first, |common, other| {
        let same = common.chars().zip(other.chars()).take_while(|(left, right)| left == right);
        let length = same.map(|(character, _)| character.len_utf8()).sum();
        common.get(..length).unwrap_or_default()
    })
}

/// Whether a path matches a sequence of node patterns.
pub(super) fn match_nodes(mut patterns: &[NodePattern], path: &str) -> bool {
    if patterns.is_empty() {
        return false;
    }
    // What is left of the path: none after its last node.
    let mut rest = Some(path);
    // Where to go on if the nodes after the last `**` do not match here: one node further.
    let mut retry: Option<(&[NodePattern], Option<&str>)> = None;
    loop {
        match patterns.split_first() {
            Some((NodePattern::AnyDepth, after)) => {
                patterns = after;
                retry = Some((after, rest));
                continue;
            }
            Some((pattern, after)) => {
                if let Some((node, further)) = rest.map(split_node)
                    && pattern.matches(node)
                {
                    (patterns, rest) = (after, further);
                    continue;
                }
            }
            None if rest.is_none() => return true,
            None => {}
        }
        match retry {
            Some((after, Some(skipped))) => {
                let (_, further) = split_node(skipped);
                (patterns, rest) = (after, further);
                retry = Some((after, further));
            }
            _ => return false,
        }
    }
}

fn split_node(path: &str) -> (&str, Option<&str>) {
    match path.split_once('.') {
        Some((node, rest)) => (node, Some(rest)),
        None => (path, None),
    }
}
