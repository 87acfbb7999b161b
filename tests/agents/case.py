"""The frame of an agent's test: a server, a folder, taps, and the comparison at the end."""
import tempfile
import time
import unittest
from pathlib import Path

from support.process import Program, wait_until
from support.server import Server
from support.tap import Tap
from support.wire import slots

SCHEMAS = """\
[fine]
pattern = ^fine\\.
retentions = 1s:1h

[rest]
pattern = .*
retentions = 10s:1d,1m:30d
"""
STEPS_SECONDS = {"fine": 1, "rest": 10}


class AgentTest(unittest.TestCase):
    """Everything that a test starts ends with it; `folder` is removed when it passed."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="plumbago-agent-"))
        self.server = Server(self.folder, SCHEMAS)
        self.addCleanup(self.server.end)
        self.server.start()

    def tap(self, port):
        tap = Tap(port)
        self.addCleanup(tap.close)
        return tap

    def agent(self, name, arguments, environment=None):
        program = Program(arguments, self.folder / f"{name}.log", environment, self.folder)
        self.addCleanup(lambda: program.process.poll() is None and program.kill())
        return program

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def wait_received(self, listener, count):
        """Until the server has counted `count` points of a listener; more than that is a fault."""
        wait_until(
            lambda: self.server.received(listener) >= count,
            lambda: f"{listener} received {self.server.received(listener)} of {count} points",
        )
        self.assertEqual(self.server.received(listener), count, f"points counted on {listener}")

    def assert_stored(self, points):
        """Every series sent holds exactly the points sent, no more, each equal to the last bit."""
        self.assertTrue(points, "the agent sent nothing")
        # collectd and statsd round the time up as well as down, and a query sees nothing later than its now.
        newest = max(timestamp for _, timestamp, _ in points)
        wait_until(lambda: time.time() > newest, f"the clock to reach {newest}")
        fine = [point for point in points if point[0].startswith("fine.")]
        rest = [point for point in points if not point[0].startswith("fine.")]
        for group, step in ((fine, STEPS_SECONDS["fine"]), (rest, STEPS_SECONDS["rest"])):
            expected = slots(group, step)
            names = sorted(expected)
            for first in range(0, len(names), 50):
                self.assert_slots(expected, names[first : first + 50])

    def assert_slots(self, expected, names):
        known = [slot for name in names for slot in expected[name]]
        stored = self.server.stored(names, min(known), max(known))
        for name in names:
            self.assertEqual(stored.get(name), expected[name], name)

    def assert_nothing_refused(self):
        self.assertEqual(self.server.refused(), 0, f"refused points: {self.server.rejected()}")
