"""A PNG as a viewer reads it: its size and its pixels, checked down to the checksums."""
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {2: 3, 6: 4}


def decode(data):
    """`(width, height, colours)`, the last being how many different pixels there are. Raises where it is no whole PNG."""
    if not data.startswith(SIGNATURE):
        raise ValueError(f"begins with {data[:8]!r}")
    chunks, at = [], len(SIGNATURE)
    while at < len(data):
        length, = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4:at + 8], data[at + 8:at + 8 + length]
        checksum, = struct.unpack_from(">I", data, at + 8 + length)
        if checksum != zlib.crc32(kind + body):
            raise ValueError(f"the checksum of {kind} is wrong")
        chunks.append((kind, body))
        at += 12 + length
    if chunks[-1][0] != b"IEND":
        raise ValueError("it has no end")
    width, height, depth, colour, _compression, _filter, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if (depth, interlaced) != (8, 0):
        raise ValueError(f"depth {depth}, interlaced {interlaced}")
    raw = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    stride = CHANNELS[colour] * width
    if len(raw) != (stride + 1) * height:
        raise ValueError(f"{len(raw)} bytes of pixels")
    return width, height, len(set(pixels(raw, stride, height, CHANNELS[colour])))


def pixels(raw, stride, height, channels):
    above = bytearray(stride)
    for row in range(height):
        start = row * (stride + 1)
        line = unfiltered(raw[start], bytearray(raw[start + 1:start + 1 + stride]), above, channels)
        yield from (bytes(line[at:at + channels]) for at in range(0, stride, channels))
        above = line


def unfiltered(kind, line, above, channels):
    """One row without what makes it easier to compress."""
    for at, value in enumerate(line):
        left = line[at - channels] if at >= channels else 0
        corner = above[at - channels] if at >= channels else 0
        guess = (0, left, above[at], (left + above[at]) // 2, paeth(left, above[at], corner))[kind]
        line[at] = (value + guess) & 0xFF
    return line


def paeth(left, above, corner):
    return min((left, above, corner), key=lambda one: abs(left + above - corner - one))
