"""Asks graphite-web and Plumbago the same and compares: `python3 -m oracle [--seed N] [--count N] [--case K]`.

Prints the seed, every difference as the smallest request that still shows it, and a summary. Exits 1 if anything
differs that `differences.py` does not excuse.
"""
import argparse
import collections
import http.client
import io
import json
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from oracle import data
from oracle.compare import first_difference
from oracle.differences import excuse
from oracle.requests import REFETCHING, Generator
from oracle.tree import Template
from support.server import ROOT, Server

PYTHON = ROOT / ".tools/graphite/bin/python"
SMALLER_MAX = 150
SHOWN_MAX = 60


class Reference:
    """graphite-web, its files below `folder`."""

    def __init__(self, folder, now, series):
        self.process = subprocess.Popen(
            [PYTHON, Path(__file__).with_name("reference.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(Path(folder) / "reference.log").open("w"),
            text=True,
        )
        setting = {"folder": str(folder), "now": now, "series": [vars(one) for one in series]}
        self.functions = self.exchange(setting)

    def exchange(self, message):
        print(json.dumps(message), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def answer(self, request):
        return self.exchange({"now": request.now, "parameters": request.form(as_graphite_reads_it)})

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)


def as_graphite_reads_it(tree):
    """The text of a tree, without what graphite-web is known to lose.

    A function that reads a range of its own evaluates its argument twice, and of the pipes within it only the last
    call is left by then, nor are template variables known any more. It means the same when it is nested and spelt out.
    """
    refetching = [call for call in tree.calls() if call.name in REFETCHING]
    if isinstance(tree, Template) and refetching:
        return tree.substituted()
    return tree.write(pipes=not any(call.piped for outer in refetching for call in outer.calls()))


class Plumbago:
    """A server with the same series."""

    def __init__(self, folder, now, series):
        schemas, rules = [], []
        for one in {one.name.split(".")[0].split(";")[0]: one for one in series}.values():
            head = one.name.split(".")[0].split(";")[0]
            archives = ",".join(f"{step}s:{step * points}s" for step, points in one.archives)
            schemas.append(f"[{head}]\npattern = ^{head}\\b\nretentions = {archives}\n")
            rules.append(
                f"[{head}]\npattern = ^{head}\\b\nxFilesFactor = {one.factor}\naggregationMethod = {one.method}\n"
            )
        aggregation = Path(folder) / "storage-aggregation.conf"
        aggregation.write_text("\n".join(rules))
        self.server = Server(folder, "\n".join(schemas), clock=now, options=["--storage-aggregation", aggregation])
        self.server.start()
        lines = (f"{one.name} {value!r} {time}\n" for one in series for time, value in one.points)
        self.server.feed(io.BytesIO("".join(lines).encode()))
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.http, timeout=60)

    def answer(self, request):
        body = urllib.parse.urlencode(request.form(lambda tree: tree.write()))
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", "/render", body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status == 200:
            return {"status": 200, "series": json.loads(text)}
        return {"status": answer.status, "error": text.strip()}

    def end(self):
        self.connection.close()
        self.server.end()


class Trial:
    """Both systems over the data of one seed."""

    def __init__(self, seed, folder):
        self.series = data.generate(seed)
        now = data.moment(seed)
        (Path(folder) / "graphite").mkdir()
        self.reference = Reference(Path(folder) / "graphite", now, self.series)
        try:
            self.plumbago = Plumbago(folder, now, self.series)
        except BaseException:
            self.reference.end()
            raise
        self.generator = Generator(seed, self.reference.functions)
        self.excused = collections.Counter()
        self.outcomes = collections.Counter()

    def difference(self, request, count=False):
        """What differs and is not excused, or None."""
        theirs, ours = self.reference.answer(request), self.plumbago.answer(request)
        difference = first_difference(theirs, ours)
        reason = excuse(request, theirs, ours) if difference else None
        if count:
            values = theirs["status"] == 200 and sum(len(one["datapoints"]) for one in theirs["series"])
            kind = theirs["status"] if theirs["status"] != 200 else "200 with values" if values else "200, nothing"
            self.outcomes[f"{kind} / {ours['status']}"] += 1
            if reason:
                self.excused[reason] += 1
        return None if reason else difference

    def smallest(self, request, difference):
        """A request that differs likewise and cannot be made smaller."""
        for _ in range(SMALLER_MAX):
            for candidate in request.smaller():
                found = self.difference(candidate)
                if found:
                    request, difference = candidate, found
                    break
            else:
                break
        return request, difference

    def end(self):
        self.reference.end()
        self.plumbago.end()


def report(seed, number, request, difference):
    print(f"\nseed {seed}, case {number}: {difference[:700]}")
    for key, value in request.form(lambda tree: tree.write()):
        if key not in ("format", "noCache"):
            print(f"    {key} = {value}")
    sys.stdout.flush()


def run(seed, numbers, folder):
    trial = Trial(seed, folder)
    points = sum(len(one.points) for one in trial.series)
    print(f"seed {seed}, now {data.moment(seed)}: {len(trial.series)} series, {points} points", flush=True)
    failed = 0
    began = time.monotonic()
    try:
        for number in numbers:
            request = trial.generator.request(number)
            difference = trial.difference(request, count=True)
            if difference:
                failed += 1
                if failed <= SHOWN_MAX:
                    report(seed, number, *trial.smallest(request, difference))
    finally:
        trial.end()
    print(f"\n{len(numbers)} requests, {failed} differ, {time.monotonic() - began:.0f} s; theirs / ours:")
    for outcome, count in sorted(trial.outcomes.items()):
        print(f"  {count:6} {outcome}")
    for reason, count in sorted(trial.excused.items()):
        print(f"  {count:6} excused: {reason}")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of the data and the requests")
    parser.add_argument("--count", type=int, default=2500, help="how many requests")
    parser.add_argument("--first", type=int, default=0, help="number of the first request")
    parser.add_argument("--case", type=int, help="only the request of this number")
    arguments = parser.parse_args()
    numbers = range(arguments.first, arguments.first + arguments.count)
    if arguments.case is not None:
        numbers = range(arguments.case, arguments.case + 1)
    with tempfile.TemporaryDirectory(prefix="plumbago-oracle-") as folder:
        return 1 if run(arguments.seed, numbers, folder) else 0


if __name__ == "__main__":
    sys.exit(main())
