//! `[allow_from]`: from which networks each listener takes connections and datagrams.

use std::borrow::Cow;

use plumbago_protocol::limits::ALLOWED_NETWORKS_MAX;
use toml::de::DeValue;

use super::document::Section;
use super::values;
use crate::network::{Network, Networks};

/// One list a listener.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AllowFrom {
    /// Plaintext lines over TCP.
    pub plaintext: Networks,
    /// Plaintext lines in UDP datagrams.
    pub udp: Networks,
    /// Pickle frames over TCP.
    pub pickle: Networks,
    /// Queries over HTTP.
    pub http: Networks,
}

impl AllowFrom {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let mut take = |key| section.take(key, Networks::default(), networks);
        Self { plaintext: take("plaintext"), udp: take("udp"), pickle: take("pickle"), http: take("http") }
    }
}

fn networks(value: &DeValue<'_>) -> values::Read<Networks> {
    let expected = "a list of networks such as [\"10.0.0.0/8\", \"::1\"]";
    let texts = values::texts(ALLOWED_NETWORKS_MAX, expected)(value)?;
    let read = |text: &String| {
        text.parse::<Network>().map_err(|error| Cow::Owned(format!("{expected} (\"{text}\": {error})")))
    };
    texts.iter().map(read).collect::<Result<Vec<_>, _>>().map(Networks::new)
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use std::path::Path;

    #[test]
    fn lists_are_read_and_faults_name_the_network() {
        let text = "[allow_from]\nudp = [\"10.0.0.0/8\"]\n";
        let lists = Config::parse(text, Path::new("p.toml")).expect("valid").allow_from;
        let elsewhere = "192.0.2.1".parse().expect("an address");
        assert!(!lists.udp.allow(elsewhere) && lists.plaintext.allow(elsewhere));
        for (wrong, reason) in
            [("[\"10.0.0.1/8\"]", "10.0.0.0/8?"), ("[3]", "a list of"), ("\"::1\"", "a list of")]
        {
            let errors = Config::parse(&format!("[allow_from]\nhttp = {wrong}\n"), Path::new("p.toml"));
            let error = errors.expect_err(wrong)[0].to_string();
            assert!(error.contains("`http` in [allow_from]") && error.contains(reason), "{error}");
        }
    }
}
