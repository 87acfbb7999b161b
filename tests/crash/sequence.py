"""A known sequence of points: the k-th point of a sequence is a function of k, and no two share a slot.

So a stored value tells which point it is, and "the first n points are there" can be checked
without remembering what was sent.
"""
import functools
import pickle
import struct
from dataclasses import dataclass

NOW = 1_710_504_000
STEP_SECONDS = 10
START = NOW - 30 * 86_400
SCHEMAS = """\
[crash]
pattern = .*
retentions = 10s:60d,1m:1y
"""


@dataclass(frozen=True)
class Sequence:
    """Point k goes to series `k % series`, slot `k // series`; `number` sets the values apart."""

    name: str
    series: int
    number: int

    def series_name(self, index):
        return f"{self.name}.s{index:03}"

    def value(self, k):
        return k * 7 % 10_007 + self.number % 8 / 8

    def point(self, k):
        slot, index = divmod(k, self.series)
        return self.series_name(index), START + slot * STEP_SECONDS, self.value(k)

    def lines(self, first, count):
        """`count` points as plaintext lines."""
        fraction = repr(self.number % 8 / 8)[1:].encode()
        return template(self.series, first, count).replace(b"@", self.name.encode()).replace(b"#", fraction)

    def frame(self, first, count):
        """`count` points as one length-prefixed pickle."""
        points = [(name, (timestamp, value)) for name, timestamp, value in self.points(first, count)]
        body = pickle.dumps(points, protocol=2)
        return struct.pack("!L", len(body)) + body

    def points(self, first, count):
        return (self.point(k) for k in range(first, first + count))

    def stored(self, server, sent):
        """Which of the first `sent` points are there, as a `bytearray` of 0 and 1, one a point.

        A stored value that was never sent, or differs from what was sent, is a failure.
        """
        slots = -(-sent // self.series)
        there = bytearray(slots * self.series)
        end = START + slots * STEP_SECONDS
        for first in range(0, self.series, 10):
            indexes = range(first, min(first + 10, self.series))
            answer = server.stored([self.series_name(index) for index in indexes], START, end)
            for index in indexes:
                for timestamp, value in answer.get(self.series_name(index), {}).items():
                    k = (timestamp - START) // STEP_SECONDS * self.series + index
                    if k >= sent or timestamp % STEP_SECONDS or value != self.value(k):
                        raise AssertionError(f"{self.series_name(index)} holds {value} at {timestamp}: never sent")
                    there[k] = 1
        return there[:sent]


@functools.cache
def template(series, first, count):
    """Lines of any sequence, `@` for its name and `#` for its fraction: made once, so that senders are fast."""
    lines = []
    for k in range(first, first + count):
        slot, index = divmod(k, series)
        lines.append(b"@.s%03d %d# %d\n" % (index, k * 7 % 10_007, START + slot * STEP_SECONDS))
    return b"".join(lines)


def leading(there):
    """How many points from the first on are there without a gap."""
    gap = there.find(0)
    return len(there) if gap < 0 else gap
