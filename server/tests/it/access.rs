//! Who may do what: tokens, users, networks, names, pages of other origins.

use crate::errors::assert_fault;
use crate::harness::{Answer, NOW, Server, fresh_dir};
use std::io::Read;
use std::net::UdpSocket;
use std::path::Path;
use tempfile::TempDir;

const AT: i64 = NOW - 60;
const READER: &str = "reader-0123456789abcdef";
const WRITER: &str = "writer-0123456789abcdef";
const ADMIN: &str = "admin-0123456789abcdefg";

/// A server that knows three tokens and a user, whose password is "correct horse".
fn guarded(dir: &TempDir, more: &str) -> Server {
    let hash = bcrypt_hash();
    let mut settings = String::from("[access]\ntokens = [\n");
    for (name, token, scopes) in
        [("reader", READER, "'read'"), ("writer", WRITER, "'write'"), ("admin", ADMIN, "'read', 'admin'")]
    {
        std::fs::write(dir.path().join(name), format!("{token}\n")).unwrap();
        settings.push_str(&format!("{{ name = '{name}', token_file = '{name}', scopes = [{scopes}] }},\n"));
    }
    settings.push_str(&format!(
        "]\nusers = [{{ name = 'ada', password_hash = '{hash}', scopes = ['read'] }}]\n{more}"
    ));
    start(dir, &settings)
}

/// As `htpasswd -nB` makes it, of little cost.
fn bcrypt_hash() -> &'static str {
    "$2y$04$Oe.IuTjvPnqkGH5HKJ2c3.quIShOYrjP7wkNSClMC7zQBpvKMkf86"
}

fn start(dir: &TempDir, settings: &str) -> Server {
    let file = dir.path().join("p.toml");
    std::fs::write(&file, settings).unwrap();
    Server::start_with(&dir.path().join("data"), &["--config", path(&file)])
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}

