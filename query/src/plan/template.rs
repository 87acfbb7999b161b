//! Template variables: `$1` and `$name` in paths.
//!
//! Invariant: substitution is textual and happens once; request variables win over those in the call.

use std::collections::BTreeMap;

use crate::grammar::{Argument, Expression, Number};
use crate::python;

/// The values of one `template(…)`.
pub(crate) struct Variables {
    values: BTreeMap<String, Value>,
}

/// A variable's value: text stays text where it stands alone as an argument, unless it looks like a number.
enum Value {
    Number(Number),
    Text(String),
}

impl Variables {
    pub(crate) fn new(arguments: &[Argument], request: &BTreeMap<String, String>) -> Variables {
        let mut values = BTreeMap::new();
        for (position, argument) in arguments.iter().enumerate() {
            let name = argument.keyword.clone().unwrap_or_else(|| (position + 1).to_string());
            match &argument.value {
                Expression::Number(number) => values.insert(name, Value::Number(*number)),
                Expression::Text(quoted) => values.insert(name, Value::Text(quoted.text.clone())),
                _ => None,
            };
        }
        values.extend(request.iter().map(|(name, text)| (name.clone(), Value::Text(text.clone()))));
        Variables { values }
    }

    /// `text` with every `$name` replaced.
    pub(crate) fn substitute(&self, text: &str) -> String {
        let mut output = text.to_owned();
        for (name, value) in &self.values {
            output = output.replace(&format!("${name}"), &value.show());
        }
        output
    }

    /// The value of a path that is a variable and nothing else, as a literal.
    pub(crate) fn alone(&self, path: &str) -> Option<Expression> {
        let value = self.values.get(path.strip_prefix('$')?)?;
        Some(match value {
            Value::Number(number) => Expression::Number(*number),
            Value::Text(text) => match as_number(text) {
                Some(number) => Expression::Number(Number::Float(number)),
                None => Expression::Text(crate::grammar::Quoted { text: text.clone(), quote: '"' }),
            },
        })
    }
}

impl Value {
    fn show(&self) -> String {
        match self {
            Value::Number(Number::Integer(integer)) => integer.to_string(),
            Value::Number(Number::Float(float)) => python::representation(*float),
            Value::Text(text) => text.clone(),
        }
    }
}

fn as_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain.then(|| text.parse().ok()).flatten()
}
