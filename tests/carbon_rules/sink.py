"""Where carbon's aggregator sends its points: takes every connection and remembers what it brings."""
import socket
import threading


class Sink:
    """Listens on a free loopback port; `recorded()` is what each connection brought."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.recordings = []
        threading.Thread(target=self._accept, daemon=True).start()

    def recorded(self):
        with self.lock:
            return [bytes(recording) for recording in self.recordings]

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            recording = bytearray()
            with self.lock:
                self.recordings.append(recording)
            threading.Thread(target=self._read, args=(connection, recording), daemon=True).start()

    def _read(self, connection, recording):
        with connection:
            while block := connection.recv(1 << 16):
                with self.lock:
                    recording.extend(block)
