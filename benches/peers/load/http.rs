//! One question over HTTP.
//!
//! HTTP/1.0 on a connection of its own: the answer then ends with the connection, whoever the server is.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a server may be silent.
const SILENCE_SECS_MAX: u64 = 300;

/// POSTs the form and returns the body of a 200 answer; any other one is an error that shows its beginning.
pub(crate) fn post(server: &str, path: &str, form: &[(&str, &str)]) -> io::Result<Vec<u8>> {
    let pair = |(key, value): &(&str, &str)| format!("{key}={}", escaped(value));
    let body = form.iter().map(pair).collect::<Vec<_>>().join("&");
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(SILENCE_SECS_MAX)))?;
    let head = format!(
        "POST {path} HTTP/1.0\r\nHost: {server}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    body_of(answer, path)
}

fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn body_of(mut answer: Vec<u8>, path: &str) -> io::Result<Vec<u8>> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let status = answer.split(|byte| *byte == b' ').nth(1);
    match (end, status) {
        (Some(end), Some(b"200")) => Ok(answer.split_off(end + 4)),
        _ => {
            let beginning = String::from_utf8_lossy(&answer[..answer.len().min(600)]).into_owned();
            Err(io::Error::other(format!("the answer to {path} is not 200: {beginning}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_answer_with_status_200_has_a_body() {
        assert_eq!(body_of(b"HTTP/1.1 200 OK\r\na: b\r\n\r\n[1]".to_vec(), "/").unwrap(), b"[1]");
        for wrong in ["HTTP/1.0 404 Not Found\r\n\r\n", "HTTP/1.0 200 OK\r\n", "", "200"] {
            assert!(body_of(wrong.as_bytes().to_vec(), "/").is_err(), "{wrong:?}");
        }
        assert_eq!(escaped("a.*{b}"), "a%2E%2A%7Bb%7D");
    }
}
