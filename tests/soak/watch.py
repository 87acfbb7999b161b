"""What runs beside the senders: samples of the server's size, and readers that never rest."""
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from accounts import counters
from ask import Asker
from disk import disk_bytes, files

SAMPLE_SECONDS = 10
READ_PAUSE_SECONDS = 0.2
READS = (
    "/render?target=sumSeries(dc1.*.*.cpu.total.*)&from=-3min&format=json",
    "/render?target=highestAverage(*.rack07.*.memory.ram.*,5)&from=-2min&format=json",
    "/render?target=aliasByNode(averageSeriesWithWildcards(dc?.rack1?.*.load.average.shortterm,2),1)&from=-15min&format=json",
    "/metrics/find?query=*.*.host0012.*&format=treejson",
)


@dataclass(frozen=True)
class Sample:
    """Bytes of resident memory and on disk, files of the store, and descriptors that are open."""

    memory: int
    disk: int
    files: int
    descriptors: int


def sample(pid, data):
    status = counters(Path(f"/proc/{pid}/status").read_text())
    open_now = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return Sample(status["VmRSS"] * 1024, disk_bytes(data), len(files(data)), open_now)


class Background(threading.Thread):
    """Repeats an action until it is ended; the first error ends it, and is raised by `finish`."""

    def __init__(self, action, pause_seconds):
        super().__init__(daemon=True)
        self.action = action
        self.pause_seconds = pause_seconds
        self.ending = threading.Event()
        self.error = None
        self.start()

    def run(self):
        while not self.ending.wait(self.pause_seconds):
            try:
                self.action()
            except Exception as error:
                self.error = error
                return

    def check(self):
        if self.error is not None:
            raise self.error

    def finish(self):
        self.ending.set()
        self.join()
        self.check()


class Sampler(Background):
    def __init__(self, server):
        self.samples = []
        self.server = server
        super().__init__(self.take, SAMPLE_SECONDS)

    def take(self):
        try:
            self.samples.append(sample(self.server.program.process.pid, self.server.data))
        except FileNotFoundError:
            # A file went while the folder was being read, as files of a log and merged segments do.
            self.take()


class Reader(Background):
    def __init__(self, server):
        self.asker = Asker(server.http)
        self.seconds = []
        super().__init__(self.ask, READ_PAUSE_SECONDS)

    def ask(self):
        began = time.perf_counter()
        body = self.asker.get(READS[len(self.seconds) % len(READS)])
        if len(body) < 3:
            raise AssertionError(f"{READS[len(self.seconds) % len(READS)]} has an empty answer")
        self.seconds.append(time.perf_counter() - began)
