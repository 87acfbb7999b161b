"""`/metrics/find` with seven shapes of globs, after `/metrics/expand` has shown that the right series are found."""
from ask import median, quantile, timed
from load import expected_sum
from scale import FIND_SHAPES
from steps.query import with_asker


def find(session):
    session.system.start()
    session.system.settle()
    with_asker(session, lambda asker: all_shapes(session, asker))
    session.system.stop()


def all_shapes(session, asker):
    system = session.system
    slowest = []
    for shape, glob in FIND_SHAPES:
        path = system.find_path(glob)
        wanted = expected_sum(session.part, glob)["series"]
        found = system.expand_count(asker.get(system.expand_path(glob)))
        if found != wanted:
            session.cannot(f"find, {shape}, median", "ms", f"{session.name} finds {found} of {wanted}")
            continue
        before = system.spent()
        times = timed(lambda: asker.get(path), seconds_max=3)
        cpu_seconds = system.spent().since(before).cpu_seconds / len(times)
        session.add(f"find, {shape}, median", median(times) * 1000, "ms", f"{wanted:,} found")
        session.add(f"find, {shape}, CPU", cpu_seconds * 1000, "ms")
        slowest.append(quantile(times, 0.99))
    session.add("find, the slowest shape's p99", max(slowest) * 1000, "ms")
