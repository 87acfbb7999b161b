"""Whether a quantity that goes up and down has grown.

Until every archive is full a store has to grow: that is warm-up. What is left is cut into thirds, and the median of the
last one is held against that of the first. A median does not see single peaks, and a third is long enough for what goes
up and down by itself: flush, merge, and the expiry of whole files.
"""
from dataclasses import dataclass

from ask import median
from soak.plan import FILE_SECONDS, FULL_AFTER_SECONDS

JUDGED_SECONDS = FULL_AFTER_SECONDS + 3 * FILE_SECONDS
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
    settled = values[min(int(len(values) * FULL_AFTER_SECONDS / seconds), len(values) - 1) :]
    third = max(1, len(settled) // 3)
    first, last = median(settled[:third]), median(settled[-third:])
    is_flat = last <= first * (1 + GROWTH_MAX) if seconds >= JUDGED_SECONDS else None
    return Verdict(first, last, max(values), is_flat)
