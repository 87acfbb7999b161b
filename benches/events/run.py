#!/usr/bin/env python3
"""How fast events are posted, and found among many: `benches/events/run.py [--posts N] [--events N]`.

Starts `plumbago serve` (target/release) on a fresh directory, posts single events over many connections, each answered
after its fsync; then imports `--events` older ones and times pages of searches, the best and the middle of 15 each; the
posted ones, newer than all others, have none of the words but `deploy`. Prints figures, and fails only when an answer is
wrong.
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
DAY_MS = 86_400_000
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
    # Words in all events, in half of them, in one of a hundred, in the 3,000 oldest, in none.
    "common",
    "half",
    "hundredth",
    "early",
    "nosuch",
    # Words that begin so: one word, a hundred thousand of them in the newest, and in the old events, none.
    "comm*",
    "dep*",
    "1*",
    "0*",
    "nosuch*",
    "comm* since:-30d",
    # Words that follow each other, or stand anywhere.
    "\"common all\"",
    "common-a*",
    "common well half",
    "early half",
    # Words that must not be there.
    "-common",
    "-comm*",
    "common -half",
    "common -well",
    "half -common",
    "-common since:-30d until:-1d",
    # Words and other things.
    "common tag:host=web17",
    "common tag:team=red",
    "common tag:host=web1* kind:deploy",
    "hundredth tag:team=red",
    "early tag:team=red",
    "half severity>=error since:-30d",
    "common value>99",
]
# Searches while events are imported, whose words are not all indexed yet.
SEARCHES_BESIDE = ["", "common since:-30d", "comm*", "rare", "-common"]


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
        start = (NOW - 300 * 86_400) * 1000 + number * (300 * DAY_MS // count)
        words = "disk full" if number % 1000 == 0 else "all is well"
        others = [("rare", number % 50_000 == 0), ("half", number % 2 == 0), ("hundredth", number % 100 == 0),
                  ("early", number < 3_000)]
        event = {
            "id": 0,
            "key": f"bench/{number}",
            "kind": kinds[number % 5],
            "title": " ".join([f"common {words} {number}", *(word for word, has in others if has)]),
            "text": f"rev={number:08x}",
            "severity": "critical" if number % 10_000 == 0 else severities[number % 20],
            "tags": [f"host=web{number % 997}", f"team={teams[number % 3]}"],
            "value": number % 101,
            "start_ms": start,
            "end_ms": start,
        }
        yield json.dumps(event).encode() + b"\n"


def lines_until(is_over):
    """New events from now on, as lines of JSON, as long as somebody wants them."""
    number = 0
    while not is_over.is_set():
        number += 1
        start = NOW * 1000 + number
        event = {"id": 0, "key": f"beside/{number}", "title": f"meanwhile {number}", "start_ms": start}
        yield json.dumps(event).encode() + b"\n"


def import_all(port, events):
    """Imports what is given; returns how many were stored, and the seconds that it took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    begun = time.monotonic()
    connection.request("POST", "/api/v1/events/import", events, encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"})
    answer = json.loads(connection.getresponse().read())
    return answer["stored"], time.monotonic() - begun


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


def search_all(port, queries, beside=""):
    for query in queries:
        best, middle, found = search(port, query)
        print(f"{best:8.1f} ms best {middle:8.1f} ms middle {found:5} events  {query}{beside}", flush=True)


def search_beside(port):
    """Searches while events are imported."""
    is_over = threading.Event()
    stored = []
    importing = threading.Thread(target=lambda: stored.append(import_all(port, lines_until(is_over))))
    importing.start()
    time.sleep(1)
    search_all(port, SEARCHES_BESIDE, "  (beside an import)")
    is_over.set()
    importing.join()
    count, took = stored[0]
    print(f"{count} events imported beside searches: {count / took:.0f} a second", flush=True)


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
        stored, took = import_all(server.http, lines(arguments.events))
        if stored != arguments.events:
            sys.exit(f"{stored} of {arguments.events} events were imported")
        size = (server.data / "state.sqlite").stat().st_size
        print(f"{arguments.events} events imported: {arguments.events / took:.0f} a second, {size >> 20} MiB", flush=True)
        search_all(server.http, SEARCHES)
        search_beside(server.http)
    finally:
        server.end()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
