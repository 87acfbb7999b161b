"""Feeding a running system and closing the account: what a part cost until it was on disk and the system had ended."""
from dataclasses import dataclass

from accounts import Usage
from load import expect_whole, feed

MILLION = 1e6


@dataclass
class Fed:
    """`settled` is the cost until the system had come to rest, `whole` the one with its clean stop."""

    report: dict
    settled: Usage
    whole: Usage
    check: dict


def feed_and_stop(system, part, to=None, **options):
    """Feeds `part` to a running system, checks that it is all there, and stops. Checking is in no account."""
    before = system.spent()
    report = feed(part, to or system.plaintext, **options)
    system.settle()
    settled = system.spent().since(before)
    check = expect_whole(part, system)
    checked = system.spent()
    system.stop()
    stopping = system.spent().since(checked)
    whole = settled + stopping
    # Peaks do not add up; reading back may have raised the later one.
    whole.peak_bytes = settled.peak_bytes
    return Fed(report, settled, whole, check)


def per_million(cpu_seconds, points):
    return cpu_seconds * MILLION / points
