"""The load at full speed in the usual order, creation of the series included; then a clean stop and a start."""
from load import expect_whole
from steps.fed import feed_and_stop, per_million


def ingest(session):
    system, part = session.system, session.part
    system.start()
    system.settle()
    fed = feed_and_stop(system, part)
    session.add("ingest, CPU until it rests", per_million(fed.settled.cpu_seconds, part.points), "s a million points")
    session.add("ingest, CPU with a clean stop", per_million(fed.whole.cpu_seconds, part.points), "s a million points")
    session.add("ingest, wall", fed.report["seconds"], "s")
    session.add("ingest, rate", part.points / fed.report["seconds"], "points/s")
    session.add("ingest, peak RSS", fed.whole.peak_bytes / 2**20, "MiB")
    session.add("ingest, bytes written", fed.whole.written_bytes / part.points, "bytes a point")
    session.add("points checked", fed.check["points"], "")
    session.add("points that lost digits", fed.check["nearly"], "")
    session.add("disk after a clean stop", system.disk_bytes() / part.points, "bytes a point")
    session.add("start after a clean stop", system.start(), "s")
    expect_whole(part, system, every=16)
    system.stop()
