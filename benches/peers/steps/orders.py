"""The same points in random order, as pickles, and with tagged names: each into a new, empty store."""
from steps.fed import feed_and_stop, per_million


def orders(session):
    variant(session, "random order", session.part, order="random")
    if "pickle" in session.kind.can:
        variant(session, "pickle", session.part, wire="pickle")
    else:
        session.cannot("pickle, CPU with a clean stop", "s a million points", "takes no pickles")
    if "tagged" in session.kind.can:
        variant(session, "tagged", session.as_tagged())
    else:
        session.cannot("tagged, CPU with a clean stop", "s a million points", "tags need a registration of their own")


def variant(session, name, part, **options):
    system = session.kind()
    try:
        system.start()
        system.settle()
        to = system.pickle if options.get("wire") == "pickle" else None
        fed = feed_and_stop(system, part, to, **options)
        session.add(f"{name}, CPU with a clean stop", per_million(fed.whole.cpu_seconds, part.points), "s a million points")
        session.add(f"{name}, rate", part.points / fed.report["seconds"], "points/s")
    finally:
        system.throw_away()
