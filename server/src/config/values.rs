//! Readers for single values: each takes a TOML value and gives the checked one, or says what it may be.
//!
//! The refusal completes the sentence "`key` must be …"; places and wording around it belong to `error`.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use jiff::tz::TimeZone;
use toml::Spanned;
use toml::de::DeValue;

/// What a value reader answers.
pub(super) type Read<T> = Result<T, Cow<'static, str>>;

/// A whole number inside `range`.
pub(super) fn integer(range: RangeInclusive<u64>) -> impl Fn(&DeValue<'_>) -> Read<u64> {
    move |value| {
        whole_number(value)
            .filter(|number| range.contains(number))
            .ok_or_else(|| format!("a whole number from {} to {}", range.start(), range.end()).into())
    }
}

/// A count of bytes inside `range`: a whole number, or a string such as `"64MiB"`.
pub(super) fn bytes(range: RangeInclusive<u64>) -> impl Fn(&DeValue<'_>) -> Read<u64> {
    move |value| {
        whole_number(value)
            .or_else(|| value.as_str().and_then(bytes_with_unit))
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                format!("a number of bytes, or a string such as \"64MiB\", from {least} to {most} bytes")
                    .into()
            })
    }
}

/// `true` or `false`.
pub(super) fn boolean(value: &DeValue<'_>) -> Read<bool> {
    value.as_bool().ok_or(Cow::Borrowed("true or false"))
}

/// A list of at most `count_max` texts; the refusal is `expected`.
pub(super) fn texts(count_max: usize, expected: &'static str) -> impl Fn(&DeValue<'_>) -> Read<Vec<String>> {
    move |value| {
        let list = value.as_array().filter(|list| list.len() <= count_max);
        let text = |item: &Spanned<DeValue<'_>>| item.get_ref().as_str().map(str::to_owned);
        let texts = list.and_then(|list| list.iter().map(text).collect::<Option<Vec<_>>>());
        texts.ok_or(Cow::Borrowed(expected))
    }
}

/// The start of a metric path: dot-separated nodes, none of them empty.
pub(super) fn metric_prefix(value: &DeValue<'_>) -> Read<String> {
    value
        .as_str()
        .filter(|prefix| prefix.split('.').all(is_plain_node))
        .map(str::to_owned)
        .ok_or(Cow::Borrowed("a metric path in quotes, such as \"carbon.agents\""))
}

/// One node of a metric path, or an empty string for none.
pub(super) fn host_name(value: &DeValue<'_>) -> Read<Option<String>> {
    match value.as_str() {
        Some("") => Ok(None),
        Some(name) if is_plain_node(name) => Ok(Some(name.to_owned())),
        _ => Err(Cow::Borrowed("a name in quotes, without dots, spaces or wildcards")),
    }
}

/// A name from the time-zone database.
pub(super) fn time_zone(value: &DeValue<'_>) -> Read<TimeZone> {
    value
        .as_str()
        .and_then(|name| TimeZone::get(name).ok())
        .ok_or(Cow::Borrowed("the name of a time zone in quotes, such as \"Europe/Vienna\""))
}

fn is_plain_node(node: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '@' | '+');
    !node.is_empty() && node.chars().all(is_plain)
}

fn whole_number(value: &DeValue<'_>) -> Option<u64> {
    let integer = value.as_integer()?;
    u64::from_str_radix(integer.as_str().trim_start_matches('+'), integer.radix()).ok()
}

fn bytes_with_unit(text: &str) -> Option<u64> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(digits_end);
    let factor: u64 = match unit.trim_start() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_units_are_binary_and_checked() {
        assert_eq!(bytes_with_unit("64MiB"), Some(64 << 20));
        assert_eq!(bytes_with_unit("64 KiB"), Some(64 << 10));
        assert_eq!(bytes_with_unit("12"), Some(12));
        for refused in ["", "MiB", "64MB", "64mib", "-1", "1.5GiB", "99999999999TiB", "18446744073709551616"]
        {
            assert_eq!(bytes_with_unit(refused), None, "{refused}");
        }
    }
}
