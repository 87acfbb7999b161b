//! What a file does not hold itself: variables of the environment as `${NAME}`, and texts in files of their own.
//!
//! Invariant: whoever reads the file passes both in: nothing here looks at the environment or at a disk. What is put in place
//! of a variable stays one text, whatever is in it: no key and no list comes of it.

use plumbago_rules::yaml::{Faults, Node, Value, parse};

use super::stand_in::{self, About};

/// The surroundings that a file of alerting may refer to.
pub trait Secrets {
    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String>;

    /// What is said of a variable that is not there.
    fn missing(&self, name: &str) -> String {
        format!("there is no variable {name} in the environment")
    }

    /// The text of a file that a `*_file` key names.
    ///
    /// # Errors
    /// Why there is none, as part of a sentence.
    fn file(&self, path: &str) -> Result<String, String>;
}

/// Surroundings in which there is nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Err(format!("{path:?} cannot be read here"))
    }
}

/// What a file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// Messages are sent by it.
    Sending,
    /// Nothing is: where variables are not there, and instead of files, something stands in for what is not decided by.
    DryRun,
}

/// Where variables come from, and what is done without them.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'s> {
    pub(super) secrets: &'s dyn Secrets,
    pub(super) aim: Aim,
}

impl Surroundings<'_> {
    /// The text of a file with a secret.
    pub(super) fn file(&self, path: &str) -> Result<String, String> {
        match self.aim {
            Aim::Sending => self.secrets.file(path),
            Aim::DryRun => Ok(stand_in::FILE.to_owned()),
        }
    }

    /// Puts variables in their places, in every text of a file.
    pub(super) fn expand(&self, root: &mut Node, faults: &mut Faults<'_>) {
        visit(root, &mut |node, about, key| {
            let Value::Text(text) = &mut node.value else { return };
            match self.expanded(&text.text, about, key) {
                Ok(expanded) => text.text = expanded,
                Err(name) => faults.at(node.mark, self.secrets.missing(&name)),
            }
        });
    }

    /// What a text is with its variables, or the name of one that is not there.
    fn expanded(&self, text: &str, about: About, key: &str) -> Result<String, String> {
        let found = expanded(text, &|name| self.secrets.variable(name));
        match (found, self.aim, about) {
            (Ok(found), ..) => Ok(found),
            (Err(_), Aim::DryRun, About::Delivery) => match stand_in::whole(key) {
                Some(whole) => Ok(whole.to_owned()),
                None => {
                    let or_name = |name: &str| self.secrets.variable(name).or(Some(name.to_owned()));
                    expanded(text, &or_name).map_err(str::to_owned)
                }
            },
            (Err(name), ..) => Err(name.to_owned()),
        }
    }
}

/// The text of a file with those variables put in that decide who is told, for somebody who has other variables: secrets are
/// none of them, and stay `${NAME}`. What is no file, or is not there, stays as it is.
pub fn with_decisions(text: &str, secrets: &dyn Secrets) -> String {
    let Ok(Some(mut root)) = parse(text) else { return text.to_owned() };
    let mut spans = Vec::new();
    visit(&mut root, &mut |node, about, _| {
        let Value::Text(text) = &node.value else { return };
        if about == About::Delivery {
            return;
        }
        if let Ok(found) = expanded(&text.text, &|name| secrets.variable(name)) {
            // A text of JSON is one of YAML.
            let written = serde_json::Value::from(escaped(&found)).to_string();
            spans.push((node.mark.index, node.end, written));
        }
    });
    spans.sort_unstable();
    replaced(text, &spans)
}

/// Shows all texts in which there may be variables, with what they are about and the key that they stand under.
fn visit(root: &mut Node, show: &mut dyn FnMut(&mut Node, About, &str)) {
    walk(root, About::File, "", show);
}

fn walk(node: &mut Node, about: About, key: &str, show: &mut dyn FnMut(&mut Node, About, &str)) {
    match &mut node.value {
        Value::Text(text) if text.text.contains("${") => show(node, about, key),
        Value::Text(_) => {}
        Value::List(list) => list.iter_mut().for_each(|node| walk(node, about, key, show)),
        Value::Map(entries) => {
            for (key, node) in entries {
                walk(node, about.under(&key.name), &key.name, show);
            }
        }
    }
}

