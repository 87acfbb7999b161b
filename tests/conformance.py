#!/usr/bin/env python3
"""Replays recorded graphite-web answers: `tests/conformance.py FOLDER [arguments of FOLDER/check.py]`.

Starts Plumbago with the folder's carbon configuration and its frozen clock, feeds it the folder's data set
through the plaintext listener and the events to /events/, and hands over to check.py, whose exit status is the answer. Without a
.jsonl file among the arguments, public.jsonl is replayed.
"""
import gzip
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from support.server import Server

NOW = 1_710_504_000


def post_events(base, path):
    for line in path.read_bytes().splitlines():
        with urllib.request.urlopen(urllib.request.Request(f"{base}/events/", data=line)) as answer:
            answer.read()


def main():
    if len(sys.argv) < 2 or not Path(sys.argv[1], "check.py").exists():
        sys.exit(f"no recorded answers at {sys.argv[1:2]}: name a folder that holds check.py and dataset/")
    recorded = Path(sys.argv[1]).resolve()
    arguments = sys.argv[2:]
    if not any(argument.endswith(".jsonl") for argument in arguments):
        arguments.insert(0, str(recorded / "public.jsonl"))

    dataset = recorded / "dataset"
    with tempfile.TemporaryDirectory(prefix="plumbago-conformance-") as folder:
        server = Server(
            folder,
            (dataset / "storage-schemas.conf").read_text(),
            clock=NOW,
            options=["--storage-aggregation", dataset / "storage-aggregation.conf"],
        )
        try:
            server.start()
            with gzip.open(dataset / "dataset.txt.gz") as lines:
                server.feed(lines)
            print(f"{server.received('plaintext')} points fed, {server.refused()} refused", flush=True)
            base = f"http://127.0.0.1:{server.http}"
            post_events(base, dataset / "events.jsonl")
            return subprocess.run([sys.executable, recorded / "check.py", base, *arguments]).returncode
        finally:
            server.end()


if __name__ == "__main__":
    sys.exit(main())
