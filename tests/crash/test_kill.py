"""`kill -9` during full-speed ingest, again and again on one directory; then a clean stop.

CRASH_ROUNDS sets how often (20), CRASH_SEED replays the moments of the kills.
"""
import os
import random
import tempfile
import time
import unittest
from pathlib import Path

from crash.load import Load
from crash.proof import Evidence, check, check_again, counters
from crash.sequence import NOW, SCHEMAS
from support.process import wait_until
from support.server import Server

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "20"))
SEED = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(2**32))
# One connection a listener makes the counter an exact statement; several make the writers contend.
MIXES = (
    {"streams": 1, "bursts": 0, "pickles": 1, "datagrams": 1},
    {"streams": 3, "bursts": 2, "pickles": 2, "datagrams": 0},
    {"streams": 0, "bursts": 4, "pickles": 0, "datagrams": 1},
)


class Kill(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="plumbago-kill-"))
        self.server = Server(self.folder, SCHEMAS, clock=NOW)
        self.addCleanup(self.server.end)

    def test_every_point_counted_as_received_survives_kill_9(self):
        print(f"\n  {ROUNDS} rounds, CRASH_SEED={SEED}")
        chance = random.Random(SEED)
        kept = []
        self.server.start()
        for number in range(ROUNDS):
            there = self.kill_once(number, chance)
            if kept:
                check_again(self, self.server, chance.sample(kept, min(5, len(kept))))
            kept += there
        check_again(self, self.server, kept)

        self.assertEqual(self.server.stop(), 0, self.server.program.tail())
        self.server.start()
        check_again(self, self.server, kept)
        self.assert_verified()

    def kill_once(self, number, chance):
        """One round: load, evidence, kill, restart, proof. Leaves the server running."""
        goal = chance.randrange(20_000, 300_000)
        before = counters(self.server)
        load = Load(self.server, f"crash.r{number:02}", **MIXES[number % len(MIXES)])
        wait_until(
            lambda: sum(counters(self.server).values()) - sum(before.values()) >= goal,
            lambda: self.server.program.describe(f"has not received {goal} points"),
        )
        evidence = Evidence(self.server, load, before)
        self.server.kill()
        load.end()
        if number % 4 == 3:
            # Dying while it recovers must be as harmless.
            self.server.spawn()
            time.sleep(chance.uniform(0, 0.3))
            self.server.kill()
        self.server.start()
        there = check(self, self.server, evidence)
        self.assert_verified()
        print(f"  round {number + 1}: {evidence.total()} points counted, {sum(sum(p) for _, p in there)} there", flush=True)
        return there

    def assert_verified(self):
        status, output = self.server.verify()
        self.assertEqual(status, 0, f"plumbago verify: {output}")
