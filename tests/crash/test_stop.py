"""SIGTERM: the server drains, seals its hot window into segments and leaves no write-ahead log behind."""
import tempfile
import unittest
from pathlib import Path

from crash.load import BURST_POINTS, Load
from crash.proof import Evidence, check, check_again, counters
from crash.sequence import NOW, SCHEMAS
from support.process import wait_until
from support.server import Server

GOAL_POINTS = 100_000


class Stop(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="plumbago-stop-"))
        self.server = Server(self.folder, SCHEMAS, clock=NOW)
        self.addCleanup(self.server.end)

    def log_files(self):
        return sorted(path.name for path in (self.server.data / "wal").rglob("*") if path.is_file())

    def replayed(self):
        return self.server.metrics().total("plumbago_replayed_points_total")

    def test_a_stop_during_ingest_seals_everything_and_the_next_start_replays_nothing(self):
        self.server.start()
        before = counters(self.server)
        load = Load(self.server, "stop", streams=2, bursts=2, pickles=1, datagrams=1)
        wait_until(
            lambda: sum(counters(self.server).values()) >= GOAL_POINTS and len(load.acknowledged()) >= 2,
            f"{GOAL_POINTS} points received, and two bursts of {BURST_POINTS} acknowledged",
        )
        self.assertTrue(self.log_files(), "the write-ahead log is where this test looks for it")
        evidence = Evidence(self.server, load, before)
        self.assertEqual(self.server.stop(), 0, self.server.program.tail())
        load.end()
        self.assertEqual(self.log_files(), [], "files of the write-ahead log after a clean stop")

        self.server.start()
        self.assertEqual(self.replayed(), 0)
        there = check(self, self.server, evidence)
        self.assertEqual(self.server.verify()[0], 0)

        self.assertEqual(self.server.stop(), 0, self.server.program.tail())
        self.server.start()
        check_again(self, self.server, there)

    def test_points_are_replayed_after_a_kill_once_and_not_after_the_stop_that_follows(self):
        self.server.start()
        before = counters(self.server)
        load = Load(self.server, "replay", streams=0, bursts=1, pickles=0, datagrams=0)
        wait_until(load.acknowledged, f"a burst of {BURST_POINTS} acknowledged")
        load.end()
        evidence = Evidence(self.server, load, before)
        self.server.kill()

        self.server.start()
        self.assertGreaterEqual(self.replayed(), BURST_POINTS)
        check(self, self.server, evidence)
        self.assertEqual(self.server.stop(), 0, self.server.program.tail())
        self.assertEqual(self.log_files(), [], "files of the write-ahead log after a clean stop")

        self.server.start()
        self.assertEqual(self.replayed(), 0)
        check(self, self.server, evidence)
