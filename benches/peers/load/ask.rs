//! `ask`: requests at a rate that does not wait for answers, as many browsers would send them.
//!
//! Invariant: request n is due n / rate after the start, and its time counts from then, whether or not a connection was
//! free: a server that falls behind cannot hide it. Each connection asks one thing at a time and is kept open. Which
//! requests, and what is good enough, is decided by the scripts that call it.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::arguments::AskArguments;

/// How long a server may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// One line of the file of requests.
#[derive(Deserialize)]
struct Request {
    /// What it is called in the report.
    name: String,
    /// With the query.
    path: String,
}

/// What came of all requests.
#[derive(Serialize)]
pub(crate) struct Report {
    /// Seconds from the first request to the last answer.
    seconds: f64,
    /// Answers by status, and requests without an answer under `none`.
    statuses: BTreeMap<String, u64>,
    /// Of those with status 503: how many said when to come back.
    retry_after: u64,
    /// Milliseconds from the moment that a request was due to the end of its answer with status 200, for all requests and
    /// by name.
    times: BTreeMap<String, Times>,
    /// The same for those that were answered with 503.
    refusals: Option<Times>,
    /// Seconds after the start of the last request that was not answered with 200.
    last_failure_seconds: f64,
    /// Bytes of all bodies.
    bytes: u64,
}

/// A distribution in milliseconds.
#[derive(Serialize)]
struct Times {
    count: usize,
    p50: f64,
    p99: f64,
    max: f64,
}

/// One answer.
struct Asked {
    request: usize,
    due: Duration,
    took: Duration,
    status: Option<u16>,
    retry_after: bool,
    bytes: u64,
}

/// Asks the requests of the file in turn.
pub(crate) fn ask(arguments: &AskArguments) -> io::Result<Report> {
    let text = std::fs::read_to_string(&arguments.requests)?;
    let requests: Vec<Request> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    if requests.is_empty() {
        return Err(io::Error::other("there are no requests"));
    }
    let total = (arguments.rate * arguments.seconds) as u64;
    let (next, all, start) = (AtomicU64::new(0), Mutex::new(Vec::new()), Instant::now());
    thread::scope(|scope| {
        for _ in 0..arguments.connections {
            scope.spawn(|| {
                let mut asked = Vec::new();
                let mut connection = None;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        break;
                    }
                    let due = Duration::from_secs_f64(number as f64 / arguments.rate);
                    thread::sleep(due.saturating_sub(start.elapsed()));
                    let request = number as usize % requests.len();
                    asked.push(one(
                        &arguments.http,
                        &mut connection,
                        &requests[request].path,
                        start,
                        due,
                        request,
                    ));
                }
                all.lock().unwrap_or_else(|broken| broken.into_inner()).extend(asked);
            });
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    let all = all.into_inner().unwrap_or_else(|broken| broken.into_inner());
    Ok(report(&requests, &all, seconds))
}

fn report(requests: &[Request], all: &[Asked], seconds: f64) -> Report {
    let mut statuses = BTreeMap::new();
    let mut times: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    let mut refusals = Vec::new();
    for asked in all {
        let status = asked.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        *statuses.entry(status).or_default() += 1;
        match asked.status {
            Some(200) => {
                times.entry("all".to_owned()).or_default().push(asked.took);
                times.entry(requests[asked.request].name.clone()).or_default().push(asked.took);
            }
            Some(503) => refusals.push(asked.took),
            _ => {}
        }
    }
    let failures = all.iter().filter(|asked| asked.status != Some(200));
    Report {
        seconds,
        statuses,
        retry_after: all.iter().filter(|asked| asked.retry_after).count() as u64,
        times: times.into_iter().filter_map(|(name, took)| Some((name, distribution(took)?))).collect(),
        refusals: distribution(refusals),
        last_failure_seconds: failures.map(|asked| asked.due.as_secs_f64()).fold(0.0, f64::max),
        bytes: all.iter().map(|asked| asked.bytes).sum(),
    }
}

fn distribution(mut took: Vec<Duration>) -> Option<Times> {
    took.sort_unstable();
    let at = |part: f64| {
        let place = (took.len() as f64 * part) as usize;
        took.get(place.min(took.len().saturating_sub(1))).map(|took| took.as_secs_f64() * 1000.0)
    };
    Some(Times { count: took.len(), p50: at(0.5)?, p99: at(0.99)?, max: at(1.0)? })
}

fn one(
    server: &str,
    connection: &mut Option<BufReader<TcpStream>>,
    path: &str,
    start: Instant,
    due: Duration,
    request: usize,
) -> Asked {
    let outcome = answer(server, connection, path);
    if outcome.is_err() {
        *connection = None;
    }
    let took = start.elapsed().saturating_sub(due);
    let (status, retry_after, bytes) = match outcome {
        Ok((status, retry_after, bytes)) => (Some(status), retry_after, bytes),
        Err(_) => (None, false, 0),
    };
    Asked { request, due, took, status, retry_after, bytes }
}

/// Status, whether it said when to come back, and how long the body was.
fn answer(
    server: &str,
    connection: &mut Option<BufReader<TcpStream>>,
    path: &str,
) -> io::Result<(u16, bool, u64)> {
    let mut stream = match connection.take() {
        Some(stream) => stream,
        None => {
            let stream = TcpStream::connect(server)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(SILENCE_MAX))?;
            BufReader::new(stream)
        }
    };
    stream.get_mut().write_all(format!("GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n").as_bytes())?;
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status =
        line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let (mut length, mut is_chunked, mut retry_after, mut closes) = (0, false, false, false);
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let header = line.trim_end().to_ascii_lowercase();
        match header.split_once(": ") {
            _ if header.is_empty() => break,
            Some(("content-length", value)) => length = value.parse().unwrap_or(0),
            Some(("transfer-encoding", "chunked")) => is_chunked = true,
            Some(("retry-after", _)) => retry_after = true,
            Some(("connection", "close")) => closes = true,
            _ => {}
        }
    }
    let bytes = if is_chunked { skip_chunks(&mut stream)? } else { skip(&mut stream, length)? };
    *connection = (!closes).then_some(stream);
    Ok((status, retry_after, bytes))
}

