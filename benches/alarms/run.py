#!/usr/bin/env python3
"""What alarms cost: `benches/alarms/run.py [--step live|storm] [--seconds N]`.

`live`: 10,000 alert rules over 10 of 100,000 series each, every ten seconds, without delay and group_wait; each minute
one in a hundred series crosses its level. A webhook notes when it hears of each change: that moment less the end of the
slot that decided it, and what rules and notifications took of a core. `storm`: 50,000 alarms within a minute in 5,000
groups, over a receiver that takes 60 messages a minute: how long until everything was said or counted as withheld, and
the greatest memory. Both run the release binary (PLUMBAGO names another one), and fail when something was not told.
"""
import argparse
import io
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from alarms.recorder import Recorder  # noqa: E402
from support.process import free_ports  # noqa: E402
from support.server import Server  # noqa: E402

RULES, SERIES_OF_RULE, STEP = 10_000, 10, 10
RULES_OF_GROUP = 1_000
CHANGES_A_MINUTE = 0.01
STORM_ALARMS = 50_000
STORM_MAX_SECONDS = 600
SCHEMAS = f"[all]\npattern = .*\nretentions = {STEP}s:1d\n"


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def rules_of(folder, count, labels):
    rules = folder / "rules"
    rules.mkdir()
    groups = []
    for first in range(0, count, RULES_OF_GROUP):
        made = [
            {"alert": f"Rule{number}", "expr": f"web.r{number}.*.hits", "when": "> 900", "labels": labels(number)}
            for number in range(first, min(first + RULES_OF_GROUP, count))
        ]
        groups.append({"name": f"g{first}", "interval": f"{STEP}s", "delay": "0s", "rules": made})
    # JSON is YAML, and quicker to write.
    (rules / "alarms.yaml").write_text(json.dumps({"groups": groups}))
    return rules


def start(folder, rules, recorder, route):
    alerting = folder / "alerting.yml"
    receivers = [{"name": "hook", "webhook_configs": [{"url": recorder.url}]}]
    alerting.write_text(json.dumps({"route": {"receiver": "hook", **route}, "receivers": receivers}))
    options = ["--rules", rules, "--alerting", alerting]
    return Server(folder, SCHEMAS, options=options).start()


class Load:
    """All series at each slot, soon after it begins."""

    def __init__(self, server, count):
        self.server = server
        self.names = [f"web.r{number // SERIES_OF_RULE}.s{number % SERIES_OF_RULE}.hits" for number in range(count)]
        self.high = set()
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ending.is_set():
            slot = int(time.time()) // STEP * STEP
            with self.lock:
                lines = [f"{name} {950 if at in self.high else 50} {slot}\n" for at, name in enumerate(self.names)]
            self.server.feed(io.BytesIO("".join(lines).encode()))
            self.ending.wait(max(0.0, slot + STEP + 0.5 - time.time()))

    def change(self, numbers):
        with self.lock:
            self.high ^= set(numbers)

    def end(self):
        self.ending.set()
        self.thread.join(60)


def delays(recorder):
    """Seconds from the end of the slot that decided a change to the moment it was heard of, each change once."""
    found = {}
    for one in recorder.accepted():
        for alarm in one.body["alerts"]:
            is_firing = alarm["status"] == "firing"
            decided = moment(alarm["startsAt"] if is_firing else alarm["endsAt"]) + STEP
            key = (alarm["fingerprint"], alarm["startsAt"], alarm["status"])
            found.setdefault(key, one.at - decided)
    return found


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def live(folder, seconds):
    recorder = Recorder(free_ports(1)[0])
    rules = rules_of(folder, RULES, lambda number: {"team": f"t{number % 4}"})
    route = {"group_by": ["team"], "group_wait": "0s", "group_interval": "100ms"}
    server = start(folder, rules, recorder, route)
    count = RULES * SERIES_OF_RULE
    load, chance = Load(server, count), random.Random(1)
    try:
        time.sleep(60)
        heard = len(delays(recorder))
        begun, used = time.monotonic(), server.metrics().total("plumbago_rules_cpu_seconds_total")
        changes = 0
        while time.monotonic() < begun + seconds:
            some = chance.sample(range(count), int(count * CHANGES_A_MINUTE * STEP / 60))
            load.change(some)
            changes += len(some)
            time.sleep(STEP)
        share = (server.metrics().total("plumbago_rules_cpu_seconds_total") - used) / (time.monotonic() - begun)
        time.sleep(3 * STEP)
        found = list(delays(recorder).values())
        if len(found) - heard < changes * 0.99:
            sys.exit(f"of {changes} changes {len(found) - heard} were told")
        print(
            f"{RULES} rules of {SERIES_OF_RULE} series each, every {STEP} s: {100 * share:.1f} % of a core; {changes} changes, "
            f"told after {quantile(found, 0.5):.3f} s in the middle, p99 {quantile(found, 0.99):.3f} s, at most "
            f"{max(found):.3f} s; {len(recorder.accepted())} messages", flush=True,
        )
    finally:
        load.end()
        server.end()
        recorder.die()


def resident_mib(server):
    status = Path(f"/proc/{server.program.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def storm(folder):
    recorder = Recorder(free_ports(1)[0])
    rules = rules_of(folder, STORM_ALARMS // SERIES_OF_RULE, lambda _number: {})
    route = {"group_by": ["alertname"], "group_wait": "0s", "group_interval": "1m"}
    server = start(folder, rules, recorder, route)
    load = Load(server, STORM_ALARMS)
    try:
        time.sleep(2 * STEP + 5)
        begun, most = time.monotonic(), resident_mib(server)
        before = most
        for part in range(6):
            load.change(range(part, STORM_ALARMS, 6))
            time.sleep(STEP)
        told, end = set(), begun + STORM_MAX_SECONDS
        while time.monotonic() < end:
            most = max(most, resident_mib(server))
            told = {key[0] for key in delays(recorder) if key[2] == "firing"}
            listed = sum(one.body.get("truncatedAlerts", 0) for one in recorder.accepted())
            if len(told) + listed >= STORM_ALARMS:
                break
            time.sleep(1)
        took = time.monotonic() - begun
        metrics = server.metrics()
        withheld = int(metrics.total("plumbago_notifications_total", outcome="withheld"))
        print(
            f"{STORM_ALARMS} alarms in {STORM_ALARMS // SERIES_OF_RULE} groups: {len(told)} told by name and {listed} by number "
            f"in {len(recorder.accepted())} messages within {took:.0f} s, {withheld} messages withheld and counted; memory "
            f"{before:.0f} MiB before, at most {most:.0f} MiB", flush=True,
        )
        if len(told) + listed < STORM_ALARMS:
            sys.exit("not all was told")
    finally:
        load.end()
        server.end()
        recorder.die()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--step", choices=["live", "storm"], action="append")
    parser.add_argument("--seconds", type=int, default=180)
    arguments = parser.parse_args()
    for step in arguments.step or ["live", "storm"]:
        folder = Path(tempfile.mkdtemp(prefix="plumbago-alarms-", dir=os.environ.get("TMPDIR")))
        try:
            live(folder, arguments.seconds) if step == "live" else storm(folder)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
