//! The index as a whole: globs against naive matching, with changes and freezing in any order.

mod cached;
mod format;
mod tagged;

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_protocol::Aggregation;
use proptest::prelude::*;

use super::*;
use crate::disk::MemoryDisk;
use crate::policy::{Archive, Policy};

fn glob(text: &str) -> Glob {
    Glob::parse(text).unwrap()
}

fn registry_of(names: &[&str]) -> Registry {
    let mut registry = Registry::open(Arc::new(MemoryDisk::new()), true).unwrap();
    let archive = Archive { step_secs: 10, retention_secs: 100 };
    let policy = Policy::new(vec![archive], 0.5, Aggregation::Average).unwrap();
    let policy = registry.intern_policy(&policy).unwrap();
    for name in names {
        registry.create(name, policy).unwrap();
    }
    registry
}

fn index_of(names: &[&str]) -> Index {
    Index::open(&MemoryDisk::new(), &registry_of(names)).unwrap()
}

/// What `find` must answer, worked out path by path.
fn naive_find(live: &BTreeMap<String, u32>, glob: &Glob) -> Vec<Node> {
    let mut nodes: BTreeMap<&str, Node> = BTreeMap::new();
    for (path, &id) in live {
        for (end, _) in path.match_indices('.').chain([(path.len(), "")]) {
            let part = &path[..end];
            if glob.matches_path(part) {
                let node = nodes.entry(part).or_insert_with(|| Node {
                    path: part.into(),
                    id: None,
                    is_branch: false,
                });
                match end == path.len() {
                    true => node.id = Some(id),
                    false => node.is_branch = true,
                }
            }
        }
    }
    nodes.into_values().collect()
}

fn check(index: &Index, live: &BTreeMap<String, u32>, text: &str) -> Result<(), TestCaseError> {
    let glob = glob(text);
    let expected = naive_find(live, &glob);
    let found = index.find(&glob, usize::MAX);
    prop_assert!(!found.is_truncated);
    prop_assert_eq!(&found.nodes, &expected, "find {}", text);
    let ids: Vec<u32> = expected.iter().filter_map(|node| node.id).collect();
    prop_assert_eq!(index.leaves(&glob, usize::MAX), ids.clone(), "leaves {}", text);
    let limit = expected.len() / 2;
    let part = index.find(&glob, limit);
    prop_assert_eq!(part.is_truncated, expected.len() > limit);
    prop_assert_eq!(&part.nodes, &expected[..limit]);
    prop_assert_eq!(index.leaves(&glob, limit), &ids[..ids.len().min(limit)]);
    Ok(())
}

const GLOBS: &[&str] = &[
    "*",
    "**",
    "a",
    "a.*",
    "*.b",
    "a.**",
    "**.b",
    "a.**.b",
    "*.*",
    "{a,b}",
    "{a,b-}.*",
    "{a.b,b}.*",
    "[ab]*.?",
    "a?",
    "?a.*",
    "*b*",
    "b*.a*",
    "{a,a.b,a.b.*}",
    "**.a.**",
    "{*,*.*}",
    "{a,b,-a}{,b}.{a,b}*",
    "zz.*",
    "a.b.-*",
    // The shapes that dashboards use: everything then texts, a text then everything, classes, choices, parts of names.
    "*.*.a",
    "*.*.a.b",
    "a.*.*.b",
    "[!b]*.?.*",
    "{a,b}.{a,b,ab}.*",
    "*a*.*b.*",
    "**.a.b",
    "a-.**.b*",
    "**.{a,b-}.**.a",
];

#[derive(Debug, Clone)]
enum Change {
    Insert(String),
    Remove(usize),
    Rename(usize, String),
    Freeze,
    Begin,
    Finish,
    Abandon,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let path = "[ab-]{1,2}(\\.[ab-]{1,2}){0,3}";
    let change = prop_oneof![
        8 => path.prop_map(Change::Insert),
        3 => any::<usize>().prop_map(Change::Remove),
        2 => (any::<usize>(), path).prop_map(|(which, path)| Change::Rename(which, path)),
        1 => Just(Change::Freeze),
        1 => Just(Change::Begin),
        1 => Just(Change::Finish),
        1 => Just(Change::Abandon),
    ];
    proptest::collection::vec(change, 0..80)
}

/// An index and what it should hold.
struct Pair {
    index: Index,
    live: BTreeMap<String, u32>,
    next_id: u32,
    job: Option<FreezeJob>,
}

impl Pair {
    fn new() -> Self {
        Self { index: index_of(&[]), live: BTreeMap::new(), next_id: 0, job: None }
    }

    fn nth(&self, which: usize) -> Option<(String, u32)> {
        let at = which.checked_rem(self.live.len())?;
        self.live.iter().nth(at).map(|(path, &id)| (path.clone(), id))
    }

