"""Which series are sent when: a window over the load's series that moves on by a tenth at every era.

Every series of the window has a point each second, so that a point's timestamp is the moment at which it is due.
"""
from dataclasses import dataclass

from load import Part

SERIES = 100_000
ERA_SECONDS = 600
ERAS_MIN = 6
REPLACED_SHARE = 10
# A shorter run has a shorter fine archive: something must grow old enough to be read from the coarse one.
LONG_SECONDS = 900
COARSE_STEP_SECONDS = 2
COARSE_SECONDS = 480
# A coarse archive is kept a day longer than it can be asked for, since points that come late may still be rolled up
# into it: within hours it only grows, in bytes and in files. So it is made on request, for one rack of 48, which shows
# that nothing is lost on the way there.
ROLLED_UP_RACK = 7
# Whole files expire, each of which holds so many slots at least: when the fine archive holds one file more than its
# retention, the store neither grows nor shrinks in the long run, and goes up and down within the time of one file.
FILE_SECONDS = 360
FULL_AFTER_SECONDS = 2 * FILE_SECONDS


@dataclass(frozen=True)
class Plan:
    """Eras of equal length from `start`, a multiple of the coarse step."""

    start: int
    seconds: int
    series: int = SERIES
    is_rolled_up: bool = False

    @property
    def era_seconds(self):
        """Ten minutes, or a sixth of a shorter run, in whole coarse steps."""
        seconds = min(ERA_SECONDS, self.seconds // ERAS_MIN)
        return max(COARSE_STEP_SECONDS, seconds // COARSE_STEP_SECONDS * COARSE_STEP_SECONDS)

    @property
    def fine_seconds(self):
        """How long points are kept as they came."""
        return 300 if self.seconds >= LONG_SECONDS else 60

    def schemas(self):
        fine = f"1s:{self.fine_seconds}s"
        whole = f"[all]\npattern = .*\nretentions = {fine}\n"
        if not self.is_rolled_up:
            return whole
        rolled_up = f"{fine},{COARSE_STEP_SECONDS}s:{COARSE_SECONDS}s"
        rack = f"^dc\\d+\\.rack{ROLLED_UP_RACK:02}\\."
        return f"[rack]\npattern = {rack}\nretentions = {rolled_up}\n{whole}"

    def eras(self):
        """What is sent in each era."""
        return [self.era(number) for number in range(self.seconds // self.era_seconds)]

    def era(self, number):
        return Part(
            series=self.series,
            first_series=number * self.series // REPLACED_SHARE,
            first_step=number * self.era_seconds,
            steps=self.era_seconds,
            start=self.start,
            step_seconds=1,
        )

    def points(self):
        return sum(era.points for era in self.eras())


def clipped(era, first_time, last_time):
    """The part of an era between two times, both included and in whole coarse steps; None when nothing is left."""
    first = max(era.first_time, -(-first_time // COARSE_STEP_SECONDS) * COARSE_STEP_SECONDS)
    end = min(era.last_time + 1, (last_time + 1) // COARSE_STEP_SECONDS * COARSE_STEP_SECONDS)
    if end <= first:
        return None
    return Part(
        series=era.series,
        first_series=era.first_series,
        first_step=first - era.start,
        steps=end - first,
        start=era.start,
        step_seconds=1,
    )