fn ask(server: &Server, method: &str, path: &str, headers: &str) -> Answer {
    let host = if headers.contains("Host:") { String::new() } else { format!("Host: {}\r\n", server.http) };
    server.request(format!(
        "{method} {path} HTTP/1.1\r\n{host}Connection: close\r\nContent-Length: 0\r\n{headers}\r\n"
    ))
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

#[test]
fn without_a_credential_every_path_answers_the_same() {
    let dir = fresh_dir();
    let server = guarded(&dir, "");
    let first = ask(&server, "GET", "/render?target=a", "");
    assert_fault(&first, 401, &["a bearer token or a user's password is needed"]);
    assert!(first.head.contains("www-authenticate: basic realm=\"plumbago\""), "{first:?}");
    assert!(first.head.contains("www-authenticate: bearer realm=\"plumbago\""), "{first:?}");
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", "/nowhere"),
        ("DELETE", "/render"),
        ("POST", "/api/v1/series/delete"),
        ("POST", "/events/"),
        ("POST", "/api/v1/events/import"),
        ("GET", "/api/v1/events/stream"),
    ] {
        let answer = ask(&server, method, path, "");
        assert_eq!((answer.status, &answer.body), (401, &first.body), "{method} {path}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(ask(&server, "GET", path, "").status, 200);
    }
}

#[test]
fn tokens_open_their_scopes_and_no_others() {
    let dir = fresh_dir();
    let server = guarded(&dir, "");
    let status = |method: &str, path: &str, token: &str| ask(&server, method, path, &bearer(token)).status;
    assert_eq!(status("GET", "/metrics/find?query=*", READER), 200);
    assert_eq!(status("GET", "/nowhere", READER), 404);
    assert_fault(&ask(&server, "POST", "/events/", &bearer(READER)), 403, &["reader lacks the scope write"]);
    assert_eq!(status("POST", "/api/v1/series/delete?glob=a", READER), 403);
    assert_eq!(status("POST", "/api/v1/rules/test", ADMIN), 403, "admin is not operate");
    assert_eq!(status("GET", "/metrics/find?query=*", WRITER), 403);
    assert_eq!(status("POST", "/tags/tagSeries?path=a.b", WRITER), 200);
    assert_eq!(status("POST", "/api/v1/series/delete?glob=a", ADMIN), 200);
    for wrong in ["reader", "", &READER[1..], &format!("{READER}0")] {
        let answer = ask(&server, "GET", "/metrics/find?query=*", &bearer(wrong));
        assert_fault(&answer, 401, &["wrong"]);
    }
    let refused = |reason: &str| {
        let page = ask(&server, "GET", "/metrics", &bearer(READER)).body;
        let sample = format!("plumbago_http_refused_total{{reason=\"{reason}\"}} ");
        page.lines().find_map(|line| line.strip_prefix(&sample)?.parse::<f64>().ok())
    };
    assert_eq!((refused("credential_wrong"), refused("scope")), (Some(4.0), Some(4.0)));
}

#[test]
fn users_log_in_with_their_password() {
    let dir = fresh_dir();
    let server = guarded(&dir, "");
    let status = |pair: &str| {
        ask(&server, "GET", "/metrics/find?query=*", &format!("Authorization: Basic {pair}\r\n")).status
    };
    // ada:correct horse, twice, then ada:wrong, eve:correct horse, and what is no pair.
    for (pair, expected) in [
        ("YWRhOmNvcnJlY3QgaG9yc2U=", 200),
        ("YWRhOmNvcnJlY3QgaG9yc2U=", 200),
        ("YWRhOndyb25n", 401),
        ("ZXZlOmNvcnJlY3QgaG9yc2U=", 401),
        ("YWRh", 401),
    ] {
        assert_eq!(status(pair), expected, "{pair}");
    }
}

#[test]
fn no_script_answer_where_credentials_are_asked_for() {
    let dir = fresh_dir();
    let server = guarded(&dir, "");
    let answer = ask(&server, "GET", "/metrics/find?query=*&jsonp=f", &bearer(READER));
    assert_fault(&answer, 400, &["jsonp"]);
    let open = Server::start(&dir.path().join("open"));
    let answer = open.get("/metrics/find?query=*&jsonp=f");
    assert_eq!((answer.status, answer.body.as_str()), (200, "f([])"));
    assert!(answer.head.contains("x-content-type-options: nosniff"), "{answer:?}");
}

#[test]
fn credentials_change_at_a_reload_and_a_wrong_file_changes_nothing() {
    let dir = fresh_dir();
    let server = guarded(&dir, "");
    let status = |token: &str| ask(&server, "GET", "/version", &bearer(token)).status;
    let reload = || ask(&server, "POST", "/api/v1/reload", &bearer(ADMIN));
    std::fs::write(dir.path().join("reader"), "short").unwrap();
    let answer = reload();
    assert_fault(&answer, 400, &["everything stays as it is", "the token \"reader\"", "5 bytes"]);
    assert_eq!(status(READER), 200);
    let newer = "newer-reader-0123456789abcdef";
    std::fs::write(dir.path().join("reader"), newer).unwrap();
    assert_eq!(reload().status, 200);
    assert_eq!((status(READER), status(newer)), (401, 200));
}

#[test]
fn strangers_names_are_refused() {
    let dir = fresh_dir();
    let server = start(&dir, "[http]\nhosts = ['metrics.example.com']\n");
    let status = |method: &str, path: &str, host: &str| {
        ask(&server, method, path, &format!("Host: {host}\r\n")).status
    };
    for host in ["localhost:1", "[::1]", "metrics.example.com:8080"] {
        assert_eq!(status("GET", "/version", host), 200, "{host}");
        assert_eq!(status("POST", "/tags/tagSeries?path=a.b", host), 200, "{host}");
    }
    assert_fault(
        &ask(&server, "GET", "/version", "Host: evil.example\r\n"),
        403,
        &["Host", "[http] hosts", "evil.example"],
    );
    assert_eq!(status("POST", "/tags/tagSeries?path=a.b", "evil.example"), 403);
    assert_eq!((status("GET", "/version", "plumbago"), status("POST", "/events/", "plumbago")), (200, 403));
    assert_eq!(status("GET", "/healthz", "evil.example"), 200);
}

#[test]
fn pages_of_other_origins_change_nothing_and_listed_ones_read() {
    let dir = fresh_dir();
    let server = start(&dir, "[http]\norigins = ['https://g.example.com']\n");
    for header in ["Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
        for (method, path) in [
            ("POST", "/events/"),
            ("POST", "/events"),
            ("POST", "/api/annotations/graphite"),
            ("POST", "/api/v1/events"),
            ("PATCH", "/api/v1/events/1"),
            ("POST", "/tags/tagSeries?path=a.b"),
            ("POST", "/tags/delSeries?path=a.b"),
            ("POST", "/api/v1/series/delete?glob=a"),
            ("POST", "/api/v1/reload"),
            ("POST", "/api/v1/snapshot"),
            ("POST", "/api/v1/rules/test"),
        ] {
            assert_eq!(ask(&server, method, path, header).status, 403, "{method} {path} {header}");
        }
        let read = ask(&server, "GET", "/version", header);
        assert_eq!(read.status, 200);
        assert!(!read.head.contains("access-control-allow-origin"), "{read:?}");
    }
    let listed = "Origin: https://g.example.com\r\n";
    let read = ask(&server, "GET", "/version", listed);
    assert!(read.head.contains("access-control-allow-origin: https://g.example.com"), "{read:?}");
    assert_eq!(ask(&server, "POST", "/tags/tagSeries?path=a.b", listed).status, 200);
    let preflight =
        ask(&server, "OPTIONS", "/events/", &format!("{listed}Access-Control-Request-Method: POST\r\n"));
    assert_eq!(preflight.status, 204);
    assert!(preflight.head.contains("access-control-allow-methods: get, head, post"), "{preflight:?}");
    let other = "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n";
    assert_eq!(ask(&server, "OPTIONS", "/events/", other).status, 403);
}

#[test]
fn what_was_forwarded_comes_from_elsewhere() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    for header in
        ["X-Forwarded-For: 203.0.113.1\r\n", "Forwarded: for=203.0.113.1\r\n", "X-Real-IP: 203.0.113.1\r\n"]
    {
        assert_eq!(ask(&server, "GET", "/version", header).status, 200);
        assert_fault(
            &ask(&server, "POST", "/api/v1/series/delete?glob=a", header),
            403,
            &["this machine only"],
        );
    }
    assert_eq!(ask(&server, "POST", "/api/v1/series/delete?glob=a", "").status, 200);
}

