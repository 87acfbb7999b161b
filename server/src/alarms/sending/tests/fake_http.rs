//! A server that answers each request with the next of its acts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;

/// What is done with a request.
#[derive(Clone)]
pub(super) enum Act {
    /// Status, headers (each with its line end) and body.
    Answer(u16, String, String),
    /// The head of an answer, and then nothing.
    StallAfterHead(u16, String),
    /// Nothing, for as long as the other side waits.
    Stall,
    /// The connection is closed.
    Die,
    /// These bytes.
    Raw(&'static [u8]),
    /// A body without end.
    Endless(u16),
}

/// A server and what it was sent.
pub(super) struct FakeHttp {
    pub(super) port: u16,
    pub(super) requests: Arc<Mutex<Vec<String>>>,
    pub(super) connections: Arc<AtomicUsize>,
}

impl FakeHttp {
    pub(super) async fn start(acts: Vec<Act>) -> FakeHttp {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let fake = FakeHttp {
            port: listener.local_addr().expect("an address").port(),
            requests: Arc::default(),
            connections: Arc::default(),
        };
        let acts = Arc::new(Mutex::new(acts.into_iter()));
        let (requests, connections) = (Arc::clone(&fake.requests), Arc::clone(&fake.connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&requests), Arc::clone(&acts)));
            }
        });
        fake
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Serves one connection until its acts end it.
pub(super) async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    requests: Arc<Mutex<Vec<String>>>,
    acts: Arc<Mutex<std::vec::IntoIter<Act>>>,
) {
    while let Some(request) = read_request(&mut stream).await {
        requests.lock().push(request);
        let Some(act) = acts.lock().next() else { return };
        let written = match act {
            Act::Answer(status, headers, body) => {
                let head =
                    format!("HTTP/1.1 {status} Status\r\n{headers}content-length: {}\r\n\r\n", body.len());
                stream.write_all((head + &body).as_bytes()).await
            }
            Act::StallAfterHead(status, headers) => {
                let head = format!("HTTP/1.1 {status} Status\r\n{headers}content-length: 10\r\n\r\n");
                let written = stream.write_all(head.as_bytes()).await;
                std::future::pending::<()>().await;
                written
            }
            Act::Stall => std::future::pending().await,
            Act::Die => return,
            Act::Raw(bytes) => stream.write_all(bytes).await,
            Act::Endless(status) => endless(&mut stream, status).await,
        };
        if written.is_err() {
            return;
        }
    }
}

async fn endless(stream: &mut (impl AsyncWrite + Unpin), status: u16) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status} Status\r\ntransfer-encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    loop {
        stream.write_all(chunk.as_bytes()).await?;
    }
}

/// A request's head and body, as one text.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.expect("a content-length").parse().expect("a number");
            if body.len() >= length {
                return Some(text);
            }
        }
        let mut buffer = [0_u8; 4096];
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => bytes.extend_from_slice(&buffer[..count]),
            _ => return None,
        }
    }
}
