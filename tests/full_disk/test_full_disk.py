"""A disk that is full: the server reads nothing more, says so, answers queries, and goes on when there is room."""
import json
import socket
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from full_disk.sender import BLOCK_SLOTS, Sender
from full_disk.small_disk import SmallDisk
from support.process import wait_until
from support.server import Server

NOW = 1_710_504_000
SCHEMAS = "[all]\npattern = .*\nretentions = 10s:1d,1m:30d\n"
SLOTS = 4_000
START = NOW - SLOTS * 10


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="plumbago-full-"))
        self.disk = SmallDisk(self.folder / "small")
        self.disk.mount()
        self.addCleanup(self.disk.unmount)
        self.server = Server(self.folder, SCHEMAS, clock=NOW)
        self.server.data = self.disk.folder / "data"
        self.server.arguments[self.server.arguments.index("--data-dir") + 1] = self.server.data
        self.addCleanup(self.server.end)
        self.server.start()

    def readiness(self):
        """Status and text of /readyz."""
        try:
            return 200, self.server.get("/readyz")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def send(self, prefix, slots=SLOTS):
        return Sender(self.server.plaintext, prefix, START, slots)

    def fill_until_it_waits(self, prefix):
        """A sender that the server does not read from any more."""
        self.disk.fill()
        sender = self.send(prefix)
        wait_until(lambda: self.readiness()[0] == 503, "the full disk is not noticed", 20)
        return sender

    def check_stored(self, sender):
        stored = self.server.stored([f"{sender.prefix}.*"], START, NOW)
        self.assertEqual(stored, sender.expected())

    def post_event(self, number):
        """The status that an event of some size is answered with."""
        body = json.dumps({"what": f"event {number}", "data": "x" * 20_000}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.http}/events/", data=body)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def test_events_are_refused_until_there_is_room_and_none_is_lost(self):
        self.assertEqual(self.post_event(0), 200)
        self.disk.fill()
        statuses = [self.post_event(number) for number in range(1, 400)]
        self.assertEqual(statuses[-1], 503, "the full disk is not noticed")
        status, text = self.readiness()
        self.assertEqual((status, "no room for events" in text), (503, True), text)
        self.disk.free()
        wait_until(lambda: self.readiness()[0] == 200, lambda: f"not ready again: {self.readiness()}", 20)
        self.assertEqual(self.post_event(400), 200)
        stored = 1 + statuses.count(200) + 1
        self.assertEqual(len(json.loads(self.server.get("/events/get_data"))), stored)
        self.assertEqual(self.server.metrics().total("plumbago_events"), stored)

    def test_it_waits_and_goes_on_without_a_restart_and_without_a_lost_point(self):
        first = self.send("first", slots=20)
        self.assertTrue(first.finish(20), "the first points are acknowledged")

        second = self.fill_until_it_waits("second")
        status, text = self.readiness()
        self.assertEqual(status, 503)
        self.assertIn("disk is full", text)
        self.assertIn("wal/", text)
        self.assertEqual(self.server.metrics().total("plumbago_disk_full"), 1)

        received = self.server.received("plaintext")
        time.sleep(1)
        self.assertEqual(self.server.received("plaintext"), received, "nothing is read")
        self.assertIsNone(second.closed_in_order, "the connection waits")
        self.check_stored(first)
        self.check_datagrams_are_refused()

        self.disk.free()
        wait_until(lambda: self.readiness()[0] == 200, lambda: f"not ready again: {self.readiness()}", 20)
        self.assertTrue(second.finish(60), "everything sent is acknowledged")
        self.check_stored(second)
        self.assertEqual(self.server.received("plaintext"), first.points() + second.points())
        self.assertEqual(self.server.metrics().total("plumbago_disk_full"), 0)

        self.assertEqual(self.server.stop(), 0, self.server.program.tail())
        self.assertEqual(self.server.verify()[0], 0)

    def check_datagrams_are_refused(self):
        """The first one takes the place of the batch that waits; those that follow are refused and counted."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

            def is_refused():
                sender.sendto(f"udp.point 1 {NOW}\n".encode(), ("127.0.0.1", self.server.udp))
                return self.server.metrics().total("plumbago_points_refused_total", reason="disk_full") > 0

            wait_until(is_refused, "datagrams are not refused", 20)

    def test_a_stop_while_it_is_full_is_quick_and_loses_nothing_that_was_counted(self):
        sender = self.fill_until_it_waits("stopped")
        received = self.server.received("plaintext")
        began = time.monotonic()
        self.assertEqual(self.server.stop(), 0, self.server.program.tail())
        self.assertLess(time.monotonic() - began, 20)
        self.assertFalse(sender.finish(20), "what was not stored is not acknowledged")

        # It starts on the full disk, too, and answers.
        self.server.start()
        # The last block may have left in part.
        expected = sender.expected(more_slots=BLOCK_SLOTS)
        stored = self.server.stored(["stopped.*"], START, NOW)
        self.assertGreaterEqual(sum(map(len, stored.values())), received)
        for name, slots in stored.items():
            self.assertEqual(slots, {slot: expected[name][slot] for slot in slots}, name)

        self.disk.free()
        self.assertEqual(self.server.stop(), 0, self.server.program.tail())
        self.assertEqual(self.server.verify()[0], 0)

    def test_connections_can_end_while_it_is_full(self):
        sender = self.fill_until_it_waits("waiting")
        open_now = lambda: self.server.metrics().total("plumbago_connections", listener="plaintext")
        before = open_now()
        with socket.create_connection(("127.0.0.1", self.server.plaintext)) as other:
            other.sendall(f"other.point 1 {NOW}\n".encode())
            wait_until(lambda: open_now() == before + 1, "the connection is accepted")
            # Closed with a reset, as by the death of its process.
            other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        wait_until(lambda: open_now() == before, "the connection that was reset is still held", 20)
        self.disk.free()
        self.assertTrue(sender.finish(60))
        self.check_stored(sender)
