"""The two systems that are asked: graphite-web as a process on a pipe, Plumbago as a server over HTTP.

Each takes a folder for its files, the frozen `now` and the series, and answers requests with
`{"status": …, "series": […]}` or `{"status": …, "error": …}`.
"""
import http.client
import io
import json
import re
import subprocess
import urllib.parse
from pathlib import Path

from oracle.requests import REFETCHING
from oracle.tree import Template
from support.server import ROOT, Server

PYTHON = ROOT / ".tools/oracle/bin/python"


class Reference:
    """graphite-web, its files below `folder`."""

    def __init__(self, folder, now, series):
        self.log = Path(folder) / "reference.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [PYTHON, Path(__file__).with_name("reference.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        setting = {"folder": str(folder), "now": now, "series": [vars(one) for one in series]}
        self.functions = self.exchange(setting)

    def exchange(self, message):
        print(json.dumps(message), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"graphite-web ended; its last words: {self.log.read_text()[-2000:]}")
        return json.loads(line)

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
        for head, one in {re.split("[.;]", one.name)[0]: one for one in series}.items():
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
