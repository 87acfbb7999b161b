"""Whether a quantity that goes up and down has grown.

The first quarter of a run is warm-up: windows fill, the first segments are merged. What is left is cut into thirds, and
the median of the last one is held against that of the first. A median does not see single peaks, and a third is long
enough for several rounds of flush and merge.
"""
from dataclasses import dataclass

from ask import median
from soak.plan import LONG_SECONDS

WARM_UP_SHARE = 4
GROWTH_MAX = 0.10


@dataclass(frozen=True)
class Verdict:
    """`is_flat` is None when the run was too short to tell."""

    first: float
    last: float
    peak: float
    is_flat: object

    def words(self):
        return {True: "flat", False: "GROWS", None: "too short to tell"}[self.is_flat]


def judge(values, seconds):
    """`values` are samples in equal distances over `seconds`; at least one."""
    settled = values[len(values) // WARM_UP_SHARE :]
    third = max(1, len(settled) // 3)
    first, last = median(settled[:third]), median(settled[-third:])
    is_flat = last <= first * (1 + GROWTH_MAX) if seconds >= LONG_SECONDS else None
    return Verdict(first, last, max(values), is_flat)
