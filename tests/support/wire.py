"""Python's own reading of what carbon agents send, to compare Plumbago's reading with.

A point is `(name, timestamp, value)`. Only bytes recorded from agents that the tests started are read
here, which is why `pickle.loads` is safe.
"""
import pickle
import struct


def lines_to_points(recording):
    """Plaintext lines; an unfinished last line is not a point yet."""
    points = []
    for line in recording.split(b"\n")[:-1]:
        name, value, timestamp = line.decode().split()
        points.append((canonical_name(name), int(float(timestamp)), float(value)))
    return points


def frames_to_points(recording):
    """Length-prefixed pickles; an unfinished last frame is not read."""
    points = []
    offset = 0
    while offset + 4 <= len(recording):
        (length,) = struct.unpack_from("!L", recording, offset)
        if offset + 4 + length > len(recording):
            break
        for name, (timestamp, value) in pickle.loads(recording[offset + 4 : offset + 4 + length]):
            points.append((canonical_name(name), int(float(timestamp)), float(value)))
        offset += 4 + length
    return points


def canonical_name(name):
    """Tags in byte order of `key=value`; the last of a repeated key counts."""
    name, *tags = name.split(";")
    pairs = dict(tag.split("=", 1) for tag in tags)
    return ";".join([name, *sorted(f"{key}={value}" for key, value in pairs.items())])


def slots(points, step):
    """What must be stored: each point in its slot, the last write of a slot winning."""
    expected = {}
    for name, timestamp, value in points:
        expected.setdefault(name, {})[timestamp - timestamp % step] = value
    return expected
