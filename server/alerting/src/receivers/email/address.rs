//! Addresses of mails as they stand in the file.
//!
//! Invariant: what is accepted has no character that means something in a header or to a server.

/// The addresses of a list with commas, or the one that is none, shortened.
pub(super) fn list(text: &str) -> Result<Vec<String>, String> {
    text.split(',').map(one).collect()
}

/// `ops@example.org` or `Operations <ops@example.org>`.
pub(super) fn one(text: &str) -> Result<String, String> {
    let text = text.trim();
    let (name, address) = match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some((name, address)) => (name.trim(), address),
        None => ("", text),
    };
    let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
    let is_name = name.chars().all(|c| c.is_alphanumeric() || " ._-'()".contains(c));
    if !is_name || !is_address(address) {
        return Err(text.chars().take(60).collect());
    }
    Ok(if name.is_empty() { address.to_owned() } else { format!("\"{name}\" <{address}>") })
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    let is_dotted = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    let is_domain = domain.split('.').all(|part| {
        let is_plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        is_plain && (1..=63).contains(&part.len()) && !part.starts_with('-') && !part.ends_with('-')
    });
    let is_short = (1..=64).contains(&local.len()) && domain.len() <= 253;
    local.bytes().all(is_plain) && is_dotted && is_domain && is_short
}

/// The domain of an accepted address.
pub(super) fn domain(address: &str) -> &str {
    address.trim_end_matches('>').rsplit_once('@').map_or("localhost", |(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_nothing_that_means_more() {
        assert_eq!(one(" ops@example.org "), Ok("ops@example.org".to_owned()));
        assert_eq!(one("Ops (EU) <a+b@x.example>"), Ok("\"Ops (EU)\" <a+b@x.example>".to_owned()));
        assert_eq!(list("a@b, c@d.example").map(|list| list.len()), Ok(2));
        assert_eq!(domain("\"Ops\" <a@b.example>"), "b.example");
        let wrong = [
            "",
            "ops",
            "@x",
            "a@",
            "a@b\r\nBcc: c@d",
            "a@b>c",
            "<a@b> c",
            "a b@c",
            "a@-b",
            "x\" <a@b>",
            "{{ x }}@y",
            "a..b@c",
        ];
        for text in wrong {
            assert!(one(text).is_err(), "{text}");
        }
        assert!(list("a@b,").is_err());
    }
}
