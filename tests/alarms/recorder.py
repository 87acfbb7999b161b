"""A webhook that remembers what it gets, and misbehaves when it is told to.

What it answered with 200 is what a person would have read: `accepted`. Everything that came is in `received`.
"""
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What may be done with a request, besides answering with a status.
STALL = "stall"
CLOSE = "close"
STALL_SECONDS = 60


@dataclass
class Received:
    """One request, as it came and what was done with it."""

    at: float
    key: str
    body: dict
    headers: dict
    done: object = None


@dataclass
class Recorder:
    """Listens on `port`; `behave(received)` says what is done with a request: a status, (status, headers), STALL or CLOSE."""

    port: int
    behave: object = lambda _received: 200
    received: list = field(default_factory=list)

    def __post_init__(self):
        self.lock = threading.Lock()
        self.listener = None
        self.listen()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def listen(self):
        """Opens the port, for the first time or again."""
        self.listener = Listener(self)
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def die(self):
        """Closes the port: who connects is refused."""
        if self.listener is not None:
            self.listener.shutdown()
            self.listener.server_close()
            self.listener = None

    def add(self, received):
        with self.lock:
            self.received.append(received)

    def accepted(self):
        """Requests that were answered with 200, in the order of their coming."""
        with self.lock:
            return [one for one in self.received if one.done == 200]

    def told(self, name):
        """What was said of the alarms called `name`, each message once: `(status, startsAt)` in order."""
        seen, said = set(), []
        for one in self.accepted():
            if one.key in seen:
                continue
            seen.add(one.key)
            for alarm in one.body["alerts"]:
                if alarm["labels"]["alertname"] == name:
                    said.append((alarm["status"], alarm["startsAt"]))
        return said


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, recorder):
        self.recorder = recorder
        super().__init__(("127.0.0.1", recorder.port), Handler)

    def handle_error(self, request, client_address):
        """A peer that is killed in the middle is what is tested here."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        recorder = self.server.recorder
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        received = Received(time.time(), self.headers["Idempotency-Key"], body, dict(self.headers))
        recorder.add(received)
        received.done = done = recorder.behave(received)
        if done == CLOSE:
            self.close_connection = True
            return
        if done == STALL:
            time.sleep(STALL_SECONDS)
            self.close_connection = True
            return
        status, headers = done if isinstance(done, tuple) else (done, {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        """Nobody reads it."""