#[test]
fn networks_that_are_not_listed_are_refused_and_counted() {
    let dir = fresh_dir();
    let lists = "plaintext = ['192.0.2.0/24']\nudp = ['192.0.2.0/24']\npickle = ['127.0.0.0/8']\n";
    let server = start(&dir, &format!("[allow_from]\n{lists}"));
    let mut stream = crate::harness::connect(server.plaintext);
    let mut nothing = Vec::new();
    // Closed or reset: it depends on what was on its way.
    let _ = stream.read_to_end(&mut nothing);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(format!("a.b 1 {AT}\n").as_bytes(), server.udp).unwrap();
    let refused = |listener: &str| {
        server.metric(&format!("plumbago_networks_refused_total{{listener=\"{listener}\"}}"))
    };
    server.wait_until("the datagram is refused", |_| refused("udp") == 1.0);
    assert_eq!(refused("plaintext"), 1.0);
    server.send_pickle([]);
    assert_eq!((refused("pickle"), server.received("udp")), (0.0, 0.0));
    std::fs::write(dir.path().join("p.toml"), "[allow_from]\nhttp = ['192.0.2.0/24']\n").unwrap();
    assert_eq!(server.post("/api/v1/reload", "").status, 200);
    server.send(format!("a.b 1 {AT}\n"));
    let mut stream = crate::harness::connect(server.http);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.is_empty());
}

#[test]
fn request_ids_are_kept_or_made() {
    let dir = fresh_dir();
    let server = Server::start(dir.path());
    let answer = ask(&server, "GET", "/version", "X-Request-Id: abc-1\r\n");
    assert!(answer.head.contains("x-request-id: abc-1"), "{answer:?}");
    let id = |answer: &Answer| {
        let line =
            answer.head.lines().find_map(|line| line.strip_prefix("x-request-id: ").map(str::to_owned));
        line.unwrap_or_else(|| panic!("{answer:?}"))
    };
    let (one, two) = (id(&server.get("/version")), id(&server.get("/nowhere")));
    assert!(one.len() == 16 && one != two);
}
