"""Replays the recorded requests and compares: `python3 -m conformance [--id RE]`.

Prints every difference that `known.py` does not name, every one it names that is none any more, and a table of the areas.
Exits 1 if there is any of either.
"""
import argparse
import collections
import re
import sys
import tempfile

from conformance.cases import RECORDED, read_all, shown
from conformance.judge import difference
from conformance.known import reason_of
from conformance.system import Plumbago

SHOWN_MAX = 60


def run(cases, system):
    """How many answers are wrong, and prints what is."""
    outcomes = collections.defaultdict(collections.Counter)
    reasons = collections.Counter()
    wrong = []
    for case in cases:
        found = difference(case, *system.ask(case))
        reason = reason_of(case)
        if found and reason:
            outcomes[case["area"]]["known"] += 1
            reasons[reason] += 1
        elif found or reason:
            outcomes[case["area"]]["WRONG"] += 1
            wrong.append(f"{shown(case)}\n    {found or f'agrees: it is no difference any more that {reason}'}")
        else:
            outcomes[case["area"]]["equal"] += 1
    for text in wrong[:SHOWN_MAX]:
        print(f"\n{text[:1200]}")
    summary(cases, outcomes, reasons)
    return len(wrong)


def summary(cases, outcomes, reasons):
    print(f"\n{len(cases)} requests")
    for area, counts in outcomes.items():
        print(f"  {area:14}", ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    for reason, count in reasons.items():
        print(f"  {count:6} known: {reason}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--id", default="", help="only requests whose id this regular expression finds")
    arguments = parser.parse_args()
    cases = [case for case in read_all() if re.search(arguments.id, case["id"])]
    if not cases:
        sys.exit(f"no request has an id that {arguments.id} finds")
    with tempfile.TemporaryDirectory(prefix="plumbago-conformance-") as directory:
        system = Plumbago(directory, RECORDED)
        try:
            print(system.described(), flush=True)
            return 1 if run(cases, system) else 0
        finally:
            system.end()


if __name__ == "__main__":
    sys.exit(main())
