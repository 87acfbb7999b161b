"""carbon's own aggregator from PyPI beside Plumbago: the same files, the same lines, at the same time.

Both are sent one stream in real time, late points included. What carbon passes on, the last value of each name and
timestamp, must be what Plumbago has stored, to the last bit.
"""
import io
import os
import socket
import tempfile
import time
import unittest
from pathlib import Path

from agents.tools import VENV, program
from carbon_rules.sink import Sink
from support.process import Program, free_ports, is_listening, wait_until
from support.server import Server
from support.wire import frames_to_points

SCHEMAS = "[all]\npattern = .*\nretentions = 1s:1h\n"

METHODS = ["sum", "avg", "min", "max", "p50", "p75", "p80", "p90", "p95", "p99", "p999", "count"]

AGGREGATION_RULES = "# every method, and what rules do to one another\n" + "".join(
    f"by.{method}.<env> ({1 + number % 5}) = {method} <env>.*.load\n" for number, method in enumerate(METHODS)
) + """\
shared (3) = sum prod.web*.load
shared (1) = avg test.web*.load
deep.<rest> (2) = max deep.<<rest>>
test.web1.own (1) = sum test.web1.own
part.<n> (1) = count prod.web<n>.load
slow (600) = count slow.load
never (1) = sum hidden.*
never (1) = sum early.*
"""

REWRITE_RULES = """\
[pre]
^early\\.(\\w+)\\. = prod.\\1.
_(\\d+) = -\\g<1>

[post]
\\.load$ = .load1
^by\\. = never-for-aggregates.
"""
BLACKLIST = "# what nobody wants\n^hidden\\.\n\\.tmp$\n"
WHITELIST = "load$\nown$\n^deep\nhidden\n"

CONFIG = """\
[aggregator]
USER =
LOG_DIR = {folder}
PID_DIR = {folder}
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {line}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = {pickle}
FORWARD_ALL = True
USE_WHITELIST = True
DESTINATIONS = 127.0.0.1:{sink}:a
REPLICATION_FACTOR = 1
MAX_QUEUE_SIZE = 100000
MAX_AGGREGATION_INTERVALS = 5
CARBON_METRIC_INTERVAL = 0
"""

SENDING_SECONDS = 12
HOSTS = ["prod.web1", "prod.web2", "prod.db_7", "test.web1", "early.web3", "hidden.web1"]


def lines_at(second, now):
    """What is sent in one second of the run; eighths and thirds, so that rounding shows."""
    lines = []
    for index, host in enumerate(HOSTS):
        for part in range(3):
            value = (index + 1) * 10 + second / 8 + part / 3
            lines.append((f"{host}.load", value, now))
    lines += [("deep.a.b.c", second, now), ("test.web1.own", second + 0.5, now), ("prod.web1.tmp", 1, now)]
    lines.append(("prod.web1.cpu", 1, now))
    if second % 3 == 2:
        # Late, but for a bucket that is open at every frequency; then so late that none is, each in a bucket of its own:
        # whether a forgotten one takes two points together depends on the moment.
        lines.append(("prod.web1.load", 1000 + second, now - 3))
        lines.append(("test.web1.load", 2000 + second, now - 2))
        lines.append(("prod.web2.load", 3000 + second, now - 100 - 10 * second))
    return b"".join(b"%s %r %d\n" % (name.encode(), value, timestamp) for name, value, timestamp in lines)


