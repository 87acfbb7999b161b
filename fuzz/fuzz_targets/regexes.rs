//! Tag expressions with regular expressions: any text is compiled within its limits or refused with its column, and what
//! compiles answers for any value.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use plumbago_protocol::TagExpression;

/// Longer expressions compile slower and mean nothing new.
const BYTES_MAX: usize = 256;

fuzz_target!(|text: &str| -> Corpus {
    if text.len() > BYTES_MAX {
        return Corpus::Reject;
    }
    // The first line is an expression, the second a value.
    let (pattern, value) = text.split_once('\n').unwrap_or((text, text));
    let pattern = if pattern.contains("=~") { pattern.to_owned() } else { format!("tag=~{pattern}") };
    match TagExpression::parse(&pattern) {
        Ok(expression) => {
            assert_eq!(expression.matches_empty(), expression.matches(Some("")));
            let _ = expression.matches(Some(value));
        }
        Err(error) => assert!(error.column >= 1 && error.column <= pattern.chars().count() + 1),
    }
    Corpus::Keep
});
