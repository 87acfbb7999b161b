//! Values of a series, written as Prometheus's tests do: `0+10x5 _ 3 stale`.
//!
//! `a+bxn` and `a-bxn` are a and the n values after it, each b further; `axn` is a, n times more; `_xn` is n missing ones.

use super::Reader;
use crate::files::fault::Faults;
use crate::files::tree::Node;

impl Reader {
    /// The values of a text, or a fault at the word that is none.
    pub(super) fn values(
        &mut self,
        node: &Node,
        text: &str,
        faults: &mut Faults<'_>,
    ) -> Option<Vec<Option<f64>>> {
        let mut values = Vec::new();
        let mut character = 0;
        for word in text.split_inclusive(char::is_whitespace) {
            let written = word.trim_end();
            if !written.is_empty() {
                let more = parse(written, self.values_left.saturating_sub(values.len()));
                match more {
                    Ok(more) => values.extend(more),
                    Err(message) => {
                        faults.within(node, character, message);
                        return None;
                    }
                }
            }
            character += word.chars().count();
        }
        self.values_left = self.values_left.saturating_sub(values.len());
        Some(values)
    }
}

/// What one word stands for, `most` values at most.
fn parse(word: &str, most: usize) -> Result<Vec<Option<f64>>, String> {
    let (body, times) = match word.rsplit_once('x') {
        Some((body, times)) => {
            let times = times
                .parse::<usize>()
                .map_err(|_| format!("expected a count after the x of {word:?}, such as in 0+10x5"))?;
            (body, Some(times))
        }
        None => (word, None),
    };
    let is_missing = matches!(body, "_" | "stale");
    let count = match times {
        None => 1,
        Some(times) if is_missing => times,
        Some(times) => times.saturating_add(1),
    };
    if count > most {
        return Err(format!("{word:?} makes more values than a file of tests may have"));
    }
    if is_missing {
        return Ok(vec![None; count]);
    }
    let (first, by) = progression(body)
        .ok_or_else(|| format!("expected a number, a+bxn, a-bxn, axn, _ or _xn, found {word:?}"))?;
    if by != 0.0 && times.is_none() {
        return Err(format!("expected a count behind {word:?}, such as in 0+10x5"));
    }
    let value = |at: usize| Some(first + by * at as f64).filter(|value| value.is_finite());
    Ok((0..count).map(value).collect())
}

/// The first value and what is added to each next one.
fn progression(text: &str) -> Option<(f64, f64)> {
    if let Some(number) = number(text) {
        return Some((number, 0.0));
    }
    // The sign between the two is none that begins a number or its exponent.
    let bytes = text.as_bytes();
    let is_sign = |at: &usize| {
        matches!(bytes.get(*at), Some(b'+' | b'-'))
            && !matches!(bytes.get(at.wrapping_sub(1)), None | Some(b'e' | b'E' | b'+' | b'-'))
    };
    let at = (1..bytes.len()).find(is_sign)?;
    let first = number(text.get(..at)?)?;
    let by = number(text.get(at + 1..).filter(|by| !by.starts_with(['+', '-']))?)?;
    Some((first, if bytes.get(at) == Some(&b'-') { -by } else { by }))
}

fn number(text: &str) -> Option<f64> {
    let is_written = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse::<f64>().ok().filter(|number| is_written && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_those_of_prometheus() {
        let values = |text: &str| parse(text, 100);
        let known = |values: &[f64]| Ok(values.iter().copied().map(Some).collect());
        assert_eq!(values("0+10x3"), known(&[0.0, 10.0, 20.0, 30.0]));
        assert_eq!(values("1-0.5x2"), known(&[1.0, 0.5, 0.0]));
        assert_eq!(values("-5x1"), known(&[-5.0, -5.0]));
        assert_eq!(values("-2+4x1"), known(&[-2.0, 2.0]));
        assert_eq!(values("1e-3"), known(&[0.001]));
        assert_eq!(values("1e2-1e1x1"), known(&[100.0, 90.0]));
        assert_eq!(values("_x3"), Ok(vec![None; 3]));
        assert_eq!(values("stale"), Ok(vec![None]));
        assert_eq!(values("3x0"), known(&[3.0]));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["x", "1x", "nan", "inf", "1+2", "1+x3", "a", "1x-1", "+", "1--1x2", "é", "0x200"] {
            assert!(parse(text, 100).is_err(), "{text}");
        }
    }
}
