//! `[http]`: how the server is called, which pages may use it, and how many connections it keeps.

use std::borrow::Cow;
use std::time::Duration;

use plumbago_protocol::limits::HTTP_NAMES_MAX;
use toml::de::DeValue;

use super::document::Section;
use super::values;

/// Everything that holds for HTTP as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Http {
    /// Names by which the server may be called besides its addresses, in lower case, without ports.
    pub hosts: Vec<String>,
    /// Origins of web pages that may use it, such as `https://grafana.example.com`.
    pub origins: Vec<String>,
    /// Connections open at once.
    pub connections_max: usize,
    /// How long a connection may be silent between two requests.
    pub idle_timeout: Duration,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            origins: Vec::new(),
            connections_max: 16_384,
            idle_timeout: Duration::from_secs(75),
        }
    }
}

impl Http {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        Self {
            hosts: section.take("hosts", defaults.hosts, hosts),
            origins: section.take("origins", defaults.origins, origins),
            connections_max: section.take_size(
                "connections_max",
                defaults.connections_max,
                values::integer(1..=1_000_000),
            ),
            idle_timeout: section.take_interval("idle_timeout_secs", defaults.idle_timeout, 1..=3_600),
        }
    }
}

fn hosts(value: &DeValue<'_>) -> values::Read<Vec<String>> {
    let expected = "a list of names without ports, such as [\"metrics.example.com\"]";
    let is_name = |name: &String| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    let names = values::texts(HTTP_NAMES_MAX, expected)(value)?;
    match names.iter().all(is_name) {
        true => Ok(names.iter().map(|name| name.to_ascii_lowercase()).collect()),
        false => Err(Cow::Borrowed(expected)),
    }
}

fn origins(value: &DeValue<'_>) -> values::Read<Vec<String>> {
    let expected = "a list of origins without paths, such as [\"https://grafana.example.com\"]";
    let origins = values::texts(HTTP_NAMES_MAX, expected)(value)?;
    let is_origin = |origin: &String| {
        let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        authority.is_some_and(|text| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte))
        })
    };
    match origins.iter().all(is_origin) {
        true => Ok(origins.iter().map(|origin| origin.to_ascii_lowercase()).collect()),
        false => Err(Cow::Borrowed(expected)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use std::path::Path;

    #[test]
    fn names_and_origins_are_read_and_checked() {
        let text = "[http]\nhosts = [\"Metrics.example.com\"]\norigins = [\"https://G.example.com:3000\"]\n";
        let http = Config::parse(text, Path::new("p.toml")).expect("valid").http;
        assert_eq!(http.hosts, ["metrics.example.com"]);
        assert_eq!(http.origins, ["https://g.example.com:3000"]);
        for wrong in [
            "hosts = [\"a:80\"]",
            "hosts = [\"\"]",
            "hosts = [\"*\"]",
            "origins = [\"*\"]",
            "origins = [\"g.example.com\"]",
            "origins = [\"https://g.example.com/\"]",
            "origins = [\"null\"]",
        ] {
            assert!(Config::parse(&format!("[http]\n{wrong}\n"), Path::new("p.toml")).is_err(), "{wrong}");
        }
    }
}
