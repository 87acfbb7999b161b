//! Numbers as Python prints them: csv and raw answers, which scripts compare as text.
//!
//! Invariant: for every finite float the text is that of CPython's `repr`; a missing value is left to the format.

use super::json::push_integer;

/// Appends a float, the infinite ones as `inf` and `-inf`.
pub(super) fn push_python_float(out: &mut Vec<u8>, value: f64) {
    if value.is_infinite() {
        out.extend_from_slice(if value < 0.0 { b"-inf" } else { b"inf" });
        return;
    }
    // The same digits, and an exponent for the same numbers, but for those just above 0.00001.
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format(value);
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.len() < text.len() {
        out.push(b'-');
    }
    match (unsigned.split_once('e'), unsigned.strip_prefix("0.0000")) {
        (Some((digits, exponent)), _) => push_scientific(out, digits, exponent.parse().unwrap_or(0)),
        (None, Some(digits)) => {
            let (first, rest) = digits.split_at(1.min(digits.len()));
            let digits = if rest.is_empty() { first.to_owned() } else { format!("{first}.{rest}") };
            push_scientific(out, &digits, -5);
        }
        (None, None) => out.extend_from_slice(unsigned.as_bytes()),
    }
}

/// Appends an exponent of two digits at least, with its sign.
fn push_scientific(out: &mut Vec<u8>, digits: &str, exponent: i32) {
    out.extend_from_slice(digits.as_bytes());
    out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    push_integer(out, i64::from(exponent.abs()));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: f64) -> String {
        let mut out = Vec::new();
        push_python_float(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_as_python_spells_them() {
        for (value, text) in [
            (5.0, "5.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (-0.0001, "-0.0001"),
            (0.00012345, "0.00012345"),
            (0.00001, "1e-05"),
            (-0.0000123, "-1.23e-05"),
            (1.5e-9, "1.5e-09"),
            (1e15, "1000000000000000.0"),
            (1.5e15, "1500000000000000.0"),
            (9007199254740993.0, "9007199254740992.0"),
            (1e16, "1e+16"),
            (-1.25e20, "-1.25e+20"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(written(value), text);
        }
    }

    proptest! {
        #[test]
        fn numbers_read_back(bits: u64, exponent in -8i32..20, digits in 1i64..1_000_000) {
            for value in [f64::from_bits(bits), digits as f64 * 10f64.powi(exponent)] {
                if value.is_finite() {
                    let text = written(value);
                    prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
                    let exponent = text.split_once('e').map(|(_, exponent)| exponent.parse::<i32>().unwrap());
                    prop_assert!(exponent.is_none_or(|exponent| !(-4..16).contains(&exponent)), "{}", text);
                    prop_assert!(exponent.is_some() || text.contains('.'), "{}", text);
                }
            }
        }
    }
}
