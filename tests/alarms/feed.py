"""A point a second for each series, of a level that a test sets; what was not acknowledged is sent again."""
import io
import threading
import time


class Feed:
    """Sends `app.<name>.level` from the next second on, in a thread of its own."""

    def __init__(self, server, levels):
        self.server = server
        self.levels = dict(levels)
        self.silent = set()
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.waiting = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def set(self, name, level):
        """From the next point on."""
        with self.lock:
            self.levels[name] = level

    def end(self):
        self.ending.set()
        self.thread.join(30)

    def run(self):
        second = int(time.time()) + 1
        while not self.ending.is_set():
            time.sleep(max(0.0, min(second - time.time(), 0.1)))
            if time.time() >= second:
                with self.lock:
                    levels = {name: level for name, level in self.levels.items() if name not in self.silent}
                self.waiting.append("".join(f"app.{name}.level {level} {second}\n" for name, level in levels.items()))
                second += 1
            if self.waiting and self.send("".join(self.waiting)):
                self.waiting = []

    def send(self, lines):
        try:
            self.server.feed(io.BytesIO(lines.encode()))
        except OSError:
            return False
        return True
