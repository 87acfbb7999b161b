"""The first wide sum after a start, when none of the store's files is in the page cache."""
from time import perf_counter

from ask import median
from disk import evict
from steps.query import expect_sum, with_asker

REPEATS = 3


def cold(session):
    starts, times, spent, read_at_start, read = [], [], [], [], []
    for _ in range(REPEATS):
        evict(session.system.data)
        before = session.system.spent()
        starts.append(session.system.start())
        started = session.system.spent()
        times.append(with_asker(session, lambda asker: first_answer(session, asker)))
        spent.append(session.system.spent().since(started).cpu_seconds)
        read_at_start.append(started.since(before).read_bytes)
        read.append(session.system.spent().since(started).read_bytes)
        session.system.stop()
    session.add("cold start", median(starts), "s")
    session.add("cold start, read from disk", median(read_at_start) / 2**20, "MiB")
    session.add("wide sum, cold", median(times) * 1000, "ms")
    session.add("wide sum, cold, CPU", median(spent) * 1000, "ms")
    session.add("wide sum, cold, read from disk", median(read) / 2**20, "MiB")


def first_answer(session, asker):
    path = session.system.wide_path(session.scale.wide_glob, session.part)
    began = perf_counter()
    body = asker.get(path)
    took = perf_counter() - began
    expect_sum(session, body)
    return took
