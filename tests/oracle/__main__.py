"""Asks graphite-web and Plumbago the same and compares: `python3 -m oracle [--seed N] [--count N] [--case K]`.

Prints the seed, every difference as the smallest request that still shows it, and a summary. Exits 1 if anything
differs that `differences.py` does not excuse.
"""
import argparse
import collections
import re
import sys
import tempfile
import time
from pathlib import Path

from oracle import data
from oracle.compare import first_difference
from oracle.differences import excuse
from oracle.requests import Generator
from oracle.systems import Plumbago, Reference

SMALLER_MAX = 150
SHOWN_MAX = 60
# So many requests must not be, for the greater part, refused, empty or crashes.
ENOUGH = 200
ANSWERED_SHARE_MIN = 0.5


class Trial:
    """Both systems over the data of one seed."""

    def __init__(self, seed, folder):
        self.series = data.generate(seed)
        now = data.moment(seed)
        (Path(folder) / "graphite").mkdir()
        self.reference = Reference(Path(folder) / "graphite", now, self.series)
        try:
            self.plumbago = Plumbago(folder, now, self.series)
        except BaseException:
            self.reference.end()
            raise
        self.generator = Generator(seed, self.reference.functions, [one.name for one in self.series])
        self.excused = collections.Counter()
        self.outcomes = collections.Counter()

    def difference(self, request, count=False):
        """What differs and is not excused, or None."""
        theirs, ours = self.reference.answer(request), self.plumbago.answer(request)
        difference = first_difference(theirs, ours)
        reason = excuse(request, theirs, ours) if difference else None
        if count:
            values = theirs["status"] == 200 and sum(len(one["datapoints"]) for one in theirs["series"])
            kind = theirs["status"] if theirs["status"] != 200 else "200 with values" if values else "200, nothing"
            self.outcomes[f"{kind} / {ours['status']}"] += 1
            if reason:
                self.excused[reason] += 1
        return None if reason else difference

    def smallest(self, request, difference):
        """A request that differs likewise and cannot be made smaller."""
        wanted = kind(difference)
        for _ in range(SMALLER_MAX):
            for candidate in request.smaller():
                found = self.difference(candidate)
                if found and kind(found) == wanted:
                    request, difference = candidate, found
                    break
            else:
                break
        return request, difference

    def end(self):
        self.reference.end()
        self.plumbago.end()


def kind(difference):
    """What differs: for a status which ones, for other things whether names, tags, times or values."""
    status = re.match(r"status: (\d+) .* is (\d+) ", difference, re.DOTALL)
    return status.groups() if status else re.search(r"(order|names|tags|times|values): ", difference).group(1)


def report(seed, number, request, difference):
    print(f"\nseed {seed}, case {number}: {difference[:700]}")
    for key, value in request.form(lambda tree: tree.write()):
        if key not in ("format", "noCache"):
            print(f"    {key} = {value}")
    sys.stdout.flush()


def run(seed, numbers, folder):
    trial = Trial(seed, folder)
    points = sum(len(one.points) for one in trial.series)
    print(f"seed {seed}, now {data.moment(seed)}: {len(trial.series)} series, {points} points", flush=True)
    failed = 0
    began = time.monotonic()
    try:
        for number in numbers:
            request = trial.generator.request(number)
            difference = trial.difference(request, count=True)
            if difference:
                failed += 1
                if failed <= SHOWN_MAX:
                    report(seed, number, *trial.smallest(request, difference))
    finally:
        trial.end()
    print(f"\n{len(numbers)} requests, {failed} differ, {time.monotonic() - began:.0f} s; theirs / ours:")
    for outcome, count in sorted(trial.outcomes.items()):
        print(f"  {count:6} {outcome}")
    for reason, count in sorted(trial.excused.items()):
        print(f"  {count:6} excused: {reason}")
    answered = trial.outcomes["200 with values / 200"]
    if len(numbers) >= ENOUGH and answered < len(numbers) * ANSWERED_SHARE_MIN:
        print(f"only {answered} requests had values: this compares too little")
        failed += 1
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of the data and the requests")
    parser.add_argument("--count", type=int, default=2500, help="how many requests")
    parser.add_argument("--first", type=int, default=0, help="number of the first request")
    parser.add_argument("--case", type=int, help="only the request of this number")
    arguments = parser.parse_args()
    numbers = range(arguments.first, arguments.first + arguments.count)
    if arguments.case is not None:
        numbers = range(arguments.case, arguments.case + 1)
    with tempfile.TemporaryDirectory(prefix="plumbago-oracle-") as folder:
        return 1 if run(arguments.seed, numbers, folder) else 0


if __name__ == "__main__":
    sys.exit(main())
