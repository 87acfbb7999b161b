"""carbon-relay from PyPI: takes lines and pickles, sends pickles of protocol 2 over one connection."""
import os
import pickle
import socket
import struct
import time

from agents.case import AgentTest
from agents.tools import carbon_relay
from support.process import free_ports, is_listening, wait_until
from support.wire import frames_to_points

SERIES = 40
POINTS = 50
STEP_SECONDS = 10

CONFIG = """\
[relay]
USER =
LOG_DIR = {folder}
PID_DIR = {folder}
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {line}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = {pickle}
RELAY_METHOD = consistent-hashing
REPLICATION_FACTOR = 1
DESTINATIONS = 127.0.0.1:{tap}:a
DESTINATION_PROTOCOL = pickle
MAX_DATAPOINTS_PER_MESSAGE = 100
MAX_QUEUE_SIZE = 10000
CARBON_METRIC_INTERVAL = 1
"""


def known_points(prefix, end):
    """`SERIES` series of `POINTS` points of the past, slot by slot; eighths, so that every value is exact."""
    return [
        (f"{prefix}.host{series:02}.load", end - (POINTS - slot) * STEP_SECONDS, series + slot / 8)
        for slot in range(POINTS)
        for series in range(SERIES)
    ]


class CarbonRelay(AgentTest):
    def start_relay(self):
        tap = self.tap(self.server.pickle)
        line, pickle_port = free_ports(2)
        config = self.write(
            "carbon.conf", CONFIG.format(folder=self.folder, line=line, pickle=pickle_port, tap=tap.port)
        )
        program = self.agent(
            "carbon-relay",
            [*carbon_relay(), f"--config={config}", f"--pidfile={self.folder}/relay.pid", "--debug", "start"],
            environment={**os.environ, "GRAPHITE_ROOT": str(self.folder)},
        )
        program.wait_ready(lambda: is_listening(line) and is_listening(pickle_port), "does not listen")
        return program, tap, line, pickle_port

    def test_lines_and_pickles_arrive_as_pickles(self):
        program, tap, line, pickle_port = self.start_relay()
        end = int(time.time()) // STEP_SECONDS * STEP_SECONDS
        by_line, by_pickle = known_points("relay.line", end), known_points("relay.pickle", end)
        with socket.create_connection(("127.0.0.1", line)) as sender:
            sender.sendall(b"".join(b"%s %r %d\n" % (n.encode(), v, t) for n, t, v in by_line))
        frame = pickle.dumps([(name, (timestamp, value)) for name, timestamp, value in by_pickle], protocol=2)
        with socket.create_connection(("127.0.0.1", pickle_port)) as sender:
            sender.sendall(struct.pack("!L", len(frame)) + frame)

        def relayed():
            names = [name for name, _, _ in frames_to_points(b"".join(tap.recorded()))]
            return sum(name.startswith("relay.") for name in names) == len(by_line) + len(by_pickle)

        # Its own metrics follow once a second: the names that carbon-relay gives itself arrive too.
        program.wait_ready(lambda: relayed() and b"carbon.relays." in b"".join(tap.recorded()), "has not relayed")
        program.stop()
        wait_until(tap.is_idle, "the server's close of the relay's connection")

        sent = frames_to_points(b"".join(tap.recorded()))
        known = sorted(point for point in sent if point[0].startswith("relay."))
        self.assertEqual(known, sorted(by_line + by_pickle), "what carbon-relay passed on")
        self.wait_received("pickle", len(sent))
        self.assert_stored(sent)
        self.assert_nothing_refused()
