"""A program under test: started in the foreground, its output kept in a file, ended by signal.

Nothing here knows which program it is. A program that will not start or stop in time is a
failure that shows the last lines it wrote.
"""
import signal
import socket
import subprocess
import time
from pathlib import Path

DEADLINE_SECONDS = 60


def wait_until(condition, what, seconds=DEADLINE_SECONDS):
    """Polls `condition` until it is truthy and returns its value; `what` completes the failure's sentence."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            what = what() if callable(what) else what
            raise AssertionError(f"after {seconds} s still waiting: {what}")
        time.sleep(0.05)


def free_ports(count):
    """`count` different loopback ports that are free for TCP and UDP now."""
    held = []
    ports = []
    try:
        while len(ports) < count:
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            held += [tcp, udp]
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            ports.append(tcp.getsockname()[1])
    finally:
        for one in held:
            one.close()
    return ports


def is_listening(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """One process and the file that its output goes to."""

    def __init__(self, arguments, log, environment=None, directory=None):
        self.arguments = [str(argument) for argument in arguments]
        self.log = Path(log)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=directory,
            )

    def tail(self, lines=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def describe(self, fault):
        return f"{self.arguments[0]} {fault}; it last said:\n{self.tail()}"

    def wait_ready(self, condition, what):
        """Waits for `condition`, and fails at once if the program ends first."""

        def alive_and_ready():
            if self.process.poll() is not None:
                raise AssertionError(self.describe(f"ended with {self.process.returncode}"))
            return condition()

        wait_until(alive_and_ready, lambda: self.describe(what))

    def stop(self, number=signal.SIGTERM):
        """Sends the signal, waits for the end and returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(DEADLINE_SECONDS)
        except subprocess.TimeoutExpired:
            fault = self.describe(f"did not end after signal {number}")
            self.process.kill()
            self.process.wait()
            raise AssertionError(fault) from None

    def kill(self):
        """Ends it with SIGKILL: no handler runs, nothing is flushed."""
        self.process.kill()
        self.process.wait()
