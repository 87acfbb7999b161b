//! `[tls]`: which listeners speak TLS, with which certificate, and which of them ask for one. Reading the files is not
//! done here.

use std::borrow::Cow;
use std::path::PathBuf;

use toml::de::DeValue;

use super::document::Section;
use super::values;

const EXPECTED: &str = "a list of \"plaintext\", \"pickle\" and \"http\"";

/// Which TCP listeners are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TcpListeners {
    /// Plaintext lines.
    pub plaintext: bool,
    /// Pickle frames.
    pub pickle: bool,
    /// Queries.
    pub http: bool,
}

/// The settings of TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tls {
    /// The listeners that speak TLS, and nothing else.
    pub listeners: TcpListeners,
    /// The server's certificate and those above it, in PEM.
    pub certificate_file: Option<PathBuf>,
    /// Its private key, in PEM.
    pub key_file: Option<PathBuf>,
    /// Those of `listeners` whose clients have to show a certificate.
    pub mutual: TcpListeners,
    /// The certificates that sign those of clients, in PEM.
    pub client_ca_file: Option<PathBuf>,
}

impl Tls {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            listeners: section.take("listeners", TcpListeners::default(), listeners),
            certificate_file: section.take_optional_path("certificate_file", None),
            key_file: section.take_optional_path("key_file", None),
            mutual: section.take("mutual", TcpListeners::default(), listeners),
            client_ca_file: section.take_optional_path("client_ca_file", None),
        }
    }
}

fn listeners(value: &DeValue<'_>) -> values::Read<TcpListeners> {
    let mut listeners = TcpListeners::default();
    for name in values::texts(3, EXPECTED)(value)? {
        match name.as_str() {
            "plaintext" => listeners.plaintext = true,
            "pickle" => listeners.pickle = true,
            "http" => listeners.http = true,
            _ => return Err(Cow::Borrowed(EXPECTED)),
        }
    }
    Ok(listeners)
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;
    use std::path::Path;

    #[test]
    fn listeners_are_named() {
        let text = "[tls]\nlisteners = [\"http\", \"pickle\"]\nmutual = [\"pickle\"]\nkey_file = \"k.pem\"\n";
        let tls = Config::parse(text, Path::new("/etc/p.toml")).expect("valid").tls;
        assert_eq!(tls.listeners, TcpListeners { http: true, pickle: true, plaintext: false });
        assert_eq!(tls.mutual, TcpListeners { pickle: true, ..TcpListeners::default() });
        assert_eq!(tls.key_file.as_deref(), Some(Path::new("/etc/k.pem")));
        assert!(Config::parse("[tls]\nlisteners = [\"udp\"]\n", Path::new("p.toml")).is_err());
    }
}
