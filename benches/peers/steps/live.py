"""Known series at a steady rate, as in daily use: what a point costs when the system is mostly waiting."""
from steps.fed import feed_and_stop, per_million


def live(session):
    system, rate = session.system, session.scale.live_rate
    part = session.next(rate * session.scale.seconds)
    system.start()
    system.settle()
    fed = feed_and_stop(system, part, rate=rate)
    note = f"{rate:,} points/s"
    session.add("live, CPU", per_million(fed.settled.cpu_seconds, part.points), "s a million points", note)
    session.add("live, CPU with a clean stop", per_million(fed.whole.cpu_seconds, part.points), "s a million points")
    session.add("live, bytes written", fed.settled.written_bytes / part.points, "bytes a point")
    session.add("live, bytes written with a clean stop", fed.whole.written_bytes / part.points, "bytes a point")
    session.add("live, longest delay of the sender", fed.report["late_seconds_max"], "s")
