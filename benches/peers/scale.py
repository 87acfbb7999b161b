"""How large a run is. Every figure of a scale is here; rates follow from the number of series."""
from dataclasses import dataclass, replace

STEP_SECONDS = 10
# The load ends this long before now, which leaves room for what is sent later.
END_BEFORE_NOW_SECONDS = 3600


@dataclass(frozen=True)
class Scale:
    """`parts` are the names of the steps that are run; see `steps/`."""

    name: str
    series: int
    steps: int
    seconds: int
    parts: tuple = ("ingest", "orders", "query", "find", "cold", "compact", "live", "mixed", "kill")
    note: str = ""

    @property
    def points(self):
        return self.series * self.steps

    @property
    def live_rate(self):
        """Each series every five seconds, from 2,000 to 20,000 points a second."""
        return min(max(self.series // 5, 2_000), 20_000)

    @property
    def mixed_rate(self):
        """At most 200,000 points a second, beside queries."""
        return min(self.series * 2, 200_000)

    @property
    def kill_rate(self):
        return min(max(self.series // 2, 2_000), 50_000)

    @property
    def wide_glob(self):
        """About 10,000 series, or all where there are fewer."""
        if self.series <= 10_000:
            return "*.*.*.*.*.*"
        if self.series <= 100_000:
            return "*.*.*.cpu.total.*"
        return "*.*.host0*.cpu.total.user"

    @property
    def narrow_glob(self):
        """About 1,000 series, or all where there are fewer."""
        if self.series <= 1_000:
            return "*.*.*.*.*.*"
        if self.series <= 10_000:
            return "*.*.*.cpu.total.*"
        if self.series <= 100_000:
            return "{dc1,dc2}.*.*.cpu.total.user"
        return "*.*.host00*.cpu.total.user"

    def start(self, now):
        """The first timestamp: a whole hour before the load's end fits, all in the grid of steps."""
        first = now - END_BEFORE_NOW_SECONDS - self.steps * STEP_SECONDS
        return first // STEP_SECONDS * STEP_SECONDS

    def at_most(self, series):
        """The same for a system that could not take more in reasonable time; says so."""
        if self.series <= series:
            return self
        steps = max(self.steps, 180)
        return replace(self, series=series, steps=steps, note=f"{series:,} × {steps} instead")


SCALES = {
    scale.name: scale
    for scale in (
        Scale("small", 1_000, 180, 5, parts=("ingest", "query", "find", "live", "kill")),
        Scale("10k", 10_000, 360, 20),
        Scale("100k", 100_000, 180, 60),
        Scale("1m", 1_000_000, 12, 20, parts=("ingest", "find", "kill")),
    )
}

# Every shape selects leaves, so that the load itself knows how many there are.
FIND_SHAPES = (
    ("leading star", "*.*.host0012.cpu.core0.user"),
    ("one metric of all hosts", "*.*.*.load.average.shortterm"),
    ("one metric of a data centre", "dc1.*.*.cpu.core0.user"),
    ("braces", "{dc1,dc3}.rack{01,03}.*.disk.{sda,sdb}.read_bytes"),
    ("classes", "dc[0-2].rack0[1-4].host00[0-9][0-9].network.eth[01].rx_bytes"),
    ("question marks", "dc?.rack1?.host?01?.uptime.since.boot"),
    ("partial names", "dc*.*1*.*12*.mem*.r?m.us*"),
)
