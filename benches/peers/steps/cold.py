"""The first wide sum after a start, when none of the store's files is in the page cache."""
from time import perf_counter

from ask import median
from disk import evict
from steps.query import expect_sum, with_asker

REPEATS = 3


def cold(session):
    starts, times, spent, read = [], [], [], []
    for _ in range(REPEATS):
        evict(session.system.data)
        starts.append(session.system.start())
        before = session.system.spent()
        times.append(with_asker(session, lambda asker: first_answer(session, asker)))
        after = session.system.spent().since(before)
        spent.append(after.cpu_seconds)
        read.append(after.read_bytes)
        session.system.stop()
    session.add("cold start", median(starts), "s")
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