    fn remove(&mut self, which: usize) -> Option<u32> {
        let (path, id) = self.nth(which)?;
        self.live.remove(&path);
        self.index.remove(id, &path);
        Some(id)
    }

    fn insert(&mut self, id: u32, path: &str) {
        self.live.insert(path.to_owned(), id);
        self.index.insert(id, path);
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Insert(path) if !self.live.contains_key(path) => {
                self.insert(self.next_id, path);
                self.next_id += 1;
            }
            Change::Rename(which, path) if !self.live.contains_key(path) => {
                if let Some(id) = self.remove(*which) {
                    self.insert(id, path);
                }
            }
            Change::Insert(_) | Change::Rename(..) => {}
            Change::Remove(which) => {
                self.remove(*which);
            }
            Change::Freeze if self.job.is_none() => self.index.freeze().unwrap(),
            Change::Freeze => {}
            Change::Begin => self.job = self.job.take().or(self.index.begin_freeze()),
            Change::Finish => {
                if let Some(job) = self.job.take() {
                    self.index.finish_freeze(job.run().unwrap());
                }
            }
            Change::Abandon => {
                self.job = None;
                self.index.abandon_freeze();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn finds_what_naive_matching_finds_whatever_is_frozen(changes in changes()) {
        let mut pair = Pair::new();
        for change in &changes {
            pair.apply(change);
        }
        for text in GLOBS {
            check(&pair.index, &pair.live, text)?;
        }
    }

    #[test]
    fn finds_what_naive_matching_finds_for_any_glob(
        changes in changes(),
        glob in "(\\*\\*|[ab*?-]{1,3}|\\{[ab],[b*]{1,2}\\}|\\[!a\\])(\\.(\\*\\*|[ab*?-]{1,3}|\\{a\\.b,[b*]{1,2}\\})){0,3}",
    ) {
        let mut pair = Pair::new();
        for change in &changes {
            pair.apply(change);
        }
        check(&pair.index, &pair.live, &glob)?;
    }

    #[test]
    fn a_frozen_tree_is_the_same_however_it_came_about(changes in changes()) {
        let mut pair = Pair::new();
        for change in &changes {
            pair.apply(change);
        }
        pair.apply(&Change::Finish);
        pair.apply(&Change::Freeze);
        let entries: Vec<(&str, u32)> = pair.live.iter().map(|(path, &id)| (path.as_str(), id)).collect();
        let rebuilt = freeze::freeze(&entries).unwrap();
        prop_assert_eq!(pair.index.tree.frozen().frozen.bytes(), rebuilt.bytes());
        prop_assert_eq!(pair.index.unfrozen_count(), 0);
    }
}

#[test]
fn thousands_of_labels_and_nodes_are_found_in_every_way() {
    let names: Vec<String> = (0..3000)
        .map(|n| format!("dc{}.host{:03}.cpu{}.{}", n % 3, n % 700, n % 11, ["user", "idle"][n % 2]))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut index = index_of(&names);
    let mut live: BTreeMap<String, u32> = BTreeMap::new();
    for (id, name) in registry_of(&names).ids().zip(dedup(&names)) {
        live.insert(name.to_owned(), id);
    }
    for round in 0..2 {
        for text in [
            "*.host1*.cpu1.user",
            "dc1.{host001,host010,host699,none}.*.*",
            "*.*.*.*",
            "**.idle",
            "dc[12].*9.cpu?.*",
            "dc0.host00?.**",
            "*.host{0,1}*.{cpu1,cpu2}.us*",
            "**",
        ] {
            check(&index, &live, text).unwrap();
        }
        // Then once more with a few names on top of the frozen tree.
        if round == 0 {
            for (number, path) in
                ["dc0.host000.cpu0.wait", "dc9.x", "dc0.host0000.a", "dc0"].iter().enumerate()
            {
                let id = 100_000 + number as u32;
                index.insert(id, path);
                live.insert((*path).to_owned(), id);
            }
        }
    }
}

fn dedup<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut seen = std::collections::HashSet::new();
    names.iter().copied().filter(|name| seen.insert(*name)).collect()
}

#[test]
fn a_path_of_two_thousand_labels_is_walked_without_recursion() {
    let deep = vec!["a"; 2000].join(".");
    let mut index = index_of(&[&deep]);
    for _ in 0..2 {
        assert_eq!(index.leaves(&glob("**"), 10), [0]);
        assert_eq!(index.find(&glob("**.a"), usize::MAX).nodes.len(), 2000);
        index.remove(0, &deep);
        assert!(index.find(&glob("**"), 10).nodes.is_empty());
        index.insert(0, &deep);
    }
}
