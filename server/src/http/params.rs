//! The parameters of a request: the query string's, then the form body's, in order, repeats kept.
//!
//! Grafana sends a body that is not URL-encoded (`query=a.{b,c}.*`), so a `%` that begins no escape stands for
//! itself, and no byte is refused. Where one value is asked for the last one counts, as in graphite-web.

use super::answer::Fault;
use percent_encoding::percent_decode;
use plumbago_protocol::limits;
use std::collections::BTreeMap;

/// Names and values in the order they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Merges the parameters of a query string and a form body.
    ///
    /// # Errors
    /// More than [`limits::PARAMETERS_MAX`] parameters.
    pub(crate) fn parse(query: &str, form: &[u8]) -> Result<Params, Fault> {
        let mut params = Params::default();
        params.add(query.as_bytes())?;
        params.add(form)?;
        Ok(params)
    }

    fn add(&mut self, encoded: &[u8]) -> Result<(), Fault> {
        let encoded = encoded.strip_suffix(b"\n").unwrap_or(encoded);
        let encoded = encoded.strip_suffix(b"\r").unwrap_or(encoded);
        for pair in encoded.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()) {
            if self.pairs.len() == limits::PARAMETERS_MAX {
                let message = format!("more than {} parameters in one request", limits::PARAMETERS_MAX);
                return Err(Fault::bad_request(message));
            }
            let equals = pair.iter().position(|&byte| byte == b'=').unwrap_or(pair.len());
            let value = pair.get(equals + 1..).unwrap_or_default();
            self.pairs.push((decode(&pair[..equals]), decode(value)));
        }
        Ok(())
    }

    /// The last value of `name`.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The last value of `name` that is not empty.
    pub(crate) fn last_filled(&self, name: &str) -> Option<&str> {
        self.last(name).filter(|value| !value.is_empty())
    }

    /// The names of all parameters, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(name, _)| name.as_str())
    }

    /// Every value of `name`, in order.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The values of `name[key]` by key, the last one of each.
    pub(crate) fn in_brackets(&self, name: &str) -> BTreeMap<String, String> {
        let key =
            |text: &str| text.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']').map(str::to_owned);
        self.pairs.iter().filter_map(|(text, value)| Some((key(text)?, value.clone()))).collect()
    }

    /// True where `name` was sent with a value that means yes: `1`, `true`, `yes` or `on`.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.last(name)
            .is_some_and(|value| ["1", "true", "yes", "on"].iter().any(|yes| value.eq_ignore_ascii_case(yes)))
    }
}

fn decode(encoded: &[u8]) -> String {
    let spaced: Vec<u8> = encoded.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str, form: &str) -> Params {
        Params::parse(query, form.as_bytes()).unwrap()
    }

    #[test]
    fn query_string_and_form_are_merged_in_order() {
        let params = parse("target=a&from=-1h&meta=true", "target=b%28c%29&from=-2h");
        assert_eq!(params.all("target").collect::<Vec<_>>(), ["a", "b(c)"]);
        assert_eq!(params.last("from"), Some("-2h"));
        assert!(params.is_set("meta"));
        assert_eq!(params.last("until"), None);
    }

    #[test]
    fn a_body_that_is_not_url_encoded_is_read_as_it_is() {
        let params = parse("from=1&until=2", "query=servers.{web,db}*.[a-c].100%.cpu");
        assert_eq!(params.last("query"), Some("servers.{web,db}*.[a-c].100%.cpu"));
    }

    #[test]
    fn escapes_spaces_and_odd_forms() {
        let params = parse("a=1+2%203&b&&=x&c=%zz&d=%ff&e=1=2", "");
        assert_eq!(params.last("a"), Some("1 2 3"));
        assert_eq!(params.last("b"), Some(""));
        assert_eq!(params.last_filled("b"), None);
        assert_eq!(params.last(""), Some("x"));
        assert_eq!(params.last("c"), Some("%zz"));
        assert_eq!(params.last("d"), Some("\u{fffd}"));
        assert_eq!(params.last("e"), Some("1=2"));
    }

    #[test]
    fn keys_in_brackets_are_collected() {
        let params =
            parse("template[host]=a&template%5Bhost%5D=b&template[n]=1&template=x&templates[z]=1", "");
        let found: Vec<_> = params.in_brackets("template").into_iter().collect();
        assert_eq!(found, [("host".to_owned(), "b".to_owned()), ("n".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn too_many_parameters_are_refused() {
        let many = "a=1&".repeat(limits::PARAMETERS_MAX + 1);
        assert!(Params::parse(&many, b"").is_err());
    }
}
