"""What processes have cost so far, read from /proc: CPU time, peak memory, bytes read and written.

A process that has ended is read before it is reaped: while it is a zombie, its counters are final. Children count as
well, those that run and those that were reaped.
"""
import os
import signal
import time
from dataclasses import dataclass, fields
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
END_SECONDS_MAX = 900


@dataclass
class Usage:
    """Sums over processes. `peak_bytes` is the peak of resident memory and never goes down."""

    cpu_seconds: float = 0.0
    written_bytes: int = 0
    read_bytes: int = 0
    peak_bytes: int = 0

    def __add__(self, other):
        return Usage(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Usage)))

    def since(self, before):
        """What was spent after `before`; the peak is that of the whole life."""
        return Usage(
            self.cpu_seconds - before.cpu_seconds,
            self.written_bytes - before.written_bytes,
            self.read_bytes - before.read_bytes,
            self.peak_bytes,
        )


def stat_fields(text):
    """The fields of /proc/PID/stat from the third on: the name before them may hold blanks and brackets."""
    return text[text.rindex(")") + 2 :].split()


def cpu_seconds(text):
    """User and system time of a process and of its reaped children."""
    ticks = stat_fields(text)[11:15]
    return sum(int(tick) for tick in ticks) / TICKS_PER_SECOND


def parent(text):
    return int(stat_fields(text)[1])


def counters(text):
    """`key: number` lines of /proc/PID/io and /proc/PID/status, without their units."""
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {key: int(value.split()[0]) for key, value in pairs if value.split() and value.split()[0].isdigit()}


def usage_of(pid):
    """One process; nothing when it is gone."""
    folder = PROC / str(pid)
    try:
        status = counters((folder / "status").read_text())
        io = counters((folder / "io").read_text())
        cpu = cpu_seconds((folder / "stat").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return Usage()
    return Usage(cpu, io["write_bytes"], io["read_bytes"], status.get("VmHWM", 0) * 1024)


def descendants(roots):
    """`roots` and every process below them."""
    parents = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = parent((folder / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):
                continue
    return below(parents, roots)


def below(parents, roots):
    found = set(roots)
    while True:
        more = {pid for pid, parent_pid in parents.items() if parent_pid in found} - found
        if not more:
            return found
        found |= more


def usage(roots):
    """The processes `roots` with everything below them."""
    return sum((usage_of(pid) for pid in descendants(roots)), Usage())


def end(process, number):
    """Sends a signal to a `Popen`, waits for the end, and returns the usage of its whole life and its exit status."""
    if process.poll() is not None:
        return Usage(), process.returncode
    process.send_signal(number)
    peak = 0
    deadline = time.monotonic() + END_SECONDS_MAX
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        peak = max(peak, usage_of(process.pid).peak_bytes)
        if time.monotonic() > deadline:
            raise AssertionError(f"process {process.pid} did not end within {END_SECONDS_MAX} s of signal {number}")
        time.sleep(0.01)
    final = usage_of(process.pid)
    final.peak_bytes = max(final.peak_bytes, peak)
    return final, process.wait()


def kill_all(pids):
    """Kills orphans of an ended process, and waits until they are gone."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + END_SECONDS_MAX
    while any(usage_of(pid).peak_bytes for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)
