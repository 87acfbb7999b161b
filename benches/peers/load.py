"""The Rust program that makes the load: feeds it, checks it, and knows what sums over it must come to."""
import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from scale import STEP_SECONDS

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/plumbago-load"


@dataclass(frozen=True)
class Part:
    """Series and steps of the load. A value depends on its series and step alone."""

    series: int
    steps: int
    start: int
    first_step: int = 0
    first_series: int = 0
    step_seconds: int = STEP_SECONDS
    names: str = "paths"

    @property
    def points(self):
        return self.series * self.steps

    @property
    def first_time(self):
        return self.start + self.first_step * self.step_seconds

    @property
    def last_time(self):
        return self.first_time + (self.steps - 1) * self.step_seconds

    def next(self, points):
        """What follows, of the same series: at least so many points."""
        return replace(self, first_step=self.first_step + self.steps, steps=max(1, -(-points // self.series)))

    def arguments(self):
        pairs = {
            "series": self.series,
            "steps": self.steps,
            "start": self.start,
            "first-step": self.first_step,
            "first-series": self.first_series,
            "step-secs": self.step_seconds,
            "names": self.names,
        }
        return [f"--{key}={value}" for key, value in pairs.items()]


class Feed:
    """A feed under way."""

    def __init__(self, part, to, **options):
        flags = [f"--{key.replace('_', '-')}={value}" for key, value in options.items() if value is not True]
        flags += [f"--{key.replace('_', '-')}" for key, value in options.items() if value is True]
        self.process = subprocess.Popen(
            [PROGRAM, "feed", f"--to=127.0.0.1:{to}", *part.arguments(), *flags], stdout=subprocess.PIPE, text=True
        )

    def is_running(self):
        return self.process.poll() is None

    def report(self):
        """Waits for the end; what was sent, as the program reports it."""
        output, _ = self.process.communicate()
        if self.process.returncode != 0:
            raise AssertionError(f"the feed ended with {self.process.returncode}")
        return json.loads(output)


def feed(part, to, **options):
    """Sends all of `part`; a connection that breaks is a failure."""
    report = Feed(part, to, **options).report()
    if not report["acknowledged"] or report["points"] != part.points:
        raise AssertionError(f"{part.points} points should have been taken: {report}")
    return report


def run(*arguments):
    done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def check(part, system, every=1, first_rack=0, average_of=1):
    """Compares what is stored with what was sent, or with averages of it; only every so many racks, if told to."""
    return run(
        "check", f"--http=127.0.0.1:{system.http}", f"--dialect={system.dialect}", f"--every={every}",
        f"--first-rack={first_rack}", f"--average-of={average_of}", *part.arguments(),
    )


def expect_whole(part, system, **options):
    """Fails unless every point is there and none is wrong. Returns the check's report."""
    report = check(part, system, **options)
    if report["present"] != report["points"] or report["points"] == 0 or report["wrong"] or report["surplus"]:
        raise AssertionError(f"{system.name} does not have what it was sent: {report}")
    return report


def expected_sum(part, glob):
    """How many series match, and what the sum over them must come to."""
    return run("sum", f"--glob={glob}", *part.arguments())
