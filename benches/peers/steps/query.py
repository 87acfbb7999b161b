"""The sum over about 10,000 series, from the page cache, again and again on one connection."""
import math

from ask import Asker, median, quantile, timed
from load import expected_sum

WARM_UPS = 3
CLOSE = 1e-9


def query(session):
    system = session.system
    system.start()
    system.settle()
    series = expected_sum(session.part, session.scale.wide_glob)["series"]
    with_asker(session, lambda asker: warm(session, asker, f"{series:,} series"))
    system.stop()


def with_asker(session, action):
    asker = Asker(session.system.http)
    try:
        return action(asker)
    finally:
        asker.close()


def warm(session, asker, note):
    system = session.system
    path = system.wide_path(session.scale.wide_glob, session.part)
    for _ in range(WARM_UPS):
        expect_sum(session, asker.get(path))
    before = system.spent()
    times = timed(lambda: asker.get(path))
    spent = system.spent().since(before)
    session.add("wide sum, median", median(times) * 1000, "ms", note)
    session.add("wide sum, p99", quantile(times, 0.99) * 1000, "ms")
    session.add("wide sum, CPU", spent.cpu_seconds / len(times) * 1000, "ms")


def expect_sum(session, body):
    """Fails unless the answer has every step, and its values sum up to what was sent."""
    wanted = expected_sum(session.part, session.scale.wide_glob)
    values = session.system.wide_values(body)
    if len(values) != wanted["points"] or not math.isclose(sum(values), wanted["total"], rel_tol=CLOSE):
        raise AssertionError(f"{session.name} answers {len(values)} points, in sum {sum(values)}, not {wanted}")
