#!/usr/bin/env python3
"""How fast events are posted, and found among many: `benches/events/run.py [--posts N] [--events N]`.

Starts `plumbago serve` (target/release) on a fresh directory, posts single events over many connections, each answered
after its fsync; then imports `--events` more and times pages of searches, the best and the middle of 15 each. Prints
figures, and fails only when an answer is wrong.
"""
import argparse
import http.client
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from support.server import Server  # noqa: E402

NOW = 1_710_504_000
SEARCHES = [
    "",
    "kind:deploy",
    "tag:host=web17",
    "tag:host=web17 kind:deploy",
    "tag:host=web1* kind:deploy",
    "severity>=error tag:team=red",
    "severity:critical",
    "\"disk full\"",
    "rare",
    "common since:-30d",
    "kind:deploy tag:team=red severity>=warning since:-30d",
    "tag:host=nosuch",
    "-kind:deploy value>99",
]


def post_all(port, count, connections):
    """Posts `count` events over as many connections; returns the seconds that it took."""
    left = threading.Semaphore(count)
    failed = []

    def work(worker):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        number = 0
        while left.acquire(blocking=False):
            number += 1
            body = json.dumps({"what": f"deploy {worker}/{number}", "tags": "deploy bench", "data": "rev=abc"})
            connection.request("POST", "/events/", body)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                failed.append(answer.status)
                return

    workers = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    begun = time.monotonic()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        sys.exit(f"a post was answered with {failed[0]}")
    return time.monotonic() - begun


def lines(count):
    """Events of the last 300 days, as lines of JSON."""
    kinds = ["deploy", "chef", "reboot", "backup", "alert"]
    severities = ["info"] * 16 + ["warning"] * 3 + ["error"]
    teams = ["red", "green", "blue"]
    for number in range(count):
        start = (NOW - 300 * 86_400) * 1000 + number * (300 * 86_400_000 // count)
        words = "disk full" if number % 1000 == 0 else "all is well"
        event = {
            "id": 0,
            "key": f"bench/{number}",
            "kind": kinds[number % 5],
            "title": f"common {words} {number}" + (" rare" if number % 50_000 == 0 else ""),
            "text": f"rev={number:08x}",
            "severity": "critical" if number % 10_000 == 0 else severities[number % 20],
            "tags": [f"host=web{number % 997}", f"team={teams[number % 3]}"],
            "value": number % 101,
            "start_ms": start,
            "end_ms": start,
        }
        yield json.dumps(event).encode() + b"\n"


def import_all(port, count):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    begun = time.monotonic()
    connection.request("POST", "/api/v1/events/import", lines(count), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"})
    answer = json.loads(connection.getresponse().read())
    if answer["stored"] != count:
        sys.exit(f"{count} events were imported: {answer}")
    return time.monotonic() - begun


def search(port, query):
    """The best and the middle of 15 pages of 100, in milliseconds, and how many events were on the page."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took = []
    for _ in range(15):
        begun = time.perf_counter()
        connection.request("GET", "/api/v1/events?" + urllib.parse.urlencode({"q": query, "limit": 100}))
        answer = connection.getresponse()
        body = answer.read()
        took.append((time.perf_counter() - begun) * 1000)
        if answer.status != 200:
            sys.exit(f"{query}: {answer.status} {body!r}")
    return min(took), statistics.median(took), len(json.loads(body)["events"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--events", type=int, default=1_000_000)
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="plumbago-events-")
    server = Server(folder, "[all]\npattern = .*\nretentions = 60s:1d\n", clock=NOW)
    try:
        server.start()
        took = post_all(server.http, arguments.posts, arguments.connections)
        commits = int(server.metrics().total("plumbago_event_commits_total"))
        print(f"{arguments.posts} posts over {arguments.connections} connections: {arguments.posts / took:.0f} a second, "
              f"{commits} transactions", flush=True)
        took = import_all(server.http, arguments.events)
        size = (server.data / "state.sqlite").stat().st_size
        print(f"{arguments.events} events imported: {arguments.events / took:.0f} a second, {size >> 20} MiB", flush=True)
        for query in SEARCHES:
            best, middle, found = search(server.http, query)
            print(f"{best:8.1f} ms best {middle:8.1f} ms middle {found:5} events  {query}", flush=True)
    finally:
        server.end()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
