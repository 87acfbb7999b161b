"""A file system of a few mebibytes, and a file that fills it.

Mounting one takes root's rights and a kernel that lets it; where either is missing the tests are skipped, and say so.
"""
import os
import subprocess
import unittest
from pathlib import Path

SIZE_MEBIBYTES = 24
CHUNK = bytes(64 << 10)


class SmallDisk:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.ballast = self.folder / "ballast"

    def mount(self):
        self.folder.mkdir()
        size = f"size={SIZE_MEBIBYTES}m"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "plumbago-test", self.folder], capture_output=True, text=True
        )
        if done.returncode != 0:
            raise unittest.SkipTest(f"a small file system cannot be mounted here: {done.stderr.strip()}")

    def unmount(self):
        # Lazily: a server that a failed test left behind must not keep the mount.
        subprocess.run(["umount", "--lazy", self.folder], check=False, capture_output=True)

    def fill(self):
        """Takes every byte that is left."""
        file = os.open(self.ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            for chunk in (CHUNK, CHUNK[:4096], CHUNK[:1]):
                try:
                    while True:
                        os.write(file, chunk)
                except OSError:
                    continue
        finally:
            os.close(file)

    def free(self):
        self.ballast.unlink()
