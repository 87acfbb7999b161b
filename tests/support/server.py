"""A running `plumbago serve` on free ports and a directory of the test's own, and what it answers.

Only the documented flags and HTTP paths are used, as a user would.
"""
import json
import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from support.metrics import parse_metrics
from support.process import Program, free_ports

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("PLUMBAGO", ROOT / "target/release/plumbago"))


class Server:
    """Starts on `start()`; the same object starts again on the same directory and ports."""

    def __init__(self, directory, schemas, clock=None, options=()):
        self.directory = Path(directory)
        self.data = self.directory / "data"
        self.log = self.directory / "plumbago.log"
        self.http, self.plaintext, self.pickle, self.udp = free_ports(4)
        schemas_file = self.directory / "storage-schemas.conf"
        schemas_file.write_text(schemas)
        self.arguments = [
            BINARY, "serve",
            "--data-dir", self.data,
            "--listen-http", f"127.0.0.1:{self.http}",
            "--listen-plaintext", f"127.0.0.1:{self.plaintext}",
            "--listen-pickle", f"127.0.0.1:{self.pickle}",
            "--listen-udp", f"127.0.0.1:{self.udp}",
            "--storage-schemas", schemas_file,
            *(["--clock", f"fixed:{clock}"] if clock is not None else []),
            *options,
        ]
        self.program = None

    def spawn(self):
        """Starts the process without waiting for it to be ready."""
        if not BINARY.exists():
            raise AssertionError(f"{BINARY} is not built: cargo build --release")
        self.program = Program(self.arguments, self.log)

    def start(self):
        self.spawn()
        self.program.wait_ready(self.is_ready, "is not ready")
        return self

    def stop(self):
        """SIGTERM; returns the exit status."""
        return self.program.stop()

    def kill(self):
        self.program.kill()

    def end(self):
        """For the end of a test, whatever state it was left in."""
        if self.program and self.program.process.poll() is None:
            self.program.kill()

    def is_ready(self):
        try:
            return self.get("/readyz") is not None
        except (urllib.error.URLError, ConnectionError):
            return False

    def get(self, path, form=None):
        """The body of a 200 answer; `form` makes it a POST."""
        body = urllib.parse.urlencode(form).encode() if form else None
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", body, timeout=120) as answer:
            return answer.read().decode()

    def feed(self, stream):
        """Sends plaintext lines in their order; returns once the server has acknowledged them by closing."""
        with socket.create_connection(("127.0.0.1", self.plaintext)) as connection:
            shutil.copyfileobj(stream, connection.makefile("wb", buffering=1 << 20))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass

    def metrics(self):
        return parse_metrics(self.get("/metrics"))

    def received(self, listener):
        """Points counted as received; a listener that has counted none may be absent."""
        return int(self.metrics().total("plumbago_points_received_total", listener=listener))

    def refused(self):
        """Points refused for whatever reason, on every listener."""
        return int(self.metrics().total("plumbago_points_refused_total"))

    def rejected(self):
        """What the server kept of the lines that it refused."""
        return json.loads(self.get("/api/v1/ingest/rejected"))

    def stored(self, targets, start, end):
        """The known points of each target as `{name: {slot: value}}`, for slots in `start..=end`."""
        form = [("target", target) for target in targets]
        form += [("from", start - 1), ("until", end), ("format", "json")]
        answer = json.loads(self.get("/render", form))
        return {
            series["target"]: {slot: value for value, slot in series["datapoints"] if value is not None}
            for series in answer
        }

    def verify(self):
        """Runs `plumbago verify` on the data directory; returns its exit status and output."""
        done = subprocess.run(
            [BINARY, "verify", self.data], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600
        )
        return done.returncode, done.stdout + done.stderr