class BesideCarbon(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="plumbago-carbon-rules-"))
        self.files = {
            "--aggregation-rules": self.write("aggregation-rules.conf", AGGREGATION_RULES),
            "--rewrite-rules": self.write("rewrite-rules.conf", REWRITE_RULES),
            "--blacklist": self.write("blacklist.conf", BLACKLIST),
            "--whitelist": self.write("whitelist.conf", WHITELIST),
        }
        quiet = "[self_metrics]\nenabled = false\n[host_metrics]\nenabled = false\n"
        options = ["--config", self.write("plumbago.toml", quiet)]
        for flag, file in self.files.items():
            options += [flag, file]
        self.server = Server(self.folder, SCHEMAS, options=options)
        self.addCleanup(self.server.end)
        self.server.start()

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def start_carbon(self):
        self.sink = Sink()
        self.addCleanup(self.sink.close)
        line, pickle = free_ports(2)
        config = self.write(
            "carbon.conf", CONFIG.format(folder=self.folder, line=line, pickle=pickle, sink=self.sink.port)
        )
        python = program("python of carbon", VENV / "bin/python")
        aggregator = program("carbon-aggregator.py", VENV / "bin/carbon-aggregator.py")
        carbon = Program(
            [python, aggregator, f"--config={config}", f"--pidfile={self.folder}/aggregator.pid", "--debug", "start"],
            self.folder / "carbon-aggregator.log",
            {**os.environ, "GRAPHITE_ROOT": str(self.folder)},
            self.folder,
        )
        self.addCleanup(lambda: carbon.process.poll() is None and carbon.kill())
        carbon.wait_ready(lambda: is_listening(line) and is_listening(pickle), "does not listen")
        return line

    def carbons(self):
        """What carbon passed on: the last value of each name and timestamp."""
        points = {}
        for recording in self.sink.recorded():
            for name, timestamp, value in frames_to_points(recording):
                if not name.startswith("carbon."):
                    points.setdefault(name, {})[timestamp] = value
        return points

    def ours(self, start, end):
        found = self.server.stored(["*", "*.*", "*.*.*", "*.*.*.*"], start, end)
        return {name: slots for name, slots in found.items() if slots}

    def send(self, ports):
        """Sends the stream to both at once; answers the second in which it began."""
        connections = [socket.create_connection(("127.0.0.1", port)) for port in ports]
        began = int(time.time())
        for second in range(SENDING_SECONDS):
            wait_until(lambda second=second: time.time() >= began + second + 0.3, "the next second")
            lines = lines_at(second, began + second)
            for connection in connections:
                connection.sendall(lines)
        for connection in connections:
            connection.close()
        return began

    def test_the_same_points_at_the_same_timestamps(self):
        began = self.send([self.start_carbon(), self.server.plaintext])
        start, end = began - 300, began + SENDING_SECONDS
        # Once more than the longest frequency after the last point, both have given out everything.
        wait_until(lambda: time.time() > end + 7, "the last buckets")
        wait_until(lambda: self.ours(start, end) == self.carbons(), lambda: self.difference(start, end), 10)

        names = set(self.carbons())
        self.assertEqual({name.split(".")[1] for name in names if name.startswith("by.")}, set(METHODS))
        for expected in ("shared", "deep.a.b.c", "part.3", "prod.web3.load1", "prod.db-7.load1", "test.web1.own"):
            self.assertIn(expected, names)
        reasons = {}
        for refusal in self.server.rejected()["refused"]:
            reasons[refusal["reason"]] = refusal["count"]
        hidden = SENDING_SECONDS * 3 + SENDING_SECONDS
        self.assertEqual(reasons, {"blacklisted": hidden, "not_whitelisted": SENDING_SECONDS})

    def difference(self, start, end):
        ours, carbons = self.ours(start, end), self.carbons()
        lines = ["the same points; these differ:"]
        for name in sorted(set(ours) | set(carbons)):
            if ours.get(name) != carbons.get(name):
                lines.append(f"{name}\n  ours    {ours.get(name)}\n  carbon's {carbons.get(name)}")
        return "\n".join(lines)

    def test_open_buckets_outlive_a_stop_and_a_kill(self):
        slot = int(time.time()) // 600 * 600

        def send(count):
            self.server.feed(io.BytesIO(f"slow.load 1 {slot}\n".encode() * count))

        def restart_in_order():
            self.assertEqual(self.server.stop(), 0)
            self.server.start()
            return self.server.stored(["slow"], slot - 1, slot + 1).get("slow")

        send(5)
        self.assertEqual(restart_in_order(), {slot: 5}, "what is open is stored at a stop")
        send(2)
        saved = self.folder / "data/carbon-aggregates.json"
        wait_until(lambda: '"count":7' in saved.read_text(), "the bucket to be saved")
        self.server.kill()
        self.server.start()
        send(1)
        self.assertEqual(restart_in_order(), {slot: 8}, "all values are in one bucket")

    def test_a_changed_file_counts_by_itself_unless_it_is_wrong(self):
        def changes(outcome):
            return self.server.metrics().total("plumbago_carbon_rules_changes_total", outcome=outcome)

        def is_blacklisted(name):
            before = self.server.refused()
            self.server.feed(io.BytesIO(f"{name} 1 {int(time.time())}\n".encode()))
            return self.server.refused() > before

        self.assertFalse(is_blacklisted("gone.load"))
        self.files["--blacklist"].write_text("^gone\n")
        wait_until(lambda: changes("applied") == 1, "the change to count")
        self.assertTrue(is_blacklisted("gone.load"))
        self.files["--blacklist"].write_text("^gone\n(\n")
        self.files["--whitelist"].write_text("nothing\n")
        wait_until(lambda: changes("refused") == 1, "the fault to be seen")
        self.assertTrue(is_blacklisted("gone.load"))
        self.assertFalse(is_blacklisted("other.load"))
        self.assertIn("blacklist.conf:2: the line is skipped", self.server.log.read_text())
