//! TLS on every TCP listener: answers, acknowledgements, certificates of clients, and a reload.

use crate::harness::{Answer, NOW, Server, connect, fresh_dir};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const AT: i64 = NOW - 60;

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// A server with TLS on all TCP listeners; those for pickles ask for certificates.
struct Sealed {
    dir: TempDir,
    server: Server,
    authority: CertifiedIssuer<'static, KeyPair>,
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key in PEM.
fn signed_by(authority: &CertifiedIssuer<'static, KeyPair>, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

fn write(dir: &Path, (certificate, key): (String, String)) {
    std::fs::write(dir.join("server.pem"), certificate).unwrap();
    std::fs::write(dir.join("server.key"), key).unwrap();
}

impl Sealed {
    fn start() -> Sealed {
        let (dir, authority) = (fresh_dir(), authority());
        write(dir.path(), signed_by(&authority, "localhost"));
        std::fs::write(dir.path().join("clients.pem"), authority.pem()).unwrap();
        let settings = "[tls]\nlisteners = ['http', 'plaintext', 'pickle']\ncertificate_file = 'server.pem'\n\
                        key_file = 'server.key'\nmutual = ['pickle']\nclient_ca_file = 'clients.pem'\n";
        let file = dir.path().join("p.toml");
        std::fs::write(&file, settings).unwrap();
        let server = Server::start_with(&dir.path().join("data"), &["--config", file.to_str().unwrap()]);
        Sealed { dir, server, authority }
    }

    fn connect(&self, address: SocketAddr, client: Option<(String, String)>) -> Stream {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match client {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
                builder
                    .with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap())
                    .unwrap()
            }
        };
        let name = ServerName::try_from("localhost").unwrap();
        let session = ClientConnection::new(Arc::new(config), name).unwrap();
        StreamOwned::new(session, connect(address))
    }

    fn ask(&self, request: &str) -> Answer {
        let mut stream = self.connect(self.server.http, None);
        stream.write_all(request.as_bytes()).unwrap();
        Answer::of(&read_all(&mut stream))
    }

    fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    fn post(&self, path: &str) -> Answer {
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        ))
    }

    fn metric(&self, sample: &str) -> f64 {
        let page = self.get("/metrics").body;
        page.lines()
            .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' ')?.parse().ok())
            .unwrap_or(0.0)
    }
}

/// Everything to an orderly end: one that says that it is one.
fn read_all(stream: &mut Stream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an orderly end");
    text
}

/// Ends the sending side as a peer does that still listens, and waits for the end.
fn finish(mut stream: Stream) {
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    assert_eq!(read_all(&mut stream), "");
}

#[test]
fn http_is_answered_and_nothing_else_is() {
    let sealed = Sealed::start();
    assert_eq!(sealed.get("/healthz").status, 200);
    assert_eq!(sealed.get("/nowhere").status, 404);
    let mut plain = connect(sealed.server.http);
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    let _ = plain.read_to_end(&mut bytes);
    assert!(!String::from_utf8_lossy(&bytes).contains("ok"));
    assert_eq!(sealed.metric("plumbago_tls_handshakes_failed_total{listener=\"http\"}"), 1.0);
}

#[test]
fn heads_are_checked_and_half_closed_requests_answered() {
    let sealed = Sealed::start();
    let answer = sealed.ask("nonsense\r\n\r\n");
    assert_eq!((answer.status, answer.body.lines().count()), (400, 1));
    let mut stream = sealed.connect(sealed.server.http, None);
    stream
        .write_all(b"GET /render?target=constantLine(1)&format=json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    assert_eq!(Answer::of(&read_all(&mut stream)).status, 200);
}

#[test]
fn points_are_acknowledged_by_the_close() {
    let sealed = Sealed::start();
    let mut stream = sealed.connect(sealed.server.plaintext, None);
    let lines: String =
        (0..100_000).map(|number| format!("sealed.s{} {number} {AT}\n", number % 100)).collect();
    stream.write_all(lines.as_bytes()).unwrap();
    stream.write_all(format!("sealed.last 7 {AT}").as_bytes()).unwrap();
    finish(stream);
    assert_eq!(sealed.metric("plumbago_points_received_total{listener=\"plaintext\"}"), 100_001.0);
    let answer = sealed.get(&format!("/render?target=sealed.last&from={}&until={NOW}&format=json", AT - 60));
    assert!(answer.body.contains(&format!("[7.0,{AT}]")), "{answer:?}");
}

#[test]
fn a_connection_that_is_cut_keeps_whole_lines_only() {
    let sealed = Sealed::start();
    let mut stream = sealed.connect(sealed.server.plaintext, None);
    stream.write_all(format!("cut.whole 1 {AT}\ncut.half 1 {}", AT / 10).as_bytes()).unwrap();
    stream.flush().unwrap();
    stream.sock.shutdown(Shutdown::Write).unwrap();
    // The server ends in order all the same: what was whole is stored.
    assert_eq!(read_all(&mut stream), "");
    assert_eq!(sealed.metric("plumbago_points_received_total{listener=\"plaintext\"}"), 1.0);
    let page = sealed.get("/metrics").body;
    let refused =
        page.lines().filter(|line| line.starts_with("plumbago_points_refused_total{listener=\"plaintext\""));
    assert!(refused.into_iter().any(|line| line.ends_with(" 1")), "{page}");
}

#[test]
fn senders_show_a_certificate_where_one_is_asked_for() {
    let sealed = Sealed::start();
    // The pickle of [("a.b", (AT, 1.0))].
    let pickle = format!("(lp0\n(S'a.b'\np1\n(I{AT}\nF1.0\ntp2\ntp3\na.");
    let mut frame = u32::try_from(pickle.len()).unwrap().to_be_bytes().to_vec();
    frame.extend_from_slice(pickle.as_bytes());
    let mut stream = sealed.connect(sealed.server.pickle, Some(signed_by(&sealed.authority, "agent")));
    stream.write_all(&frame).unwrap();
    finish(stream);
    for client in [None, Some(signed_by(&authority(), "agent"))] {
        let mut stream = sealed.connect(sealed.server.pickle, client);
        // The refusal comes with the first read, after a handshake that looked good from here.
        let sent = stream.write_all(&frame).and_then(|()| stream.read_to_end(&mut Vec::new()));
        assert_ne!(sent.map_err(|error| error.kind() == ErrorKind::WouldBlock), Err(true));
    }
    assert_eq!(sealed.metric("plumbago_points_received_total{listener=\"pickle\"}"), 1.0);
    assert_eq!(sealed.metric("plumbago_tls_handshakes_failed_total{listener=\"pickle\"}"), 2.0);
}

#[test]
fn certificates_are_reloaded_and_a_broken_one_is_not() {
    let sealed = Sealed::start();
    let shown = || {
        let mut stream = sealed.connect(sealed.server.http, None);
        stream.conn.complete_io(&mut stream.sock).unwrap();
        stream.conn.peer_certificates().unwrap()[0].clone()
    };
    let first = shown();
    std::fs::write(sealed.dir.path().join("server.pem"), "none").unwrap();
    let answer = sealed.post("/api/v1/reload");
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("server.pem: expected a certificate"), "{answer:?}");
    assert_eq!(shown(), first);
    write(sealed.dir.path(), signed_by(&sealed.authority, "localhost"));
    assert_eq!(sealed.post("/api/v1/reload").status, 200);
    assert_ne!(shown(), first);
}
