#!/usr/bin/env python3
"""100,000 points a second for SECONDS, with churn, queries, expiry and merges; then everything is read back.

One line a minute, a table at the end. Exits 1 when a point is missing or wrong, when memory or files have grown, or
when one of the things that a long run is for has not happened.
"""
import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "benches/peers")]

from ask import quantile
from load import Feed, expect_whole
from soak.judge import judge
from soak.plan import COARSE_SECONDS, COARSE_STEP_SECONDS, LONG_SECONDS, ROLLED_UP_RACK, Plan, clipped
from soak.watch import Reader, Sampler
from support.server import Server

# The next era's sender is started so much earlier: it has to walk its values to where they begin.
AHEAD_SECONDS = 12
REPORT_SECONDS = 60
# What is this old has certainly arrived.
SETTLED_SECONDS = 5
# Leaves time to read before what is read expires.
MARGIN_SECONDS = 20
RACKS = 48
MIB = 2**20
# Counters of what a long run is for.
HAPPENS = ("flushes", "merges", "segments_expired")


class Soak:
    def __init__(self, seconds, series, is_rolled_up):
        self.folder = Path(tempfile.mkdtemp(prefix="plumbago-soak-"))
        first = (int(time.time()) + AHEAD_SECONDS) // COARSE_STEP_SECONDS * COARSE_STEP_SECONDS
        self.plan = Plan(first, seconds, series, is_rolled_up)
        self.server = Server(self.folder, self.plan.schemas())
        self.server.start()
        self.asked = SimpleNamespace(http=self.server.http, dialect="graphite", name="plumbago")
        self.feeds = []
        self.checked_points = 0
        self.racks = 0

    def run(self):
        sampler, reader = Sampler(self.server), None
        next_report = self.plan.start + REPORT_SECONDS
        end = self.plan.start + self.plan.seconds // self.plan.era_seconds * self.plan.era_seconds
        while time.time() < end:
            time.sleep(0.5)
            self.start_due_feeds()
            sampler.check()
            if reader is None and time.time() > self.plan.start + SETTLED_SECONDS:
                reader = Reader(self.server)
            if time.time() >= next_report:
                self.check_recent()
                self.report(next_report - self.plan.start, sampler, reader)
                next_report += REPORT_SECONDS
        sent = [feed.report() for feed in self.feeds]
        reader.finish()
        sampler.finish()
        return sent, sampler.samples, reader.seconds

    def start_due_feeds(self):
        for era in self.plan.eras()[len(self.feeds) :]:
            if era.first_time - AHEAD_SECONDS > time.time():
                return
            self.feeds.append(Feed(era, self.server.plaintext, rate=self.plan.series, in_time=True))

    def check_recent(self):
        """One rack's last minutes, at the fine step; the racks take turns."""
        self.check_fine(self.racks % RACKS, int(time.time()) - SETTLED_SECONDS)
        self.racks += 1

    def check_fine(self, rack, until):
        self.check(rack, int(time.time()) - self.plan.fine_seconds + MARGIN_SECONDS, until)

    def check(self, rack, first_time, last_time, **options):
        for era in self.plan.eras():
            part = clipped(era, first_time, last_time)
            if part is not None:
                report = expect_whole(part, self.asked, every=RACKS, first_rack=rack, **options)
                self.checked_points += report["points"]

    def check_all(self):
        """Everything that is still in an archive: the last minutes at the fine step, what is rolled up as averages.

        Reading takes time, and what is read grows older: each rack is asked for what is fine at its turn. What has left
        the fine archive by then is old enough for the coarse one when that is read.
        """
        for rack in range(RACKS):
            self.check_fine(rack, int(time.time()))
        if not self.plan.is_rolled_up:
            return
        now = int(time.time())
        # Asked for from so far back, an answer comes from the coarse archive.
        until = now - self.plan.fine_seconds - COARSE_STEP_SECONDS
        first = now - COARSE_SECONDS + MARGIN_SECONDS
        self.check(ROLLED_UP_RACK, first, until, average_of=COARSE_STEP_SECONDS)

    def metric(self, name):
        return int(self.server.metrics().total(f"plumbago_{name}"))

    def report(self, elapsed, sampler, reader):
        sample = sampler.samples[-1]
        print(
            f"{elapsed:5d} s  received {self.server.received('plaintext'):,}  series {self.metric('series'):,}"
            f"  RSS {sample.memory / MIB:.0f} MiB  disk {sample.disk / MIB:.0f} MiB  files {sample.files}"
            f"  segments {self.metric('segments')}  queries {len(reader.seconds):,}"
            f" (p99 {quantile(reader.seconds, 0.99) * 1000:.0f} ms)  checked {self.checked_points:,}",
            flush=True,
        )

    def summary(self, sent, samples, times):
        """The table, and whether all is well."""
        seconds = self.plan.seconds
        received, refused = self.server.received("plaintext"), self.server.refused()
        points = sum(report["points"] for report in sent)
        rows = [
            ("points sent", f"{points:,}", points == self.plan.points() and all(one["acknowledged"] for one in sent)),
            ("points received", f"{received:,}", received == points),
            ("points refused", f"{refused:,}", refused == 0),
            ("points read back and compared", f"{self.checked_points:,}", self.checked_points > 0),
            ("longest delay of the sender", f"{max(one['late_seconds_max'] for one in sent):.2f} s", True),
            ("queries", f"{len(times):,}, p99 {quantile(times, 0.99) * 1000:.0f} ms", True),
        ]
        for name in HAPPENS:
            count = self.metric(f"{name}_total")
            rows.append((name.replace("_", " "), f"{count:,}", count > 0 or seconds < LONG_SECONDS))
        for name, unit, by in (("memory", "MiB", MIB), ("disk", "MiB", MIB), ("files", "", 1), ("descriptors", "", 1)):
            verdict = judge([getattr(sample, name) / by for sample in samples], seconds)
            words = f"{verdict.first:.0f} to {verdict.last:.0f} {unit}, peak {verdict.peak:.0f}: {verdict.words()}"
            rows.append((name, words, verdict.is_flat is not False))
        return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3600, help="how long points are sent; at least 60")
    parser.add_argument("--series", type=int, default=100_000, help="series at a time, and points a second")
    parser.add_argument("--roll-up", action="store_true", help="roll one rack up as well; its archive grows for a day")
    chosen = parser.parse_args()
    if chosen.seconds < 60 or chosen.series < 10_000:
        parser.error("less than 60 seconds or 10,000 series is no long run")
    soak = Soak(chosen.seconds, chosen.series, chosen.roll_up)
    try:
        sent, samples, times = soak.run()
        soak.check_all()
        rows = soak.summary(sent, samples, times)
        rows.append(("clean stop", "", soak.server.stop() == 0))
        rows.append(("plumbago verify", "", soak.server.verify()[0] == 0))
    finally:
        soak.server.end()
        for feed in soak.feeds:
            feed.process.kill()
    for name, value, is_well in rows:
        print(f"{name:32} {value:44} {'ok' if is_well else 'FAILED'}")
    failed = sum(not is_well for *_, is_well in rows)
    print(f"{len(rows) - failed} passed, {failed} failed")
    if failed:
        print(f"its log and data: {soak.folder}")
    else:
        shutil.rmtree(soak.folder)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
