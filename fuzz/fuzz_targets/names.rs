//! Names, tags, globs and tag expressions: canonical names are fixed points, and match themselves as globs. Regular
//! expressions are the target `regexes`' part: their compilation takes a hundred times as long as all the rest.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbago_protocol::{Glob, TagExpression, canonical, split_tags};

fuzz_target!(|text: &str| {
    // The first line is a pattern, the second a name; with one line it is both.
    let (pattern, name) = text.split_once('\n').unwrap_or((text, text));
    let canonical_name = canonical(name).ok();
    if let Some(name) = &canonical_name {
        assert_eq!(canonical(name).as_deref(), Ok(name.as_ref()));
        let (path, tags) = split_tags(name);
        assert!(!path.is_empty() && !path.split('.').any(str::is_empty));
        let tags: Vec<String> = tags.map(|(tag, value)| format!("{tag}={value}")).collect();
        assert!(tags.is_sorted());
        assert_eq!(tags.iter().fold(path.to_owned(), |joined, tag| format!("{joined};{tag}")), **name);
        if !name.contains(['*', '?', '[', ']', '{', '}', '\\']) {
            let glob = Glob::parse(name).expect("a name without special characters is a glob");
            assert_eq!(glob.literal(), Some(name.as_ref()));
            assert!(glob.matches_path(name));
        }
    }
    match Glob::parse(pattern) {
        Ok(glob) => {
            let path = canonical_name.as_deref().unwrap_or(name);
            let matches = glob.matches_path(path);
            if let Some(literal) = glob.literal() {
                assert_eq!(matches, literal == path);
            }
            let nodes = glob.alternatives().iter().flatten();
            for (node, label) in nodes.zip(path.split('.')) {
                assert!(!node.matches(label) || label.starts_with(node.literal_prefix()));
            }
        }
        Err(error) => assert!(error.column >= 1 && error.column <= pattern.chars().count() + 1),
    }
    if pattern.contains("=~") {
        return;
    }
    match TagExpression::parse(pattern) {
        Ok(expression) => {
            assert_eq!(expression.matches_empty(), expression.matches(Some("")));
            let _ = expression.matches(Some(name));
        }
        Err(error) => assert!(error.column >= 1 && error.column <= pattern.chars().count() + 1),
    }
});
