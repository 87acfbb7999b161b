//! Numbers as people read them: `humanize`, `humanizePercentage` and `humanizeDuration`, as Prometheus writes them.
//!
//! Invariant: a missing value stays `null`, four digits count.

use minijinja::{Error, ErrorKind, Value};

const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];

/// `1234567` as `1.235M`.
pub(super) fn plain(value: Value) -> Result<String, Error> {
    with_number(&value, |number| {
        let (number, prefix) = if number.abs() >= 1.0 { enlarged(number) } else { reduced(number) };
        format!("{}{prefix}", four_digits(number))
    })
}

/// `0.123` as `12.3%`.
pub(super) fn percentage(value: Value) -> Result<String, Error> {
    with_number(&value, |number| format!("{}%", four_digits(number * 100.0)))
}

/// Seconds, `3725` as `1h 2m 5s`.
pub(super) fn duration(value: Value) -> Result<String, Error> {
    with_number(&value, |number| {
        if !number.is_finite() {
            return four_digits(number);
        }
        if number.abs() < 1.0 {
            let (number, prefix) = reduced(number);
            return format!("{}{prefix}s", four_digits(number));
        }
        let sign = if number < 0.0 { "-" } else { "" };
        // A cast of more seconds than 64 bits hold gives the most they do.
        let whole = number.abs() as u64;
        let (seconds, minutes, hours, days) =
            (whole % 60, whole / 60 % 60, whole / 3600 % 24, whole / 86_400);
        if days > 0 {
            format!("{sign}{days}d {hours}h {minutes}m {seconds}s")
        } else if hours > 0 {
            format!("{sign}{hours}h {minutes}m {seconds}s")
        } else if minutes > 0 {
            format!("{sign}{minutes}m {seconds}s")
        } else {
            format!("{sign}{}s", four_digits(number.abs()))
        }
    })
}

fn with_number(value: &Value, show: impl Fn(f64) -> String) -> Result<String, Error> {
    if value.is_none() {
        return Ok("null".to_owned());
    }
    let number = match value.as_str() {
        Some(text) => text.trim().parse().ok(),
        None => f64::try_from(value.clone()).ok(),
    };
    number.map(show).ok_or_else(|| {
        Error::new(ErrorKind::InvalidOperation, format!("a number is wanted here, not {}", value.kind()))
    })
}

/// Divided by a thousand as often as there are prefixes for it.
fn enlarged(mut number: f64) -> (f64, &'static str) {
    let mut shown = "";
    for prefix in LARGE {
        if number.abs() < 1000.0 || number.is_infinite() {
            break;
        }
        (number, shown) = (number / 1000.0, prefix);
    }
    (number, shown)
}

/// Multiplied by a thousand as often as there are prefixes for it.
fn reduced(mut number: f64) -> (f64, &'static str) {
    let mut shown = "";
    for prefix in SMALL {
        if number.abs() >= 1.0 || number == 0.0 || number.is_nan() {
            break;
        }
        (number, shown) = (number * 1000.0, prefix);
    }
    (number, shown)
}

/// Four significant digits without zeros at the end, as C's `%.4g` has them.
fn four_digits(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:.3e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..4).contains(&exponent) {
        let decimals = usize::try_from(3 - exponent).unwrap_or_default();
        return without_zeros(&format!("{number:.decimals$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_zeros(digits), exponent.abs())
}

fn without_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_prometheus_shows_them() {
        for (number, shown) in [
            (0.0, "0"),
            (1.0, "1"),
            (999.0, "999"),
            (1234567.0, "1.235M"),
            (-1500.0, "-1.5k"),
            (0.0125, "12.5m"),
            (1e30, "1e+06Y"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(plain(Value::from(number)).unwrap(), shown);
        }
        assert_eq!(percentage(Value::from(0.1234567)).unwrap(), "12.35%");
        assert_eq!(percentage(Value::from(2)).unwrap(), "200%");
    }

    #[test]
    fn durations_are_shown_as_prometheus_shows_them() {
        for (number, shown) in [
            (0.0, "0s"),
            (0.0012, "1.2ms"),
            (1.5, "1.5s"),
            (59.99, "59.99s"),
            (90.0, "1m 30s"),
            (-90.0, "-1m 30s"),
            (3725.0, "1h 2m 5s"),
            (93784.0, "1d 2h 3m 4s"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(duration(Value::from(number)).unwrap(), shown);
        }
    }

    #[test]
    fn nothing_is_null_and_text_is_refused() {
        assert_eq!(plain(Value::from(())).unwrap(), "null");
        assert_eq!(plain(Value::from("1500")).unwrap(), "1.5k");
        assert!(plain(Value::from("many")).is_err());
    }
}
