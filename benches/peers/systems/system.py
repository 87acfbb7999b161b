"""What is common to all systems: processes on loopback, on a folder that is thrown away, and what they have cost.

A system is started and ended as often as a step needs; `spent` goes on over its lives. What it is asked and how its
answers read is each system's own.
"""
import shutil
import signal
import tempfile
import time
from pathlib import Path

import accounts
from accounts import Usage
from ask import Asker
from disk import disk_bytes
from support.process import Program, free_ports, is_listening

READY_SECONDS_MAX = 300
IDLE_SHARE = 0.05
SETTLE_SECONDS_MAX = 300


class System:
    """`http`, `plaintext` and `pickle` are ports; `can` names what else it takes: pickle, tagged, compact."""

    name = ""
    dialect = "graphite"
    can = frozenset()
    # More series would take hours, or more disk than is reasonable.
    series_max = 10**9

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix=f"peers-{self.name}-"))
        self.data = self.folder / "data"
        self.data.mkdir()
        self.http, self.plaintext, self.pickle, self.extra = free_ports(4)
        self.programs = []
        self.before = Usage()
        self.prepare()

    def prepare(self):
        """Writes what the programs need before the first start."""

    def commands(self):
        """(arguments, environment or None) of each program."""
        raise NotImplementedError

    def ports(self):
        """Those that listen when it is ready."""
        return [self.http, self.plaintext]

    def spawn(self):
        self.programs = [
            Program(arguments, self.folder / f"{number}.log", environment, self.folder)
            for number, (arguments, environment) in enumerate(self.commands())
        ]

    def start(self):
        """Starts it and returns the seconds until it answered its first question."""
        began = time.perf_counter()
        self.spawn()
        while not self.answers():
            for program in self.programs:
                if program.process.poll() is not None:
                    raise AssertionError(program.describe(f"ended with {program.process.returncode}"))
            if time.perf_counter() - began > READY_SECONDS_MAX:
                raise AssertionError(self.programs[0].describe("does not answer"))
            time.sleep(0.002)
        return time.perf_counter() - began

    def answers(self):
        if not all(is_listening(port) for port in self.ports()):
            return False
        asker = Asker(self.http)
        try:
            asker.get(self.ready_path())
        except (OSError, AssertionError):
            return False
        finally:
            asker.close()
        return True

    def ready_path(self):
        raise NotImplementedError

    def spent(self):
        """The usage of all its lives so far; the peak is the greatest of one life."""
        running = accounts.usage([program.process.pid for program in self.programs])
        return self.joined(running)

    def joined(self, life):
        total = self.before + life
        total.peak_bytes = max(self.before.peak_bytes, life.peak_bytes)
        return total

    def end(self, number):
        """Ends it by signal. One that is killed reaps no children: they are ended here."""
        life = Usage()
        for program in self.programs:
            pid = program.process.pid
            children = accounts.descendants([pid]) - {pid}
            below = accounts.usage(children)
            final, _ = accounts.end(program.process, number)
            final.peak_bytes += below.peak_bytes
            if number == signal.SIGKILL:
                accounts.kill_all(children)
                final.cpu_seconds += below.cpu_seconds
            life += final
        self.programs = []
        self.before = self.joined(life)

    def stop(self):
        self.end(signal.SIGTERM)

    def kill(self):
        self.end(signal.SIGKILL)

    def settle(self):
        """Waits until everything that was taken can be read, and the work that follows from it is done."""
        self.wait_idle()

    def wait_idle(self):
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        before = self.spent().cpu_seconds
        while time.monotonic() < deadline:
            time.sleep(1)
            now = self.spent().cpu_seconds
            if now - before < IDLE_SHARE:
                return
            before = now

    def received(self):
        """Points counted as received since the start; None when it does not count them at once."""
        return None

    def compact(self):
        """Merges all that can be merged, and returns the CPU seconds of it. It is stopped before and after."""
        raise NotImplementedError

    def disk_bytes(self):
        return disk_bytes(self.data)

    def throw_away(self):
        if self.programs:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
