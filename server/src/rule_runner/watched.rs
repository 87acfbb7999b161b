//! Whose points matter to the rules, told from the first nodes of names.
//!
//! Invariant: a series that a rule may read is covered; others may be, too. What rules really read is the core's affair.

use std::collections::BTreeSet;

use plumbago_query::Selection;
use plumbago_rules::RuleSet;

/// Which series rules may read, told from the first nodes of their names: a check so cheap that each point can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Watched {
    /// All of them.
    Everything,
    /// Those whose names begin with one of these nodes.
    FirstNodes(BTreeSet<Box<[u8]>>),
}

impl Default for Watched {
    fn default() -> Watched {
        Watched::FirstNodes(BTreeSet::new())
    }
}

impl Watched {
    /// What the rules of a set read.
    pub(crate) fn of(set: &RuleSet) -> Watched {
        let mut nodes = BTreeSet::new();
        for rule in set.groups.iter().flat_map(|group| &group.rules) {
            // An expression that cannot be planned reads nothing.
            for selection in plumbago_query::check(&rule.expression).unwrap_or_default() {
                let Selection::Pattern(glob) = selection else { return Watched::Everything };
                let first = first_node(glob.text().as_bytes());
                if first.is_empty() || first.iter().any(|byte| b"*?[]{},\\".contains(byte)) {
                    return Watched::Everything;
                }
                nodes.insert(Box::from(first));
            }
        }
        Watched::FirstNodes(nodes)
    }

    /// Whether a series, by its name as it was received, may be read by a rule.
    pub(crate) fn covers(&self, name: &[u8]) -> bool {
        match self {
            Watched::Everything => true,
            // A name that begins with a dot is another one in its canonical form.
            Watched::FirstNodes(nodes) => {
                let first = first_node(name);
                first.is_empty() || nodes.contains(first)
            }
        }
    }

    /// Whether no series matters.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Watched::FirstNodes(nodes) if nodes.is_empty())
    }
}

fn first_node(name: &[u8]) -> &[u8] {
    name.split(|byte| matches!(byte, b'.' | b';' | b'/')).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_matter_by_the_first_node_of_their_names() {
        let watched = |text: &str| {
            let text = format!("groups: [{{name: g, rules: [{{record: made.x, expr: \"{text}\"}}]}}]");
            Watched::of(&plumbago_rules::load(&[("a.yaml", &text)]).expect("a rule").0)
        };
        let hosts = watched("sumSeries(hosts.*.load, offset(dc1.load, 1))");
        for (name, is_covered) in [
            ("hosts.a.load", true),
            ("dc1.x", true),
            (".hosts.a", true),
            ("hosts;a=b", true),
            ("host.a", false),
        ] {
            assert_eq!(hosts.covers(name.as_bytes()), is_covered, "{name}");
        }
        for all in ["*.load", "dc[12].load", "{a,b}.load", "seriesByTag('name=load')"] {
            assert_eq!(watched(all), Watched::Everything, "{all}");
        }
    }
}
