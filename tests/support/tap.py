"""A tap between an agent and Plumbago: passes every byte on unchanged and remembers it.

What the agent really sent is then known to the last byte, and can be compared with what was
stored. The agent's half-close is passed on; the agent sees the end only once the server closed.
"""
import socket
import threading


class Tap:
    """Listens on a free loopback port and forwards each connection to `port`."""

    def __init__(self, port):
        self.upstream_port = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.recordings = []
        self.open_connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def recorded(self):
        """The bytes of each connection so far, in the order in which they were opened."""
        with self.lock:
            return [bytes(recording) for recording in self.recordings]

    def is_idle(self):
        """Whether every connection that was opened has been closed by the server."""
        with self.lock:
            return self.open_connections == 0

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                agent, _ = self.listener.accept()
            except OSError:
                return
            recording = bytearray()
            with self.lock:
                self.recordings.append(recording)
                self.open_connections += 1
            threading.Thread(target=self._forward, args=(agent, recording), daemon=True).start()

    def _forward(self, agent, recording):
        try:
            with agent, socket.create_connection(("127.0.0.1", self.upstream_port)) as server:
                back = threading.Thread(target=copy, args=(server, agent), daemon=True)
                back.start()
                copy(agent, server, recording, self.lock)
                back.join()
        finally:
            with self.lock:
                self.open_connections -= 1


def copy(source, sink, recording=None, lock=None):
    """Moves bytes until `source` ends, then half-closes `sink`."""
    try:
        while chunk := source.recv(65536):
            if recording is not None:
                with lock:
                    recording += chunk
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
