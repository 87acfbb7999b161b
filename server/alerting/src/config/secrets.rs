//! What a file does not hold itself: variables of the environment as `${NAME}`, and texts in files of their own.
//!
//! Invariant: whoever reads the file passes both in: nothing here looks at the environment or at a disk. What is put in place
//! of a variable stays one text, whatever is in it: no key and no list comes of it.

use plumbago_rules::yaml::{Faults, Node, Value};

/// The surroundings that a file of alerting may refer to.
pub trait Secrets {
    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String>;

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

/// Puts variables in their places, in every text of a tree.
pub(super) fn expand(node: &mut Node, secrets: &dyn Secrets, faults: &mut Faults<'_>) {
    let mark = node.mark;
    match &mut node.value {
        Value::Text(text) if text.text.contains("${") => match expanded(&text.text, secrets) {
            Ok(expanded) => text.text = expanded,
            Err(name) => faults.at(mark, format!("there is no variable {name} in the environment")),
        },
        Value::Text(_) => {}
        Value::List(list) => list.iter_mut().for_each(|node| expand(node, secrets, faults)),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, node)| expand(node, secrets, faults)),
    }
}

/// A text with its variables put in, or the name of one that is not there. `$${NAME}` stands for `${NAME}`.
fn expanded(text: &str, secrets: &dyn Secrets) -> Result<String, String> {
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
                result.push_str(&secrets.variable(name).ok_or(name)?);
                rest = after.get(name.len() + 1..).unwrap_or_default();
            }
        }
    }
    result.push_str(rest);
    Ok(result)
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
            let found = expanded(text, &One);
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{text}");
        }
    }
}
