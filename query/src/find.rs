//! Browsing names: the pure parts of `/metrics/find`, `/metrics/expand` and `/metrics/index.json`.
//!
//! Invariant: no name twice; branches come before leaves, and a node that is both shows as a branch only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbago_protocol::Glob;

use crate::error::QueryError;
use crate::source::{Node, Source};

/// One entry of a tree as Grafana's editor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// The last node of the path.
    pub text: String,
    /// The query with its last node replaced by `text`: what to ask next.
    pub id: String,
    /// Whether the entry is a series, not a branch.
    pub is_leaf: bool,
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

/// The entries below a query, as `format=treejson`: branches, then leaves, each by name.
///
/// # Errors
/// As for [`nodes`].
pub fn tree(source: &dyn Source, query: &str) -> Result<Vec<TreeEntry>, QueryError> {
    let query = &single_dots(query);
    let base = query.rfind('.').map_or("", |dot| &query[..=dot]);
    let mut branches = BTreeSet::new();
    let mut leaves = BTreeSet::new();
    for node in found(source, query)? {
        let text = last_node(&node.path).to_owned();
        if node.is_branch {
            branches.insert(text);
        } else {
            leaves.insert(text);
        }
    }
    let entry = |text: String, is_leaf: bool| TreeEntry { id: format!("{base}{text}"), text, is_leaf };
    let leaves: Vec<String> = leaves.into_iter().filter(|text| !branches.contains(text)).collect();
    let branches = branches.into_iter().map(|text| entry(text, false));
    Ok(branches.chain(leaves.into_iter().map(|text| entry(text, true))).collect())
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
