"""Sends lines over one connection until told to stop, and knows which ones left."""
import socket
import threading

SERIES = 400
STEP = 10
BLOCK_SLOTS = 5


class Sender:
    """Sends `SERIES` series slot by slot, from `start` on; the value tells series and slot."""

    def __init__(self, port, prefix, start, slots):
        self.prefix = prefix
        self.start = start
        self.slots = slots
        self.sent_slots = 0
        self.closed_in_order = None
        self.ending = threading.Event()
        self.socket = socket.create_connection(("127.0.0.1", port))
        # What waits in the kernel is sent, too; little of it is enough.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 << 10)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def line(self, series, slot):
        return f"{self.prefix}.s{series:03} {slot * SERIES + series} {self.start + slot * STEP}\n"

    def run(self):
        try:
            while self.sent_slots < self.slots and not self.ending.is_set():
                slots = range(self.sent_slots, self.sent_slots + BLOCK_SLOTS)
                block = "".join(self.line(series, slot) for slot in slots for series in range(SERIES))
                self.socket.sendall(block.encode())
                self.sent_slots += BLOCK_SLOTS
            self.socket.shutdown(socket.SHUT_WR)
            # An orderly end says that everything is stored.
            self.closed_in_order = self.socket.recv(1) == b""
        except OSError:
            self.closed_in_order = False
        finally:
            self.socket.close()

    def finish(self, seconds):
        """Sends no more, and waits for the server's close."""
        self.ending.set()
        self.thread.join(seconds)
        return not self.thread.is_alive() and self.closed_in_order

    def points(self):
        return self.sent_slots * SERIES

    def expected(self, more_slots=0):
        """What must be there once the server has closed in order, as `Server.stored` answers it."""
        slots = range(self.sent_slots + more_slots)
        return {
            f"{self.prefix}.s{series:03}": {
                self.start + slot * STEP: float(slot * SERIES + series) for slot in slots
            }
            for series in range(SERIES)
        }
