"""Random series: which there are, how long each archive lasts, and every point. Nothing is read or written here.

All of it follows from the seed. The values cover what arithmetic gets wrong: gaps, huge and tiny numbers, ties,
negative zeros, constants, counters that reset, and series without any point in reach.
"""
import random

# Pattern of names, retentions as (step, points) from fine to coarse, xFilesFactor, aggregation method.
# Steps that do not divide one another are deliberate: aggregates over them need a common multiple.
SCHEMAS = [
    ("fast", [(10, 720), (60, 2880), (600, 4320)], 0.5, "average"),
    ("minute", [(60, 4320)], 0.0, "sum"),
    ("odd", [(7, 3000), (70, 2000)], 0.1, "max"),
    ("slow", [(300, 2016), (3600, 2160)], 0.0, "last"),
    ("half", [(30, 720), (120, 2880)], 0.3, "min"),
    ("hour", [(3600, 8760)], 0.0, "average"),
]
TAGGED_SCHEMA = ([(60, 2880)], 0.5, "average")

HOSTS = ["web1", "web2", "web10", "db-01", "Cache"]
LEAVES = ["cpu.user", "cpu.system", "mem.used", "disk.sda.reads", "load"]
TAG_VALUES = {"dc": ["ams", "fra", "nyc"], "host": ["a1", "a2", "b1"], "rack": ["7", "8"]}


class Series:
    """One series: its name as it is sent, its archives and its points as (time, value), in order of time."""

    def __init__(self, name, archives, factor, method, points):
        self.name, self.archives, self.factor, self.method, self.points = name, archives, factor, method, points


def moment(seed):
    """The frozen `now` of a seed: some second in a fortnight that has no clock change in Europe."""
    return 1_710_000_000 + random.Random(f"{seed}/now").randrange(14 * 86400)


def generate(seed):
    """Every series of a seed."""
    now = moment(seed)
    return [
        Series(name, archives, factor, method, points(random.Random(f"{seed}/{name}"), archives, now))
        for name, archives, factor, method in layout(random.Random(f"{seed}/layout"))
    ]


def layout(rng):
    for schema, archives, factor, method in SCHEMAS:
        for host in rng.sample(HOSTS, 3):
            for leaf in rng.sample(LEAVES, 3):
                yield f"{schema}.{host}.{leaf}", archives, factor, method
    tagged = set()
    for metric in ["requests", "disk.used"]:
        for _ in range(8):
            tags = [(key, rng.choice(values)) for key, values in TAG_VALUES.items() if rng.random() < 0.8]
            if tags:
                tagged.add(metric + "".join(f";{key}={value}" for key, value in sorted(tags)))
    for name in sorted(tagged):
        yield (name, *TAGGED_SCHEMA)


def points(rng, archives, now):
    """Points at the finest step over the last hours, and thinner ones before that, as far as the archives reach."""
    step = archives[0][0]
    oldest = max(0, now - archives[-1][0] * archives[-1][1] + 2 * archives[-1][0])
    recent = max(oldest, now - min(8 * 3600, step * 2000))
    times = list(range(recent - recent % step, now, step))
    older = range(recent - 3 * 86400, recent, max(step, 60))
    times = [time - time % step for time in older if time > oldest] + times
    kind = rng.choice(KINDS)
    if kind is empty:
        return [(oldest - oldest % step, 1.0)]
    density = rng.choice([1.0, 1.0, 0.97, 0.8, 0.3, 0.02])
    values = kind(rng)
    known = dict(zip(times, values))
    hole = rng.randrange(len(times))
    hole_length = rng.choice([0, 0, 5, 60])
    kept = [time for at, time in enumerate(sorted(known)) if not hole <= at < hole + hole_length]
    # Without any point there would be no series.
    return [(time, known[time]) for time in kept if rng.random() < density] or [(times[-1], 1.0)]


# Kinds of values: endless generators.


def gauge(rng):
    level = rng.uniform(-50, 100)
    while True:
        level += rng.uniform(-3, 3)
        yield round(level, 2)


def counter(rng):
    total = rng.randrange(1000)
    while True:
        total = 0 if rng.random() < 0.005 else total + rng.randrange(50)
        yield float(total)


def integers(rng):
    while True:
        yield float(rng.randrange(-5, 20))


def constant(rng):
    value = rng.choice([0.0, 1.0, -7.0, 0.1, 1e-9, 123456789.123])
    while True:
        yield value


def doubles(rng):
    while True:
        yield rng.gauss(0, 1) * 10 ** rng.randrange(-8, 9)


def huge(rng):
    while True:
        yield rng.uniform(-1, 1) * 10 ** rng.randrange(150, 305)


def tiny(rng):
    while True:
        yield rng.choice([5e-324, -5e-324, 1e-310, 2.5e-200, -1e-150, 1e-16])


def zeros(rng):
    while True:
        yield rng.choice([0.0, 0.0, 0.0, -0.0, 1.0, -1.0])


def empty(rng):
    """Stands for a series whose only point lies out of reach of nearly every request."""


KINDS = [gauge, gauge, counter, counter, integers, constant, doubles, doubles, huge, tiny, zeros, empty]
