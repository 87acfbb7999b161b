//! Starts a server, talks to it, and stops it.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// The present of every server under test: 2024-03-15 12:00:00 UTC.
pub(crate) const NOW: i64 = 1_710_504_000;

/// So that a fault fails a test instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) plaintext: SocketAddr,
    pub(crate) udp: SocketAddr,
    pub(crate) pickle: SocketAddr,
    pub(crate) http: SocketAddr,
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// An answer from the bytes of a connection that holds just this one.
    pub(crate) fn of(text: &str) -> Answer {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A fresh data directory.
pub(crate) fn fresh_dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The command that serves `dir` on free ports, with a fixed clock unless a flag asks for another one.
pub(crate) fn serve_command(dir: &Path, flags: &[&str]) -> Command {
    serve_command_at(dir, NOW, flags)
}

/// As `serve_command`, with the clock fixed at another time.
pub(crate) fn serve_command_at(dir: &Path, now: i64, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plumbago"));
    command.arg("serve").arg("--data-dir").arg(dir);
    for listener in ["--listen-http", "--listen-plaintext", "--listen-pickle", "--listen-udp"] {
        command.args([listener, "127.0.0.1:0"]);
    }
    if !flags.contains(&"--clock") {
        command.args(["--clock", &format!("fixed:{now}")]);
    }
    command.args(flags);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command
}

impl Server {
    /// Starts a server on `dir` and waits until it is ready.
    pub(crate) fn start(dir: &Path) -> Server {
        Server::start_with(dir, &[])
    }

    /// As `start`, with further flags.
    pub(crate) fn start_with(dir: &Path, flags: &[&str]) -> Server {
        Server::start_at(dir, NOW, flags)
    }

    /// As `start_with`, with the clock fixed at another time.
    pub(crate) fn start_at(dir: &Path, now: i64, flags: &[&str]) -> Server {
        let mut child = serve_command_at(dir, now, flags).spawn().unwrap();
        let mut addresses = Vec::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        loop {
            let line = lines.next().expect("the server ended before it was ready").unwrap();
            if line == "ready" {
                break;
            }
            let last = line.split_ascii_whitespace().next_back().unwrap_or_default();
            if let Ok(address) =
                last.trim_start_matches("http://").trim_start_matches("https://").parse::<SocketAddr>()
            {
                addresses.push(address);
            }
        }
        // Whatever else it prints must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        let [plaintext, udp, pickle, http] = addresses[..] else { panic!("{addresses:?}") };
        Server { child, plaintext, udp, pickle, http }
    }

    /// Sends bytes to the plaintext listener and waits for the acknowledgement.
    pub(crate) fn send(&self, bytes: impl AsRef<[u8]>) {
        send_and_await_close(self.plaintext, bytes.as_ref());
    }

    /// Sends bytes to the pickle listener and waits for the acknowledgement.
    pub(crate) fn send_pickle(&self, bytes: impl AsRef<[u8]>) {
        send_and_await_close(self.pickle, bytes.as_ref());
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request(format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.http))
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.post_with(path, body, "")
    }

    /// Posts a form with further header lines, each ended by CRLF.
    pub(crate) fn post_with(&self, path: &str, body: &str, headers: &str) -> Answer {
        self.request(format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.http,
            body.len()
        ))
    }

    /// Sends a request as it is and reads the whole answer.
    pub(crate) fn request(&self, request: impl AsRef<[u8]>) -> Answer {
        Answer::of(&self.exchange(request))
    }

    /// Sends bytes to the HTTP listener and reads everything that comes until the server closes.
    pub(crate) fn exchange(&self, request: impl AsRef<[u8]>) -> String {
        String::from_utf8(self.exchange_bytes(request)).unwrap()
    }

    /// The same, for answers that need not be text.
    pub(crate) fn exchange_bytes(&self, request: impl AsRef<[u8]>) -> Vec<u8> {
        let mut stream = connect(self.http);
        stream.write_all(request.as_ref()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// Requests of one route that were answered with this status.
    pub(crate) fn answered(&self, route: &str, status: u16) -> f64 {
        self.metric(&format!("plumbago_http_requests_total{{route=\"{route}\",status=\"{status}\"}}"))
    }

    /// The number of one sample at `/metrics`; 0 where it is not there yet.
    pub(crate) fn metric(&self, sample: &str) -> f64 {
        let page = self.get("/metrics");
        assert_eq!(page.status, 200);
        let value =
            page.body.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' ')?.parse().ok());
        value.unwrap_or(0.0)
    }

    pub(crate) fn received(&self, listener: &str) -> f64 {
        self.metric(&format!("plumbago_points_received_total{{listener=\"{listener}\"}}"))
    }

    pub(crate) fn refused(&self, listener: &str, reason: &str) -> f64 {
        self.metric(&format!("plumbago_points_refused_total{{listener=\"{listener}\",reason=\"{reason}\"}}"))
    }

    /// The refused inputs kept for a listener and reason, oldest first.
    pub(crate) fn rejected(&self, listener: &str, reason: &str) -> Vec<Value> {
        let report = self.get("/api/v1/ingest/rejected").json();
        let reasons = report["refused"].as_array().unwrap();
        let found = reasons.iter().find(|entry| entry["listener"] == listener && entry["reason"] == reason);
        found.map(|entry| entry["recent"].as_array().unwrap().clone()).unwrap_or_default()
    }

    /// The known points of one series in the last hour, as `(timestamp, value)`.
    pub(crate) fn points(&self, target: &str) -> Vec<(i64, f64)> {
        self.points_until(target, NOW)
    }

    /// The known points of one series in the hour up to a moment, as `(timestamp, value)`.
    pub(crate) fn points_until(&self, target: &str, until: i64) -> Vec<(i64, f64)> {
        let from = until - 3600;
        let path = format!("/render?target={}&from={from}&until={until}&format=json", encode(target));
        let answer = self.get(&path);
        assert_eq!(answer.status, 200, "{answer:?}");
        let series = answer.json();
        let series = series.as_array().unwrap();
        assert!(series.len() <= 1, "{target} names several series: {series:?}");
        let Some(series) = series.first() else { return Vec::new() };
        let datapoints = series["datapoints"].as_array().unwrap();
        let known = datapoints.iter().filter_map(|point| Some((point[1].as_i64()?, point[0].as_f64()?)));
        known.collect()
    }

    /// Tries again until `condition` holds, for what has no acknowledgement.
    pub(crate) fn wait_until(&self, what: &str, condition: impl Fn(&Server) -> bool) {
        for _ in 0..3000 {
            if condition(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("never came true: {what}");
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Stops the server with SIGTERM and returns its exit code.
    pub(crate) fn stop(self) -> Option<i32> {
        self.signal("TERM");
        self.stop_after_signal()
    }

    /// Waits for the end and returns the exit code.
    pub(crate) fn stop_after_signal(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Kills the server as a crash would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone where the test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection whose reads end with an error rather than never.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends everything, half-closes, and waits for the orderly close that acknowledges it.
pub(crate) fn send_and_await_close(address: SocketAddr, bytes: &[u8]) {
    let mut stream = connect(address);
    stream.write_all(bytes).unwrap();
    await_close(stream);
}

/// Half-closes and waits for the orderly close that acknowledges everything sent.
pub(crate) fn await_close(mut stream: TcpStream) {
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server resets instead of closing");
    assert!(answer.is_empty());
}

/// Percent-encodes everything but letters and digits.
pub(crate) fn encode(text: &str) -> String {
    let encode_byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode_byte).collect()
}
