"""`kill -9` under a steady rate: how long the next start takes, and which of the points received are gone."""
import time

from load import Feed, check, expect_whole

SECONDS_BEFORE = 20


def kill(session):
    system, rate = session.system, session.scale.kill_rate
    if session.kind.series_max < session.full_scale.series:
        rate = session.scale.live_rate
    seconds = min(SECONDS_BEFORE, session.scale.seconds)
    system.start()
    system.settle()
    baseline = system.received()
    part = session.next(2 * rate * seconds)
    feed = Feed(part, system.plaintext, rate=rate)
    time.sleep(seconds)
    counted = system.received()
    system.kill()
    sent = feed.report()["points"]
    received = sent if counted is None else counted - baseline

    session.add("start after kill -9", system.start(), "s")
    system.settle()
    present = check(part, system)["present"]
    note = f"of {received:,} {'sent' if counted is None else 'counted'} at {rate:,}/s"
    session.add("points lost to kill -9", max(0, received - present), "", note)
    session.add("lost to kill -9, as time", max(0, received - present) / rate, "s")
    expect_whole(session.part, system, every=4)
    system.stop()