/// A text with others in the place of some of its spans, which are counted in characters and ascend.
fn replaced(text: &str, spans: &[(usize, usize, String)]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut spans = spans.iter().peekable();
    for (index, c) in text.chars().enumerate() {
        while spans.next_if(|(_, end, _)| *end <= index).is_some() {}
        match spans.peek() {
            Some((start, _, written)) if *start == index => result.push_str(written),
            Some((start, ..)) if *start < index => {}
            _ => result.push(c),
        }
    }
    result
}

/// A text with its variables put in, or the name of one that is not there. `$${NAME}` stands for `${NAME}`.
fn expanded<'t>(text: &'t str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, &'t str> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        result.push_str(before);
        rest = after;
        let name = after.split_once('}').map(|(name, _)| name).filter(|name| is_variable(name));
        match name {
            Some(_) if before.ends_with('$') => result.push('{'),
            None => result.push_str("${"),
            Some(name) => {
                result.push_str(&variable(name).ok_or(name)?);
                rest = after.get(name.len() + 1..).unwrap_or_default();
            }
        }
    }
    result.push_str(rest);
    Ok(result)
}

/// A text in which what looks like a variable is none.
fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let looks_like_one = after.split_once('}').is_some_and(|(name, _)| is_variable(name));
        result.push_str(before);
        result.push_str(if looks_like_one { "$${" } else { "${" });
        rest = after;
    }
    result.push_str(rest);
    result
}

fn is_variable(name: &str) -> bool {
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_word && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One;

    impl Secrets for One {
        fn variable(&self, name: &str) -> Option<String> {
            (name == "TOKEN").then(|| "a: [b] ${TOKEN}".to_owned())
        }

        fn file(&self, path: &str) -> Result<String, String> {
            NoSecrets.file(path)
        }
    }

    #[test]
    fn variables_are_put_in_once_and_as_they_are() {
        for (text, expected) in [
            ("x ${TOKEN} y", Ok("x a: [b] ${TOKEN} y")),
            ("${TOKEN}${TOKEN}", Ok("a: [b] ${TOKEN}a: [b] ${TOKEN}")),
            ("$${TOKEN}", Ok("${TOKEN}")),
            ("$TOKEN $", Ok("$TOKEN $")),
            ("^a${1}", Ok("^a${1}")),
            ("${ TOKEN }", Ok("${ TOKEN }")),
            ("${TOKEN", Ok("${TOKEN")),
            ("${MISSING}", Err("MISSING")),
        ] {
            let found = expanded(text, &|name| One.variable(name));
            assert_eq!(found.as_deref().map_err(|name| *name), expected, "{text}");
        }
    }

    #[test]
    fn for_others_only_what_decides_is_put_in() {
        let text = "\
route:
  receiver: ${TOKEN}  # a remark
  routes: [{matchers: ['a=${TOKEN}', \"b=$${X}\"], group_by: [ä]}, {matchers: ['a=~b${1}', 'a=${MISSING}']}]
receivers:
  - name: ${TOKEN}
    webhook_configs: [{url: '${TOKEN}', send_resolved: '${TOKEN}'}]
";
        let expected = "\
route:
  receiver: \"a: [b] $${TOKEN}\"  # a remark
  routes: [{matchers: [\"a=a: [b] $${TOKEN}\", \"b=$${X}\"], group_by: [ä]}, {matchers: [\"a=~b${1}\", 'a=${MISSING}']}]
receivers:
  - name: \"a: [b] $${TOKEN}\"
    webhook_configs: [{url: '${TOKEN}', send_resolved: \"a: [b] $${TOKEN}\"}]
";
        assert_eq!(with_decisions(text, &One), expected);
        // A remark behind a text in quotes goes with it.
        let again = expected.replace("  # a remark", "");
        assert_eq!(with_decisions(expected, &NoSecrets), again, "it is all put in");
        assert_eq!(with_decisions("a: [", &One), "a: [");
    }
}
