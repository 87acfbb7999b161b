//! Browsing names: the pure parts of `/metrics/find`, `/metrics/expand` and `/metrics/index.json`.
//!
//! Invariant: no name twice; in a tree branches come before leaves, and a node that is both shows as a branch only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbago_protocol::{Glob, TagExpression, canonical};

use crate::error::QueryError;
use crate::source::{Node, Source};

/// The entries below a query, as Grafana's editor shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The query up to its last node: with an entry's text behind it, what to ask next.
    pub base: String,
    /// Branches, then leaves, each by name.
    pub entries: Vec<TreeEntry>,
}

/// One entry of a tree: the last node of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    path: Arc<str>,
    at: usize,
    /// Whether the entry is a series, not a branch.
    pub is_leaf: bool,
}

impl TreeEntry {
    fn of(node: Node) -> TreeEntry {
        let at = node.path.len() - last_node(&node.path).len();
        TreeEntry { path: node.path, at, is_leaf: !node.is_branch }
    }

    /// The node's own name.
    pub fn text(&self) -> &str {
        self.path.get(self.at..).unwrap_or_default()
    }
}

/// Parses a query of the find and expand endpoints.
///
/// # Errors
/// It is empty or no pattern.
pub fn parse_query(query: &str) -> Result<Glob, QueryError> {
    if query.is_empty() {
        return Err(QueryError::bad_request("the parameter query is empty"));
    }
    Glob::parse(query)
        .map_err(|fault| QueryError::bad_request(format!("the query {query:?} is not a pattern: {fault}")))
}

/// The matching nodes, by name.
///
/// # Errors
/// The query is no pattern, a limit, or a fault of the store.
pub fn nodes(source: &dyn Source, query: &str) -> Result<Vec<Node>, QueryError> {
    let mut nodes = found(source, query)?;
    nodes.sort_by(|a, b| last_node(&a.path).cmp(last_node(&b.path)).then_with(|| a.path.cmp(&b.path)));
    Ok(nodes)
}

/// What a query matches. One that ends in a dot matches branches, and shows each as an empty node below it, as
/// graphite-web does: an editor that has got that far sees that there is more.
fn found(source: &dyn Source, query: &str) -> Result<Vec<Node>, QueryError> {
    if query.contains(';') {
        return Ok(tagged(source, query)?.into_iter().collect());
    }
    let parents = query.trim_end_matches('.');
    if parents.len() == query.len() || parents.is_empty() {
        return Ok(source.find(&parse_query(query)?)?);
    }
    let mut nodes = source.find(&parse_query(parents)?)?;
    nodes.retain(|node| node.is_branch);
    for node in &mut nodes {
        node.path = Arc::from(format!("{}.", node.path));
        node.is_leaf = false;
    }
    Ok(nodes)
}

/// The tagged series of exactly this canonical name: to browse it has no nodes, but front ends look for it before they
/// read it.
fn tagged(source: &dyn Source, query: &str) -> Result<Option<Node>, QueryError> {
    let (Ok(name), Some((metric, tags))) = (canonical(query), query.split_once(';')) else {
        return Ok(None);
    };
    let texts = std::iter::once(format!("name={metric}")).chain(tags.split(';').map(str::to_owned));
    let Ok(expressions) = texts.map(|text| TagExpression::parse(&text)).collect::<Result<Vec<_>, _>>() else {
        return Ok(None);
    };
    if name != query {
        return Ok(None);
    }
    let path = source.series_by_tag(&expressions)?.into_iter().find(|path| **path == *query);
    Ok(path.map(|path| Node { path, is_leaf: true, is_branch: false }))
}

/// The query without the empty nodes between dots, which no name has.
fn single_dots(query: &str) -> String {
    let mut text = String::with_capacity(query.len());
    for character in query.chars() {
        if character != '.' || !text.ends_with('.') {
            text.push(character);
        }
    }
    text
}

/// The entries below a query, as `format=treejson`: branches, then leaves, each by name, and no name twice.
///
/// # Errors
/// As for [`nodes`].
pub fn tree(source: &dyn Source, query: &str) -> Result<Tree, QueryError> {
    let query = &single_dots(query);
    let base = query.rfind('.').map_or("", |dot| &query[..=dot]).to_owned();
    let mut entries: Vec<TreeEntry> = found(source, query)?.into_iter().map(TreeEntry::of).collect();
    // Nodes come by path, so that those of one parent, which are most often all, are in order already.
    entries.sort_by(|one, other| one.text().cmp(other.text()));
    entries.dedup_by(|later, kept| {
        let is_same = later.text() == kept.text();
        kept.is_leaf &= !is_same || later.is_leaf;
        is_same
    });
    entries.sort_by_key(|entry| entry.is_leaf);
    Ok(Tree { base, entries })
}

/// All paths that match any of the queries, sorted, each once.
///
/// # Errors
/// As for [`nodes`].
pub fn expand(
    source: &dyn Source,
    queries: &[String],
    leaves_only: bool,
) -> Result<Vec<Arc<str>>, QueryError> {
    let by_query = expand_by_query(source, queries, leaves_only)?;
    Ok(by_query.into_values().flatten().collect::<BTreeSet<_>>().into_iter().collect())
}

/// As [`expand`], for each query by itself.
///
/// # Errors
/// As for [`nodes`].
pub fn expand_by_query(
    source: &dyn Source,
    queries: &[String],
    leaves_only: bool,
) -> Result<BTreeMap<String, Vec<Arc<str>>>, QueryError> {
    let mut results = BTreeMap::new();
    for query in queries {
        let found = source.find(&parse_query(query)?)?;
        let wanted = found.into_iter().filter(|node| node.is_leaf || !leaves_only);
        let paths: BTreeSet<Arc<str>> = wanted.map(|node| node.path).collect();
        results.insert(query.clone(), paths.into_iter().collect());
    }
    Ok(results)
}

/// The paths of all untagged series, sorted.
///
/// # Errors
/// A limit or a fault of the store.
pub fn index(source: &dyn Source) -> Result<Vec<Arc<str>>, QueryError> {
    expand(source, &["**".to_owned()], true)
}

fn last_node(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
