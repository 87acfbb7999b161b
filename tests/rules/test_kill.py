"""`kill -9` again and again, while points come in each second and rules make series and events of them.

RULES_ROUNDS sets how often (8), RULES_SEED replays the moments of the kills.
"""
import json
import os
import random
import tempfile
import time
import unittest
from pathlib import Path

from rules.feed import SERIES, Feed
from support.process import wait_until
from support.server import Server

ROUNDS = int(os.environ.get("RULES_ROUNDS", "8"))
SEED = int(os.environ.get("RULES_SEED") or random.SystemRandom().randrange(2**32))
EVENT_DELAY_SECONDS = 4
SCHEMAS = "[all]\npattern = ^(src|derived)\\.\nretentions = 1s:1d\n"
RULES = f"""
groups:
  - name: series
    interval: 1s
    delay: 500ms
    rules:
      - record: derived.total
        expr: sumSeries(src.*)
      - record: derived.double
        expr: scale(derived.total, 2)
      - record: derived.smooth
        expr: movingAverage(derived.total, 5)
  - name: waves
    interval: 1s
    delay: {EVENT_DELAY_SECONDS}s
    rules:
      - event: "{{{{ node(1) }}}} is high"
        expr: src.*
        when: "> 9"
        kind: wave
"""


class Kill(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="plumbago-rules-"))
        rules = self.folder / "rules"
        rules.mkdir()
        (rules / "rules.yaml").write_text(RULES)
        self.server = Server(self.folder, SCHEMAS, options=("--rules", rules))
        self.addCleanup(self.server.end)

    def test_no_hole_and_nothing_twice(self):
        print(f"\n  {ROUNDS} rounds, RULES_SEED={SEED}")
        chance = random.Random(SEED)
        self.server.start()
        feed = Feed(self.server)
        for number in range(ROUNDS):
            time.sleep(chance.uniform(1, 4))
            self.kill(feed)
            if number % 3 == 2:
                # Dying while it catches up must be as harmless.
                self.server.spawn()
                time.sleep(chance.uniform(0, 0.6))
                self.kill(feed)
            time.sleep(chance.uniform(0, 0.5))
            self.server.start()
            if number % 2:
                self.assert_series(feed, max(feed.acknowledged, default=feed.start - 1))
        feed.end()
        self.assert_series(feed, max(feed.values))
        self.assert_smooth(feed)
        self.assert_events(feed)
        metrics = self.server.metrics()
        self.assertEqual(metrics.total("plumbago_config_ok"), 1)
        self.assertEqual(metrics.total("plumbago_rule_failures_total"), 0)
        self.assertEqual(metrics.total("plumbago_rule_late_points_not_recomputed_total"), 0)

    def kill(self, feed):
        """Kills the server, but not before late points had a second to be noted: that much docs/rules-engine.md asks for."""
        while True:
            with feed.late_lock:
                if time.time() > feed.late_at + 1:
                    return self.server.kill()
            time.sleep(0.05)

    def assert_series(self, feed, last):
        """Every slot up to `last` holds what the source says, soon."""
        total = {slot: float(sum(feed.values[slot])) for slot in range(feed.start, last + 1)}
        double = {slot: 2 * value for slot, value in total.items()}
        names = ["derived.total", "derived.double"]
        expected = dict(zip(names, (total, double))) if total else {}

        def found():
            stored = self.server.stored(names, feed.start, last) if total else {}
            return {name: slots for name, slots in stored.items() if slots}

        try:
            wait_until(lambda: found() == expected, "derived series are as their source", 30)
        except AssertionError:
            self.assertEqual(found(), expected)

    def assert_smooth(self, feed):
        """A record of a record with a window is as if it were computed from the source."""
        first, last = feed.start + 5, max(feed.values)
        target = "movingAverage(sumSeries(src.*),5)"

        def both():
            [computed] = self.server.stored([target], first, last).values()
            return self.server.stored(["derived.smooth"], first, last).get("derived.smooth"), computed

        try:
            wait_until(lambda: len(set(map(str, both()))) == 1, "the smooth series is as its source", 30)
        except AssertionError:
            self.assertEqual(*both())

    def assert_events(self, feed):
        """One event a wave; where all points came before they were read, with exactly its times."""
        waves = [(f"src.s{number}", *wave) for number in range(SERIES) for wave in feed.waves(number)]
        self.assertGreater(len(waves), SERIES)
        wait_until(
            lambda: len(self.events()) >= len(waves) and all(end for *_, end in self.events()),
            lambda: f"{len(waves)} events are stored and over, found {self.events()}",
            30,
        )
        events = sorted(self.events())
        self.assertEqual(len(events), len(waves), f"{events} of {sorted(waves)}")
        exact = 0
        for (series, start, end), wave in zip(events, sorted(waves)):
            self.assertEqual(series, wave[0])
            self.assertTrue(wave[1] <= start < wave[2] <= end, f"{series} {start}..{end} of {wave}")
            if feed.came_within(wave[1], wave[2], EVENT_DELAY_SECONDS - 1):
                self.assertEqual((series, start, end), wave)
                exact += 1
        print(f"  {len(events)} events, {exact} of them to the second; {len(feed.values)} seconds", flush=True)

    def events(self):
        """Series, first second and last one of each event; 0 where it goes on."""
        answer = json.loads(self.server.get("/api/v1/events?q=kind:wave&limit=1000"))
        return [
            (event["series"], event["start_ms"] // 1000, (event["end_ms"] or 0) // 1000)
            for event in answer["events"]
        ]
