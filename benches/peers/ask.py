"""Questions over one kept connection, and how long their answers take."""
import http.client
import math
import time


class Asker:
    """GETs from a server on loopback."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def get(self, path):
        """The body of a 200 answer."""
        try:
            self.connection.request("GET", path)
            answer = self.connection.getresponse()
            body = answer.read()
        except OSError:
            self.connection.close()
            raise
        if answer.status != 200:
            raise AssertionError(f"{path} is answered with {answer.status}: {body[:300]!r}")
        return body

    def close(self):
        self.connection.close()


def timed(ask, count_max=100, seconds_max=8.0, count_min=5):
    """Seconds that each of repeated calls takes: `count_max`, or fewer when they take long."""
    times = []
    began = time.monotonic()
    while len(times) < count_max and (len(times) < count_min or time.monotonic() - began < seconds_max):
        started = time.perf_counter()
        ask()
        times.append(time.perf_counter() - started)
    return times


def quantile(values, fraction):
    """The smallest value that at least `fraction` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)]


def median(values):
    return quantile(values, 0.5)
