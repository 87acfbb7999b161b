"""A real mail server for a test: `mail_server.py PORT FOLDER` keeps each message as a file of FOLDER.

Runs with aiosmtpd, which `scripts/install-test-tools smtp` installs.
"""
import signal
import sys
from pathlib import Path

from aiosmtpd.controller import Controller


class Keeper:
    """Writes messages down in the order of their coming."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, _server, _session, envelope):
        self.count += 1
        unfinished = self.folder / "unfinished"
        unfinished.write_bytes(envelope.content)
        unfinished.rename(self.folder / f"{self.count:04}.eml")
        return "250 kept"


def main():
    controller = Controller(Keeper(Path(sys.argv[2])), hostname="127.0.0.1", port=int(sys.argv[1]))
    controller.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    controller.stop()


if __name__ == "__main__":
    main()