fn skip_chunks(stream: &mut BufReader<TcpStream>) -> io::Result<u64> {
    let mut total = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let length = u64::from_str_radix(line.trim_end(), 16).map_err(io::Error::other)?;
        total += skip(stream, length)?;
        stream.read_line(&mut line)?;
        if length == 0 {
            return Ok(total);
        }
    }
}

fn skip(stream: &mut BufReader<TcpStream>, length: u64) -> io::Result<u64> {
    let read = io::copy(&mut stream.take(length), &mut io::sink())?;
    if read < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(read) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn server(answers: &'static [&'static str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut stream = BufReader::new(stream);
            for answer in answers {
                let mut line = String::new();
                while line != "\r\n" {
                    line.clear();
                    stream.read_line(&mut line).unwrap();
                }
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        address
    }

    #[test]
    fn answers_of_every_kind_are_read_to_their_end_on_one_connection() {
        let address = server(&[
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell",
        ]);
        let mut connection = None;
        assert_eq!(answer(&address, &mut connection, "/").unwrap(), (200, false, 5));
        assert_eq!(answer(&address, &mut connection, "/").unwrap(), (503, true, 0));
        assert_eq!(answer(&address, &mut connection, "/").unwrap(), (200, false, 3));
        assert!(answer(&address, &mut connection, "/").is_err(), "cut short");
    }

    #[test]
    fn failures_are_counted_and_dated() {
        let asked = |number: u64, status| Asked {
            request: 0,
            due: Duration::from_secs(number),
            took: Duration::from_millis(number),
            status,
            retry_after: status == Some(503),
            bytes: 1,
        };
        let all = [asked(1, Some(200)), asked(2, Some(503)), asked(3, None), asked(4, Some(200))];
        let requests = [Request { name: "sum".to_owned(), path: "/".to_owned() }];
        let report = report(&requests, &all, 5.0);
        assert_eq!(
            report.statuses,
            [("200", 2), ("503", 1), ("none", 1)].map(|(name, count)| (name.to_owned(), count)).into()
        );
        assert_eq!((report.retry_after, report.last_failure_seconds, report.bytes), (1, 3.0, 4));
        assert_eq!((report.times["sum"].count, report.times["all"].max), (2, 4.0));
    }
}
