"""statsd from npm: a connection a flush, plaintext or its own pickle (protocol 0, values as strings)."""
import socket

from agents.case import AgentTest
from agents.tools import statsd
from support.process import free_ports, wait_until
from support.wire import frames_to_points, lines_to_points

# One datagram is counted by statsd in one piece, so all of it falls into one flush.
DATAGRAM = b"\n".join(
    [b"requests:1|c"] * 4
    + [b"requests:3|c", b"sampled:1|c|@0.1", b"temperature:21.5|g", b"visitors:ada|s", b"visitors:bob|s"]
    + [b"latency:%d|ms" % milliseconds for milliseconds in (10, 20, 30, 40)]
)
FLUSH_SECONDS = 2
KNOWN = {
    "stats_counts.requests": 7.0,
    "stats.requests": 7.0 / FLUSH_SECONDS,
    "stats_counts.sampled": 10.0,
    "stats.gauges.temperature": 21.5,
    "stats.sets.visitors.count": 2.0,
    "stats.timers.latency.count": 4.0,
    "stats.timers.latency.lower": 10.0,
    "stats.timers.latency.upper": 40.0,
    "stats.timers.latency.mean": 25.0,
    "stats.timers.latency.sum": 100.0,
    "stats.timers.latency.median": 25.0,
}

CONFIG = """\
{{
  graphiteHost: "127.0.0.1",
  graphitePort: {tap},
  graphitePicklePort: {tap},
  graphiteProtocol: "{protocol}",
  address: "127.0.0.1",
  port: {port},
  mgmt_address: "127.0.0.1",
  mgmt_port: {management},
  flushInterval: {flush_ms},
  deleteIdleStats: true,
  graphite: {{ globalPrefix: "stats" }}
}}
"""


class Statsd(AgentTest):
    def flush_once(self, protocol, server_port):
        """Runs statsd until it has flushed the datagram; returns the bytes that it sent."""
        tap = self.tap(server_port)
        port, management = free_ports(2)
        config = self.write(
            "statsd.js",
            CONFIG.format(
                tap=tap.port, protocol=protocol, port=port, management=management, flush_ms=FLUSH_SECONDS * 1000
            ),
        )
        program = self.agent("statsd", [*statsd(), config])
        program.wait_ready(lambda: tap.recorded(), "has not made its first flush")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(DATAGRAM, ("127.0.0.1", port))
        program.wait_ready(lambda: b"latency.median" in b"".join(tap.recorded()), "has not flushed the datagram")
        program.stop()
        wait_until(tap.is_idle, "the server's close of statsd's connections")
        return tap.recorded()

    def check(self, listener, sent):
        values = {name: value for name, _, value in sent if name in KNOWN}
        self.assertEqual(values, KNOWN, "what statsd computed")
        self.wait_received(listener, len(sent))
        self.assert_stored(sent)
        self.assert_nothing_refused()

    def test_plaintext_flushes_are_stored(self):
        recorded = self.flush_once("text", self.server.plaintext)
        self.check("plaintext", [point for one in recorded for point in lines_to_points(one)])

    def test_pickle_flushes_are_stored(self):
        recorded = self.flush_once("pickle", self.server.pickle)
        self.check("pickle", [point for one in recorded for point in frames_to_points(one)])
