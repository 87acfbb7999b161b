"""What dashboards ask, from the page cache, again and again on one connection: sums and groups of about 10,000 series,
and about 1,000 series smoothed and ranked, and as they are."""
import math

from ask import Asker, median, quantile, timed
from load import expected_sum

WARM_UPS = 3
CLOSE = 1e-9
RANKED = 5


def query(session):
    session.system.start()
    session.system.settle()
    with_asker(session, lambda asker: ask_all(session, asker))
    session.system.stop()


def with_asker(session, action):
    asker = Asker(session.system.http)
    try:
        return action(asker)
    finally:
        asker.close()


def ask_all(session, asker):
    system, scale, part = session.system, session.scale, session.part
    wide, narrow = expected_sum(part, scale.wide_glob), expected_sum(part, scale.narrow_glob)
    warm(session, asker, f"{wide['series']:,} series")
    note = f"{narrow['series']:,} series"
    measure(
        session, asker, "wide groups", system.groups_path(scale.wide_glob, part),
        lambda body: expect_total(session, body, wide), f"{wide['series']:,} series",
    )
    measure(
        session, asker, "smoothed and ranked", system.ranked_path(scale.narrow_glob, part),
        lambda body: expect_count(session, body, min(RANKED, narrow["series"])), note,
    )
    measure(
        session, asker, "raw series", system.raw_path(scale.narrow_glob, part),
        lambda body: (expect_count(session, body, narrow["series"]), expect_total(session, body, narrow)), note,
    )


def warm(session, asker, note):
    path = session.system.wide_path(session.scale.wide_glob, session.part)
    measure(session, asker, "wide sum", path, lambda body: expect_sum(session, body), note)


def measure(session, asker, name, path, expect, note):
    """The first answers are checked; then the clock runs."""
    system = session.system
    for _ in range(WARM_UPS):
        expect(asker.get(path))
    before = system.spent()
    times = timed(lambda: asker.get(path))
    spent = system.spent().since(before)
    session.add(f"{name}, median", median(times) * 1000, "ms", note)
    session.add(f"{name}, p99", quantile(times, 0.99) * 1000, "ms")
    session.add(f"{name}, CPU", spent.cpu_seconds / len(times) * 1000, "ms")


def expect_sum(session, body):
    """Fails unless the answer is one series with every step, and its values sum up to what was sent."""
    expect_count(session, body, 1)
    wanted = expected_sum(session.part, session.scale.wide_glob)
    (values,) = session.system.all_values(body)
    if len(values) != wanted["points"]:
        raise AssertionError(f"{session.name} answers {len(values)} points, not {wanted}")
    expect_total(session, body, wanted)


def expect_count(session, body, count):
    found = len(session.system.all_values(body))
    if found != count:
        raise AssertionError(f"{session.name} answers {found} series, not {count}")


def expect_total(session, body, wanted):
    """Fails unless all values sum up to what was sent."""
    total = math.fsum(value for values in session.system.all_values(body) for value in values)
    if not math.isclose(total, wanted["total"], rel_tol=CLOSE):
        raise AssertionError(f"{session.name} answers values of {total} in sum, not {wanted}")
