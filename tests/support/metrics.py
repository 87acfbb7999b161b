"""Reads the Prometheus text that `/metrics` answers: samples by name and labels, nothing else of the format."""
import re

SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Metrics:
    def __init__(self, samples):
        self.samples = samples

    def total(self, name, **labels):
        """The sum of the samples called `name` that carry all of `labels`; 0 when there is none."""
        return sum(
            value
            for sample, carried, value in self.samples
            if sample == name and all(carried.get(key) == wanted for key, wanted in labels.items())
        )


def parse_metrics(text):
    samples = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        if match is None:
            raise AssertionError(f"/metrics has a line that is no sample: {line!r}")
        name, labels, value = match.groups()
        samples.append((name, dict(LABEL.findall(labels or "")), float(value)))
    return Metrics(samples)
