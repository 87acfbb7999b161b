//! How Python writes a float: `%g`, `repr` and `%d`.
//!
//! Invariant: digits come from Rust's own correctly rounded formatting; only their layout is decided here.

/// Python's `"%g" % value`: six significant digits, no trailing zeros, an exponent where it is shorter.
pub(crate) fn general(value: f64) -> String {
    if let Some(word) = not_finite(value) {
        return word.to_owned();
    }
    let (digits, exponent, negative) = scientific(&format!("{value:.5e}"));
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    layout(digits, exponent, negative, -4, 6, false)
}

/// Python's `repr(value)`, which is also `str(value)`: the shortest digits that read back as the same float.
pub(crate) fn representation(value: f64) -> String {
    if let Some(word) = not_finite(value) {
        return word.to_owned();
    }
    let (digits, exponent, negative) = scientific(&format!("{value:e}"));
    layout(&digits, exponent, negative, -4, 16, true)
}

/// Python's `"%d" % value` for a float: the integer part, towards zero. Infinite values have none.
pub(crate) fn truncated(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let whole = value.trunc();
    let text = if whole == 0.0 { "0".to_owned() } else { format!("{whole:.0}") };
    Some(text)
}

fn not_finite(value: f64) -> Option<&'static str> {
    match value {
        v if v.is_nan() => Some("nan"),
        f64::INFINITY => Some("inf"),
        f64::NEG_INFINITY => Some("-inf"),
        _ => None,
    }
}

/// Splits `-1.234e-5` into its digits without the point, its exponent and its sign.
fn scientific(text: &str) -> (String, i32, bool) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let negative = mantissa.starts_with('-');
    let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
    (digits, exponent.parse().unwrap_or(0), negative)
}

/// Lays `0.d1d2d3… × 10^(exponent+1)` out, positional where `exponent` lies in `low..high`.
fn layout(digits: &str, exponent: i32, negative: bool, low: i32, high: i32, keep_point: bool) -> String {
    let mut text = String::from(if negative { "-" } else { "" });
    let (first, rest) = digits.split_at(1.min(digits.len()));
    if exponent < low || exponent >= high {
        text.push_str(first);
        if !rest.is_empty() {
            text.push('.');
            text.push_str(rest);
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        text.push_str(&format!("e{sign}{:02}", exponent.abs()));
    } else if exponent < 0 {
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', usize::try_from(-exponent - 1).unwrap_or(0)));
        text.push_str(digits);
    } else {
        let whole = usize::try_from(exponent).unwrap_or(0) + 1;
        if digits.len() > whole {
            text.push_str(&digits[..whole]);
            text.push('.');
            text.push_str(&digits[whole..]);
        } else {
            text.push_str(digits);
            text.extend(std::iter::repeat_n('0', whole - digits.len()));
            if keep_point {
                text.push_str(".0");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn general_is_percent_g() {
        for (value, text) in [
            (2.0, "2"),
            (1_234_567.891, "1.23457e+06"),
            (0.0015, "0.0015"),
            (-0.01, "-0.01"),
            (0.000_012_345, "1.2345e-05"),
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (0.0, "0"),
            (-0.0, "-0"),
            (2.5, "2.5"),
            (f64::INFINITY, "inf"),
            (1e300, "1e+300"),
            (0.5, "0.5"),
            (999_999.5, "1e+06"),
        ] {
            assert_eq!(general(value), text, "%g of {value:e}");
        }
    }

    #[test]
    fn representation_is_repr() {
        for (value, text) in [
            (5.0, "5.0"),
            (1e20, "1e+20"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (79.74000000000001, "79.74000000000001"),
            (-0.5, "-0.5"),
            (1.5e-7, "1.5e-07"),
            (0.0, "0.0"),
        ] {
            assert_eq!(representation(value), text, "repr of {value:e}");
        }
    }

    #[test]
    fn truncation_goes_towards_zero() {
        assert_eq!(truncated(2.75).as_deref(), Some("2"));
        assert_eq!(truncated(-2.75).as_deref(), Some("-2"));
        assert_eq!(truncated(-0.5).as_deref(), Some("0"));
        assert_eq!(truncated(f64::INFINITY), None);
    }
}
