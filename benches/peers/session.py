"""One system through the steps of a scale: what has been fed so far, and where figures go."""
from dataclasses import replace

from load import Part


class Session:
    """`part` is the load proper; `last` what was sent last. What comes next follows `last` in time."""

    def __init__(self, kind, scale, now, results):
        self.kind = kind
        self.name = kind.name
        self.full_scale = scale
        self.scale = scale.at_most(kind.series_max)
        self.results = results
        self.part = Part(self.scale.series, self.scale.steps, self.scale.start(now))
        self.last = self.part
        self.system = kind()

    def next(self, points):
        """The next part of about so many points, which from now on is the last one sent."""
        self.last = self.last.next(points)
        return self.last

    def as_tagged(self):
        return replace(self.part, names="tagged")

    def add(self, measure, value, unit="", note=""):
        self.results.add(self.name, measure, value, unit, ", ".join(filter(None, [note, self.scale.note])))

    def cannot(self, measure, unit, why):
        self.results.add(self.name, measure, None, unit, why)
