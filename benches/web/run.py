#!/usr/bin/env python3
"""What many dashboards do to a server: `benches/web/run.py [--rate 50] [--seconds 60]`.

Stores 100,000 series × 180 points, then sends a mix of dashboards' requests at a rate that does not wait for answers;
then ten times as many; then the first rate again at once, to see how soon all is well. Beside a second run of the first
rate stand 10,000 idle connections and 500 clients that send a byte a second. Answers' times count from the moment that a
request was due. The release binaries are used; exits with 1 if a goal is missed.
"""
import argparse
import json
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from support.server import Server  # noqa: E402

LOAD = ROOT / "target/release/plumbago-load"
SERIES, STEPS, STEP = 100_000, 180, 10
SCHEMAS = "[all]\npattern = .*\nretentions = 10s:1d\n"
RACKS = 12
IDLE, SLOW = 10_000, 500
CALM_P99_MS, BUSY_P99_MS, RECOVERY_SECONDS = 250, 1000, 1.0


def render(start, targets, **parameters):
    pairs = [("target", target) for target in targets]
    pairs += [("from", start), ("until", start + STEPS * STEP), ("format", "json"), ("maxDataPoints", 600)]
    pairs = [(name, value) for name, value in pairs if name not in parameters] + list(parameters.items())
    return "/render?" + urllib.parse.urlencode(pairs)


def requests(start):
    """A dashboard's panels for one rack after another: most are narrow, some are wide, some are not JSON."""
    for number in range(RACKS):
        rack = f"dc{number % 4}.rack{number:02}"
        yield "narrow", render(start, [f"{rack}.*.cpu.total.user"])
        yield "alias", render(start, [f'aliasSub(aliasByNode({rack}.*.load.average.shortterm, 2), "(^.*$)", "\\1 A")'])
        yield "rate", render(start, [f"nonNegativeDerivative({rack}.*.network.eth0.rx_bytes)"])
        yield "top", render(start, [f"highestAverage(movingAverage({rack}.*.cpu.core0.user, 10), 5)"])
        yield "several", render(start, [f"sumSeries({rack}.*.cpu.core{core}.user)" for core in range(4)])
        yield "groups", render(start, [f'groupByNode({rack}.*.cpu.*.user, 2, "avg")'])
        yield "find", f"/metrics/find?query={rack}.*"
        yield "complete", "/tags/autoComplete/tags?limit=100"
        yield "health", render(start, ['aliasSub(constantLine(100), "(^.*$)", "\\1 A")'])
        if number % 3 == 0:
            yield "wide", render(start, ["sumSeries(dc*.rack*.host*.cpu.total.user)"])
            yield "csv", render(start, [f"{rack}.*.cpu.total.user"], format="csv")
            yield "png", render(start, [f"averageSeries({rack}.*.cpu.total.user)"], format="png", width=600, height=300)


class Setting:
    def __init__(self, folder):
        self.folder = folder
        self.start = int(time.time()) // STEP * STEP - 3600 - STEPS * STEP
        self.server = Server(folder, SCHEMAS).start()
        feed = [LOAD, "feed", f"--to=127.0.0.1:{self.server.plaintext}", f"--series={SERIES}", f"--steps={STEPS}", f"--start={self.start}"]
        subprocess.run(feed, check=True, stdout=subprocess.DEVNULL)
        self.server.stop()
        self.server.start()
        self.requests = folder / "requests"
        lines = [json.dumps({"name": name, "path": path}) + "\n" for name, path in requests(self.start)]
        self.requests.write_text("".join(lines))

    def ask(self, rate, seconds, connections):
        command = [
            LOAD, "ask", f"--http=127.0.0.1:{self.server.http}", f"--requests={self.requests}", f"--rate={rate}",
            f"--seconds={seconds}", f"--connections={connections}",
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def memory_mib(self):
        status = Path(f"/proc/{self.server.program.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def shown(title, report):
    times = report["times"].get("all", {"p50": 0, "p99": 0, "max": 0})
    refused = report["refusals"]
    text = f"{title}: {report['statuses']}, p50 {times['p50']:.1f} ms, p99 {times['p99']:.1f} ms, at most {times['max']:.0f} ms"
    if refused:
        text += f"; 503 after {refused['p50']:.1f} ms in the middle, p99 {refused['p99']:.1f} ms"
    print(text, flush=True)
    return times["p99"]


class Bothers:
    """Idle connections, and clients that send their request a byte a second."""

    def __init__(self, port):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, IDLE + SLOW + 1000), hard))
        self.idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(IDLE)]
        self.slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(SLOW)]
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.drip, daemon=True)
        self.thread.start()

    def drip(self):
        text = b"POST /render HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntarget="
        for byte in text * 100:
            for one in self.slow:
                try:
                    one.send(bytes([byte]))
                except OSError:
                    pass
            if self.ending.wait(1):
                return

    def end(self):
        self.ending.set()
        self.thread.join()
        for one in self.idle + self.slow:
            one.close()


def run(folder, rate, seconds):
    setting, missed = Setting(folder), []
    try:
        setting.ask(rate, 3, 64)

        def judge(title, report, p99_max, errors_allowed):
            p99 = shown(title, report)
            bad = {status: count for status, count in report["statuses"].items() if status not in ("200", *errors_allowed)}
            if p99 > p99_max or bad:
                missed.append(f"{title}: p99 {p99:.0f} ms of {p99_max}, {bad}")

        judge(f"{rate} a second", setting.ask(rate, seconds, 64), CALM_P99_MS, ())
        for name, times in sorted(setting.ask(rate, seconds / 3, 64)["times"].items()):
            print(f"  {name}: p50 {times['p50']:.1f} ms, p99 {times['p99']:.1f} ms ({times['count']})")
        busy = setting.ask(10 * rate, seconds / 2, 1024)
        judge(f"{10 * rate} a second", busy, BUSY_P99_MS, ("503",))
        if busy["retry_after"] != busy["statuses"].get("503", 0):
            missed.append("a 503 does not say when to come back")
        after = setting.ask(rate, seconds / 4, 64)
        shown(f"{rate} a second right after", after)
        if after["statuses"].keys() - {"200"} and after["last_failure_seconds"] > RECOVERY_SECONDS:
            missed.append(f"{after['last_failure_seconds']:.1f} s after the load something still failed")
        before = setting.memory_mib()
        bothers = Bothers(setting.server.http)
        try:
            time.sleep(2)
            beside = setting.ask(rate, seconds / 2, 64)
            judge(f"{rate} a second beside {IDLE} idle and {SLOW} slow connections", beside, CALM_P99_MS, ())
            print(f"memory {before:.0f} MiB before, {setting.memory_mib():.0f} MiB with them", flush=True)
        finally:
            bothers.end()
    finally:
        setting.server.end()
    for line in missed:
        print(f"missed: {line}")
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="plumbago-web-"))
    try:
        return run(folder, arguments.rate, arguments.seconds)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
