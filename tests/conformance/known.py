"""Where the recorded answers and Plumbago's differ on purpose: which ones, and why.

Every entry is a case by its id, so that a new difference is never excused; and an entry that is no difference any more is
a fault of this list. Each reason says where docs/differences.md tells users of it.
"""
from pathlib import Path

DIFFERENCES = Path(__file__).resolve().parents[2] / "docs/differences.md"


class Known:
    """Cases with one reason; `documented` stands in docs/differences.md."""

    def __init__(self, reason, documented, ids):
        self.reason, self.documented, self.ids = reason, documented, ids.split()


def numbered(prefix, numbers):
    return " ".join(f"{prefix}-{number:0>3}" for number in numbers.split())


KNOWN = [
    Known(
        "stages of a pipe before a function that reads a range of its own count",
        "drops stages",
        numbered("bug", "3 4 5 6 7 8 9 10 12 19 20 21 22"),
    ),
    Known(
        "a series that is given by its keyword is read",
        "series as a keyword argument",
        numbered("bug", "2 11"),
    ),
    Known("template variables count in a wider range too", "substituted in the wider range too", numbered("bug", "13 14")),
    Known("template variables count in tag expressions", "`template(seriesByTag(", "bug-015"),
    Known("a series that is moved by no step has its points", "`delay(x, 0)`", numbered("bug", "1 18")),
    Known(".5 is a number", "`.5` or `1e+06` as an argument", "add-018 offset-018 pow-018 scale-018"),
    Known("two dots in a row are one", "`a..b`, `.a`, `a.`", "grammar-063"),
    Known("inline flags are honoured", "inline flags in a tag expression", "tags_findSeries-027"),
]

REASONS = {one: known.reason for known in KNOWN for one in known.ids}


def reason_of(case):
    """Why the answer to this case differs, or None."""
    return REASONS.get(case["id"])
