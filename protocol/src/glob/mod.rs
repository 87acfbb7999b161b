//! Globs over metric paths, with graphite-web's meaning.
//!
//! Owns the pattern language: `*` and `?` within a node, classes `[a-z]` and `[!x]`, braces `{a,b{c,d}}` that may
//! span dots, and `**` for any number of nodes. Matching is case-sensitive and never exponential. Walking an index by
//! a glob is the store's; this package offers it [`Glob::alternatives`], node by node.
//!
//! Differences from graphite-web, each where it would surprise: braces may hold dots; an unbalanced brace is an error
//! with its column rather than a text that matches nothing; a backslash makes the special character after it an
//! ordinary one, and is itself an ordinary character before any other. As there, a bracket that is not closed stands
//! for itself.

mod compile;
mod error;
mod expand;
mod node;
mod overlap;
mod parse;
mod segment;

use crate::limits::GLOB_BYTES_MAX;
use crate::name::canonical;

pub use error::GlobError;
pub use node::{NodePattern, Pattern};

/// A parsed glob: one or more alternatives, each a sequence of node patterns.
#[derive(Clone, Debug)]
pub struct Glob {
    text: Box<str>,
    literal: Option<Box<str>>,
    alternatives: Vec<Vec<NodePattern>>,
}

impl Glob {
    /// Parses a glob. Empty nodes and leading `~` are dropped, as they are from names; the tags of a name without
    /// wildcards are put in order.
    ///
    /// # Errors
    /// A brace that is not balanced, or a glob beyond the limits, with the column where it went wrong.
    ///
    /// ```
    /// use plumbago_protocol::Glob;
    /// let glob = Glob::parse("servers.{web,db}*.cpu.[!i]*").unwrap();
    /// assert!(glob.matches_path("servers.web01.cpu.user"));
    /// assert!(!glob.matches_path("servers.web01.cpu.idle"));
    /// assert_eq!(Glob::parse("app.{a,b").unwrap_err().column, 5);
    /// ```
    pub fn parse(text: &str) -> Result<Glob, GlobError> {
        if text.len() > GLOB_BYTES_MAX {
            let expected = format!("a pattern of at most {GLOB_BYTES_MAX} bytes");
            return Err(GlobError { column: 1, expected, found: format!("{} bytes", text.len()) });
        }
        if text.contains(';')
            && let Some(name) = tagged_name(text)
        {
            return Ok(Glob::of_literal(text, name));
        }
        let alternatives = compile::compile(&parse::parse(text)?)?;
        let literal = match alternatives.as_slice() {
            [nodes] => compile::literal_path(nodes),
            _ => None,
        };
        Ok(Glob { text: text.into(), literal, alternatives })
    }

    fn of_literal(text: &str, name: String) -> Glob {
        let nodes = name.split('.').map(|node| NodePattern::Literal(node.into())).collect();
        Glob { text: text.into(), literal: Some(name.into()), alternatives: vec![nodes] }
    }

    /// The text that was parsed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The alternatives that the braces spanning dots expand to, in the order written. A path matches the glob if it
    /// matches one of them; it may match several. An alternative without nodes matches nothing.
    pub fn alternatives(&self) -> &[Vec<NodePattern>] {
        &self.alternatives
    }

    /// Whether the glob is a plain name.
    pub fn is_literal(&self) -> bool {
        self.literal.is_some()
    }

    /// The canonical name, if the glob is a plain one.
    pub fn literal(&self) -> Option<&str> {
        self.literal.as_deref()
    }

    /// Whether some path may match both globs. That two globs share no path is only said when it is certain.
    ///
    /// ```
    /// use plumbago_protocol::Glob;
    /// let reads = Glob::parse("servers.*.cpu").unwrap();
    /// assert!(reads.overlaps(&Glob::parse("servers.{all,web*}.c*").unwrap()));
    /// assert!(!reads.overlaps(&Glob::parse("servers.*.memory").unwrap()));
    /// ```
    pub fn overlaps(&self, other: &Glob) -> bool {
        match (self.literal(), other.literal()) {
            (Some(path), _) => other.matches_path(path),
            (_, Some(path)) => self.matches_path(path),
            _ => overlap::overlap(&self.alternatives, &other.alternatives),
        }
    }

    /// Whether a canonical path matches. A tagged name matches only the same name: wildcards do not reach into tags.
    pub fn matches_path(&self, path: &str) -> bool {
        if let Some(literal) = &self.literal {
            return **literal == *path;
        }
        !path.contains(';') && self.alternatives.iter().any(|nodes| node::match_nodes(nodes, path))
    }
}

/// The canonical form of a tagged name without wildcards.
fn tagged_name(text: &str) -> Option<String> {
    if text.contains(['*', '?', '[', '{']) {
        return None;
    }
    canonical(text).ok().map(|name| name.into_owned())
}

#[cfg(test)]
mod tests;
