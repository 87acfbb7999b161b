"""Files of a store: what they take, and how to get them out of the page cache without being root."""
import os
from pathlib import Path

BLOCK_BYTES = 512


def files(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink()]


def disk_bytes(folder):
    """Bytes that the files take, holes left out; a file with several names counts once."""
    stats = (path.stat() for path in files(folder))
    return sum({stat.st_ino: stat.st_blocks * BLOCK_BYTES for stat in stats}.values())


def evict(folder):
    """Writes every file out and drops it from the page cache. Nothing may have it mapped."""
    for path in files(folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)
