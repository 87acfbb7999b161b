//! How deep JSON goes, found before anything is made of it.
//!
//! Invariant: takes no memory; what is no JSON at all passes, and is refused by the parser that comes after.

use super::BodyError;
use plumbago_protocol::limits::EVENT_BODY_NESTING_MAX;

/// Refuses JSON in which lists and objects nest too deep.
pub(super) fn check(json: &[u8]) -> Result<(), BodyError> {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > EVENT_BODY_NESTING_MAX {
            let message = format!("the body nests deeper than {EVENT_BODY_NESTING_MAX} lists and objects");
            return Err(BodyError::limit(message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_outside_of_texts_count() {
        assert!(check("[".repeat(32).as_bytes()).is_ok());
        assert!(check("[".repeat(33).as_bytes()).is_err());
        assert!(check("{\"a\":".repeat(33).as_bytes()).is_err());
        assert!(check(format!("\"\\\"{}\"", "[".repeat(99)).as_bytes()).is_ok());
        assert!(check("[]".repeat(99).as_bytes()).is_ok());
    }
}
