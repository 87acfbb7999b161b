#!/usr/bin/env python3
"""Measures Plumbago beside its peers: starts each on loopback, feeds it, checks that nothing was lost, and times it.

SCALE chooses how much, SYSTEMS which ones, both as options too. Figures appear as they are known, then as one table;
the file has one JSON object a line, the machine and the versions first. Nothing is measured while something else is.
"""
import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests")]

import machine
from results import Results
from scale import SCALES
from session import Session
from steps import STEPS
from systems import SYSTEMS


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", choices=SCALES, default="small", help="series and points: small, 10k, 100k, 1m")
    parser.add_argument("--systems", default="", help=f"a choice of {','.join(SYSTEMS)}; all of them by default")
    parser.add_argument("--steps", default="", help=f"a choice of {','.join(STEPS)}; all that the scale has by default")
    parser.add_argument("--output", default="", help="where figures go; target/peers/SCALE.jsonl by default")
    chosen = parser.parse_args()
    chosen.systems = picked(parser, chosen.systems or ",".join(SYSTEMS), SYSTEMS)
    chosen.steps = picked(parser, chosen.steps or ",".join(SCALES[chosen.scale].parts), STEPS)
    return chosen


def picked(parser, text, known):
    names = [name for name in text.split(",") if name]
    for name in names:
        if name not in known:
            parser.error(f"{name!r} is none of {', '.join(known)}")
    return names


def measure(kind, scale, steps, results):
    """One system through all steps; whatever happens, nothing of it stays."""
    session = Session(kind, scale, int(time.time()), results)
    try:
        # Every later step reads what this one has written.
        for name in ["ingest", *(step for step in steps if step != "ingest")]:
            began = time.monotonic()
            STEPS[name](session)
            print(f"  {kind.name}: {name} took {time.monotonic() - began:.0f} s", flush=True)
    finally:
        session.system.throw_away()


def main():
    chosen = arguments()
    scale = SCALES[chosen.scale]
    output = Path(chosen.output or ROOT / f"target/peers/{scale.name}.jsonl")
    output.parent.mkdir(parents=True, exist_ok=True)
    results = Results(output)
    facts = machine.describe()
    versions = {name: SYSTEMS[name].version() for name in chosen.systems}
    results.fact(scale=scale.name, series=scale.series, steps=scale.steps, machine=facts, versions=versions)
    header = [f"{key}: {value}" for key, value in {**facts, **versions}.items()]
    print("\n".join(header), flush=True)
    for name in chosen.systems:
        print(f"\n{name}", flush=True)
        measure(SYSTEMS[name], scale, chosen.steps, results)
    print(f"\n{scale.series:,} series × {scale.steps} points, {facts['date']}\n\n{results.table()}\n\n{output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
