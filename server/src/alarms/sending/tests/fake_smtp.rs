//! A mail server that answers as it is told.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A server and all lines that it was sent.
pub(super) struct FakeSmtp {
    pub(super) port: u16,
    pub(super) lines: Arc<Mutex<Vec<String>>>,
}

impl FakeSmtp {
    /// A server that answers commands which begin with a word of `special` so, an empty answer being the end of the
    /// connection, and takes everything else.
    pub(super) async fn start(special: &'static [(&'static str, &'static str)]) -> FakeSmtp {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let fake = FakeSmtp { port, lines: Arc::default() };
        let lines = Arc::clone(&fake.lines);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, special, Arc::clone(&lines)));
            }
        });
        fake
    }

    /// The mail that came, between DATA and the dot.
    pub(super) fn mail(&self) -> Vec<String> {
        let lines = self.lines.lock();
        let data = lines.iter().skip_while(|line| *line != "DATA").skip(1);
        data.take_while(|line| *line != ".").cloned().collect()
    }
}

async fn serve(
    stream: TcpStream,
    special: &'static [(&'static str, &'static str)],
    lines: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader).lines();
    writer.write_all(b"220 fake ESMTP\r\n").await.ok()?;
    let mut is_data = false;
    while let Some(line) = reader.next_line().await.ok()? {
        lines.lock().push(line.clone());
        if is_data && line != "." {
            continue;
        }
        let told = special.iter().find(|(word, _)| line.starts_with(word)).map(|(_, answer)| *answer);
        let answer = match (told, line.as_str()) {
            (Some(""), _) => return None,
            (Some(answer), _) => answer,
            (None, "DATA") => "354 go on",
            (None, line) if line.starts_with("EHLO") => "250-fake\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
            (None, _) => "250 fine",
        };
        is_data = line == "DATA" && told.is_none();
        writer.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    None
}
