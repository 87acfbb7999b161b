"""Ingest at full speed: several senders at once, each with sequences of its own.

Three kinds of sender, because each gives another proof of what the server had received:

- a *stream* is one connection that never ends. Its points are counted in the order of sending, so
  the ones counted are its first ones;
- a *burst* is a connection of a known size, half-closed at its end: the server's close in return
  acknowledges every one of its points;
- *datagrams* may be lost before they are counted, so only their number is known.
"""
import itertools
import socket
import threading
import time
from dataclasses import dataclass

from crash.sequence import Sequence

BLOCK_POINTS = 2_000
STREAM_POINTS = 600_000
BURST_POINTS = 10_000
DATAGRAM_POINTS = 20


@dataclass(eq=False)
class Sent:
    """A sequence and how many of its points may have left the sender."""

    sequence: Sequence
    listener: str
    sent: int = 0
    acknowledged: bool = False


class Load:
    """Starts its senders at once; they end by themselves when the server is gone or told to."""

    def __init__(self, server, name, streams, bursts, pickles, datagrams):
        self.server = server
        self.name = name
        self.lock = threading.Lock()
        self.all = []
        self.numbers = itertools.count()
        self.ending = threading.Event()
        kinds = [(self.stream, streams), (self.bursts, bursts), (self.pickles, pickles), (self.datagrams, datagrams)]
        self.threads = [
            threading.Thread(target=self.run, args=(kind,), daemon=True) for kind, count in kinds for _ in range(count)
        ]
        for thread in self.threads:
            thread.start()

    def acknowledged(self):
        """The bursts whose close by the server was seen so far."""
        with self.lock:
            return [sent for sent in self.all if sent.acknowledged]

    def end(self):
        """Waits for the senders, after the server ended or `ending` was set."""
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def run(self, kind):
        """One sender; a connection that breaks because the server is gone ends it."""
        try:
            kind()
        except OSError:
            pass

    def begin(self, listener, series):
        with self.lock:
            number = next(self.numbers)
            sent = Sent(Sequence(f"{self.name}.{listener}{number}", series, number), listener)
            self.all.append(sent)
        return sent

    def connect(self, port):
        return socket.create_connection(("127.0.0.1", port))

    def send(self, sent, connection, encode, total, block=BLOCK_POINTS):
        """Sends blocks up to `total` points. A block counts as sent before it is: a part of it may arrive."""
        while sent.sent < total and not self.ending.is_set():
            data = encode(sent.sent, block)
            sent.sent += block
            connection.sendall(data)

    def stream(self):
        sent = self.begin("plaintext", series=100)
        with self.connect(self.server.plaintext) as connection:
            self.send(sent, connection, sent.sequence.lines, STREAM_POINTS)
            self.ending.wait()

    def pickles(self):
        sent = self.begin("pickle", series=100)
        with self.connect(self.server.pickle) as connection:
            self.send(sent, connection, sent.sequence.frame, STREAM_POINTS, block=500)
            self.ending.wait()

    def bursts(self):
        while not self.ending.is_set():
            sent = self.begin("plaintext", series=10)
            with self.connect(self.server.plaintext) as connection:
                self.send(sent, connection, sent.sequence.lines, BURST_POINTS)
                connection.shutdown(socket.SHUT_WR)
                if connection.recv(1) == b"" and sent.sent == BURST_POINTS:
                    with self.lock:
                        sent.acknowledged = True

    def datagrams(self):
        sent = self.begin("udp", series=100)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.connect(("127.0.0.1", self.server.udp))
            while sent.sent < STREAM_POINTS and not self.ending.is_set():
                data = sent.sequence.lines(sent.sent, DATAGRAM_POINTS)
                sent.sent += DATAGRAM_POINTS
                sender.send(data)
                time.sleep(0.001)
