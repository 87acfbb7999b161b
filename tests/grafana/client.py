"""Grafana's two ways to ask, as bytes on a socket.

The *frontend* is the browser's JavaScript behind Grafana's proxy: forms as `encodeURIComponent` writes them, or not encoded
at all. The *backend* is Go: forms sorted by key as `url.Values` writes them. Both take gzip.
"""
import gzip
import json
import socket
import urllib.parse

FRONTEND = (
    "User-Agent: Grafana/11.2.0\r\n"
    "Accept: application/json, text/plain, */*\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "X-Dashboard-Id: 12\r\nX-Dashboard-Uid: fdxw2u\r\nX-Grafana-Org-Id: 1\r\nX-Panel-Id: 4\r\n"
    "X-Forwarded-For: 192.0.2.7\r\n"
)
BACKEND = "User-Agent: Grafana/11.2.0\r\nX-Grafana-Org-Id: 1\r\nAccept-Encoding: gzip\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        """As Go decodes it: numbers that no double holds are a fault."""
        return json.loads(self.body, parse_constant=lambda word: 1 / 0)

    @property
    def text(self):
        return self.body.decode()


def frontend_form(pairs):
    """Pairs whose value counts as nothing in JavaScript are left out."""
    encoded = lambda text: urllib.parse.quote(str(text), safe="-_.!~*'()")
    return "&".join(f"{name}={encoded(value)}" for name, value in pairs if value not in ("", 0, None, False))


def backend_form(**values):
    return urllib.parse.urlencode(sorted(values.items()))


def send(port, method, target, headers, body=""):
    """One request on a connection of its own; the answer decoded as the client's library does."""
    data = body.encode()
    length = f"Content-Length: {len(data)}\r\n" if method == "POST" else ""
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}{length}Connection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head.encode() + data)
        received = b""
        while piece := connection.recv(1 << 16):
            received += piece
    return parse(received)


def parse(received):
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = unchunked(body)
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return Answer(int(first.split()[1]), headers, body)


def unchunked(body):
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        size = int(size, 16)
        whole, body = whole + rest[:size], rest[size + 2 :]
        if size == 0:
            return whole
    raise AssertionError("a chunked body that does not end")
