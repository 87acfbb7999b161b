"""What had been received when the server ended, and the check that all of it is there afterwards.

The evidence is taken before the signal is sent: a close that is seen later may be the death itself.
From it follows, for whatever the server did with each connection:

- every acknowledged burst is there to its last point;
- the counted points of a connection are its first ones, so the leading points that are there,
  summed over the listener's connections, are at least as many as were counted. A listener that
  had a single connection is thereby checked point by point;
- of the datagrams, at least as many points are there as were counted.
"""
from crash.sequence import leading

LISTENERS = ("plaintext", "pickle", "udp")


class Evidence:
    """The server's counters since `before`, and the bursts acknowledged, at one moment."""

    def __init__(self, server, load, before):
        self.load = load
        self.received = {name: server.received(name) - before[name] for name in LISTENERS}
        self.acknowledged = load.acknowledged()

    def total(self):
        return sum(self.received.values())


def counters(server):
    return {name: server.received(name) for name in LISTENERS}


def check(test, server, evidence):
    """Fails `test` if anything received is missing; returns what is there, one entry a sequence."""
    there = [(sent, sent.sequence.stored(server, sent.sent)) for sent in evidence.load.all]
    for sent, points in there:
        if sent in evidence.acknowledged:
            test.assertEqual(leading(points), sent.sent, f"{sent.sequence.name} was acknowledged in full")
    for listener in LISTENERS:
        count = sum if listener == "udp" else leading
        kept = sum(count(points) for sent, points in there if sent.listener == listener)
        test.assertGreaterEqual(kept, evidence.received[listener], f"points kept of those counted on {listener}")
    return there


def check_again(test, server, there):
    """Fails `test` unless exactly what was there before is there now."""
    for sent, points in there:
        test.assertEqual(sent.sequence.stored(server, sent.sent), points, f"{sent.sequence.name} changed")
