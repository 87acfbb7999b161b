"""Disk after everything that can be merged has been; then every point is compared once more."""
from load import expect_whole
from steps.fed import per_million


def compact(session):
    system, part = session.system, session.part
    if "compact" in session.kind.can:
        cpu_seconds = system.compact()
        session.add("full merge, CPU", per_million(cpu_seconds, part.points), "s a million points")
        session.add("disk after a full merge", system.disk_bytes() / part.points, "bytes a point")
        system.start()
        check = expect_whole(part, system)
        session.add("points that lost digits after a full merge", check["nearly"], "")
        system.stop()
    else:
        session.cannot("disk after a full merge", "bytes a point", "its files have one size")
