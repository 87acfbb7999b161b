//! Certificates and keys, from their files to what a handshake needs.
//!
//! Invariant: one set of them is never changed; a reload makes another one, or leaves all as it is.

use super::gate::TlsListener;
use crate::config::Tls;
use plumbago_protocol::limits::CERTIFICATE_FILE_BYTES_MAX;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What each listener shows and asks for; nothing for those without TLS.
#[derive(Debug, Default)]
pub(crate) struct Certificates {
    configs: [Option<Arc<ServerConfig>>; TlsListener::ALL.len()],
}

/// Why there is no TLS.
#[derive(Debug)]
pub(crate) enum TlsError {
    /// A key of `[tls]` is empty that is needed.
    Missing(&'static str),
    /// `mutual` names a listener that `listeners` does not.
    NotListed(&'static str),
    /// A file cannot be read.
    Read(PathBuf, io::Error),
    /// A file holds nothing of what is expected, or something broken.
    Content(PathBuf, String),
    /// Certificate and key cannot be used, or not together.
    Unfit(PathBuf, String),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsError::Missing(key) => write!(f, "[tls] {key} is needed for what the other keys ask for"),
            TlsError::NotListed(listener) => {
                write!(f, "[tls] mutual names {listener}, which is not one of the listeners that speak TLS")
            }
            TlsError::Read(file, cause) => write!(f, "{}: cannot be read: {cause}", file.display()),
            TlsError::Content(file, expected) => write!(f, "{}: {expected}", file.display()),
            TlsError::Unfit(file, cause) => {
                write!(f, "{}: the certificate cannot be used with its key: {cause}", file.display())
            }
        }
    }
}

impl std::error::Error for TlsError {}

impl Certificates {
    /// Reads what the settings name.
    ///
    /// # Errors
    /// The first file that is missing, broken, or does not fit the others.
    pub(crate) fn load(settings: &Tls) -> Result<Certificates, TlsError> {
        let mut certificates = Certificates::default();
        for listener in TlsListener::ALL {
            let (speaks, asks) = (listener.is_in(settings.listeners), listener.is_in(settings.mutual));
            if asks && !speaks {
                return Err(TlsError::NotListed(listener.label()));
            }
            if speaks {
                let config = config(settings, listener, asks)?;
                certificates.configs[listener as usize] = Some(Arc::new(config));
            }
        }
        Ok(certificates)
    }

    /// What this listener shows; `None` where it speaks no TLS.
    pub(super) fn of(&self, listener: TlsListener) -> Option<Arc<ServerConfig>> {
        self.configs[listener as usize].clone()
    }
}

fn config(settings: &Tls, listener: TlsListener, asks: bool) -> Result<ServerConfig, TlsError> {
    let needed = |file: &Option<PathBuf>, key| file.clone().ok_or(TlsError::Missing(key));
    let certificate_file = needed(&settings.certificate_file, "certificate_file")?;
    let key_file = needed(&settings.key_file, "key_file")?;
    let chain = read_certificates(&certificate_file)?;
    let key = PrivateKeyDer::from_pem_slice(&read(&key_file)?)
        .map_err(|error| TlsError::Content(key_file, format!("expected a private key in PEM: {error}")))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let unfit = |error: rustls::Error| TlsError::Unfit(certificate_file.clone(), error.to_string());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(unfit)?;
    let builder = match asks {
        false => builder.with_no_client_auth(),
        true => {
            let file = needed(&settings.client_ca_file, "client_ca_file")?;
            builder.with_client_cert_verifier(verifier(&file, provider)?)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(unfit)?;
    match listener {
        TlsListener::Http => config.alpn_protocols = vec![b"http/1.1".to_vec()],
        // Senders of points never read: what they were sent would turn their close into a reset.
        TlsListener::Plaintext | TlsListener::Pickle => config.send_tls13_tickets = 0,
    }
    Ok(config)
}

fn verifier(
    file: &Path,
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let content = |error: String| TlsError::Content(file.to_path_buf(), error);
    let mut roots = RootCertStore::empty();
    for certificate in read_certificates(file)? {
        roots.add(certificate).map_err(|error| content(format!("a certificate cannot be used: {error}")))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| content(format!("cannot vouch for clients: {error}")))
}

fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(file)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let content = |text: String| TlsError::Content(file.to_path_buf(), text);
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(content("expected a certificate in PEM, found none".to_owned())),
        Err(error) => Err(content(format!("expected certificates in PEM: {error}"))),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    let fault = |error| TlsError::Read(file.to_path_buf(), error);
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(fault)?;
    opened.take(CERTIFICATE_FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(fault)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TcpListeners;

    fn settings(folder: &Path) -> Tls {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(folder.join("c.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.join("k.pem"), made.signing_key.serialize_pem()).unwrap();
        Tls {
            listeners: TcpListeners { http: true, plaintext: true, pickle: false },
            certificate_file: Some(folder.join("c.pem")),
            key_file: Some(folder.join("k.pem")),
            mutual: TcpListeners { plaintext: true, ..TcpListeners::default() },
            client_ca_file: Some(folder.join("c.pem")),
        }
    }

    #[test]
    fn listeners_get_what_they_are_to_show() {
        let folder = tempfile::tempdir().unwrap();
        let certificates = Certificates::load(&settings(folder.path())).unwrap();
        assert!(
            certificates.of(TlsListener::Http).is_some() && certificates.of(TlsListener::Pickle).is_none()
        );
        assert!(Certificates::load(&Tls::default()).unwrap().of(TlsListener::Http).is_none());
    }

    #[test]
    fn faults_name_the_file_or_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let sound = settings(folder.path());
        let error = |settings: Tls| Certificates::load(&settings).unwrap_err().to_string();
        assert!(error(Tls { key_file: None, ..sound.clone() }).contains("key_file"));
        assert!(error(Tls { client_ca_file: None, ..sound.clone() }).contains("client_ca_file"));
        let mutual = TcpListeners { pickle: true, ..TcpListeners::default() };
        assert!(error(Tls { mutual, ..sound.clone() }).contains("mutual names pickle"));
        let missing = Some(folder.path().join("none.pem"));
        assert!(
            error(Tls { certificate_file: missing, ..sound.clone() }).contains("none.pem: cannot be read")
        );
        assert!(
            error(Tls { certificate_file: sound.key_file.clone(), ..sound.clone() })
                .contains("k.pem: expected")
        );
        assert!(
            error(Tls { key_file: sound.certificate_file.clone(), ..sound.clone() })
                .contains("c.pem: expected")
        );
        let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("k.pem"), other.signing_key.serialize_pem()).unwrap();
        assert!(error(sound).contains("cannot be used with its key"));
    }
}
