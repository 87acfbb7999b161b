"""The recorded requests and answers: where they are, and how they are read. Nothing is compared here.

A case is a JSON object, a line each; README.md lists its fields. Numbers that JSON does not have stand as text in the
files ("Infinity", "-Infinity", "NaN") and are numbers from here on.
"""
import gzip
import json
import math
from pathlib import Path

RECORDED = Path(__file__).with_name("recorded")
# The frozen clock of all answers: Friday, 2024-03-15 12:00:00 UTC.
NOW = 1_710_504_000

# What is replayed, in this order.
FILES = ["answers.jsonl.gz", "frozen_clock.jsonl", "known_bugs.jsonl"]

NUMBERS = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}


def read(name):
    """The cases of one file of `recorded`."""
    path = RECORDED / name
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as lines:
        cases = [json.loads(line) for line in lines if line.strip()]
    return [{**case, "expect": with_numbers(case.get("expect"))} for case in cases]


def read_all():
    return [case for name in FILES for case in read(name)]


def with_numbers(value):
    if isinstance(value, dict):
        return {key: with_numbers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [with_numbers(one) for one in value]
    return NUMBERS.get(value, value) if isinstance(value, str) else value


def is_lenient(case):
    """Whether graphite-web took the request by accident, so that a refusal is as good."""
    return "lenient" in case.get("flags", [])


def shown(case):
    """The request, for a person."""
    form = " ".join(f"{key}={value}" for key, value in case["params"])
    return f"{case['id']}: {case['method']} {case['path']} {form[:400]}"
