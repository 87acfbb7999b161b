"""Plumbago with the data set of the recorded answers, its clock frozen at their moment.

The folder holds the data set as it was recorded: points in the order in which they were written, carbon's two files,
events. Only documented flags and HTTP paths are used.
"""
import gzip
import http.client
import urllib.parse
from pathlib import Path

from conformance.cases import NOW
from support.server import Server

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Plumbago:
    """Starts at once, its files below `directory`; `dataset` is where the data set lies."""

    def __init__(self, directory, dataset):
        dataset = Path(dataset)
        self.server = Server(
            directory,
            (dataset / "storage-schemas.conf").read_text(),
            clock=NOW,
            options=["--storage-aggregation", dataset / "storage-aggregation.conf"],
        )
        try:
            self.server.start()
            self.connection = http.client.HTTPConnection("127.0.0.1", self.server.http, timeout=60)
            with gzip.open(dataset / "dataset.txt.gz") as lines:
                self.server.feed(lines)
            self.post_events((dataset / "events.jsonl").read_bytes().splitlines())
        except BaseException:
            self.end()
            raise

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server.http}"

    def described(self):
        points, refused = self.server.received("plaintext"), self.server.refused()
        return f"{points} points fed, {refused} refused"

    def post_events(self, events):
        """Enters the events in their order."""
        for event in events:
            status, body, _ = self.exchange("POST", "/events/", event, {"Content-Type": "application/json"})
            if status != 200:
                raise AssertionError(f"POST /events/ {event!r}: {status} {body[:200]!r}")

    def ask(self, case):
        """Status, body and type of the answer to a recorded request."""
        form = urllib.parse.urlencode([tuple(pair) for pair in case["params"]])
        headers = case.get("headers", {})
        if case["method"] == "POST":
            return self.exchange("POST", case["path"], form, {**FORM, **headers})
        return self.exchange(case["method"], case["path"] + (f"?{form}" if form else ""), None, headers)

    def exchange(self, method, path, body, headers):
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read(), (answer.getheader("Content-Type") or "").partition(";")[0]
        except (OSError, http.client.HTTPException) as error:
            fault = self.server.program.describe(f"does not answer {method} {path[:200]}: {error!r}")
            raise AssertionError(fault) from error

    def end(self):
        self.server.end()
