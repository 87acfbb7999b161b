//! Requests over TLS: certificates that nobody vouches for are refused, unless the file says otherwise.

use std::sync::Arc;

use parking_lot::Mutex;
use plumbago_alerting::Outcome;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::fake_http::{Act, serve};
use super::{outcome_of, post, reason};

/// A server whose certificate is its own; its port.
async fn start() -> u16 {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(certified.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                let acts = vec![Act::Answer(200, String::new(), String::new())];
                tokio::spawn(serve(stream, Arc::default(), Arc::new(Mutex::new(acts.into_iter()))));
            }
        }
    });
    port
}

#[tokio::test]
async fn a_certificate_must_be_vouched_for() {
    let port = start().await;
    let mut delivery = post(&format!("https://localhost:{port}/"));
    let outcome = outcome_of(delivery.clone()).await;
    assert!(
        matches!(outcome, Outcome::Retry { .. }) && reason(&outcome).contains("certificate"),
        "{outcome:?}"
    );
    delivery.is_insecure = true;
    assert_eq!(outcome_of(delivery).await, Outcome::Sent);
}
