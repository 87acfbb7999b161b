"""Readers and writers together: what each costs the other.

The wide sum over the load proper is asked for alone, and while points come in at a steady rate. Then the same number of
points is sent at full speed, alone, and while the wide sum is asked for again and again.
"""
from ask import median, timed
from load import Feed, expect_whole
from steps.query import expect_sum, with_asker

FULL_SPEED_SECONDS_OF_RATE = 5


def mixed(session):
    system, rate, seconds = session.system, session.scale.mixed_rate, min(session.scale.seconds, 15)
    if session.kind.series_max < session.full_scale.series:
        rate = session.scale.live_rate
    path = system.wide_path(session.scale.wide_glob, session.part)
    system.start()
    system.settle()
    with_asker(session, lambda asker: expect_sum(session, asker.get(path)))

    alone = with_asker(session, lambda asker: timed(lambda: asker.get(path)))
    part = session.next(rate * seconds)
    feed = Feed(part, system.plaintext, rate=rate)
    beside = with_asker(session, lambda asker: asked_during(feed, lambda: asker.get(path)))
    report = feed.report()
    note = f"{rate:,} points/s"
    session.add("wide sum alone, median", median(alone) * 1000, "ms")
    session.add("wide sum beside writers, median", median(beside) * 1000, "ms", note)
    session.add("longest delay of a writer beside readers", report["late_seconds_max"], "s", note)
    system.settle()
    expect_whole(part, system)

    speeds = [full_speed(session, path, rate, asking) for asking in (False, True)]
    session.add("full speed alone", speeds[0], "points/s")
    session.add("full speed beside readers", speeds[1], "points/s")
    system.stop()


def asked_during(feed, ask):
    """Seconds of each call as long as the feed runs; at least one."""
    times = []
    while feed.is_running() or not times:
        times += timed(ask, count_max=1)
    return times


def full_speed(session, path, rate, asking):
    """Points a second that are taken, with a reader that never rests or without."""
    part = session.next(rate * FULL_SPEED_SECONDS_OF_RATE)
    feed = Feed(part, session.system.plaintext)
    if asking:
        with_asker(session, lambda asker: asked_during(feed, lambda: asker.get(path)))
    report = feed.report()
    session.system.settle()
    expect_whole(part, session.system)
    return part.points / report["seconds"]

