"""Whether a quantity that goes up and down has grown.

Until every archive is full a store has to grow: that is warm-up. What is left goes up and down by itself, with flush,
merge and the expiry of whole files, and comes round in the time of one file. So it is cut into such cycles, and the median
of the last third of them is held against that of the first; a part of a cycle would tell where in it the cut fell. A median
does not see single peaks.
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
    cycles = max(0, seconds - FULL_AFTER_SECONDS) // FILE_SECONDS
    compared_seconds = max(1, -(-cycles // 3)) * FILE_SECONDS
    compared = max(1, int(len(values) * compared_seconds / seconds))
    first, last = median(settled[:compared]), median(settled[-compared:])
    is_flat = last <= first * (1 + GROWTH_MAX) if seconds >= JUDGED_SECONDS else None
    return Verdict(first, last, max(values), is_flat)
