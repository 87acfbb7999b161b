"""carbon-c-relay from Debian: plaintext over TCP, TLS and UDP, with its own statistics among the points."""
import socket
import time

from agents.case import SCHEMAS, AgentTest
from agents.tools import carbon_c_relay, environment
from support.certificate import make_certificate
from support.process import free_ports, wait_until
from support.server import Server
from support.wire import canonical_name, lines_to_points

SERIES = 20
TCP_SLOTS = 30
# So few datagrams that the receiving socket's default buffer holds all of them: none can be dropped.
UDP_SLOTS = 3
STEP_SECONDS = 10


def known_points(end, points):
    """Plain and tagged series of `points` slots; eighths, so that every value is exact."""
    names = [f"crelay.host{series:02}.load" for series in range(SERIES)]
    names += [f"crelay.load;host=h{series};dc=east" for series in range(SERIES)]
    return [
        (name, end - (points - slot) * STEP_SECONDS, number + slot / 8)
        for slot in range(points)
        for number, name in enumerate(names)
    ]


class CarbonCRelay(AgentTest):
    def start_relay(self, config, *options):
        [port] = free_ports(1)
        path = self.write("relay.conf", config)
        arguments = [carbon_c_relay(), "-f", path, "-p", port, "-H", "probe", *options]
        program = self.agent("carbon-c-relay", arguments, environment())
        # It says so last. A connection that comes while it still starts can crash it: not to be tried out.
        program.wait_ready(lambda: "listening on UNIX socket" in program.tail(), "does not listen")
        return program, port

    def send(self, port, points):
        lines = [b"%s %r %d\n" % (name.encode(), value, timestamp) for name, timestamp, value in points]
        with socket.create_connection(("127.0.0.1", port)) as sender:
            sender.sendall(b"".join(lines))

    def known(self, slots):
        end = int(time.time()) // STEP_SECONDS * STEP_SECONDS
        points = known_points(end, slots)
        return points, [(canonical_name(name), timestamp, value) for name, timestamp, value in points]

    def test_tcp_lines_arrive_with_the_relays_own_statistics(self):
        tap = self.tap(self.server.plaintext)
        program, port = self.start_relay(
            f"cluster plumbago forward 127.0.0.1:{tap.port} proto tcp;\n"
            "match * send to plumbago stop;\n"
            "statistics submit every 1 seconds;\n"
        )
        def count(name):
            return b"".join(tap.recorded()).count(name)

        program.wait_ready(lambda: count(b"carbon.relays.") > 0, "has not sent its statistics")
        points, canonical = self.known(TCP_SLOTS)
        self.send(port, points)
        program.wait_ready(lambda: count(b"\ncrelay.") == len(points), "has not relayed")
        program.stop()
        wait_until(tap.is_idle, "the server's close of the relay's connection")

        sent = [point for one in tap.recorded() for point in lines_to_points(one)]
        known = sorted(point for point in sent if point[0].startswith("crelay."))
        self.assertEqual(known, sorted(canonical), "what carbon-c-relay passed on")
        self.wait_received("plaintext", len(sent))
        self.assert_stored(sent)
        self.assert_nothing_refused()

    def test_udp_lines_arrive(self):
        config = (
            f"cluster plumbago forward 127.0.0.1:{self.server.udp} proto udp;\n"
            "match ^crelay\\. send to plumbago stop;\n"
            "match * send to blackhole stop;\n"
        )
        program, port = self.start_relay(config, "-s")
        points, canonical = self.known(UDP_SLOTS)
        self.send(port, points)
        self.wait_received("udp", len(points))
        program.stop()
        self.assert_stored(canonical)
        self.assert_nothing_refused()

    def test_lines_over_tls_arrive(self):
        folder = self.folder / "tls"
        folder.mkdir()
        make_certificate(folder)
        settings = folder / "plumbago.toml"
        settings.write_text('[tls]\nlisteners = ["plaintext"]\ncertificate_file = "server.pem"\nkey_file = "server.key"\n')
        self.server.stop()
        self.server = Server(folder, SCHEMAS, options=["--config", settings])
        self.addCleanup(self.server.end)
        self.server.start()
        config = (
            f"cluster plumbago forward localhost:{self.server.plaintext} proto tcp transport plain ssl;\n"
            "match ^crelay\\. send to plumbago stop;\n"
            "match * send to blackhole stop;\n"
        )
        program, port = self.start_relay(config, "-s", "-C", folder / "authority.pem")
        points, canonical = self.known(TCP_SLOTS)
        self.send(port, points)
        self.wait_received("plaintext", len(points))
        program.stop()
        self.assert_stored(canonical)
        self.assert_nothing_refused()
        self.assertEqual(self.server.metrics().total("plumbago_tls_handshakes_failed_total"), 0)
