#!/usr/bin/env python3
"""What rules cost: `benches/rules/run.py [--step backtest|live] [--seconds N]`.

`backtest`: stores 30 days of 1,000 series at steps of a minute, stops the server, and times `plumbago rules backtest` of
one rule over that directory, three times. `live`: 1,000 record rules of 100 series each over 100,000 series at steps of
ten seconds; after a minute it reads for --seconds what the rules' thread used of a core, and the greatest lag that
/api/v1/rules showed. Both run the release binary (PLUMBAGO names another one), and fail when a count is wrong.
"""
import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from support.server import BINARY, Server  # noqa: E402

NOW = 1_710_504_000
DAYS, SERIES = 30, 1000
RULES, SERIES_OF_RULE = 1000, 100
SCHEMAS_MINUTE = "[all]\npattern = .*\nretentions = 60s:40d\n"
SCHEMAS_TEN = "[all]\npattern = .*\nretentions = 10s:1d\n"


def history():
    """Lines of all series, an hour at a time."""
    names = [f"web.s{number}.hits" for number in range(SERIES)]
    slots = DAYS * 1440
    for hour in range(slots // 60):
        lines = []
        for number, name in enumerate(names):
            start = NOW - 60 * slots + 3600 * hour
            lines += [f"{name} {(hour * 7 + minute * number) % 1000} {start + 60 * minute}\n" for minute in range(60)]
        yield "".join(lines).encode()


def backtest(folder):
    server = Server(folder, SCHEMAS_MINUTE, clock=NOW)
    server.start()
    begun = time.monotonic()
    for piece in history():
        server.feed(io.BytesIO(piece))
    points = server.received("plaintext")
    if points != DAYS * 1440 * SERIES:
        sys.exit(f"{points} points were stored")
    server.stop()
    print(f"{points} points stored in {time.monotonic() - begun:.0f} s", flush=True)
    for expression in ["sumSeries(web.*.hits)", "scale(web.*.hits, 2)"]:
        rules = Path(folder) / "rules.yaml"
        record = "all.hits" if expression.startswith("sum") else "twice.{{ node(1) }}.hits"
        rules.write_text(json.dumps({"groups": [{"name": "g", "rules": [{"record": record, "expr": expression}]}]}))
        took = []
        for _ in range(3):
            command = [BINARY, "rules", "backtest", rules, "--from", f"-{DAYS}d", "--json", "--data-dir", server.data,
                       "--clock", f"fixed:{NOW}", "--storage-schemas", Path(folder) / "storage-schemas.conf"]
            begun = time.monotonic()
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            took.append(time.monotonic() - begun)
        account = json.loads(done.stdout)
        expected = DAYS * 1440 * (1 if expression.startswith("sum") else SERIES)
        if not expected * 0.999 <= account["points"] <= expected:
            sys.exit(f"{expression}: {account['points']} points, expected {expected}")
        shown = ", ".join(f"{seconds:.2f}" for seconds in sorted(took))
        print(f"backtest of {expression} over {DAYS} days of {SERIES} series: {shown} s", flush=True)


def thread_seconds(pid, name):
    """User and system time of the thread with this name."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    sys.exit(f"there is no thread {name}")


def live(folder, seconds):
    rules = Path(folder) / "rules"
    rules.mkdir()
    made = [{"record": f"sum.r{number}", "expr": f"sumSeries(web.r{number}.*.hits)"} for number in range(RULES)]
    (rules / "live.yaml").write_text(json.dumps({"groups": [{"name": "g", "delay": "5s", "rules": made}]}))
    server = Server(folder, SCHEMAS_TEN, options=["--rules", rules])
    server.start()
    names = [f"web.r{rule}.s{number}.hits" for rule in range(RULES) for number in range(SERIES_OF_RULE)]
    lag, measured, used, begun = 0.0, 0, 0.0, None
    end = time.time() + 60 + seconds
    try:
        while time.time() < end:
            slot = int(time.time()) // 10 * 10
            server.feed(io.BytesIO("".join(f"{name} {slot % 1000} {slot}\n" for name in names).encode()))
            if begun is None and time.time() > end - seconds:
                begun, used = time.monotonic(), thread_seconds(server.program.process.pid, "rules")
            while time.time() < slot + 10:
                time.sleep(0.5)
                if begun is not None:
                    groups = json.loads(server.get("/api/v1/rules"))["data"]["groups"]
                    lag = max([lag] + [group["lag"] for group in groups if group["file"] == "live.yaml"])
                    measured += 1
        share = (thread_seconds(server.program.process.pid, "rules") - used) / (time.monotonic() - begun)
        groups = json.loads(server.get("/api/v1/rules"))["data"]["groups"]
        rules = [rule for group in groups if group["file"] == "live.yaml" for rule in group["rules"]]
        if any(rule["results"] != 1 or rule["failures"] for rule in rules):
            sys.exit("a rule has no result")
        print(f"{RULES} rules of {SERIES_OF_RULE} series each, every 10 s: {100 * share:.1f} % of a core, greatest lag "
              f"{lag:.2f} s in {measured} looks", flush=True)
    finally:
        server.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--step", choices=["backtest", "live"], action="append")
    parser.add_argument("--seconds", type=int, default=120)
    arguments = parser.parse_args()
    for step in arguments.step or ["backtest", "live"]:
        folder = tempfile.mkdtemp(prefix="plumbago-rules-")
        try:
            backtest(folder) if step == "backtest" else live(folder, arguments.seconds)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
