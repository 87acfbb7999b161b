//! A receiver of webhooks that notes what it was sent and answers as it is told.

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) path: String,
    /// The header of this name, in lower case.
    pub(crate) key: String,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Recorded {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Its status, and the labels of one name of its alarms.
    pub(crate) fn told(&self, label: &str) -> (String, Vec<String>) {
        let body = self.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let alarms = body["alerts"].as_array().unwrap();
        (text(&body["status"]), alarms.iter().map(|alarm| text(&alarm["labels"][label])).collect())
    }
}

#[derive(Default)]
struct Shared {
    recorded: Mutex<Vec<Recorded>>,
    status: AtomicU16,
    /// Whether requests are noted and then left without an answer.
    stalls: AtomicBool,
}

/// The receiver.
pub(crate) struct Recorder {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

impl Recorder {
    pub(crate) fn start() -> Recorder {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { status: AtomicU16::new(200), ..Shared::default() });
        let own = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = own.clone();
                std::thread::spawn(move || serve(&stream, &own));
            }
        });
        Recorder { address, shared }
    }

    /// Answers with this status from now on.
    pub(crate) fn answer(&self, status: u16) {
        self.shared.status.store(status, Ordering::SeqCst);
    }

    /// Answers nothing from now on, or answers again.
    pub(crate) fn stall(&self, stalls: bool) {
        self.shared.stalls.store(stalls, Ordering::SeqCst);
    }

    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.shared.recorded.lock().unwrap().clone()
    }

    /// The requests once they are as expected.
    pub(crate) fn wait_until(&self, what: &str, condition: impl Fn(&[Recorded]) -> bool) -> Vec<Recorded> {
        for _ in 0..3000 {
            let all = self.all();
            if condition(&all) {
                return all;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("never came true: {what}; there are {:#?}", self.all());
    }
}

fn serve(stream: &TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream);
    while let Some(recorded) = read(&mut reader) {
        shared.recorded.lock().unwrap().push(recorded);
        while shared.stalls.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let status = shared.status.load(Ordering::SeqCst);
        let answer = format!("HTTP/1.1 {status} Told\r\ncontent-length: 0\r\n\r\n");
        if (&mut &*stream).write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Recorded> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut key, mut content_type, mut length) = (String::new(), String::new(), 0);
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "idempotency-key" => key = value,
            "content-type" => content_type = value,
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Recorded { path, key, content_type, body: String::from_utf8(body).ok()? })
}
